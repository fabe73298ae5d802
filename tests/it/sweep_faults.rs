//! Sweeps that meet what a walk through all calls does not show.

use std::time::Duration;

use kit::iam::{DENIED, Fault, FaultKind, Iam, Key, Status, User, World};
use serde_json::json;

use crate::{
    fault_matrix::Scene,
    invoke::Function,
    worlds::{self, SETTINGS, aged, crowd, day_ago, days_ago, id, notice, notice_tag},
};

#[tokio::test(start_paused = true)]
async fn what_a_person_asks_for_fails_loudly() {
    let scene = Scene::of_alice("securityhub-action-control-iam3");
    let update = Fault::always("UpdateAccessKey", DENIED);
    let error = scene.run(Some(update)).await.answer.unwrap_err();
    assert_eq!(error.error_type, "KeyLeftActive");
    assert_eq!(
        error.error_message,
        "a key may still be active: AKIAIALICE2222222221 of Alice: Failed (400 days old: \
         iam:UpdateAccessKey failed: AccessDenied (the function's role may lack \
         iam:UpdateAccessKey))"
    );
    // What comes by itself comes again.
    let scene = Scene::of_alice("securityhub-control-iam3-failed");
    let report = scene.run(Some(Fault::always("TagUser", DENIED))).await.answer.unwrap().report;
    assert!(report.attention, "{}", report.summary);
}

#[tokio::test(start_paused = true)]
async fn a_user_deleted_in_the_middle_is_normal() {
    for action in
        ["ListAccessKeys", "ListUserTags", "ListGroupsForUser", "UpdateAccessKey", "TagUser"]
    {
        let user = if action == "TagUser" { "Old" } else { "Due" };
        let deleted = Fault { user: Some(user), ..Fault::once(action, FaultKind::DeletesUser) };
        let run = Scene::sweep().run(Some(deleted)).await;
        let report = run.answer.unwrap().report;
        assert!(!report.sweep.unwrap().incomplete, "{action}");
        assert!(run.inactive.contains(&id("LongDue", 1)), "{action}: the rest is handled");
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_report_everyone_is_looked_at() {
    for action in ["GenerateCredentialReport", "GetCredentialReport"] {
        let run = Scene::sweep().run(Some(Fault::always(action, DENIED))).await;
        let inactive: Vec<_> =
            ["Due", "Inactive", "LongDue", "Tidy"].map(|user| id(user, 1)).into();
        assert_eq!(run.inactive.into_iter().collect::<Vec<_>>(), inactive, "{action}");
        assert!(run.requests.iter().any(|request| request.action == "ListUsers"), "{action}");
        let report = run.answer.unwrap().report;
        assert!(report.attention && report.summary.starts_with("WITHOUT CREDENTIAL REPORT, "));
    }
}

#[tokio::test(start_paused = true)]
async fn without_any_list_of_users_the_sweep_fails_and_hides_nothing() {
    let bob = id("Bob", 1);
    let iam = Iam::start(World::new().user("Bob", &[(&bob, Status::Active)])).await;
    iam.fault(Fault::always("GetCredentialReport", DENIED));
    iam.fault(Fault::always("ListUsers", DENIED));
    let function = Function::new(&iam, &[("SWEEP_MODE", "enforce")]);
    let failed = "the account could not be swept: iam:ListUsers failed: AccessDenied (the function's \
                  role may lack iam:ListUsers)";
    let sweep = json!({"action": "sweep"});
    let error = function.handle(&sweep).await.unwrap_err();
    assert_eq!((error.error_type.as_str(), error.error_message.as_str()), ("SweepFailed", failed));
    // What else is in the payload is handled or told as well. (A sweep among several events is none.)
    let more = json!(format!("{sweep} x"));
    let error = function.handle(&more).await.unwrap_err();
    let rest = "the event: expected nothing after the first JSON value";
    assert_eq!(error.error_message, format!("{failed}; {rest}"));
}

#[tokio::test(start_paused = true)]
async fn where_time_runs_out_nothing_is_done_by_halves() {
    let iam = Iam::start(worlds::of_sweeps()).await;
    let hangs = Fault { user: Some("Old"), ..Fault::always("ListUserTags", FaultKind::Hang) };
    iam.fault(hangs);
    let function =
        Function { time_limit: Duration::from_secs(6), ..Function::new(&iam, &SETTINGS) };
    // Reading goes on to half the time; the one that hung is told, the others are acted on no more,
    // since that would not end in time.
    let report = function.handle(&json!({"action": "sweep"})).await.unwrap().report;
    assert!(report.sweep.unwrap().incomplete, "{}", report.summary);
    assert!(report.attention && report.summary.contains("INCOMPLETE: "), "{}", report.summary);
    let changes = ["UpdateAccessKey", "TagUser"];
    assert!(!iam.requests().iter().any(|it| changes.contains(&it.action.as_str())));
}

/// An account that cannot be looked through in time still gets on: notices are given.
#[tokio::test(start_paused = true)]
async fn who_was_looked_at_in_time_is_given_notice_but_no_key_is_deactivated() {
    const HANG: [&str; 16] = [
        "H00", "H01", "H02", "H03", "H04", "H05", "H06", "H07", "H08", "H09", "H10", "H11", "H12",
        "H13", "H14", "H15",
    ];
    let old = |name: &str| User::new(name).key(aged(name, 1, 100));
    let tag = notice_tag(&id("Due", 1));
    let world = World::new().with(old("Due").tag(&tag, &notice(10))).with(old("A"));
    let world = HANG.into_iter().map(old).fold(world, World::with).with(old("Z"));
    let iam = Iam::start(world).await;
    for user in HANG {
        iam.fault(Fault { user: Some(user), ..Fault::always("ListAccessKeys", FaultKind::Hang) });
    }
    let settings = [("SWEEP_MODE", "enforce")];
    let function =
        Function { time_limit: Duration::from_secs(16), ..Function::new(&iam, &settings) };
    let report = function.handle(&json!({"action": "sweep"})).await.unwrap().report;
    assert!(report.sweep.unwrap().incomplete, "{}", report.summary);
    let of = |user: &str| {
        let of = |it: &&iam_key_deactivator::outcome::Outcome| {
            it.user_name.as_ref().is_some_and(|name| name.as_str() == user)
        };
        report.outcomes.iter().find(of).map(|it| (format!("{:?}", it.status), it.reason.as_str()))
    };
    let given = (String::from("Noticed"), "100 days old: notice was given");
    assert_eq!(of("A"), Some(given));
    let left = "100 days old: due: not all users could be looked at in time";
    assert_eq!(of("Due"), Some((String::from("Pending"), left)));
    assert_eq!(of("Z"), None);
    assert!(iam.keys().values().all(|status| *status == Status::Active));
}

#[tokio::test(start_paused = true)]
async fn a_key_that_cannot_be_deactivated_leaves_its_turn_to_the_next() {
    /// These users' keys of five, from the oldest on, meet this when they are updated.
    async fn check(users: &[&'static str], kind: FaultKind, expected: [&str; 5]) {
        let iam = Iam::start(crowd(5, 0)).await;
        for user in users {
            let fault = Fault::always("UpdateAccessKey", kind.clone());
            iam.fault(Fault { user: Some(user), ..fault });
        }
        let settings = [("SWEEP_MODE", "enforce"), ("MAX_DEACTIVATIONS_PER_SWEEP", "2")];
        let function = Function::new(&iam, &settings);
        let report = function.handle(&json!({"action": "sweep"})).await.unwrap().report;
        let statuses = report.outcomes.iter().map(|it| format!("{:?}", it.status));
        assert_eq!(statuses.collect::<Vec<_>>(), expected);
    }
    check(
        &["User0000", "User0001", "User0003"],
        DENIED,
        ["Failed", "Failed", "Deactivated", "Failed", "Deactivated"],
    )
    .await;
    // An answer that is lost may have been the change: its turn is taken.
    check(
        &["User0000"],
        FaultKind::CutBefore,
        ["Failed", "Deactivated", "Pending", "Pending", "Pending"],
    )
    .await;
}

/// IAM goes on showing the key Active, or does not say.
#[tokio::test(start_paused = true)]
async fn a_sweep_reports_a_key_that_is_still_shown_active_as_failed() {
    async fn check(read_back: FaultKind, status: &str, reason: &str) {
        let iam = Iam::start(crowd(1, 0)).await;
        iam.fault(Fault { skip: 1, ..Fault::always("ListAccessKeys", read_back) });
        let function = Function::new(&iam, &[("SWEEP_MODE", "enforce")]);
        let report = function.handle(&json!({"action": "sweep"})).await.unwrap().report;
        let [only] = report.outcomes.as_slice() else { panic!("{}", report.summary) };
        assert_eq!((format!("{:?}", only.status).as_str(), only.reason.as_str()), (status, reason));
        assert!(only.attention && !only.verified, "{reason}");
        // The notice of a key that may be active still holds.
        assert_eq!(iam.tags("User0000").is_empty(), status == "Deactivated", "{reason}");
    }
    let still = "2000 days old: IAM took the update, and still shows the key Active";
    check(FaultKind::Stale(crowd(1, 0)), "Failed", still).await;
    let unread = "2000 days old: made Inactive; it could not be read back";
    check(DENIED, "Deactivated", unread).await;
}

#[tokio::test(start_paused = true)]
async fn a_notice_that_cannot_be_written_keeps_the_key() {
    let key = aged("Full", 1, 100);
    let tags =
        (0..50).fold(User::new("Full").key(key), |user, index| user.tag(&format!("t{index}"), "x"));
    let iam = Iam::start(World::new().with(tags)).await;
    let function = Function::new(&iam, &SETTINGS);
    let report = function.handle(&json!({"action": "sweep"})).await.unwrap().report;
    assert!(report.attention);
    assert_eq!(
        report.outcomes[0].reason,
        "100 days old: left active: notice of it could not be given: iam:TagUser failed: LimitExceeded"
    );
}

/// The other keys do not wait for it. (It is given up after 4 s, and tried again.)
#[tokio::test(start_paused = true)]
async fn one_stuck_key_holds_up_no_other_key_of_a_sweep() {
    let iam = Iam::start(crowd(40, 0)).await;
    let hangs = Fault::once("UpdateAccessKey", FaultKind::Hang);
    iam.fault(Fault { user: Some("User0000"), ..hangs });
    let settings = [
        ("SWEEP_MODE", "enforce"),
        ("MAX_DEACTIVATION_PERCENT", "100"),
        ("MAX_DEACTIVATIONS_PER_SWEEP", "40"),
    ];
    let function = Function::new(&iam, &settings);
    let report = function.handle(&json!({"action": "sweep"})).await.unwrap().report;
    assert_eq!(report.outcomes.len(), 40);
    assert!(report.outcomes.iter().all(|it| it.verified), "{}", report.summary);
    assert!(report.outcomes.iter().map(|it| it.create_date).is_sorted(), "oldest first");
    let calls = iam.calls();
    let updates = calls.iter().filter(|call| call.request.action == "UpdateAccessKey");
    let (stuck, others): (Vec<_>, Vec<_>) =
        updates.partition(|call| call.request.user_name.as_deref() == Some("User0000"));
    assert_eq!((stuck.len(), others.len()), (2, 39));
    let late = others.iter().filter(|call| call.received >= stuck[1].received);
    assert_eq!(late.count(), 0, "while the first hangs, all others are updated");
}

/// A key is exempt by something that is read; cut anywhere, it is read no more, and the key stays.
#[tokio::test(start_paused = true)]
async fn an_answer_that_ends_early_is_never_no_exemption() {
    let user = || User::new("Kept").key(aged("Kept", 1, 400));
    let tag = notice_tag(&id("Kept", 1));
    let tagged = || user().tag(&tag, &notice(10));
    let exempt = day_ago(-1);
    let recent = aged("Kept", 1, 60).last_used(days_ago(1));
    let by_use = User::new("Kept").tag(&tag, &notice(10));
    let by_use = by_use.key(recent.report_last_used("no_information"));
    let cases = [
        ("ListUserTags", tagged().tag("key-deactivator:exempt-until", &exempt)),
        ("ListGroupsForUser", tagged().group("people").group("robots")),
        ("ListUsers", tagged().path("/service/")),
        ("GetAccessKeyLastUsed", by_use),
        ("ListAccessKeys", tagged().tag("key-deactivator:exempt-until", &exempt)),
        ("GetCredentialReport", tagged().tag("key-deactivator:exempt-until", &exempt)),
    ];
    for (action, user) in cases {
        let world = World::new().with(user).generated();
        let mut length = 0;
        loop {
            let iam = Iam::start(world.clone()).await;
            iam.fault(Fault::always(action, FaultKind::CutBody(length)));
            let function = Function::new(&iam, &SETTINGS);
            let answer = function.handle(&json!({"action": "sweep"})).await;
            let case = format!("{action}, cut after {length} bytes");
            assert_eq!(iam.keys()[&id("Kept", 1)], Status::Active, "{case}");
            match answer {
                Ok(answer) if !answer.report.attention => break,
                Ok(answer) => {
                    let reasons = answer.report.outcomes.iter().map(|it| it.reason.as_str());
                    let reasons = reasons.collect::<Vec<_>>().join(", ");
                    let named = format!("iam:{action} failed: InvalidResponse");
                    let without_report = answer.report.summary.contains("WITHOUT CREDENTIAL");
                    assert!(reasons.contains(&named) || without_report, "{case}: {reasons}");
                }
                Err(error) => {
                    let named = "iam:ListUsers failed: InvalidResponse";
                    assert!(error.error_message.contains(named), "{case}: {error:?}");
                }
            }
            length += 7;
        }
        assert!(length > 300, "{action}: whole after {length} bytes");
    }
}

/// Lists that are not what they say are not known.
#[tokio::test(start_paused = true)]
async fn a_list_that_is_not_whole_keeps_the_key() {
    async fn check(action: &'static str, result: &str, expected: &str) {
        let key = aged("Kept", 1, 400);
        let tag = notice_tag(&id("Kept", 1));
        let user = User::new("Kept").tag(&tag, &notice(10)).key(key);
        let iam = Iam::start(World::new().with(user)).await;
        let body = format!(
            "<{action}Response><{action}Result>{result}</{action}Result></{action}Response>"
        );
        iam.fault(Fault::always(action, FaultKind::Body(body)));
        let function = Function::new(&iam, &SETTINGS);
        let said = match function.handle(&json!({"action": "sweep"})).await {
            Ok(answer) => {
                let reasons = answer.report.outcomes.iter().map(|it| it.reason.clone());
                reasons.collect::<Vec<_>>().join(", ")
            }
            Err(error) => error.error_message,
        };
        assert_eq!(said, expected, "{action}: {result}");
        assert_eq!(iam.keys()[&id("Kept", 1)], Status::Active, "{action}: {result}");
        assert!(iam.requests().len() < 20, "it does not go on and on");
    }
    let unreadable = |action: &str| match action {
        "ListUsers" => {
            "the account could not be swept: iam:ListUsers failed: InvalidResponse".to_owned()
        }
        "ListAccessKeys" => {
            "its keys are not known: left active: iam:ListAccessKeys failed: InvalidResponse"
                .to_owned()
        }
        _ => format!("400 days old: left active: iam:{action} failed: InvalidResponse"),
    };
    for (action, list) in [
        ("ListUserTags", "Tags"),
        ("ListGroupsForUser", "Groups"),
        ("ListUsers", "Users"),
        ("ListAccessKeys", "AccessKeyMetadata"),
    ] {
        for result in [
            // Empty, or without one part.
            String::new(),
            "<IsTruncated>false</IsTruncated>".to_owned(),
            // There is more, but no way to ask for it.
            format!("<{list}/><IsTruncated>true</IsTruncated>"),
            // The same page again and again.
            format!("<{list}/><IsTruncated>true</IsTruncated><Marker>here</Marker>"),
        ] {
            check(action, &result, &unreadable(action)).await;
        }
    }
    for (action, list) in [("ListUserTags", "Tags"), ("ListGroupsForUser", "Groups")] {
        check(action, &format!("<{list}/>"), &unreadable(action)).await;
    }
    check("ListUsers", "<Users/>", &unreadable("ListUsers")).await;
    // A member without what it must have.
    let end = "<IsTruncated>false</IsTruncated>";
    let tags = format!("<Tags><member><Value>2030-01-01</Value></member></Tags>{end}");
    check("ListUserTags", &tags, &unreadable("ListUserTags")).await;
    let groups = format!("<Groups><member><Path>/</Path></member></Groups>{end}");
    check("ListGroupsForUser", &groups, &unreadable("ListGroupsForUser")).await;
    // A whole list that lacks the user, whose path may be an exempt one by now.
    let lacks = "400 days old: left active: its user is not in IAM's list of users";
    check("ListUsers", &format!("<Users/>{end}"), lacks).await;
}

/// What a sweep left behind that was cut off is reported once.
#[tokio::test(start_paused = true)]
async fn an_inactive_key_with_a_notice_is_reported_once() {
    /// The key was changed so many days ago; the user has another, active key if so said.
    async fn check(days: i64, with_active: bool, tag: &str, expected: bool) {
        let key = aged("Left", 1, 400).status(Status::Inactive);
        let mut user = User::new("Left").tag(tag, &notice(8)).key(key.rotated(days_ago(days)));
        if with_active {
            user = user.key(aged("Left", 2, 1));
        }
        let iam = Iam::start(World::new().with(user)).await;
        let case = format!("{days} days ago, {with_active}, {tag}");
        let dry = Function::new(&iam, &[]);
        let function = Function::new(&iam, &[("SWEEP_MODE", "enforce")]);
        for (function, reported, attention) in
            [(&dry, expected, false), (&function, expected, expected), (&function, false, false)]
        {
            let report = function.handle(&json!({"action": "sweep"})).await.unwrap().report;
            let listed: Vec<_> = report.outcomes.iter().map(|it| it.reason.as_str()).collect();
            let reason = "notice of it was given: found Inactive; who deactivated it is not known";
            assert_eq!(listed, if reported { vec![reason] } else { vec![] }, "{case}");
            assert_eq!(report.attention, attention, "{case}");
            assert!(report.outcomes.iter().all(|it| {
                format!("{:?}", it.status) == "AlreadyInactive" && !it.updated && !it.verified
            }));
        }
        assert_eq!(iam.tags("Left").is_empty(), expected, "{case}");
        let updates = iam.requests().into_iter().filter(|it| it.action == "UpdateAccessKey");
        assert_eq!(updates.count(), 0, "{case}");
    }
    let tag = &notice_tag(&id("Left", 1));
    for with_active in [false, true] {
        check(0, with_active, tag, true).await;
        check(36, with_active, tag, true).await;
        // Thirty-seven and a half.
        check(37, with_active, tag, false).await;
        check(1, with_active, "team", false).await;
    }
    // Its owner has activated it since: a sweep goes by the rules.
    let key = aged("Left", 1, 10).rotated(days_ago(1));
    let world = World::new().with(User::new("Left").tag(tag, &notice(8)).key(key));
    let iam = Iam::start(world).await;
    let function = Function::new(&iam, &[("SWEEP_MODE", "enforce")]);
    let report = function.handle(&json!({"action": "sweep"})).await.unwrap().report;
    assert!(report.outcomes.is_empty(), "{}", report.summary);
}

/// Users without an active key cost one call, and only if one of their keys was changed lately.
#[tokio::test(start_paused = true)]
async fn looking_for_left_notices_costs_one_call_a_user() {
    let user = |name: &str, days| {
        let key = Key::new(&id(name, 1)).status(Status::Inactive).rotated(days_ago(days));
        User::new(name).key(key)
    };
    let world = World::new().with(user("Lately", 5)).with(user("Before", 40));
    let iam = Iam::start(world.with(User::new("Idle"))).await;
    let function = Function::new(&iam, &[("SWEEP_MODE", "enforce")]);
    let report = function.handle(&json!({"action": "sweep"})).await.unwrap().report;
    assert_eq!(report.sweep.unwrap().users, 0);
    let calls = iam.requests().into_iter().filter(|it| it.user_name.is_some());
    let calls: Vec<_> = calls.map(|it| (it.action, it.user_name.unwrap())).collect();
    assert_eq!(calls, [("ListUserTags".to_owned(), "Lately".to_owned())]);
    // What is not read is looked for again; a user who is gone is not missed.
    for kind in [DENIED, FaultKind::DeletesUser] {
        iam.fault(Fault::once("ListUserTags", kind));
        let report = function.handle(&json!({"action": "sweep"})).await.unwrap().report;
        assert!(!report.attention && report.outcomes.is_empty(), "{}", report.summary);
    }
}

/// Between the first look and the deactivation minutes may pass.
#[tokio::test(start_paused = true)]
async fn an_exemption_given_meanwhile_counts() {
    /// The second time that the first user's tags are read, this is what comes.
    async fn check(second: FaultKind, status: &str, reason: &str, attention: bool) {
        let iam = Iam::start(crowd(2, 20)).await;
        let second_look = Fault { skip: 1, ..Fault::always("ListUserTags", second) };
        iam.fault(Fault { user: Some("User0000"), ..second_look });
        let settings = [("SWEEP_MODE", "enforce"), ("MAX_DEACTIVATIONS_PER_SWEEP", "1")];
        let function = Function::new(&iam, &settings);
        let report = function.handle(&json!({"action": "sweep"})).await.unwrap().report;
        let [kept, other] = report.outcomes.as_slice() else { panic!("{}", report.summary) };
        assert_eq!((format!("{:?}", kept.status).as_str(), kept.reason.as_str()), (status, reason));
        assert_eq!(kept.attention, attention, "{reason}");
        assert_eq!(iam.keys()[&id("User0000", 1)], Status::Active, "{reason}");
        assert_eq!(format!("{:?}", other.status), "Deactivated", "its turn is another key's");
    }
    let lags = |user: User| FaultKind::Stale(World::new().with(user));
    let user = || User::new("User0000");
    let tag = notice_tag(&id("User0000", 1));
    let exempt = user().tag(&tag, &notice(10)).tag("key-deactivator:exempt-until", &day_ago(-9));
    let until = format!("2000 days old: its user is exempt until {}", day_ago(-9));
    check(lags(exempt), "Exempt", &until, false).await;
    let no_date = user().tag(&tag, &notice(10)).tag("key-deactivator:exempt-until", "soon");
    let reason =
        "2000 days old: left active: its user's exemption is no date in the form YYYY-MM-DD";
    check(lags(no_date), "Failed", reason, true).await;
    let denied = "2000 days old: left active: iam:ListUserTags failed: AccessDenied (the function's \
                  role may lack iam:ListUserTags)";
    check(DENIED, "Failed", denied, true).await;
    let changed = "2000 days old: its notice was changed meanwhile";
    check(lags(user()), "Pending", changed, false).await;
}

/// (The credential report and the list of users have tests of their own above.)
#[tokio::test(start_paused = true)]
async fn each_permission_that_is_missing_is_named() {
    let of_alice = || Scene::of_alice("securityhub-control-iam3-failed");
    for (action, scene) in [
        ("ListAccessKeys", Scene::sweep()),
        ("GetAccessKeyLastUsed", Scene::sweep()),
        ("ListUserTags", Scene::sweep()),
        ("ListGroupsForUser", Scene::sweep()),
        ("UpdateAccessKey", Scene::sweep()),
        ("TagUser", Scene::sweep()),
        ("GetUser", of_alice()),
    ] {
        let report = scene.run(Some(Fault::always(action, DENIED))).await.answer.unwrap().report;
        let reasons: Vec<_> = report.outcomes.iter().map(|it| it.reason.as_str()).collect();
        let named = format!(
            "iam:{action} failed: AccessDenied (the function's role may lack iam:{action})"
        );
        assert!(reasons.iter().any(|reason| reason.contains(&named)), "{action}: {reasons:#?}");
        assert!(report.attention, "{action}");
    }
}

/// It is the next sweep's to remove: the log names it.
#[tokio::test(start_paused = true)]
async fn a_notice_that_cannot_be_removed_fails_no_deactivation() {
    let iam = Iam::start(crowd(1, 20)).await;
    iam.fault(Fault::always("UntagUser", DENIED));
    let function = Function::new(&iam, &[("SWEEP_MODE", "enforce")]);
    let report = function.handle(&json!({"action": "sweep"})).await.unwrap().report;
    assert_eq!(format!("{:?}", report.outcomes[0].status), "Deactivated");
    assert_eq!(iam.tags("User0000").len(), 1);
}
