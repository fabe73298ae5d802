//! One line about everything: `summary` for programs and the log, `headline` for people.

use std::collections::BTreeMap;

use super::{Contents, status};
use crate::{
    event::Trigger,
    outcome::{Outcome, Status, Totals},
};

/// How many keys are named.
const NAMED: usize = 3;

/// The answer to a custom action that leads to no key.
const PICKED_IN_VAIN: &str = "The custom action found no key to act on. Use it on a finding that names \
                              an access key, or on a failed finding of IAM.3, IAM.8 or IAM.22, not on \
                              an insight or a sample";

/// What an operator reads first: each kind of outcome in this order.
const ORDER: [Status; 16] = [
    Status::Protected,
    Status::Failed,
    Status::RootCredential,
    Status::Deactivated,
    Status::Activated,
    Status::NotMarked,
    Status::Noticed,
    Status::DryRun,
    Status::Pending,
    Status::TemporaryCredential,
    Status::ForeignAccount,
    Status::AlreadyInactive,
    Status::AlreadyActive,
    Status::NotFound,
    Status::Exempt,
    Status::Compliant,
];

/// The line with the public names of statuses.
pub(super) fn summary(contents: Contents<'_>) -> String {
    let Contents { outcomes, counts, sweep, .. } = contents;
    let parts = match sweep {
        Some(totals) => vec![sweep_summary(totals, counts)],
        None => named(contents),
    };
    format!("{}{}", urgent(outcomes), with_the_rest(parts, contents).join(", "))
}

/// The line in words.
pub(super) fn headline(contents: Contents<'_>) -> String {
    let parts = match (contents.sweep, contents.outcomes) {
        (Some(totals), _) => vec![sweep_headline(totals, contents)],
        (None, []) => compliant(contents).into_iter().collect(),
        (None, [only]) => vec![status::headline(only)],
        (None, _) => vec![several(contents)],
    };
    with_the_rest(parts, contents).join("; ")
}

/// How many outcomes there are of each status, and the keys of the most important ones.
fn several(contents: Contents<'_>) -> String {
    let Contents { outcomes, counts, .. } = contents;
    let named: Vec<_> = by_weight(outcomes).into_iter().take(NAMED).map(status::subject).collect();
    let more = outcomes.len().checked_sub(NAMED).filter(|more| *more > 0);
    let more = more.map(|more| format!(" and {more} more")).unwrap_or_default();
    let (urgent, counts) = (urgent(outcomes), self::counts(counts, |_| true));
    let open = outcomes.iter().filter(|outcome| outcome.sessions.are_open()).count();
    let open = if open > 0 { format!(", {open} with sessions LEFT OPEN") } else { String::new() };
    format!("{urgent}{counts}{open}: {}{more}", named.join(", "))
}

fn urgent(outcomes: &[Outcome]) -> &'static str {
    if outcomes.iter().any(Outcome::urgent) { "URGENT: " } else { "" }
}

/// Adds what is no outcome.
fn with_the_rest(mut parts: Vec<String>, contents: Contents<'_>) -> Vec<String> {
    let Contents { ignored, invalid, .. } = contents;
    let more = |count: usize, what: &str| (count > 0).then(|| format!("{count} {what}"));
    parts.extend(
        ignored.iter().any(|it| it.trigger == Trigger::Person).then(|| PICKED_IN_VAIN.to_owned()),
    );
    parts.extend(match ignored {
        [only] if parts.is_empty() => Some(format!("nothing to do: {}", only.reason.as_str())),
        _ => more(ignored.len(), "ignored"),
    });
    parts.extend(more(invalid, "not understood"));
    parts
}

/// The keys by name, the most important first.
fn named(contents: Contents<'_>) -> Vec<String> {
    let by_weight = by_weight(contents.outcomes).into_iter();
    let mut parts: Vec<_> = by_weight.take(NAMED).map(ToString::to_string).collect();
    if let Some(more @ 1..) = contents.outcomes.len().checked_sub(NAMED) {
        parts.push(format!("{more} more"));
    }
    parts.extend(compliant(contents));
    parts
}

fn by_weight(outcomes: &[Outcome]) -> Vec<&Outcome> {
    let mut by_weight: Vec<_> = outcomes.iter().collect();
    by_weight.sort_by_key(|outcome| outcome.weight());
    by_weight
}

fn compliant(contents: Contents<'_>) -> Option<String> {
    contents.counts.get(&Status::Compliant).map(|count| format!("{count} Compliant"))
}

fn sweep_summary(totals: Totals, counts: &BTreeMap<Status, usize>) -> String {
    let Totals { users, active_keys, stale, planned, refused, would_be_refused, .. } = totals;
    let counts: Vec<_> =
        counts.iter().map(|(status, count)| format!("{count} {}", status.as_str())).collect();
    let counts = if counts.is_empty() { "nothing".to_owned() } else { counts.join(", ") };
    let refused =
        if refused { format!("REFUSED ({planned} to deactivate): ") } else { String::new() };
    let incomplete = if totals.incomplete { "INCOMPLETE: " } else { "" };
    let without = if totals.without_report {
        "WITHOUT CREDENTIAL REPORT, so the root user's keys are unknown: "
    } else {
        ""
    };
    let ahead = if would_be_refused {
        format!("; if all {stale} stale keys were due at once, the sweep would be refused")
    } else {
        String::new()
    };
    format!(
        "{refused}{incomplete}{without}swept {users} users with {active_keys} active keys: \
         {counts}{ahead}"
    )
}

fn sweep_headline(totals: Totals, contents: Contents<'_>) -> String {
    let Totals { active_keys, planned, refused, incomplete, without_report, .. } = totals;
    let account = contents.account.map(|account| format!(" of account {account}"));
    let mut kind = String::from("Sweep");
    if refused {
        kind.push_str(" REFUSED");
    } else if incomplete {
        kind.push_str(" INCOMPLETE");
    } else if without_report {
        kind.push_str(" without credential report");
    }
    let result = if refused {
        format!("{planned} of {active_keys} active keys are due at once")
    } else {
        counts(contents.counts, |status| !matches!(status, Status::Exempt | Status::Compliant))
    };
    let urgent = urgent(contents.outcomes);
    format!("{urgent}{kind}{}: {result}", account.unwrap_or_default())
}

/// How many keys there are of each of these statuses, the most important first.
pub(super) fn counts(counts: &BTreeMap<Status, usize>, is_of: fn(Status) -> bool) -> String {
    let statuses = ORDER.into_iter().filter(|status| is_of(*status));
    let found = statuses.filter_map(|status| counts.get(&status).map(|count| (status, count)));
    let found: Vec<_> =
        found.map(|(status, count)| format!("{count} {}", status::phrase(status))).collect();
    if found.is_empty() { "nothing to do".to_owned() } else { found.join(", ") }
}
