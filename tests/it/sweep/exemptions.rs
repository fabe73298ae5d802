//! A key is exempt by something that is read: what cannot be read whole keeps it.

use fake_aws::iam::{DENIED, Fault, FaultKind, Iam, Status, User, World};
use iam_key_deactivator::outcome::{Exemption, Reason, Unknown};
use serde_json::json;

use crate::{
    invoke::Function,
    worlds::{SETTINGS, aged, crowd, day_ago, days_ago, id, notice, notice_tag},
};

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
                    let reasons = answer.report.outcomes.iter().map(|it| it.reason.to_string());
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
                let reasons = answer.report.outcomes.iter().map(|it| it.reason.to_string());
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
        _ => format!("left active: iam:{action} failed: InvalidResponse"),
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
    let lacks = Reason::LeftActive(Unknown::UserPath).to_string();
    check("ListUsers", &format!("<Users/>{end}"), &lacks).await;
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
        let found = (format!("{:?}", kept.status), kept.reason.to_string());
        assert_eq!(found, (status.to_owned(), reason.to_owned()));
        assert_eq!(kept.attention, attention, "{reason}");
        assert_eq!(iam.keys()[&id("User0000", 1)], Status::Active, "{reason}");
        assert_eq!(format!("{:?}", other.status), "Deactivated", "its turn is another key's");
    }
    let lags = |user: User| FaultKind::Stale(World::new().with(user));
    let user = || User::new("User0000");
    let tag = notice_tag(&id("User0000", 1));
    let exempt = user().tag(&tag, &notice(10)).tag("key-deactivator:exempt-until", &day_ago(-9));
    let until = Reason::Exempt(Exemption::Until(day_ago(-9).parse().unwrap()));
    check(lags(exempt), "Exempt", &until.to_string(), false).await;
    let no_date = user().tag(&tag, &notice(10)).tag("key-deactivator:exempt-until", "soon");
    let reason = Reason::LeftActive(Unknown::ExemptionDate);
    check(lags(no_date), "Failed", &reason.to_string(), true).await;
    let denied = "left active: iam:ListUserTags failed: AccessDenied (the function's \
                  role may lack iam:ListUserTags)";
    check(DENIED, "Failed", denied, true).await;
    let changed = Reason::NoticeChanged.to_string();
    check(lags(user()), "Pending", &changed, false).await;
}
