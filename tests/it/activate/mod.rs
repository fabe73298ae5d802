//! The activate function: what becomes of a key, and what is left of this stack on its user.

mod repeated;

use std::collections::{BTreeMap, BTreeSet};

use fake_aws::iam::{
    DENIED, Fault, Iam, Key,
    Status::{self, Active, Inactive},
    User, World,
};
use serde_json::{Value, json};

use crate::{
    invoke::{Function, in_no_time},
    mails,
    respond::{ALICE, BOB, BOB_2},
};

pub(super) const POLICY: &str = "arn:aws:iam::123456789012:policy/stack-SessionPolicy";
const OTHER_POLICY: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";
/// With sessions denied by a policy.
pub(super) const SETTINGS: [(&str, &str); 2] =
    [("FUNCTION", "activate"), ("DENY_SESSIONS", POLICY)];
/// Carries the account 210987654321.
const FOREIGN: &str = "AKIATCH6YDSY2EXAMPLE";
pub(super) const NOTE: &str = "2026-06-17 arn:aws:iam::123456789012:user/Alice: false alarm _ours_";

pub(super) fn mark(key: &str) -> String {
    format!("key-deactivator:deactivated:{key}")
}

pub(super) fn note(key: &str) -> String {
    format!("key-deactivator:activated:{key}")
}

/// Bob with his first key contained: Inactive, marked, his sessions denied.
pub(super) fn contained() -> User {
    let mark_value = "2026-06-15T12:00:00.123Z guardduty f-1";
    let bob = User::new("Bob").tag("team", "web").tag(&mark(BOB), mark_value);
    let bob = bob.policy(OTHER_POLICY).policy(POLICY);
    bob.key(Key::new(BOB).status(Inactive)).key(Key::new(BOB_2))
}

pub(super) fn call(key: &str, user: Option<&str>) -> Value {
    json!({"action": "activate", "accessKeyId": key, "userName": user, "reason": "false alarm (ours)",
        "requestedBy": "arn:aws:iam::123456789012:user/Alice"})
}

/// What is left on Bob.
#[derive(Debug, PartialEq)]
pub(super) struct Left {
    active: BTreeSet<String>,
    tags: BTreeMap<String, String>,
    policies: BTreeSet<String>,
}

impl Left {
    pub(super) fn of(iam: &Iam) -> Self {
        let active = iam.keys().into_iter().filter(|(_, status)| *status == Active);
        Self {
            active: active.map(|(id, _)| id).collect(),
            tags: iam.tags("Bob"),
            policies: iam.policies("Bob"),
        }
    }

    /// As before the containment, but for the note.
    pub(super) fn restored(active: &[&str]) -> Self {
        let tags = [("team".to_owned(), "web".to_owned()), (note(BOB), NOTE.to_owned())];
        Self {
            active: active.iter().map(|id| (*id).to_owned()).collect(),
            tags: tags.into(),
            policies: [OTHER_POLICY.to_owned()].into(),
        }
    }
}

/// The summary of the answer, or the type and the message of the error.
pub(super) async fn said(function: &Function, call: &Value) -> String {
    match function.handle(call).await {
        Ok(answer) => answer.report.summary,
        Err(error) => format!("{}: {}", error.error_type, error.error_message),
    }
}

pub(super) fn changes(iam: &Iam) -> Vec<String> {
    const READS: [&str; 3] = ["GetAccessKeyLastUsed", "ListAccessKeys", "ListUserTags"];
    let actions = iam.requests().into_iter().map(|it| it.action);
    actions.filter(|action| !READS.contains(&action.as_str())).collect()
}

const ALL: [&str; 4] = ["TagUser", "UpdateAccessKey", "DetachUserPolicy", "UntagUser"];

#[test]
fn a_contained_key_is_as_it_was_before() {
    in_no_time(async {
        for user in [None, Some("Bob"), Some("bob")] {
            let iam = Iam::start(World::new().with(contained())).await;
            let function = Function::new(&iam, &SETTINGS);
            let answer = function.handle(&call(BOB, user)).await.unwrap();
            assert_eq!(answer.report.summary, "AKIAIOSFODNN7EXAMPLE of Bob: Activated");
            assert!(answer.report.outcomes[0].verified && answer.report.attention);
            assert_eq!(changes(&iam), ALL);
            assert_eq!(Left::of(&iam), Left::restored(&[BOB, BOB_2]));
        }
    });
}

/// What is asked for, and what comes of it where nothing may be changed.
#[track_caller]
fn unchanged(world: World, call: &Value, expected: &str, attention: bool) {
    in_no_time(async {
        let iam = Iam::start(world).await;
        let before = (iam.keys(), iam.all_tags(), iam.all_policies());
        let function = Function::new(&iam, &SETTINGS);
        match function.handle(call).await {
            Ok(answer) => {
                assert_eq!(answer.report.summary, expected);
                assert_eq!(answer.report.attention, attention, "{expected}");
            }
            Err(error) => {
                assert_eq!(format!("{}: {}", error.error_type, error.error_message), expected);
            }
        }
        assert_eq!((iam.keys(), iam.all_tags(), iam.all_policies()), before);
        assert_eq!(changes(&iam), [""; 0]);
    });
}

#[test]
fn what_is_not_this_stacks_stays_as_it_is() {
    let world = || World::new().with(contained()).user("Alice", &[(ALICE, Inactive)]);
    unchanged(world(), &call(ALICE, None), "AKIAIALICE7EXAMPLE22 of Alice: NotMarked", true);
    unchanged(world(), &call(BOB_2, None), "AKIAI44QH8DHBEXAMPLE of Bob: AlreadyActive", false);
    // Somebody else's key of the same name, in another spelling: the true owner is named.
    unchanged(
        world(),
        &call(BOB, Some("Alice")),
        "ActivationFailed: a key is not activated, or not completely: AKIAIOSFODNN7EXAMPLE of Alice: \
         Failed (The key belongs to user Bob, not to the user that the call names. Nothing was changed.)",
        true,
    );
    unchanged(World::new(), &call(BOB, None), "AKIAIOSFODNN7EXAMPLE: NotFound", false);
    unchanged(
        World::new().denying_unknown_keys(),
        &call(BOB, None),
        "AKIAIOSFODNN7EXAMPLE: NotFound",
        true,
    );
    unchanged(World::new(), &call(FOREIGN, None), "AKIATCH6YDSY2EXAMPLE: ForeignAccount", true);
    unchanged(
        World::new(),
        &call(BOB, Some("arn:aws:iam::210987654321:user/Bob")),
        "AKIAIOSFODNN7EXAMPLE of Bob: ForeignAccount",
        true,
    );
    let root = World::new().user("<root_account>", &[(BOB, Inactive)]);
    unchanged(root, &call(BOB, None), "URGENT: AKIAIOSFODNN7EXAMPLE: RootCredential", true);
}

#[test]
fn a_dry_run_changes_nothing() {
    let dry = |key: &str| {
        let mut call = call(key, None);
        call["dryRun"] = true.into();
        call
    };
    let world = || World::new().with(contained());
    unchanged(world(), &dry(BOB), "AKIAIOSFODNN7EXAMPLE of Bob: DryRun", true);
    unchanged(world(), &dry(BOB_2), "AKIAI44QH8DHBEXAMPLE of Bob: AlreadyActive", false);
}

/// Two keys contained, one activated: its user's sessions stay denied until both are back.
#[test]
fn sessions_stay_denied_for_another_contained_key() {
    in_no_time(async {
        let both = || {
            let bob = contained().tag(&mark(BOB_2), "2026-06-15T12:00:00.123Z");
            World::new().with(bob.key(Key::new(BOB_2).status(Inactive)))
        };
        let iam = Iam::start(both()).await;
        let function = Function::new(&iam, &SETTINGS);
        let answer = function.handle(&call(BOB, None)).await.unwrap();
        let reason = answer.report.outcomes[0].reason.to_string();
        assert!(reason.contains("stay denied") && reason.contains(BOB_2), "{reason}");
        assert_eq!(changes(&iam), ["TagUser", "UpdateAccessKey", "UntagUser"]);
        assert!(iam.policies("Bob").contains(POLICY));
        said(&function, &call(BOB_2, None)).await;
        assert!(!iam.policies("Bob").contains(POLICY));

        // Both in one call.
        let iam = Iam::start(both()).await;
        let mut call = call(BOB, None);
        call["keys"] = json!([{ "accessKeyId": BOB }, { "accessKeyId": BOB_2 }]);
        for field in ["accessKeyId", "userName"] {
            call.as_object_mut().unwrap().remove(field);
        }
        let said = said(&Function::new(&iam, &SETTINGS), &call).await;
        assert_eq!(said.matches("Activated").count(), 2, "{said}");
        assert_eq!(Left::of(&iam).policies, [OTHER_POLICY.to_owned()].into());
        assert_eq!(Left::of(&iam).active.len(), 2);
    });
}

/// Neither without the setting, nor if somebody has detached the policy.
#[test]
fn a_policy_that_is_not_attached_is_fine() {
    in_no_time(async {
        let iam = Iam::start(World::new().with(contained())).await;
        let function = Function::new(&iam, &SETTINGS[..1]);
        said(&function, &call(BOB, None)).await;
        assert_eq!(changes(&iam), ["TagUser", "UpdateAccessKey", "UntagUser"]);
        assert!(iam.policies("Bob").contains(POLICY));

        let bob = User::new("Bob").tag(&mark(BOB), "").key(Key::new(BOB).status(Inactive));
        let iam = Iam::start(World::new().with(bob)).await;
        let said = said(&Function::new(&iam, &SETTINGS), &call(BOB, None)).await;
        assert_eq!(said, "AKIAIOSFODNN7EXAMPLE of Bob: Activated");
        assert_eq!(iam.keys()[BOB], Active);
    });
}

/// Every other function leaves a key Inactive, whatever a call says.
#[test]
fn no_other_function_activates() {
    in_no_time(async {
        for settings in [&[("FUNCTION", "respond")][..], &[("FUNCTION", "sweep")], &[]] {
            let iam = Iam::start(World::new().with(contained())).await;
            let said = said(&Function::new(&iam, settings), &call(BOB, None)).await;
            assert!(said.contains("since `activate` is for the activate function"), "{said}");
            assert_eq!(iam.requests().len(), 0, "{settings:?}");
        }
    });
}

/// The mails about activations, as they are in `mails/activations`.
#[test]
fn mails_read_as_their_files() {
    let marked = |value: &str| {
        let bob = User::new("Bob").tag(&mark(BOB), value).key(Key::new(BOB).status(Inactive));
        World::new().with(bob)
    };
    let time = "2026-06-15T12:00:00.123Z";
    let dry_run = {
        let mut call = call(BOB, None);
        call["dryRun"] = true.into();
        call
    };
    let both = contained().tag(&mark(BOB_2), time).key(Key::new(BOB_2).status(Inactive));
    let cases = [
        ("activated-finding", World::new().with(contained()), call(BOB, None)),
        ("activated-rule", marked(&format!("{time} direct rule:age")), call(BOB, None)),
        ("activated-direct", marked(&format!("{time} direct")), call(BOB, None)),
        ("activated-old-mark", marked(time), call(BOB, None)),
        ("activated-other-key-contained", World::new().with(both), call(BOB, None)),
        ("dry-run", World::new().with(contained()), dry_run),
        ("not-marked", World::new().user("Bob", &[(BOB, Inactive)]), call(BOB, None)),
    ];
    let mut wrong = Vec::new();
    let mut names = Vec::new();
    for (name, world, call) in cases {
        let mail = in_no_time(async {
            let iam = Iam::start(world).await;
            let answer = Function::new(&iam, &SETTINGS).handle(&call).await.unwrap();
            answer.report.message
        });
        wrong.extend(mails::difference("activations", name, &mail));
        names.push(name);
    }
    names.sort_unstable();
    assert_eq!(mails::names("activations"), names);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A call that the role may not make.
pub(super) fn denied(action: &'static str) -> Fault {
    Fault::always(action, DENIED)
}

pub(super) fn active(iam: &Iam, key: &str) -> bool {
    iam.keys()[key] == Status::Active
}
