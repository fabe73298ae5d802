//! The respond path where IAM fails, lags or disagrees with the event.

mod contention;
mod gone;
mod opted_in;
mod owner;
mod sessions;
mod update;

use std::{collections::BTreeSet, time::Duration};

use fake_aws::iam::{
    Fault, FaultKind, Iam,
    Status::{self, Active, Inactive},
    World,
};
use iam_key_deactivator::outcome::{Outcome, Reason};
use serde_json::{Value, json};

use crate::{
    invoke::{Function, SHORT, in_no_time},
    worlds::inactive,
};
use Call::{Again, List, Owner, Update};

pub(crate) const BOB: &str = "AKIAIOSFODNN7EXAMPLE";
pub(crate) const BOB_2: &str = "AKIAI44QH8DHBEXAMPLE";
pub(crate) const ALICE: &str = "AKIAIALICE7EXAMPLE22";
const BREAK_GLASS: &str = "AKIAIBREAKGLASS22222";
/// Carries the account 210987654321.
const FOREIGN: &str = "AKIATCH6YDSY2EXAMPLE";

fn world() -> World {
    World::new()
        .user("Alice", &[(ALICE, Active)])
        .user("Bob", &[(BOB, Active), (BOB_2, Active)])
        .user("BreakGlass", &[(BREAK_GLASS, Active)])
}

/// A world in which Bob's key has this status, for endpoints that lag behind.
fn seen(status: Status) -> FaultKind {
    FaultKind::Stale(World::new().user("Bob", &[(BOB, status)]))
}

/// A case: what is asked for, what goes wrong, and what must come of it.
pub(crate) struct Case {
    pub(crate) world: World,
    pub(crate) call: Value,
    pub(crate) faults: Vec<Fault>,
    pub(crate) settings: &'static [(&'static str, &'static str)],
    pub(crate) time_limit: Duration,
}

/// A direct call for `id`, said to be of `user`.
fn call(id: &str, user: Option<&str>) -> Case {
    let call = json!({"action": "deactivate", "accessKeyId": id, "userName": user});
    Case {
        world: world(),
        call,
        faults: Vec::new(),
        settings: &[("PROTECTED_USERS", "BreakGlass")],
        time_limit: SHORT,
    }
}

impl Case {
    pub(crate) fn world(self, world: World) -> Self {
        Self { world, ..self }
    }

    pub(crate) fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// `outcome` is the summary of the answer, or the type and message of the error; `calls` are the
    /// calls that IAM received, in order; `deactivated` are the keys that are
    /// Inactive afterwards.
    #[track_caller]
    pub(crate) fn ends(self, outcome: &str, calls: &[Call], deactivated: &[&str]) {
        let _ = self.end(outcome, calls, deactivated);
    }

    /// The same, and returns IAM as it is afterwards.
    #[track_caller]
    pub(crate) fn end(self, outcome: &str, calls: &[Call], deactivated: &[&str]) -> Iam {
        let (found, iam) = in_no_time(self.run());
        assert_eq!((found.as_str(), received(&iam).as_slice()), (outcome, calls));
        let expected = deactivated.iter().map(|id| (*id).to_owned());
        assert_eq!(inactive::<BTreeSet<_>>(&iam), expected.collect());
        for request in iam.requests() {
            let named = request.user_name.is_some() || request.action == "GetAccessKeyLastUsed";
            assert!(named, "IAM would guess the user: {request:?}");
            assert!(request.status.is_none_or(|status| status == "Inactive"));
        }
        iam
    }

    async fn run(self) -> (String, Iam) {
        let iam = Iam::start(self.world).await;
        for fault in self.faults {
            iam.fault(fault);
        }
        let function =
            Function { time_limit: self.time_limit, ..Function::new(&iam, self.settings) };
        let outcome = match function.handle(&self.call).await {
            Ok(answer) => {
                let unverified = answer.report.outcomes.iter().filter(|outcome| {
                    let changed = ["Deactivated", "AlreadyInactive"];
                    changed.contains(&format!("{:?}", outcome.status).as_str()) && !outcome.verified
                });
                let unverified = if unverified.count() > 0 { ", unverified" } else { "" };
                let is_gone =
                    |it: &&Outcome| it.status == iam_key_deactivator::outcome::Status::NotFound;
                let gone = answer.report.outcomes.iter().find(is_gone);
                let attention =
                    if gone.is_some_and(|it| it.attention) { ", attention" } else { "" };
                format!("{}{unverified}{attention}", answer.report.summary)
            }
            Err(error) => format!("{}: {}", error.error_type, error.error_message),
        };
        (outcome, iam)
    }
}

/// The error of a key or user that was not contained for this reason.
pub(crate) fn left_active(who: &str, reason: &Reason) -> String {
    format!("KeyLeftActive: a key may still be active: {who}: Failed ({reason})")
}

/// A call to IAM, as a response makes it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Call {
    /// `ListAccessKeys`
    List,
    /// `GetAccessKeyLastUsed`, which names a key's owner
    Owner,
    /// `GetUser`, which shows the user's path
    Path,
    /// `UpdateAccessKey`
    Update,
    /// `AttachUserPolicy`, which denies the user's sessions
    Attach,
    /// The call before it, five times more or oftener: until the time was up.
    Again,
}

/// The calls that IAM has received.
fn received(iam: &Iam) -> Vec<Call> {
    let call = |action: &str| match action {
        "ListAccessKeys" => List,
        "GetAccessKeyLastUsed" => Owner,
        "GetUser" => Call::Path,
        "UpdateAccessKey" => Update,
        "AttachUserPolicy" => Call::Attach,
        other => panic!("a call that the role may not make: {other}"),
    };
    let calls: Vec<Call> = iam.requests().iter().map(|it| call(&it.action)).collect();
    let runs = calls.chunk_by(|call, next| call == next);
    runs.flat_map(|run| if run.len() > 5 { vec![run[0], Again] } else { run.to_vec() }).collect()
}

#[test]
fn nothing_goes_wrong() {
    let done = "AKIAIOSFODNN7EXAMPLE of Bob: Deactivated";
    call(BOB, Some("Bob")).ends(done, &[List, Update, List], &[BOB]);
    call(BOB, None).ends(done, &[Owner, List, Update, List], &[BOB]);
    let inactive = World::new().user("Bob", &[(BOB, Inactive)]);
    call(BOB, Some("Bob")).world(inactive).ends(
        "AKIAIOSFODNN7EXAMPLE of Bob: AlreadyInactive",
        &[List, Update, List],
        &[BOB],
    );
}

#[test]
fn a_dry_run_is_the_same_path_up_to_the_update() {
    let would = "AKIAIOSFODNN7EXAMPLE of Bob: DryRun";
    let dry = |case: Case| Case { settings: &[("RESPONSE_MODE", "dry-run")], ..case };
    dry(call(BOB, Some("Bob"))).ends(would, &[List], &[]);
    dry(call(BOB, Some("Mallory"))).ends(would, &[List, Owner, List], &[]);
    dry(call(BOB, None)).ends(would, &[Owner, List], &[]);
    dry(call(BOB, Some("Bob")).world(World::new().user("Bob", &[(BOB, Inactive)]))).ends(
        "AKIAIOSFODNN7EXAMPLE of Bob: AlreadyInactive, unverified",
        &[List],
        &[BOB],
    );
    let asked =
        json!({"action": "deactivate", "accessKeyId": BOB, "userName": "Bob", "dryRun": true});
    Case { call: asked, ..call(BOB, None) }.ends(would, &[List], &[]);
    // It can only make it safer.
    let not_asked =
        json!({"action": "deactivate", "accessKeyId": BOB, "userName": "Bob", "dryRun": false});
    dry(Case { call: not_asked, ..call(BOB, None) }).ends(would, &[List], &[]);
}
