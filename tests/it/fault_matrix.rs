//! Every call, failing in every way and in every place: no key is touched that should not be, no failure
//! is called a success, and the rest is handled all the same.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use fake_aws::iam::{
    BROKEN, DENIED, Fault, FaultKind, Iam, Key, Request, Status, THROTTLED, User, World,
};
use futures_util::{StreamExt, stream};
use iam_key_deactivator::handler::Answer;
use lambda_runtime::Diagnostic;
use serde_json::{Value, json};

use crate::{
    events::{OPTED_IN, events},
    invoke::Function,
    respond::{BOB, BOB_2},
    worlds::{self, SETTINGS, aged, id, inactive},
};

/// What goes wrong with a call, and how often.
fn kinds() -> [(FaultKind, usize); 7] {
    [
        (THROTTLED, usize::MAX),
        (DENIED, usize::MAX),
        (BROKEN, usize::MAX),
        (FaultKind::CutBefore, usize::MAX),
        (FaultKind::CutAfter, usize::MAX),
        (FaultKind::Garbage, usize::MAX),
        // It is given up after seconds, and tried again.
        (FaultKind::Hang, 1),
    ]
}

/// A scene: a world, and an event that has something done about it.
pub(crate) struct Scene {
    world: World,
    event: Value,
    settings: Vec<(&'static str, &'static str)>,
    time_limit: Duration,
}

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) answer: Result<Answer, Diagnostic>,
    pub(crate) inactive: BTreeSet<String>,
    pub(crate) requests: Vec<Request>,
    /// The users whose sessions are denied.
    pub(crate) denied: BTreeSet<String>,
}

/// What the report says of each key of each user; of a user whose keys are not known, without one; of
/// the root user, or of one whose name is not known, without a name.
type Said = BTreeMap<(String, Option<String>), String>;

impl Scene {
    pub(crate) fn sweep() -> Self {
        Self {
            world: worlds::of_sweeps(),
            event: json!({"action": "sweep"}),
            settings: SETTINGS.to_vec(),
            // As the template has it: throttled, a sweep slows down, and more so on a busy machine.
            time_limit: Duration::from_mins(15),
        }
    }

    /// Something is said of Alice, who has an old key, and is in a group.
    pub(crate) fn of_alice(event: &str) -> Self {
        let alice = User::new("Alice").id("AIDAIALICEEXAMPLE2222").group("people");
        let alice = alice.key(aged("Alice", 1, 400));
        Self {
            world: World::new().with(alice).user("Bob", &[(&id("Bob", 1), Status::Active)]),
            event: events()[event].clone(),
            settings: SETTINGS.to_vec(),
            time_limit: Duration::from_secs(30),
        }
    }

    /// Something is said of Bob's key; he has another, and Alice has one.
    fn of_bob(event: Value) -> Self {
        let bob = User::new("Bob").key(Key::new(BOB)).key(Key::new(BOB_2));
        Self {
            world: World::new().with(bob).user("Alice", &[(&id("Alice", 1), Status::Active)]),
            event,
            settings: OPTED_IN.to_vec(),
            time_limit: Duration::from_secs(30),
        }
    }

    pub(crate) async fn run(&self, fault: Option<Fault>) -> Run {
        let iam = Iam::start(self.world.clone()).await;
        if let Some(fault) = fault {
            iam.fault(fault);
        }
        let function =
            Function { time_limit: self.time_limit, ..Function::new(&iam, &self.settings) };
        let answer = function.handle(&self.event).await;
        let policies = iam.all_policies().into_iter();
        let denied = policies.filter(|(_, arns)| !arns.is_empty()).map(|(user, _)| user).collect();
        Run { answer, inactive: inactive(&iam), requests: iam.requests(), denied }
    }

    /// Has every call fail in every way, and holds what comes of it to what comes of it otherwise.
    async fn walk(&self) -> BTreeSet<String> {
        let undisturbed = self.run(None).await;
        let calls = undisturbed.requests.clone();
        let cases = calls.iter().flat_map(|call| kinds().map(|(kind, times)| (call, kind, times)));
        let runs = stream::iter(cases).map(async |(call, kind, times)| {
            let run = self.run(Some(Fault { times, ..Fault::on(call, kind.clone()) })).await;
            run.check(self, &undisturbed, call, &kind);
        });
        let () = runs.buffer_unordered(24).collect().await;
        calls.into_iter().map(|call| call.action).collect()
    }
}

impl Run {
    fn said(&self) -> Said {
        let outcomes = self.answer.iter().flat_map(|answer| &answer.report.outcomes);
        let said = outcomes.map(|outcome| {
            let user = outcome.user_name.as_ref().map(ToString::to_string).unwrap_or_default();
            let key = outcome.access_key_id.as_ref().map(ToString::to_string);
            let told = outcome.attention && !outcome.verified;
            let status = match format!("{:?}", outcome.status).as_str() {
                "Deactivated" if told => "Deactivated, unverified".to_owned(),
                "Failed" if !told => panic!("nobody is told: {outcome:?}"),
                status => status.to_owned(),
            };
            ((user, key), status)
        });
        said.collect()
    }

    fn check(&self, scene: &Scene, undisturbed: &Self, call: &Request, kind: &FaultKind) {
        let case =
            format!("{} {:?} {:?}: {kind:?}", call.action, call.user_name, call.access_key_id);
        let wrongly: Vec<_> = self.inactive.difference(&undisturbed.inactive).collect();
        assert!(wrongly.is_empty(), "{case}: deactivated {wrongly:?}");
        let wrongly: Vec<_> = self.denied.difference(&undisturbed.denied).collect();
        assert!(wrongly.is_empty(), "{case}: denied the sessions of {wrongly:?}");
        if let Err(error) = &self.answer {
            // A list without which no account can be swept; a response; or a person's order.
            let is_sweep = undisturbed.answer.as_ref().is_ok_and(|it| it.report.sweep.is_some());
            assert!(!is_sweep || call.action == "ListUsers", "{case}: {error:?}");
            let names_it = error.error_message.contains(&format!("iam:{} failed", call.action));
            assert!(names_it, "{case}: {error:?}");
            return;
        }
        for outcome in self.answer.iter().flat_map(|answer| &answer.report.outcomes) {
            let user = outcome.user_name.as_ref().map(ToString::to_string).unwrap_or_default();
            let denied = outcome.sessions.as_str() == Some("denied");
            assert!(!outcome.sessions.are_open(), "{case}: left open without a failure");
            assert!(!denied || self.denied.contains(&user), "{case}: {user} is said to be denied");
        }
        let (said, usual) = (self.said(), undisturbed.said());
        let owner = |key: &String| {
            let named = usual.keys().find(|(_, of)| of.as_ref() == Some(key));
            let owner = || scene.world.owner_of(key).unwrap().to_owned();
            named.map_or_else(owner, |(user, _)| user.clone())
        };
        let concerned = call.user_name.clone().or_else(|| call.access_key_id.as_ref().map(owner));
        let all: BTreeSet<_> = said.keys().chain(usual.keys()).collect();
        for place in all {
            let (now, before) = (said.get(place).map(String::as_str), usual.get(place));
            let before = before.map(String::as_str);
            let (user, key) = place;
            let is_concerned = concerned.as_ref().is_none_or(|concerned| concerned == user);
            let may_be_so = now == before
                || is_concerned
                    && match (now, before) {
                        (Some("Failed"), _)
                        | (Some("Deactivated, unverified"), Some("Deactivated")) => true,
                        (Some("Exempt"), None) => key.is_none() && is_exempt(user, &usual),
                        // Only the report tells of it.
                        (None, Some("RootCredential")) => call.action.ends_with("Report"),
                        // Not a single key of the user is known, or not even the user.
                        (None, _) => [user.as_str(), ""]
                            .iter()
                            .any(|user| said.contains_key(&((*user).to_owned(), None))),
                        _ => false,
                    };
            assert!(may_be_so, "{case}: {user} {key:?} is {now:?}, and was {before:?}");
            let done = key.as_ref().is_some_and(|key| self.inactive.contains(key));
            assert!(now != Some("Deactivated") || done, "{case}: {key:?} is said to be Inactive");
        }
    }
}

fn is_exempt(user: &str, said: &Said) -> bool {
    said.iter().any(|((name, _), status)| name == user && status == "Exempt")
}

#[tokio::test(start_paused = true)]
async fn every_call_of_a_sweep_fails_in_every_place() {
    let actions = Scene::sweep().walk().await;
    assert_eq!(actions.len(), 10, "every call of a sweep with a report: {actions:?}");
}

#[tokio::test(start_paused = true)]
async fn every_call_about_one_user_fails_in_every_place() {
    for (event, calls) in [
        // By name.
        ("securityhub-control-iam3-failed", 5),
        ("securityhub-action-control-iam3", 5),
        // By unique ID.
        ("config-non-compliant-user", 5),
    ] {
        let actions = Scene::of_alice(event).walk().await;
        assert_eq!(actions.len(), calls, "{event}: {actions:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_call_of_a_response_fails_in_every_place() {
    let call =
        |user: Option<&str>| json!({"action": "deactivate", "accessKeyId": BOB, "userName": user});
    for (event, calls) in [
        (call(Some("Bob")), "AttachUserPolicy, ListAccessKeys, UpdateAccessKey"),
        (call(None), "AttachUserPolicy, GetAccessKeyLastUsed, ListAccessKeys, UpdateAccessKey"),
        (
            call(Some("Mallory")),
            "AttachUserPolicy, GetAccessKeyLastUsed, ListAccessKeys, UpdateAccessKey",
        ),
        (
            json!({"action": "deactivate", "accessKeyId": "ASIAIOSFODNN7EXAMPLE", "userName": "Bob"}),
            "AttachUserPolicy",
        ),
        (
            events()["cloudtrail-quarantine-v3"].clone(),
            "AttachUserPolicy, ListAccessKeys, UpdateAccessKey",
        ),
        (
            events()["cloudtrail-create-access-key"].clone(),
            "GetUser, ListAccessKeys, UpdateAccessKey",
        ),
    ] {
        let actions = Scene::of_bob(event.clone()).walk().await;
        assert_eq!(actions.into_iter().collect::<Vec<_>>().join(", "), calls, "{event}");
    }
}
