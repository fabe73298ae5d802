//! One line for a person.

use std::collections::BTreeMap;

use crate::{
    event::{Ignored, ParseErrors},
    outcome::{Outcome, Status},
    sweep::Totals,
};

/// How many keys are named in the summary.
const NAMED: usize = 3;

/// What a person reads who used the custom action on something that leads to no key.
const PICKED_IN_VAIN: &str = "The custom action found no key to act on. Use it on a finding that names \
                              an access key, or on a failed finding of IAM.3, IAM.8 or IAM.22, not on an \
                              insight or a sample";

pub(super) fn summary(
    outcomes: &[Outcome],
    counts: &BTreeMap<Status, usize>,
    totals: Option<Totals>,
    ignored: &[Ignored],
    invalid: &ParseErrors,
) -> String {
    let mut parts = match totals {
        Some(totals) => vec![sum(totals, counts)],
        None => named(outcomes, counts),
    };
    let more = |count: usize, what: &str| (count > 0).then(|| format!("{count} {what}"));
    parts.extend(ignored.iter().any(|it| it.by_person).then(|| PICKED_IN_VAIN.to_owned()));
    parts.extend(match ignored {
        [only] if parts.is_empty() => Some(format!("nothing to do: {}", only.reason.as_str())),
        _ => more(ignored.len(), "ignored"),
    });
    parts.extend(more(invalid.count(), "not understood"));
    let urgent = if outcomes.iter().any(Outcome::urgent) { "URGENT: " } else { "" };
    format!("{urgent}{}", parts.join(", "))
}

/// The keys by name, what matters most first.
fn named(outcomes: &[Outcome], counts: &BTreeMap<Status, usize>) -> Vec<String> {
    let mut by_weight: Vec<_> = outcomes.iter().collect();
    by_weight.sort_by_key(|outcome| outcome.weight());
    let mut parts: Vec<_> = by_weight.iter().take(NAMED).map(ToString::to_string).collect();
    if let Some(more @ 1..) = outcomes.len().checked_sub(NAMED) {
        parts.push(format!("{more} more"));
    }
    parts.extend(counts.get(&Status::Compliant).map(|count| format!("{count} Compliant")));
    parts
}

fn sum(totals: Totals, counts: &BTreeMap<Status, usize>) -> String {
    let Totals { users, active_keys, stale, planned, refused, would_be_refused, .. } = totals;
    let counts: Vec<_> =
        counts.iter().map(|(status, count)| format!("{count} {}", status.as_str())).collect();
    let counts = if counts.is_empty() { "nothing".to_owned() } else { counts.join(", ") };
    let refused =
        if refused { format!("REFUSED ({planned} to deactivate): ") } else { String::new() };
    let incomplete = if totals.incomplete { "INCOMPLETE: " } else { "" };
    let without = if totals.without_report {
        "WITHOUT CREDENTIAL REPORT, so that the root user's keys are not known: "
    } else {
        ""
    };
    let ahead = if would_be_refused {
        format!("; were all {stale} stale keys due at once, the sweep would be refused")
    } else {
        String::new()
    };
    format!(
        "{refused}{incomplete}{without}swept {users} users with {active_keys} active keys: \
         {counts}{ahead}"
    )
}
