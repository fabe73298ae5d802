// A GuardDuty finding deactivates its key, with a look before and after: three calls.
import { IAMClient, ListAccessKeysCommand, UpdateAccessKeyCommand } from "@aws-sdk/client-iam";

const iam = new IAMClient();

async function status(user, id) {
  const listed = await iam.send(new ListAccessKeysCommand({ UserName: user }));
  return listed.AccessKeyMetadata.find((key) => key.AccessKeyId === id).Status;
}

export async function handler(event) {
  const { userName: user, accessKeyId: id } = event.detail.resource.accessKeyDetails;
  const before = await status(user, id);
  await iam.send(
    new UpdateAccessKeyCommand({ UserName: user, AccessKeyId: id, Status: "Inactive" }),
  );
  const verified = (await status(user, id)) === "Inactive";
  return { accessKeyId: id, before, verified };
}
