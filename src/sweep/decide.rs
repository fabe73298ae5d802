//! Judges what was seen of one user: pure.

use super::{
    inspect::{Inspection, KeyFacts},
    plan::{Context, Plan, Step, Task, Trigger},
};
use crate::{
    iam::tags,
    iam::{IamError, keys::KeyMetadata},
    ids::AccessKeyId,
    sweep::stale::{self, StaleDecision, Violation},
};

/// Judges each active key of a user, and finds the notices of those that are not (any more) to be
/// deactivated. One of an Inactive key may be all that a sweep left that was cut off.
pub(super) fn decide(
    inspection: Inspection,
    context: &Context<'_>,
    plan: &mut Plan,
    decided: &mut Vec<(Task, StaleDecision)>,
) {
    let Inspection { user, keys, has, about } = inspection;
    let tags = about.as_ref().and_then(|about| about.tags.as_ref().ok());
    let lapsed = tags.and_then(|tags| stale::lapsed(tags, context.today, context.settings));
    let lapsed = lapsed.map(|day| format!("; its exemption lapsed on {day}")).unwrap_or_default();
    let task = |id: Option<AccessKeyId>, created, why: String, violation: Option<Violation>| Task {
        user: user.name.clone(),
        noticed: id.as_ref().zip(tags).is_some_and(|(id, tags)| tags.have_notice(id)),
        id,
        created,
        why,
        is_new: violation.is_none_or(|violation| stale::is_new(violation, context.settings)),
        violation,
        owner: tags.and_then(tags::Tags::owner),
        step: Step::Deactivate,
    };
    // Where nothing is at stake, what is not known needs no attention.
    let exempt = stale::exempt_by_name(&user.name, user.path.as_deref(), context.settings);
    let unknown = |error: &IamError| {
        exempt.clone().unwrap_or_else(|| StaleDecision::Unknown(error.to_string()))
    };
    let keys = match keys {
        Ok(keys) => keys,
        Err(error) => {
            let task = task(None, None, "its keys are not known".to_owned(), None);
            return decided.push((task, unknown(&error)));
        }
    };
    plan.active_keys += keys.len();
    let mut kept = Vec::new();
    for KeyFacts { id, created, violation } in keys {
        let broken = violation.as_ref().ok().copied().flatten();
        let (why, decision) = match (violation, &exempt, &about) {
            (Ok(None), ..) => {
                tracing::debug!(
                    access_key_id = id.as_str(),
                    user_name = user.name.as_str(),
                    "compliant"
                );
                plan.compliant += 1;
                continue;
            }
            (Err(error), ..) => ("its last use is not known".to_owned(), unknown(&error)),
            (Ok(Some(violation)), Some(exempt), _) => (violation.describe(), exempt.clone()),
            (Ok(Some(violation)), None, Some(about)) => {
                let by_person = context.trigger == Trigger::Person;
                let decision = stale::decide(
                    &id,
                    violation,
                    about,
                    context.today,
                    by_person,
                    context.settings,
                );
                (format!("{}{lapsed}", violation.describe()), decision)
            }
            (Ok(Some(violation)), None, None) => {
                let reason = "its user's tags were not read".to_owned();
                (violation.describe(), StaleDecision::Unknown(reason))
            }
        };
        if !matches!(decision, StaleDecision::Exempt(_)) {
            kept.push(id.clone());
        }
        decided.push((task(Some(id), created, why, broken), decision));
    }
    let is_left =
        |key: &&KeyMetadata| !key.active && tags.is_some_and(|tags| tags.have_notice(&key.id));
    for KeyMetadata { id, created, .. } in has.iter().filter(is_left) {
        let why = "notice of it was given".to_owned();
        decided.push((task(Some(id.clone()), *created, why, None), StaleDecision::AlreadyInactive));
    }
    let has: Vec<_> = has.into_iter().map(|key| key.id).collect();
    let old = tags.map(|tags| tags.obsolete(&kept, &has)).unwrap_or_default();
    if !old.is_empty() {
        plan.obsolete_tags.push((user.name.clone(), old));
    }
}
