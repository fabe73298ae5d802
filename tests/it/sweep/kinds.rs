//! What comes of every kind of user and key.

use std::collections::BTreeSet;

use fake_aws::iam::{Iam, User, World};
use iam_key_deactivator::{
    outcome::{Reason, Rule, Violation},
    report::Report,
};
use serde_json::{Value, json};

use super::{expected, listed, sweep};
use crate::{
    invoke::Function,
    worlds::{
        self, SETTINGS, account, aged, crowd, day_ago, days_ago, id, inactive, notice, notice_tag,
    },
};

/// What holds in every run.
fn settled() -> Vec<(&'static str, String)> {
    let same = |users: &[&'static str], line: &str| {
        users.iter().map(|user| (*user, line.to_owned())).collect::<Vec<_>>()
    };
    [
        same(&["Exempt", "Robot1", "Grouped", "Pathed", "BreakGlass"], "Exempt"),
        same(&["Forever"], "Failed!"),
        same(&["<root>"], "RootCredential"),
    ]
    .concat()
}

/// Of whom notice was given before, and is not due.
fn noticed_before(soon: &str) -> [(&'static str, String); 2] {
    let pending = if soon == "!" { "Pending" } else { "DryRun" };
    [
        ("Pending", format!("{pending} {}", day_ago(-4))),
        ("Soon", format!("{pending} {}{soon}", day_ago(-1))),
    ]
}

const TO_NOTICE: [&str; 9] =
    ["Old", "Toggled", "Two", "Unused", "Never", "Half", "Stale", "Future", "Lapsed"];
const TO_DEACTIVATE: [&str; 3] = ["Due", "LongDue", "Tidy"];

fn first_keys(users: &[&str]) -> BTreeSet<String> {
    users.iter().map(|user| id(user, 1)).collect()
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_says_what_a_sweep_would_do_and_changes_nothing() {
    let iam = Iam::start(worlds::of_sweeps()).await;
    let before = account(&iam);
    let dry: Vec<_> = SETTINGS.iter().filter(|(name, _)| *name != "SWEEP_MODE").copied().collect();
    let report = sweep(&iam, &dry).await;
    // Only those that are new among the stale ask for attention.
    let new = ["Old", "Unused", "Never"];
    let attention = |user| if new.contains(&user) { "!" } else { "" };
    let would = TO_NOTICE.map(|user| (user, format!("DryRun {}{}", day_ago(-7), attention(user))));
    let due = TO_DEACTIVATE.map(|user| (user, "DryRun".to_owned()));
    let noticed = noticed_before("").to_vec();
    let in_dry_run = [settled(), noticed, would.to_vec(), due.to_vec()].concat();
    assert_eq!(listed(&report), expected(&in_dry_run));
    assert_eq!(account(&iam), before);
}

#[tokio::test(start_paused = true)]
async fn every_kind_of_key_ends_right_and_stays_so() {
    let iam = Iam::start(worlds::of_sweeps()).await;
    let report = sweep(&iam, &SETTINGS).await;
    let given = TO_NOTICE.map(|user| (user, format!("Noticed {}!", day_ago(-7))));
    let done = TO_DEACTIVATE.map(|user| (user, "Deactivated!".to_owned()));
    let enforced = [settled(), noticed_before("!").to_vec(), given.to_vec(), done.to_vec()];
    assert_eq!(listed(&report), expected(&enforced.concat()));
    for outcome in &report.outcomes {
        let is_done = format!("{:?}", outcome.status) == "Deactivated";
        assert_eq!(outcome.verified, is_done, "{outcome:?}");
    }
    let totals = report.sweep.unwrap();
    assert_eq!((totals.refused, totals.incomplete, totals.planned), (false, false, 3));
    let dates: Vec<_> = report.outcomes.iter().filter_map(|outcome| outcome.create_date).collect();
    assert!(dates.is_sorted(), "oldest first");
    let of = |user: &str| {
        let is_it = |name: &iam_key_deactivator::ids::UserName| name.as_str() == user;
        let found = report.outcomes.iter().find(|it| it.user_name.as_ref().is_some_and(is_it));
        found.unwrap()
    };
    for (user, rule, days, exemption_ended) in [
        ("Unused", Rule::Use, 45, None),
        ("Never", Rule::FirstUse, 45, None),
        ("Lapsed", Rule::Age, 100, Some(day_ago(1).parse().unwrap())),
    ] {
        let staleness = of(user).staleness.unwrap();
        let Violation { rule: found, days: since, .. } = staleness.violation;
        assert_eq!((found, since, staleness.exemption_ended), (rule, days, exemption_ended));
        assert_eq!(of(user).reason, Reason::NoticeGiven, "{user}");
    }
    assert_eq!(of("Tidy").owner.as_ref().map(ToString::to_string).as_deref(), Some("web team"));

    assert_eq!(inactive::<BTreeSet<_>>(&iam), first_keys(&["Due", "Inactive", "LongDue", "Tidy"]));
    for user in TO_NOTICE {
        let key = id(user, 1 + usize::from(user == "Half"));
        assert_eq!(iam.tags(user)[&notice_tag(&key)], notice(0), "{user}");
    }
    let tags = |tags: &[(&str, String)]| expected(tags);
    assert_eq!(iam.tags("Due"), tags(&[]));
    assert_eq!(iam.tags("Tidy"), tags(&[("owner", "web team".to_owned())]));
    assert_eq!(iam.tags("Exempt"), tags(&[("key-deactivator:exempt-until", day_ago(0))]));

    let after = account(&iam);
    let report = sweep(&iam, &SETTINGS).await;
    let pending = TO_NOTICE.map(|user| (user, format!("Pending {}", day_ago(-7))));
    let again = [settled(), noticed_before("!").to_vec(), pending.to_vec()].concat();
    assert_eq!(listed(&report), expected(&again));
    assert_eq!(account(&iam), after, "a second run changes nothing");
}

/// What it was noticed for is over: it was used again.
#[tokio::test(start_paused = true)]
async fn a_key_noticed_as_unused_is_given_notice_anew_when_it_is_too_old() {
    let key = aged("Reused", 1, 90).last_used(days_ago(1));
    let tag = notice_tag(&id("Reused", 1));
    let iam =
        Iam::start(World::new().with(User::new("Reused").tag(&tag, &notice(9)).key(key))).await;
    let report = sweep(&iam, &SETTINGS).await;
    assert_eq!(listed(&report), expected(&[("Reused", format!("Noticed {}!", day_ago(-7)))]));
    assert_eq!(iam.tags("Reused")[&tag], notice(0));
    let report = sweep(&iam, &SETTINGS).await;
    assert_eq!(listed(&report), expected(&[("Reused", format!("Pending {}", day_ago(-7)))]));
}

/// A dry run, or the root user's key, would say the same every day.
#[tokio::test(start_paused = true)]
async fn what_goes_on_unchanged_is_told_on_mondays() {
    #[track_caller]
    fn check(report: &Report, attention: bool) {
        assert_eq!(report.attention, attention, "{}", report.summary);
        assert_eq!(report.summary.starts_with("URGENT: "), attention, "{}", report.summary);
    }
    let iam = Iam::start(crowd(3, 20).root_keys(true, false)).await;
    for (now, attention) in [
        ("2026-06-17T12:00:00Z", false),
        ("2026-06-21T23:59:59Z", false),
        ("2026-06-22T00:00:00Z", true),
        ("2026-06-22T23:59:59Z", true),
        ("2026-06-23T00:00:00Z", false),
    ] {
        let function = Function { now, ..Function::new(&iam, &[]) };
        let report = function.handle(&json!({"action": "sweep"})).await.unwrap().report;
        check(&report, attention);
        let dry_runs = report.outcomes.iter().filter(|it| format!("{:?}", it.status) == "DryRun");
        assert_eq!(dry_runs.filter(|it| it.attention).count(), if attention { 3 } else { 0 });
    }
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_that_is_asked_for_only_makes_it_safer() {
    let iam = Iam::start(crowd(3, 20)).await;
    let run = async |mode: &str, call: Value| {
        let function = Function::new(&iam, &[("SWEEP_MODE", mode)]);
        function.handle(&call).await.unwrap();
        inactive::<BTreeSet<_>>(&iam).len()
    };
    assert_eq!(run("enforce", json!({"action": "sweep", "dryRun": true})).await, 0);
    assert_eq!(run("dry-run", json!({"action": "sweep", "dryRun": false})).await, 0);
    assert_eq!(run("enforce", json!({"action": "sweep"})).await, 3);
}
