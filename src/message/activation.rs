//! The words about an activation: what it did, what is in place after a failure, and what is left to do.

use std::fmt;

use super::next_steps::{command, steps};
use crate::{
    event::Source,
    outcome::{
        Activation, ActivationStep, DeactivatedBy, Outcome, Reason, Rule, SessionPolicy, Status,
    },
};

impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.was_active, self.verified) {
            (true, _) => "The key was Active already. The steps that an earlier attempt left are done.",
            (false, true) => "The key is Active and verified. Its mark is removed.",
            (false, false) => {
                "The key is activated, but not verified: the key could not be read back. Its mark is \
                 removed."
            }
        })?;
        sessions(&self.sessions, ["are no longer", "stay"], f)
    }
}

/// The same of a dry run.
pub(super) fn would(activation: &Activation, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str(if activation.was_active {
        "The key is Active already. Its mark would be removed."
    } else {
        "The key would be activated. Its mark would be removed."
    })?;
    sessions(&activation.sessions, ["would no longer be", "would stay"], f)
}

/// What becomes of the user's sessions: they are (or would be) no longer denied, or stay denied.
fn sessions(
    policy: &SessionPolicy,
    [no_longer, stay]: [&str; 2],
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    match policy {
        SessionPolicy::Off => Ok(()),
        SessionPolicy::Detached => write!(f, " Its user's sessions {no_longer} denied."),
        SessionPolicy::KeptFor(other) => write!(
            f,
            " Its user's sessions {stay} denied, because the user's other key {other} is still \
             deactivated."
        ),
    }
}

/// What is in place when this step of an activation failed.
pub(super) fn in_place(step: ActivationStep) -> &'static str {
    match step {
        ActivationStep::Read => "Nothing was changed.",
        ActivationStep::WriteNote => "The key is still Inactive. Its mark is still in place.",
        ActivationStep::Activate => {
            "The key may still be Inactive. Its mark and the session policy, if there is one, are still \
             in place."
        }
        ActivationStep::DetachPolicy => {
            "The key is Active, but its user's sessions may still be denied. The key's mark is still in \
             place."
        }
        ActivationStep::RemoveMark => {
            "The key is Active, and nothing denies its user's sessions on its behalf. Only the key's mark \
             may still be in place."
        }
    }
}

/// What is left to do after a person asked to activate a key.
pub(super) fn next(outcome: &Outcome) -> Vec<String> {
    match (outcome.status, &outcome.reason) {
        (Status::Activated, Reason::Activated(activation)) => {
            let replace = "Replace the key with a new key, or better with a role.".to_owned();
            keep_active(activation, outcome).into_iter().chain([replace]).collect()
        }
        (Status::DryRun, Reason::WouldActivate(activation)) => {
            let nothing = "Nothing was changed. To activate the key, send the call without dryRun.";
            [nothing.to_owned()].into_iter().chain(keep_active(activation, outcome)).collect()
        }
        (Status::NotMarked, _) => vec![
            "Find out who deactivated the key, and why: look for UpdateAccessKey in CloudTrail."
                .to_owned(),
            format!(
                "If the key must be Active, activate it by hand: {}",
                command(outcome, "Active")
            ),
        ],
        (Status::Failed, Reason::OtherOwner(_)) => {
            steps(["Check the key's ID and its user, then send the call again."])
        }
        (Status::Failed, _) => steps([
            "Fix what the error names.",
            "Send the same call again. A step that is done already does no harm.",
        ]),
        (Status::NotFound, Reason::LookUpDenied) => {
            steps(["Look for the key in IAM. Check its ID and its account."])
        }
        (Status::ForeignAccount, _) => steps(["Activate the key in its own account."]),
        (Status::RootCredential, _) => steps(["Sign in as the root user to change this key."]),
        _ => Vec::new(),
    }
}

/// What would deactivate the key again, and how to prevent it.
fn keep_active(activation: &Activation, outcome: &Outcome) -> Option<String> {
    let user = outcome.user_name.as_ref().map_or("NAME", |user| user.as_str());
    let exempt = |what: &str| {
        format!(
            "Exempt the user, because the key is {what} and a sweep deactivates it again: aws iam tag-user \
             --user-name={user} --tags Key=key-deactivator:exempt-until,Value=YYYY-MM-DD. ExemptTag sets \
             the name of this tag."
        )
    };
    Some(match &activation.deactivated_by {
        // Nothing sends a direct call again.
        DeactivatedBy::Source(source) if source.as_str() == Source::DIRECT.as_str() => return None,
        DeactivatedBy::Finding(source, id) => format!(
            "Archive or suppress this finding of {source}, or exclude its type: {id}. Otherwise its next \
             repeat deactivates the key again."
        ),
        DeactivatedBy::Source(source) => format!(
            "Find out what deactivated the key (source: {source}), and close it. Otherwise it may \
             deactivate the key again."
        ),
        DeactivatedBy::Rule(Rule::Age) => exempt("too old"),
        DeactivatedBy::Rule(Rule::Use) => exempt("unused"),
        DeactivatedBy::Rule(Rule::FirstUse) => exempt("unused since its creation"),
        DeactivatedBy::Unknown => {
            "Find out what deactivated the key: look for the key in the functions' logs. Archive that \
             finding, or exempt the user. Otherwise it may deactivate the key again."
                .to_owned()
        }
    })
}
