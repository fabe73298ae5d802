//! The sweep of a whole account, and looking at one user: what comes of every kind of key, how many
//! calls it takes, and what the limits hold back.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use iam_key_deactivator::report::Report;
use kit::iam::{CONFLICT, DENIED, Fault, Iam, Status, User, World};
use serde_json::{Value, json};

use crate::{
    invoke::Function,
    worlds::{self, SETTINGS, aged, crowd, day_ago, days_ago, id, inactive, notice, notice_tag},
};

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

/// Every key's status, and every user's tags.
type Account = (BTreeMap<String, Status>, BTreeMap<String, BTreeMap<String, String>>);

fn account(iam: &Iam) -> Account {
    (iam.keys(), iam.all_tags())
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
    assert_eq!(of("Unused").reason, "unused for 45 days: notice was given");
    assert_eq!(of("Never").reason, "never used in 45 days: notice was given");
    let lapsed = format!("100 days old; its exemption lapsed on {}: notice was given", day_ago(1));
    assert_eq!(of("Lapsed").reason, lapsed);
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
async fn a_landslide_is_refused_and_nothing_at_all_is_changed() {
    /// `due` of 24 keys are to be deactivated; one more user is to be given notice.
    async fn check(due: usize, percent: &str, refused: bool) {
        let noticed = aged("Noticed", 1, 91);
        let world = crowd(due, 23 - due).with(User::new("Noticed").key(noticed));
        let iam = Iam::start(world).await;
        let settings = [("SWEEP_MODE", "enforce"), ("MAX_DEACTIVATION_PERCENT", percent)];
        let report = sweep(&iam, &settings).await;
        let totals = report.sweep.unwrap();
        assert_eq!((totals.active_keys, totals.planned), (24, due));
        assert_eq!(totals.refused, refused, "{due} at {percent} %");
        let changes = iam.requests().into_iter().filter(|request| {
            ["UpdateAccessKey", "TagUser", "UntagUser"].contains(&request.action.as_str())
        });
        if refused {
            assert_eq!(changes.count(), 0);
            assert!(report.attention);
            assert!(report.summary.starts_with("REFUSED ("), "{}", report.summary);
            assert_eq!(report.outcomes.len(), due + 1, "the report has the plan");
        } else {
            assert_eq!(inactive::<BTreeSet<_>>(&iam).len(), due);
            assert_eq!(iam.tags("Noticed").len(), 1);
        }
    }
    check(6, "25", false).await;
    check(7, "25", true).await;
    check(5, "1", false).await;
    check(6, "1", true).await;
    check(23, "100", false).await;
}

#[tokio::test(start_paused = true)]
async fn the_pace_takes_exactly_the_oldest() {
    let iam = Iam::start(crowd(5, 20)).await;
    let settings = [("SWEEP_MODE", "enforce"), ("MAX_DEACTIVATIONS_PER_SWEEP", "2")];
    let report = sweep(&iam, &settings).await;
    let oldest = |count: usize| (0..count).map(|index| id(&format!("User{index:04}"), 1)).collect();
    assert_eq!(inactive::<BTreeSet<_>>(&iam), oldest(2));
    let held = report.outcomes.iter().filter(|it| it.reason.ends_with("not its turn in this run"));
    assert_eq!(held.count(), 3);
    iam.expire_report();
    sweep(&iam, &settings).await;
    assert_eq!(inactive::<BTreeSet<_>>(&iam), oldest(4));
}

#[tokio::test(start_paused = true)]
async fn the_number_of_calls_is_the_designs() {
    // 2,000 users: 1,600 whom the report clears, 380 whose key is young, 20 with an old key, of
    // which 10 are due; and 10 that are only unused.
    let cleared = |index: usize| {
        let key = aged(&format!("C{index:04}"), 1, 60);
        User::new(&format!("C{index:04}")).key(key.last_used(days_ago(2)))
    };
    let unused = |index: usize| {
        let key = aged(&format!("N{index:04}"), 1, 60);
        User::new(&format!("N{index:04}")).key(key.last_used(days_ago(50)))
    };
    let old = |index: usize| {
        let key = aged(&format!("X{index:04}"), 1, 100);
        User::new(&format!("X{index:04}")).key(key)
    };
    let idle = |index: usize| User::new(&format!("Idle{index:04}"));
    let world = crowd(10, 380);
    let world = (0..1_500).map(cleared).fold(world, World::with);
    let world = (0..10).map(unused).fold(world, World::with);
    let world = (0..10).map(old).fold(world, World::with);
    let world = (0..90).map(idle).fold(world, World::with);
    let iam = Iam::start(world).await;
    let settings = [("SWEEP_MODE", "enforce"), ("EXEMPT_GROUPS", "robots")];
    let report = sweep(&iam, &settings).await;
    assert_eq!(report.sweep.unwrap().users, 1_910);
    let mut calls: BTreeMap<String, usize> = BTreeMap::new();
    for request in iam.requests() {
        *calls.entry(request.action).or_default() += 1;
    }
    let (active, breaks, deactivated, noticed) = (1_910, 30, 10, 20);
    let expected = [
        ("GenerateCredentialReport", 2),
        ("GetCredentialReport", 1),
        // One more for each that is read back.
        ("ListAccessKeys", active + deactivated),
        ("GetAccessKeyLastUsed", 10),
        // One more for each right before it is deactivated.
        ("ListUserTags", breaks + deactivated),
        ("ListGroupsForUser", breaks),
        ("UpdateAccessKey", deactivated),
        ("TagUser", noticed),
        ("UntagUser", deactivated),
    ];
    assert_eq!(calls, expected.map(|(call, count)| (call.to_owned(), count)).into());
}

/// A finding on Alice's key, from Config by unique ID, and from a person by Security Hub.
#[tokio::test(start_paused = true)]
async fn a_finding_on_a_user_gives_notice_and_only_a_person_deactivates() {
    const ENFORCE: [(&str, &str); 1] = [("SWEEP_MODE", "enforce")];
    let events = crate::events::events();
    let run = async |iam: &Iam, name: &str, settings: &[(&str, &str)]| {
        let report = Function::new(iam, settings).handle(&events[name]).await.unwrap().report;
        listed(&report).remove("Alice").unwrap_or(report.summary)
    };
    let notice = format!("Noticed {}!", day_ago(-7));

    let iam = Iam::start(worlds::of_events()).await;
    for name in ["config-non-compliant-user", "securityhub-control-iam3-failed"] {
        assert_eq!(run(&iam, name, &[]).await, format!("DryRun {}!", day_ago(-7)), "{name}");
    }
    let no_notice = [("SWEEP_MODE", "enforce"), ("NOTICE_DAYS", "0")];
    let due = run(&iam, "trustedadvisor-rotation-red", &no_notice).await;
    assert_eq!(due, format!("Pending {}", day_ago(0)), "left to the next sweep");
    assert_eq!(run(&iam, "config-non-compliant-user", &ENFORCE).await, notice);
    let again = run(&iam, "accessanalyzer-unused-key", &ENFORCE).await;
    assert_eq!(again, format!("Pending {}", day_ago(-7)));
    let kept = run(&iam, "trustedadvisor-rotation-red", &no_notice).await;
    assert_eq!(kept, format!("Pending {}", day_ago(-7)), "what was promised holds");
    assert!(inactive::<BTreeSet<_>>(&iam).is_empty());

    let exempt = [("SWEEP_MODE", "enforce"), ("EXEMPT_USERS", "Alice")];
    assert_eq!(run(&iam, "securityhub-action-control-iam3", &exempt).await, "Exempt!");
    let action = "securityhub-action-control-iam3";
    assert_eq!(run(&iam, action, &[]).await, "DryRun!");
    assert_eq!(run(&iam, action, &ENFORCE).await, "Deactivated!");
    assert_eq!(inactive::<Vec<_>>(&iam), ["AKIAIALICE7EXAMPLE22"]);
    assert_eq!(run(&iam, action, &ENFORCE).await, "Compliant!", "a person is told of nothing, too");
    let other = run(&iam, "accessanalyzer-organization", &ENFORCE).await;
    assert!(other.contains("ForeignAccount"), "{other}");
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

#[tokio::test(start_paused = true)]
async fn a_long_report_is_cut_and_says_so() {
    let iam = Iam::start(crowd(1_200, 10)).await;
    let settings = [("MAX_DEACTIVATION_PERCENT", "100"), ("MAX_DEACTIVATIONS_PER_SWEEP", "10000")];
    let report = sweep(&iam, &settings).await;
    let size = serde_json::to_vec(&report).unwrap().len();
    assert!(size < 200_000, "{size}");
    assert_eq!(report.outcomes.len() + report.omitted, 1_200);
    assert!(report.omitted > 0);
    assert!(report.outcomes.iter().map(|it| it.create_date).is_sorted());
}

#[tokio::test(start_paused = true)]
async fn what_matters_is_not_cut() {
    let exempt = |index: usize| {
        let key = aged(&format!("E{index:04}"), 1, 3000);
        User::new(&format!("E{index:04}")).key(key)
    };
    let world = (0..900).map(exempt).fold(crowd(3, 20).root_keys(true, false), World::with);
    let iam = Iam::start(world).await;
    let report = sweep(&iam, &[("SWEEP_MODE", "enforce"), ("EXEMPT_USERS", "E*")]).await;
    assert!(report.omitted > 0);
    let listed: Vec<_> = report.outcomes.iter().map(|it| format!("{:?}", it.status)).collect();
    let count = |status: &str| listed.iter().filter(|it| *it == status).count();
    assert_eq!((count("Deactivated"), count("RootCredential")), (3, 1));
}

#[tokio::test(start_paused = true)]
async fn a_sweep_that_could_read_nobody_is_not_complete() {
    let iam = Iam::start(crowd(3, 20)).await;
    iam.fault(Fault::always("ListAccessKeys", DENIED));
    let report = sweep(&iam, &[("SWEEP_MODE", "enforce")]).await;
    assert!(report.attention && report.sweep.unwrap().incomplete, "{}", report.summary);
}

#[tokio::test(start_paused = true)]
async fn tags_that_change_at_once_are_tried_again() {
    let iam = Iam::start(crowd(1, 20)).await;
    iam.fault(Fault { times: 2, ..Fault::once("UntagUser", CONFLICT) });
    sweep(&iam, &[("SWEEP_MODE", "enforce")]).await;
    assert!(iam.tags("User0000").is_empty());
}
