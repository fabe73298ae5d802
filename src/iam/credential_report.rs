//! IAM's credential report: which users have active keys, when the keys were last used, and when
//! Inactive keys were changed.
//!
//! The report is up to four hours old and names no key IDs. Its `last_rotated` also moves when a key's
//! status changes. So the report is only a filter: it shows which users to check, and which keys were
//! used recently enough (IAM User Guide, "Generate credential reports for your AWS account").

use std::time::Duration;

use aws_sdk_iam::{Client, types::ReportStateType};
use jiff::Timestamp;
use tokio::time::{Instant, sleep};

use super::{IamError, ask};
use crate::ids::UserName;

const GENERATE: &str = "GenerateCredentialReport";
const GET: &str = "GetCredentialReport";
/// How often to ask for the report: about a minute in all.
const POLLS: u32 = 30;
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// What the report says about an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CredentialReport {
    /// The root user's active key, if it has one.
    pub root_key: Option<RootKey>,
    /// The users with a key.
    pub users: Vec<Row>,
}

/// An active key of the root user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RootKey {
    /// When the key was created or last changed, if known.
    pub since: Option<Timestamp>,
}

/// A user with at least one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The user.
    pub name: UserName,
    /// Its path, such as `/service/`.
    pub path: String,
    /// How many of its keys are active.
    pub active: usize,
    /// The earliest last-use date among the user's active keys, or `None` if any of them is unknown or
    /// was never used. A key may have been used again since the report.
    pub used_since: Option<Timestamp>,
    /// When an Inactive key was last changed. `None` if the user has no Inactive key.
    pub inactive_since: Option<Timestamp>,
}

/// The credential report as CSV. IAM makes a new report if the last one is more than four hours old.
///
/// # Errors
/// [`IamError`] if there is no report in time.
pub async fn fetch(client: &Client, deadline: Instant) -> Result<Vec<u8>, IamError> {
    let mut pause = FIRST_PAUSE;
    for _ in 0..POLLS {
        let made = ask(GENERATE, deadline, client.generate_credential_report().send()).await?;
        if made.state() == Some(&ReportStateType::Complete) {
            let report = ask(GET, deadline, client.get_credential_report().send()).await?;
            let content = report.content.ok_or_else(|| IamError::invalid(GET))?;
            return Ok(content.into_inner());
        }
        sleep(pause).await;
        pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
    }
    Err(IamError::late(GENERATE))
}

const ROOT: &str = "<root_account>";

/// Parses the report. `None` if it is not a credential report.
#[must_use]
pub fn parse(csv: &[u8]) -> Option<CredentialReport> {
    let mut reader = csv::Reader::from_reader(csv);
    let headers = reader.headers().ok()?;
    let column = |name: &str| headers.iter().position(|header| header == name);
    let (user, arn) = (column("user")?, column("arn")?);
    let slot = |number: u8| {
        let column = |what| column(&format!("access_key_{number}_{what}"));
        Some((column("active")?, column("last_used_date")?, column("last_rotated")?))
    };
    let slots = [slot(1)?, slot(2)?];
    let mut report = CredentialReport::default();
    let mut has_root = false;
    for record in reader.records() {
        let record = record.ok()?;
        let date = |column: usize| -> Option<Timestamp> { record.get(column)?.parse().ok() };
        let is_active = |column: usize| {
            record.get(column).is_some_and(|value| value.eq_ignore_ascii_case("true"))
        };
        let (active, inactive): (Vec<_>, Vec<_>) =
            slots.iter().partition(|(active, ..)| is_active(*active));
        let changed = |slots: &[&(usize, usize, usize)]| {
            slots.iter().filter_map(|(.., changed)| date(*changed)).max()
        };
        let inactive_since = changed(&inactive);
        has_root |= record.get(user)? == ROOT;
        match record.get(user)? {
            ROOT if active.is_empty() => {}
            ROOT => report.root_key = Some(RootKey { since: changed(&active) }),
            _ if active.is_empty() && inactive_since.is_none() => {}
            name => report.users.push(Row {
                name: UserName::parse(name)?,
                path: path(record.get(arn)?)?,
                active: active.len(),
                used_since: active.iter().map(|(_, used, _)| date(*used)).min().flatten(),
                inactive_since,
            }),
        }
    }
    // Every account has a root user. A report without its row is incomplete.
    has_root.then_some(report)
}

/// `/service/` of `arn:aws:iam::123456789012:user/service/Bob`.
fn path(arn: &str) -> Option<String> {
    let (_, rest) = arn.split_once(":user/")?;
    Some(match rest.rsplit_once('/') {
        Some((path, _)) => format!("/{path}/"),
        None => "/".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "user,arn,user_creation_time,password_enabled,mfa_active,\
        access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,\
        access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,newer";

    const MARCH: &str = "2026-03-01T00:00:00+00:00";

    /// Every slot that is not `NONE` was changed in March.
    fn row(name: &str, path: &str, slots: [(&str, &str); 2]) -> String {
        let [one, two] = slots.map(|slot| {
            let changed = if slot == NONE { "N/A" } else { MARCH };
            format!("{},{changed},{}", slot.0, slot.1)
        });
        format!(
            "{name},arn:aws:iam::123456789012:user{path}{name},2020-01-01T00:00:00+00:00,\
             not_supported,false,{one},{two},x"
        )
    }

    /// No key.
    const NONE: (&str, &str) = ("false", "N/A");

    /// A user's name, path, number of active keys, since when these have been used, and when an
    /// Inactive key was changed.
    type Expected<'a> = (&'a str, &'a str, usize, Option<&'a str>, Option<&'a str>);

    #[track_caller]
    fn check(rows: &[String], expected: Option<(bool, &[Expected<'_>])>) {
        let root = rows.iter().all(|row| !row.starts_with(ROOT)).then(|| row(ROOT, "/", [NONE; 2]));
        let rows: Vec<_> = root.into_iter().chain(rows.iter().cloned()).collect();
        let csv = format!("{HEADER}\n{}\n", rows.join("\n"));
        let found = parse(csv.as_bytes());
        let since = MARCH.parse().ok();
        let time = |text: &str| text.parse().unwrap();
        let expected = expected.map(|(root_key_active, users)| CredentialReport {
            root_key: root_key_active.then_some(RootKey { since }),
            users: users
                .iter()
                .map(|(name, path, active, used, inactive)| Row {
                    name: UserName::parse(name).unwrap(),
                    path: (*path).to_owned(),
                    active: *active,
                    used_since: used.map(time),
                    inactive_since: inactive.map(time),
                })
                .collect(),
        });
        assert_eq!(found, expected);
    }

    #[test]
    fn rows() {
        const MAY: &str = "2026-05-01T00:00:00+00:00";
        const JUNE: &str = "2026-06-01T00:00:00+00:00";
        check(&[], Some((false, &[])));
        check(&[row("Bob", "/", [NONE, NONE])], Some((false, &[])));
        check(
            &[row("Bob", "/", [("false", JUNE), NONE])],
            Some((false, &[("Bob", "/", 0, None, Some(MARCH))])),
        );
        check(
            &[row("Bob", "/", [("true", JUNE), NONE])],
            Some((false, &[("Bob", "/", 1, Some(JUNE), None)])),
        );
        check(
            &[row("Bob", "/a/b/", [NONE, ("TRUE", JUNE)])],
            Some((false, &[("Bob", "/a/b/", 1, Some(JUNE), None)])),
        );
        check(
            &[row("Bob", "/", [("true", JUNE), ("false", MAY)])],
            Some((false, &[("Bob", "/", 1, Some(JUNE), Some(MARCH))])),
        );
        // The earliest last use counts. An unknown last use is earlier than any other.
        check(
            &[row("Bob", "/", [("true", JUNE), ("true", MAY)])],
            Some((false, &[("Bob", "/", 2, Some(MAY), None)])),
        );
        for unknown in ["N/A", "no_information", "", "yesterday"] {
            check(
                &[row("Bob", "/", [("true", JUNE), ("true", unknown)])],
                Some((false, &[("Bob", "/", 2, None, None)])),
            );
        }
        check(
            &[row(ROOT, "/", [("true", "N/A"), NONE]), row("Bob", "/", [NONE, NONE])],
            Some((true, &[])),
        );
        check(&[row(ROOT, "/", [NONE, NONE])], Some((false, &[])));
        check(&[row(ROOT, "/", [("false", JUNE), NONE])], Some((false, &[])));
    }

    #[test]
    fn what_is_no_report_is_not_half_read() {
        #[track_caller]
        fn check(csv: &str) {
            assert_eq!(parse(csv.as_bytes()), None, "{csv}");
        }
        check("");
        check("user,arn\nBob,arn:aws:iam::123456789012:user/Bob\n");
        check("<<< no XML & no JSON");
        check(HEADER);
        check(&format!("{HEADER}\n{}\n", row("Bob", "/", [("true", "N/A"), ("false", "N/A")])));
        check(&format!("{HEADER}\nBob,arn\n"));
        check(&format!(
            "{HEADER}\n{}\n",
            row("Bob Smith", "/", [("true", "N/A"), ("false", "N/A")])
        ));
        assert_eq!(parse(&[0xff, 0xfe, b'\n', 0xff]), None);
    }
}
