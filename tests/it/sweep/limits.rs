//! What holds a sweep back, how many calls it makes, and how long its report gets.

use std::collections::{BTreeMap, BTreeSet};

use fake_aws::iam::{Iam, User, World};
use iam_key_deactivator::outcome::{Deferral, Reason};

use super::sweep;
use crate::worlds::{aged, crowd, days_ago, id, inactive};

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
    let held = Reason::Deferred(Deferral::Pace);
    let held = report.outcomes.iter().filter(|it| it.reason == held);
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
