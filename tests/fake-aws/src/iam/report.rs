//! The credential report: generated on request, then kept for four hours, whatever changes.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::user::{CREATED, is_user_name, now};
use super::{Key, Status, User};

pub(super) const ACCOUNT: &str = "123456789012";

const HEADER: &str = "user,arn,user_creation_time,\
    password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,\
    access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,\
    access_key_1_last_used_region,access_key_1_last_used_service,\
    access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,\
    access_key_2_last_used_region,access_key_2_last_used_service,\
    cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated";

#[derive(Clone, Debug, Default)]
pub(super) struct Report {
    /// What it says instead of the world.
    pub(super) text: Option<String>,
    /// How many times it is still in progress after it was started.
    pub(super) polls: usize,
    pub(super) root_keys: [bool; 2],
    /// Who is gone, and in it nevertheless.
    pub(super) gone: Vec<User>,
    state: State,
}

#[derive(Clone, Debug, Default)]
pub(super) enum State {
    #[default]
    NotPresent,
    /// With the number of polls to come.
    InProgress(usize, Generated),
    Complete(Generated),
    Expired,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Generated {
    pub(super) csv: String,
    pub(super) time: String,
}

impl Report {
    /// Starts a report if there is none.
    pub(super) fn generate(&mut self, users: &BTreeMap<String, User>) -> &'static str {
        if matches!(self.state, State::NotPresent | State::Expired) {
            self.state = State::InProgress(self.polls, self.made(users));
            return "STARTED";
        }
        let complete = matches!(self.poll(), State::Complete(_));
        if complete { "COMPLETE" } else { "INPROGRESS" }
    }

    /// The state as a caller sees it. Time passes with each look at a report in progress.
    pub(super) fn poll(&mut self) -> &State {
        if let State::InProgress(polls, made) = &mut self.state {
            if *polls == 0 {
                self.state = State::Complete(std::mem::take(made));
            } else {
                *polls -= 1;
            }
        }
        &self.state
    }

    pub(super) fn finish(&mut self, users: &BTreeMap<String, User>) {
        self.state = State::Complete(self.made(users));
    }

    pub(super) fn expire(&mut self) {
        self.state = State::Expired;
    }

    fn made(&self, users: &BTreeMap<String, User>) -> Generated {
        Generated { csv: self.csv(users), time: now() }
    }

    /// Root first, then the users without regard to case, and no newline at the end: so does IAM.
    fn csv(&self, users: &BTreeMap<String, User>) -> String {
        if let Some(text) = &self.text {
            return text.clone();
        }
        let mut users: Vec<&User> =
            users.values().filter(|user| is_user_name(&user.name)).collect();
        users.sort_by_cached_key(|user| user.name.to_lowercase());
        let rows = users.into_iter().chain(&self.gone).map(user_row);
        let lines = [HEADER.to_owned(), root_row(self.root_keys)].into_iter().chain(rows);
        lines.collect::<Vec<_>>().join("\n")
    }
}

fn root_row(keys: [bool; 2]) -> String {
    let [first, second] = keys.map(|active| {
        let rotated = if active { CREATED } else { "N/A" };
        format!("{active},{rotated},N/A,N/A,N/A")
    });
    format!(
        "<root_account>,arn:aws:iam::{ACCOUNT}:root,{CREATED},not_supported,no_information,\
         not_supported,not_supported,true,{first},{second},false,N/A,false,N/A"
    )
}

fn user_row(user: &User) -> String {
    let mut keys = user.keys.values();
    let (first, second) = (key_fields(keys.next()), key_fields(keys.next()));
    let (name, arn, created) = (quoted(&user.name), user.arn(), &user.created);
    let arn = quoted(&arn);
    format!("{name},{arn},{created},false,N/A,N/A,N/A,false,{first},{second},false,N/A,false,N/A")
}

fn key_fields(key: Option<&Key>) -> String {
    let Some(key) = key else { return "false,N/A,N/A,N/A,N/A".to_owned() };
    let active = key.status == Status::Active;
    let rotated = key.rotated.as_ref().unwrap_or(&key.created);
    let used = key.report_last_used.as_deref().or(key.last_used.as_deref()).unwrap_or("N/A");
    let is_date = used.starts_with(|first: char| first.is_ascii_digit());
    let place = if is_date { "us-east-1,s3" } else { "N/A,N/A" };
    format!("{active},{rotated},{used},{place}")
}

/// A user's name may contain a comma.
fn quoted(field: &str) -> Cow<'_, str> {
    if field.contains(',') { format!("\"{field}\"").into() } else { field.into() }
}
