//! Plans what is done about what was seen: pure, and whole before the first change.

use jiff::{Timestamp, ToSpan, civil::Date};

use super::look::{Looked, Seen};
use crate::{
    config::Sweep,
    iam::Fault,
    ids::{AccessKeyId, Label, UserName},
    outcome::Status,
    stale::{self, Judgement},
    tags,
};

/// On whose behalf keys are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Behalf {
    /// A sweep of the account.
    Sweep,
    /// A finding on one user. Such come one by one and would slip under the limits, so that keys are
    /// given notice but left to the next sweep.
    Finding,
    /// A person who picked such a finding: the user's keys are deactivated now.
    Person,
}

/// What holds for a whole plan.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms<'a> {
    /// The rules and limits.
    pub(super) settings: &'a Sweep,
    /// The day, UTC.
    pub(super) today: Date,
    /// Nothing is changed.
    pub(super) dry_run: bool,
    /// Who wants it.
    pub(super) behalf: Behalf,
    /// Whether everyone was looked at: else the limits mean nothing, and no key is deactivated.
    pub(super) complete: bool,
}

/// What is to be done, the oldest key first.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Plan {
    /// For each key that is not compliant, and each user whose keys are not known.
    pub(super) tasks: Vec<Task>,
    /// Tags of ours that have had their day, by user.
    pub(super) tidy: Vec<(UserName, Vec<String>)>,
    /// How many active keys were seen.
    pub(super) active_keys: usize,
    /// How many of them break no rule.
    pub(super) compliant: usize,
    /// How many break a rule and are not exempt: due, or to become so.
    pub(super) stale: usize,
    /// How many were to be deactivated, before the limits.
    pub(super) planned: usize,
    /// Whether these are so many that none is.
    pub(super) refused: bool,
}

/// One key, and what is to be done about it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Task {
    /// Its user.
    pub(super) user: UserName,
    /// The key; absent where the user's keys are not known.
    pub(super) id: Option<AccessKeyId>,
    /// When it was created.
    pub(super) created: Option<Timestamp>,
    /// What is wrong with it.
    pub(super) why: String,
    /// Whether it is so since yesterday at the earliest.
    pub(super) is_new: bool,
    /// Whose user it is.
    pub(super) owner: Option<Label>,
    /// Whether a notice of it is written down.
    pub(super) noticed: bool,
    /// What is to be done.
    pub(super) step: Step,
}

/// What is to be done about one key.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    /// Leave it, with this status, reason and due day.
    Leave(Status, String, Option<Date>),
    /// Write down the notice, which is due on this day.
    Notice(Date),
    /// Make it Inactive.
    Deactivate,
    /// Make it Inactive if one whose turn came before surely cannot be.
    Wait,
}

/// Plans what is done.
#[must_use]
pub(super) fn plan(looked: Vec<Looked>, terms: &Terms<'_>) -> Plan {
    let mut plan = Plan::default();
    let mut judged = Vec::new();
    for looked in looked {
        judge(looked, terms, &mut plan, &mut judged);
    }
    judged.sort_by(|(one, _), (other, _)| (one.created, &one.id).cmp(&(other.created, &other.id)));

    let is_stale = |it: &Judgement| {
        matches!(it, Judgement::Notice(_) | Judgement::Pending(_) | Judgement::Due)
    };
    plan.stale = judged.iter().filter(|(_, it)| is_stale(it)).count();
    plan.planned = judged.iter().filter(|(_, it)| *it == Judgement::Due).count();
    plan.refused = terms.behalf == Behalf::Sweep
        && terms.complete
        && stale::is_landslide(plan.planned, plan.active_keys, terms.settings);
    if plan.refused || terms.dry_run || !terms.complete {
        plan.tidy.clear();
    }
    let mut turn = 0;
    for (task, judgement) in judged {
        turn += usize::from(judgement == Judgement::Due);
        let step = step(judgement, turn, plan.refused, terms);
        plan.tasks.push(Task { step, ..task });
    }
    plan
}

/// Judges each active key of a user, and finds the notices of those that are not (any more) to be
/// deactivated.
fn judge(looked: Looked, terms: &Terms<'_>, plan: &mut Plan, judged: &mut Vec<(Task, Judgement)>) {
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

fn step(judgement: Judgement, turn: usize, refused: bool, terms: &Terms<'_>) -> Step {
    let leave = |status, reason: &str, due| Step::Leave(status, reason.to_owned(), due);
    let is_change = matches!(judgement, Judgement::Notice(_) | Judgement::Due);
    match judgement {
        Judgement::Exempt(reason) => Step::Leave(Status::Exempt, reason, None),
        Judgement::Unknown(reason) => {
            Step::Leave(Status::Failed, format!("left active: {reason}"), None)
        }
        Judgement::Pending(due) if terms.dry_run => {
            leave(Status::DryRun, "notice was given; would be made Inactive", Some(due))
        }
        Judgement::Pending(due) => leave(Status::Pending, "notice was given", Some(due)),
        _ if is_change && refused => leave(Status::Pending, "the sweep was refused", None),
        Judgement::Notice(due) if terms.dry_run => {
            leave(Status::DryRun, "notice would be given", Some(due))
        }
        Judgement::Notice(due) => Step::Notice(due),
        Judgement::Due if !terms.complete => leave(
            Status::Pending,
            "due: not all users could be looked at in time",
            Some(terms.today),
        ),
        Judgement::Due if terms.behalf == Behalf::Finding => {
            leave(Status::Pending, "due: left to the next sweep", Some(terms.today))
        }
        Judgement::Due => {
            let waits = terms.behalf == Behalf::Sweep && turn > terms.settings.max_deactivations;
            match (waits, terms.dry_run) {
                (true, _) => Step::Wait,
                (false, true) => leave(Status::DryRun, "would be made Inactive", None),
                (false, false) => Step::Deactivate,
            }
        }
    }
}

/// Whether a person should look at a key that is left until this day: on the day before it.
#[must_use]
pub(super) fn is_soon(due: Option<Date>, today: Date) -> bool {
    due.is_some_and(|due| due == today.saturating_add(1.days()))
}
