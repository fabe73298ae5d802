//! Managed policies that are attached to users.

use super::{Done, invalid, no_such_entity, user};
use crate::iam::answer::Answer;
use crate::iam::{Request, World};

/// How many managed policies a user has at most (IAM User Guide, "IAM and AWS STS quotas").
const QUOTA: usize = 10;

/// A policy that is attached already counts once.
pub(super) fn attach(world: &mut World, request: &Request) -> Done {
    let arn = policy_arn(request)?;
    let user = user(world, request)?;
    if !user.policies.contains(arn) && user.policies.len() >= QUOTA {
        let message = format!("Cannot exceed quota for PoliciesPerUser: {QUOTA}");
        return Err(Answer::error(409, "LimitExceeded", &message));
    }
    user.policies.insert(arn.to_owned());
    Ok(Answer::success("AttachUserPolicy", None))
}

pub(super) fn detach(world: &mut World, request: &Request) -> Done {
    let arn = policy_arn(request)?;
    if !user(world, request)?.policies.remove(arn) {
        return Err(no_such_entity(&format!("Policy {arn} was not found.")));
    }
    Ok(Answer::success("DetachUserPolicy", None))
}

fn policy_arn(request: &Request) -> Result<&str, Answer> {
    let arn = request.policy_arn.as_deref().unwrap_or_default();
    let well_formed = (20..=2048).contains(&arn.len()) && arn.starts_with("arn:");
    if well_formed { Ok(arn) } else { Err(invalid("policyArn", arn)) }
}
