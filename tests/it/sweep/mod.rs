//! The sweep of a whole account, and looking at one user.

mod changes;
mod exemptions;
mod incomplete;
mod kinds;
mod leftovers;
mod limits;
mod one_user;

use std::{collections::BTreeMap, time::Duration};

use fake_aws::iam::Iam;
use iam_key_deactivator::report::Report;
use serde_json::json;

use crate::invoke::Function;

async fn sweep(iam: &Iam, settings: &[(&str, &str)]) -> Report {
    let function = Function { time_limit: Duration::from_mins(15), ..Function::new(iam, settings) };
    function.handle(&json!({"action": "sweep"})).await.unwrap().report
}

/// What the report lists, by user: status, due day if any, `!` where it asks for attention.
fn listed(report: &Report) -> BTreeMap<String, String> {
    let line = |outcome: &iam_key_deactivator::outcome::Outcome| {
        let user = outcome.user_name.as_ref().map_or("<root>", |user| user.as_str());
        let due = outcome.due_on.map(|due| format!(" {due}")).unwrap_or_default();
        let attention = if outcome.attention { "!" } else { "" };
        (user.to_owned(), format!("{:?}{due}{attention}", outcome.status))
    };
    report.outcomes.iter().map(line).collect()
}

fn expected(lines: &[(&str, String)]) -> BTreeMap<String, String> {
    lines.iter().map(|(user, line)| ((*user).to_owned(), line.clone())).collect()
}
