//! Every file in `events/` through the whole handler: what it decides, and which keys are Inactive
//! afterwards. A new event is one JSON file there and one snapshot here.

use std::{collections::BTreeMap, fs, path::Path};

use fake_aws::iam::Iam;
use serde_json::Value;

use crate::{
    invoke::{Function, in_no_time},
    mails,
    recorded::Recorded,
    worlds,
};

/// As it is deployed, but for a break-glass user.
pub(crate) const BY_DEFAULT: [(&str, &str); 1] = [("PROTECTED_USERS", "BreakGlass")];

/// The policy that denies sessions.
pub(crate) const POLICY: &str = "arn:aws:iam::123456789012:policy/SessionPolicy";

/// What is off by default, turned on.
pub(crate) const OPTED_IN: [(&str, &str); 5] = [
    ("DENY_SESSIONS", POLICY),
    ("DEACTIVATE_QUARANTINED_USERS", "true"),
    ("DEACTIVATE_NEW_KEYS", "true"),
    ("EXEMPT_USERS", "Alice"),
    ("EXEMPT_PATHS", "/service/"),
];

/// Every event by its name.
pub(crate) fn events() -> BTreeMap<String, Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("events");
    let files = fs::read_dir(folder).unwrap();
    files.map(|file| read(&file.unwrap().path())).collect()
}

pub(crate) fn cloudtrail_events() -> impl Iterator<Item = (String, Value)> {
    events().into_iter().filter(|(name, _)| name.starts_with("cloudtrail-"))
}

fn read(path: &Path) -> (String, Value) {
    let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
    (name, serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap())
}

async fn run(settings: &[(&str, &str)], event: &Value) -> Recorded {
    let iam = Iam::start(worlds::of_events()).await;
    Recorded::of(&Function::new(&iam, settings), &iam, event).await
}

/// One case: this file, with these settings, ends as the folder's snapshot says.
fn check(folder: &str, settings: &[(&str, &str)], path: &Path) {
    let (name, event) = read(path);
    in_no_time(run(settings, &event)).check(folder, &name);
}

#[test]
fn every_event_ends_as_recorded() {
    insta::glob!("../../events", "*.json", |path| check("events", &BY_DEFAULT, path));
}

#[test]
fn every_cloudtrail_event_ends_as_recorded_when_opted_in() {
    insta::glob!("../../events", "cloudtrail-*.json", |path| check("opted-in", &OPTED_IN, path));
}

#[tokio::test(start_paused = true)]
async fn mails_read_as_their_files() {
    let (events, mut wrong) = (events(), Vec::new());
    for (folder, settings) in [("events", BY_DEFAULT.as_slice()), ("opted-in", &OPTED_IN)] {
        for name in mails::names(folder) {
            let mail = run(settings, &events[&name]).await.mail.unwrap();
            wrong.extend(mails::difference(folder, &name, &mail));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
