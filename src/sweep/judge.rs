//! Judges what was seen of one user: pure.

use super::{
    look::{Looked, Seen},
    plan::{Behalf, Plan, Step, Task, Terms},
};
use crate::{
    iam::Fault,
    ids::AccessKeyId,
    stale::{self, Judgement},
    tags,
};

/// Judges each active key of a user, and finds the notices of those that are not (any more) to be
/// deactivated.
pub(super) fn judge(
    looked: Looked,
    terms: &Terms<'_>,
    plan: &mut Plan,
    judged: &mut Vec<(Task, Judgement)>,
) {
    let Looked { user, keys, has, about } = looked;
    let tags = about.as_ref().and_then(|about| about.tags.as_ref().ok());
    let lapsed = tags.and_then(|tags| stale::lapsed(tags, terms.today, terms.settings));
    let lapsed = lapsed.map(|day| format!("; its exemption lapsed on {day}")).unwrap_or_default();
    let task = |id: Option<AccessKeyId>, created, why: String, is_new| Task {
        user: user.name.clone(),
        noticed: id
            .as_ref()
            .zip(tags)
            .is_some_and(|(id, tags)| tags.get(&tags::notice_tag(id)).is_some()),
        id,
        created,
        why,
        is_new,
        owner: tags.and_then(tags::Tags::owner),
        step: Step::Deactivate,
    };
    // Where nothing is at stake, what is not known needs no attention.
    let exempt = stale::exempt_by_name(&user.name, &user.path, terms.settings);
    let unknown =
        |fault: &Fault| exempt.clone().unwrap_or_else(|| Judgement::Unknown(fault.to_string()));
    let keys = match keys {
        Ok(keys) => keys,
        Err(fault) => {
            let task = task(None, None, "its keys are not known".to_owned(), true);
            return judged.push((task, unknown(&fault)));
        }
    };
    plan.active_keys += keys.len();
    let mut kept = Vec::new();
    for Seen { id, created, breach } in keys {
        let is_new = matches!(&breach, Ok(Some(breach)) if stale::is_new(*breach, terms.settings));
        let (why, judgement) = match (breach, &exempt, &about) {
            (Ok(None), ..) => {
                tracing::debug!(
                    access_key_id = id.as_str(),
                    user_name = user.name.as_str(),
                    "compliant"
                );
                plan.compliant += 1;
                continue;
            }
            (Err(fault), ..) => ("its last use is not known".to_owned(), unknown(&fault)),
            (Ok(Some(breach)), Some(exempt), _) => (breach.describe(), exempt.clone()),
            (Ok(Some(breach)), None, Some(about)) => {
                let by_person = terms.behalf == Behalf::Person;
                let judgement =
                    stale::judge(&id, breach, about, terms.today, by_person, terms.settings);
                (format!("{}{lapsed}", breach.describe()), judgement)
            }
            (Ok(Some(breach)), None, None) => {
                let reason = "its user's tags were not read".to_owned();
                (breach.describe(), Judgement::Unknown(reason))
            }
        };
        if !matches!(judgement, Judgement::Exempt(_)) {
            kept.push(id.clone());
        }
        judged.push((task(Some(id), created, why, is_new), judgement));
    }
    let old = tags.map(|tags| tags.spent(&kept, &has)).unwrap_or_default();
    if !old.is_empty() {
        plan.tidy.push((user.name.clone(), old));
    }
}
