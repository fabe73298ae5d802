//! Judges what was seen of one user: pure.

use super::{
    inspect::{Looked, Seen},
    plan::{Behalf, Plan, Step, Task, Terms},
};
use crate::{
    iam::tags,
    iam::{Fault, keys::Listed},
    ids::AccessKeyId,
    sweep::stale::{self, Breach, Judgement},
};

/// Judges each active key of a user, and finds the notices of those that are not (any more) to be
/// deactivated. One of an Inactive key may be all that a sweep left that was cut off.
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
    let task = |id: Option<AccessKeyId>, created, why: String, breach: Option<Breach>| Task {
        user: user.name.clone(),
        noticed: id.as_ref().zip(tags).is_some_and(|(id, tags)| tags.have_notice(id)),
        id,
        created,
        why,
        is_new: breach.is_none_or(|breach| stale::is_new(breach, terms.settings)),
        breach,
        owner: tags.and_then(tags::Tags::owner),
        step: Step::Deactivate,
    };
    // Where nothing is at stake, what is not known needs no attention.
    let exempt = stale::exempt_by_name(&user.name, user.path.as_deref(), terms.settings);
    let unknown =
        |fault: &Fault| exempt.clone().unwrap_or_else(|| Judgement::Unknown(fault.to_string()));
    let keys = match keys {
        Ok(keys) => keys,
        Err(fault) => {
            let task = task(None, None, "its keys are not known".to_owned(), None);
            return judged.push((task, unknown(&fault)));
        }
    };
    plan.active_keys += keys.len();
    let mut kept = Vec::new();
    for Seen { id, created, breach } in keys {
        let broken = breach.as_ref().ok().copied().flatten();
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
        judged.push((task(Some(id), created, why, broken), judgement));
    }
    let is_left = |key: &&Listed| !key.active && tags.is_some_and(|tags| tags.have_notice(&key.id));
    for Listed { id, created, .. } in has.iter().filter(is_left) {
        let why = "notice of it was given".to_owned();
        judged.push((task(Some(id.clone()), *created, why, None), Judgement::AlreadyInactive));
    }
    let has: Vec<_> = has.into_iter().map(|key| key.id).collect();
    let old = tags.map(|tags| tags.spent(&kept, &has)).unwrap_or_default();
    if !old.is_empty() {
        plan.tidy.push((user.name.clone(), old));
    }
}
