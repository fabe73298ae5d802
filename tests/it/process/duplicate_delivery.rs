//! A thousand events, duplicated and shuffled: every named key ends Inactive, no other is touched, and
//! people are told once of each.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Instant,
};

use fake_aws::{
    iam::{Iam, Key, User, World},
    runtime_api::{Answer, Function, Setup},
};
use futures_util::future::join_all;
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};

use crate::{
    events::{POLICY, events},
    invoke::SHORT,
    worlds::{id, inactive},
};

const KEYS: usize = 100;
const EACH: usize = 10;

fn user(number: usize) -> String {
    format!("User{number:03}")
}

/// Each user has a key that is named, and one that is not.
fn world() -> World {
    (0..KEYS).fold(World::new(), |world, number| {
        let name = user(number);
        world.with(User::new(&name).key(Key::new(&id(&name, 1))).key(Key::new(&id(&name, 2))))
    })
}

/// What is said of a key: by GuardDuty, by Security Hub, directly, through a topic or a queue.
fn event(events: &BTreeMap<String, Value>, number: usize, variant: usize) -> String {
    let (name, key) = (user(number), id(&user(number), 1));
    let about = |file: &str| -> Value {
        let text = events[file].to_string();
        serde_json::from_str(
            &text.replace("AKIAIOSFODNN7EXAMPLE", &key).replace("\"Bob\"", &format!("\"{name}\"")),
        )
        .unwrap()
    };
    let guardduty = || about("guardduty-compromised-credentials");
    match variant % 5 {
        0 => guardduty(),
        1 => about("securityhub-guardduty-key"),
        2 => json!({"action": "deactivate", "accessKeyId": key}),
        3 => json!({"Records": [{"EventSource": "aws:sns", "Sns": {"Message": guardduty().to_string()}}]}),
        _ => json!([{"eventSource": "aws:sqs", "messageId": "m", "body": guardduty().to_string()}]),
    }
    .to_string()
}

/// The same order in every run.
fn shuffled() -> Vec<(usize, String)> {
    let events = events();
    let all = (0..KEYS).flat_map(|number| (0..EACH).map(move |variant| (number, variant)));
    let all: Vec<_> =
        all.map(|(number, variant)| (number, event(&events, number, variant))).collect();
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    );
    Just(all).prop_shuffle().new_tree(&mut runner).unwrap().current()
}

/// When people were told of a key: the invocations that asked for attention, from when to when.
type Told = BTreeMap<usize, Vec<(Instant, Instant)>>;

async fn run(mut function: Function, events: Vec<(usize, String)>) -> Told {
    let mut told = Told::new();
    for (number, event) in events {
        let begin = Instant::now();
        let answer = function.invoke(event).await;
        let Answer::Response(report) = answer else { panic!("{answer:?}") };
        if report["attention"] == true {
            told.entry(number).or_default().push((begin, Instant::now()));
        }
    }
    told
}

async fn start(iam: &Iam) -> Function {
    let setup = Setup::new(env!("CARGO_BIN_EXE_iam-key-deactivator"));
    let setup = setup.env("AWS_ENDPOINT_URL", iam.url()).env("DENY_SESSIONS", POLICY);
    Function::start(setup.time_limit(SHORT)).await.unwrap()
}

/// Every named key is Inactive, and no other. The sessions of each user are denied.
#[track_caller]
fn check(iam: &Iam) {
    assert_eq!(
        inactive::<BTreeSet<_>>(iam),
        (0..KEYS).map(|number| id(&user(number), 1)).collect()
    );
    assert!(iam.all_policies().values().all(|policies| policies.iter().eq([POLICY])));
}

#[tokio::test]
async fn through_one_process_people_are_told_once_of_each_key() {
    let iam = Iam::start(world()).await;
    let told = run(start(&iam).await, shuffled()).await;
    check(&iam);
    assert!(told.values().all(|times| times.len() == 1), "{told:?}");
    assert_eq!(told.len(), KEYS);
}

/// IAM knows no conditional update: two invocations that overlap may both have made the change.
#[tokio::test]
#[expect(clippy::print_stdout, reason = "how often it is, is worth knowing")]
async fn through_four_at_once_more_often_only_where_they_overlapped() {
    let iam = Iam::start(world()).await;
    let events = shuffled();
    let parts = events.chunks(events.len().div_ceil(4)).map(<[_]>::to_vec);
    let runs = parts.map(async |part| run(start(&iam).await, part).await);
    let mut told = Told::new();
    for (number, times) in join_all(runs).await.into_iter().flatten() {
        told.entry(number).or_default().extend(times);
    }
    check(&iam);
    assert_eq!(told.len(), KEYS);
    let mut more = 0;
    for (number, mut times) in told {
        times.sort();
        for pair in times.windows(2) {
            more += 1;
            assert!(pair[1].0 < pair[0].1, "told twice of {}, one after the other", user(number));
        }
    }
    println!("of {KEYS} keys, {more} more messages than one each, where invocations overlapped");
}
