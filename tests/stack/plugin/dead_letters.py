"""Dead-letter queues: undelivered events, with the reason in the message's attributes."""

from ministack.services import sqs

from .decisions import Refused, role_may, service_may


def keep(service, queue, body, attributes, source, role=None):
    """Sends to a dead-letter queue, with the role if there is one, otherwise with the service's own principal.
    An event that the queue refuses too is lost, as on AWS."""
    try:
        if role:
            role_may(role, "sqs:SendMessage", queue)
        else:
            service_may(service, "sqs:SendMessage", queue, source)
    except Refused:
        return
    url = next(
        url for url, found in sqs._queues.items() if found["attributes"]["QueueArn"] == queue
    )
    values = {
        name: {"DataType": "String", "StringValue": str(value)}
        for name, value in attributes.items()
    }
    sqs._act_send_message({"QueueUrl": url, "MessageBody": body, "MessageAttributes": values}, url)
