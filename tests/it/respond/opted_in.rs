//! What is off by default, where IAM fails: a quarantined user's keys, and a key that was just made.

use fake_aws::iam::{DENIED, Fault, FaultKind, Key, Status::Active, THROTTLED, User, World};
use iam_key_deactivator::outcome::Reason;

use crate::{
    events::events,
    invoke::SHORT,
    respond::{
        ALICE, BOB, BOB_2,
        Call::{Again, List, Owner, Path, Update},
        Case, left_active,
    },
};

/// A user with these keys is quarantined.
fn quarantined(keys: &[&str]) -> Case {
    let keys: Vec<_> = keys.iter().map(|key| (*key, Active)).collect();
    Case {
        world: World::new().user("Bob", &keys),
        call: events()["cloudtrail-quarantine-v3"].clone(),
        faults: Vec::new(),
        settings: &[("DEACTIVATE_QUARANTINED_USERS", "true")],
        time_limit: SHORT,
    }
}

#[test]
fn a_quarantined_users_keys_are_listed_with_full_patience() {
    let done = "AKIAIOSFODNN7EXAMPLE of Bob: Deactivated";
    quarantined(&[BOB]).ends(done, &[List, Update, List], &[BOB]);
    let throttled = Fault { times: 3, ..Fault::once("ListAccessKeys", THROTTLED) };
    quarantined(&[BOB]).fault(throttled).ends(
        done,
        &[List, List, List, List, Update, List],
        &[BOB],
    );
    // One key that fails takes no other with it.
    quarantined(&[BOB]).fault(Fault::always("UpdateAccessKey", DENIED)).ends(
        "KeyLeftActive: a key may still be active: AKIAIOSFODNN7EXAMPLE of Bob: Failed \
         (iam:UpdateAccessKey failed: AccessDenied (the function's role may lack \
         iam:UpdateAccessKey))",
        &[List, Update, List],
        &[],
    );
}

#[test]
fn a_user_whose_keys_are_not_known_fails_the_invocation() {
    quarantined(&[BOB]).fault(Fault::always("ListAccessKeys", DENIED)).ends(
        "KeyLeftActive: a key may still be active: user Bob: Failed (iam:ListAccessKeys failed: \
         AccessDenied (the function's role may lack iam:ListAccessKeys))",
        &[List],
        &[],
    );
    quarantined(&[BOB]).fault(Fault::always("ListAccessKeys", THROTTLED)).ends(
        "KeyLeftActive: a key may still be active: user Bob: Failed (iam:ListAccessKeys failed: \
         Throttling)",
        &[List, Again],
        &[],
    );
    quarantined(&[BOB]).world(World::new()).ends(
        &left_active("user Bob", &Reason::NoUser),
        &[List],
        &[],
    );
    quarantined(&[]).ends("user Bob: NotFound", &[List], &[]);
}

#[test]
fn a_user_of_another_account_is_not_looked_up() {
    let mut foreign = quarantined(&[BOB]);
    foreign.call["account"] = "210987654321".into();
    foreign.ends("a user: ForeignAccount", &[], &[]);
}

#[test]
fn a_new_key_that_iam_does_not_know_yet_comes_again() {
    let lags = |action| Fault::always(action, FaultKind::Stale(World::new()));
    let new = || made("/", &[("DEACTIVATE_NEW_KEYS", "true")]);
    let all = ["ListAccessKeys", "GetAccessKeyLastUsed", "UpdateAccessKey"];
    all.iter().fold(new(), |case, action| case.fault(lags(action))).ends(
        &left_active("AKIAI44QH8DHBEXAMPLE of Bob", &Reason::TooNew),
        &[List, Owner, Update, Owner],
        &[],
    );
}

/// Bob, who has this path, has made a second key.
fn made(path: &str, settings: &'static [(&'static str, &'static str)]) -> Case {
    let bob = User::new("Bob").path(path).key(Key::new(BOB)).key(Key::new(BOB_2));
    Case {
        world: World::new().with(bob),
        call: events()["cloudtrail-create-access-key"].clone(),
        settings,
        ..quarantined(&[])
    }
}

#[test]
fn a_new_key_is_left_where_its_users_path_may_exempt_it() {
    const PATHS: &[(&str, &str)] =
        &[("DEACTIVATE_NEW_KEYS", "true"), ("EXEMPT_PATHS", "/service/")];
    let done = "AKIAI44QH8DHBEXAMPLE of Bob: Deactivated";
    made("/", PATHS).ends(done, &[List, Path, Update, List], &[BOB_2]);
    made("/service/", PATHS).ends("AKIAI44QH8DHBEXAMPLE of Bob: Exempt", &[List, Path], &[]);
    made("/service/", &[("DEACTIVATE_NEW_KEYS", "true")]).ends(
        done,
        &[List, Update, List],
        &[BOB_2],
    );
    let throttled = Fault { times: 3, ..Fault::once("GetUser", THROTTLED) };
    made("/", PATHS).fault(throttled).ends(
        done,
        &[List, Path, Path, Path, Path, Update, List],
        &[BOB_2],
    );
    made("/", PATHS).fault(Fault::always("GetUser", DENIED)).ends(
        "KeyLeftActive: a key may still be active: AKIAI44QH8DHBEXAMPLE of Bob: Failed (iam:GetUser \
         failed: AccessDenied (the function's role may lack iam:GetUser))",
        &[List, Path],
        &[],
    );
    // A compromised key is not asked about.
    let mut leaked = made("/service/", PATHS);
    leaked.call =
        serde_json::json!({"action": "deactivate", "accessKeyId": BOB_2, "userName": "Bob"});
    leaked.fault(Fault::always("GetUser", DENIED)).ends(done, &[List, Update, List], &[BOB_2]);
}

#[test]
fn a_user_whose_list_hangs_holds_up_no_other_user() {
    let mut both = quarantined(&[BOB]);
    let mut alice = both.call.clone();
    alice["detail"]["requestParameters"]["userName"] = "Alice".into();
    both.call = serde_json::json!([alice, both.call]);
    let world = World::new().user("Alice", &[(ALICE, Active)]).user("Bob", &[(BOB, Active)]);
    let hangs = Fault { user: Some("Alice"), ..Fault::always("ListAccessKeys", FaultKind::Hang) };
    both.world(world).fault(hangs).ends(
        "KeyLeftActive: a key may still be active: user Alice: Failed (iam:ListAccessKeys failed: \
         Timeout); AKIAIOSFODNN7EXAMPLE of Bob: Deactivated",
        &[List, List, Update, List, List, List],
        &[BOB],
    );
}
