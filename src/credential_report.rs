//! IAM's credential report: which users have active keys, and how lately these were used.
//!
//! It is up to four hours old, names no key IDs, and its `last_rotated` also moves when a key is only
//! changed. So it serves as a filter alone: whom to look at, and whose keys have been used lately
//! enough (IAM User Guide, "Generate credential reports for your AWS account").

use jiff::Timestamp;

use crate::ids::UserName;

/// What the report says of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CredentialReport {
    /// The root user's active key, if it has one.
    pub root_key: Option<RootKey>,
    /// The users with an active key.
    pub users: Vec<Row>,
}

/// That the root user has an active key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RootKey {
    /// When such a key was created, or last changed, if that is known.
    pub since: Option<Timestamp>,
}

/// A user with at least one active key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The user.
    pub name: UserName,
    /// Its path, such as `/service/`.
    pub path: String,
    /// When the active key that was used least lately was used; `None` if of any of them that is not
    /// known, or it never was. Since the report it can only have been used again.
    pub used_since: Option<Timestamp>,
}

const ROOT: &str = "<root_account>";

/// Parses the report. `None` if it is not one: then it cannot serve as a filter.
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
        let active = slots.iter().filter(|(active, ..)| {
            record.get(*active).is_some_and(|value| value.eq_ignore_ascii_case("true"))
        });
        let dates: Vec<_> =
            active.map(|(_, used, changed)| (date(*used), date(*changed))).collect();
        has_root |= record.get(user)? == ROOT;
        match record.get(user)? {
            _ if dates.is_empty() => {}
            ROOT => {
                let since = dates.iter().filter_map(|(_, changed)| *changed).max();
                report.root_key = Some(RootKey { since });
            }
            name => report.users.push(Row {
                name: UserName::parse(name)?,
                path: path(record.get(arn)?)?,
                used_since: dates.into_iter().map(|(used, _)| used).min().flatten(),
            }),
        }
    }
    // Every account has a root user: without its row it is no whole report.
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

    fn row(name: &str, path: &str, slots: [(&str, &str); 2]) -> String {
        let [(active_1, used_1), (active_2, used_2)] = slots;
        format!(
            "{name},arn:aws:iam::123456789012:user{path}{name},2020-01-01T00:00:00+00:00,\
             not_supported,false,{active_1},2026-01-01T00:00:00+00:00,{used_1},\
             {active_2},N/A,{used_2},x"
        )
    }

    /// A user's name, path, and since when its keys have been used.
    type Expected<'a> = (&'a str, &'a str, Option<&'a str>);

    #[track_caller]
    fn check(rows: &[String], expected: Option<(bool, &[Expected<'_>])>) {
        let inactive = [("false", "N/A"); 2];
        let root = rows.iter().all(|row| !row.starts_with(ROOT)).then(|| row(ROOT, "/", inactive));
        let rows: Vec<_> = root.into_iter().chain(rows.iter().cloned()).collect();
        let csv = format!("{HEADER}\n{}\n", rows.join("\n"));
        let found = parse(csv.as_bytes());
        let since = "2026-01-01T00:00:00Z".parse().ok();
        let expected = expected.map(|(root_key_active, users)| CredentialReport {
            root_key: root_key_active.then_some(RootKey { since }),
            users: users
                .iter()
                .map(|(name, path, used)| Row {
                    name: UserName::parse(name).unwrap(),
                    path: (*path).to_owned(),
                    used_since: used.map(|time| time.parse().unwrap()),
                })
                .collect(),
        });
        assert_eq!(found, expected);
    }

    #[test]
    fn rows() {
        const MAY: &str = "2026-05-01T00:00:00+00:00";
        const JUNE: &str = "2026-06-01T00:00:00+00:00";
        const NONE: (&str, &str) = ("false", "N/A");
        check(&[], Some((false, &[])));
        check(&[row("Bob", "/", [NONE, NONE])], Some((false, &[])));
        check(&[row("Bob", "/", [("false", JUNE), NONE])], Some((false, &[])));
        check(
            &[row("Bob", "/", [("true", JUNE), NONE])],
            Some((false, &[("Bob", "/", Some(JUNE))])),
        );
        check(
            &[row("Bob", "/a/b/", [NONE, ("TRUE", JUNE)])],
            Some((false, &[("Bob", "/a/b/", Some(JUNE))])),
        );
        // The one that was used least lately counts, and one that is not known counts as that.
        check(
            &[row("Bob", "/", [("true", JUNE), ("true", MAY)])],
            Some((false, &[("Bob", "/", Some(MAY))])),
        );
        for unknown in ["N/A", "no_information", "", "yesterday"] {
            check(
                &[row("Bob", "/", [("true", JUNE), ("true", unknown)])],
                Some((false, &[("Bob", "/", None)])),
            );
        }
        check(
            &[row(ROOT, "/", [("true", "N/A"), NONE]), row("Bob", "/", [NONE, NONE])],
            Some((true, &[])),
        );
        check(&[row(ROOT, "/", [NONE, NONE])], Some((false, &[])));
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
