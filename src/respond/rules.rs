//! The decisions about a key to contain: whose it is, and whether it is deactivated. Pure functions.
//! IAM's answers are arguments.

use crate::{
    config::{Mode, RespondSettings},
    event::{Cause, Key, Origin, Principal},
    iam::IamError,
    ids::{AccessKeyId, AccountId, KeyKind, PolicyArn, UserName},
    outcome::Status,
};

/// Whose a key is, before IAM is asked. The surest comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ownership {
    /// Ours, as far as known: act.
    Ours,
    /// The key ID holds another account, but the event does not name it: act only if IAM knows the
    /// key's user.
    Unsure,
    /// The root user's, according to the event: act only if IAM names another owner.
    Root,
    /// A temporary credential. `UpdateAccessKey` cannot act on it.
    Temporary,
    /// Another account's: do not act.
    Foreign,
}

/// Whether neither the event nor the key ID names another account.
#[must_use]
pub fn names_no_other_account(id: &AccessKeyId, origin: &Origin, own: Option<&AccountId>) -> bool {
    let carried = id.account();
    let is_foreign_id = own.is_some() && carried.is_some() && carried.as_ref() != own;
    !is_foreign_id && !origin.is_foreign(own)
}

/// Classifies a key by its prefix, then its account, then its principal.
///
/// `own` is this function's account. Without it nothing is foreign. A key ID that holds our account is
/// ours, whatever the event says. A key ID that holds another account is only unsure, because AWS does
/// not document the encoding.
#[must_use]
pub fn ownership(key: &Key, origin: &Origin, own: Option<&AccountId>) -> Ownership {
    if key.id.kind() == KeyKind::Temporary {
        return Ownership::Temporary;
    }
    let carried = key.id.account();
    let is_ours = carried.is_some() && carried.as_ref() == own;
    if !is_ours && origin.is_foreign(own) {
        Ownership::Foreign
    } else if key.principal == Principal::Root {
        Ownership::Root
    } else if own.is_some() && carried.is_some() && !is_ours {
        Ownership::Unsure
    } else {
        Ownership::Ours
    }
}

/// The path of a key's owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Path {
    /// Not needed: no exemption depends on it.
    NotAsked,
    /// A path such as `/service/`.
    Is(String),
    /// IAM did not answer.
    Unknown(IamError),
}

/// What to do with one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Deactivate it.
    Deactivate,
    /// A dry run would deactivate it.
    DryRun,
    /// Leave it active: its owner is on the break-glass list.
    Protect,
    /// Leave it active: this setting exempts its owner.
    Exempt(&'static str),
    /// Leave it active and report it: its owner may be exempt.
    Unknown(IamError),
}

/// Decides about a key of `owner`.
///
/// For a compromised key no other read counts: reads can be stale, and a needless update does no harm.
/// For hygiene it is the other way round: an unknown path may exempt the owner.
#[must_use]
pub fn decide(
    cause: Cause,
    owner: &UserName,
    path: Path,
    mode: Mode,
    settings: &RespondSettings,
) -> Decision {
    let protected = settings.protected.matches(owner.as_str());
    match (cause, path) {
        (Cause::Compromised, _) if protected => Decision::Protect,
        (Cause::Compromised, _) => act(mode),
        (_, path) => {
            let known = if let Path::Is(path) = &path { Some(path.as_str()) } else { None };
            match (settings.exempt.setting_for(owner, known, &settings.protected), path) {
                (Some(setting), _) => Decision::Exempt(setting),
                (None, Path::Unknown(error)) => Decision::Unknown(error),
                (None, _) => act(mode),
            }
        }
    }
}

/// What decides whether the sessions of a credential's user are denied.
#[derive(Clone, Copy, Debug)]
pub struct SessionFacts<'a> {
    /// Why the credential is contained.
    pub cause: Cause,
    /// The safer of the function's mode and the event's.
    pub mode: Mode,
    /// What became of the credential.
    pub status: Status,
    /// Whether the key is Inactive and an update was sent.
    pub updated: bool,
    /// The credential's user: confirmed by IAM, or as the event names the user.
    pub user: Option<&'a UserName>,
    /// Whose credential it is, according to the event.
    pub principal: &'a Principal,
    /// Whether neither an event nor the key ID names another account.
    pub is_ours: bool,
}

/// Whose sessions to deny with which policy, if any.
///
/// Only sessions of a compromised credential are denied, and only after its key is settled: a key that
/// may still be active fails the invocation, and the retry comes back here. A key that is Inactive
/// already, or gone, may have issued sessions that live.
#[must_use]
pub fn sessions_to_deny<'a>(
    facts: SessionFacts<'a>,
    settings: &'a RespondSettings,
) -> Option<(&'a UserName, &'a PolicyArn)> {
    let SessionFacts { cause, mode, status, updated, user, principal, is_ours } = facts;
    let (user, policy) = (user?, settings.deny_sessions.as_ref()?);
    let is_settled = match status {
        Status::Deactivated | Status::NotFound => true,
        Status::AlreadyInactive => updated,
        Status::TemporaryCredential => *principal == Principal::User && is_ours,
        _ => false,
    };
    let is_allowed = cause == Cause::Compromised && mode == Mode::Enforce;
    let is_protected = settings.protected.matches(user.as_str());
    (is_allowed && is_settled && !is_protected).then_some((user, policy))
}

fn act(mode: Mode) -> Decision {
    match mode {
        Mode::Enforce => Decision::Deactivate,
        Mode::DryRun => Decision::DryRun,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::Config,
        event::{
            Reading,
            tests::{key, signal},
        },
    };

    fn config(set: &[(&str, &str)]) -> Config {
        let value =
            |name| set.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
        Config::read(|name| Ok(value(name))).unwrap()
    }

    #[test]
    fn standing_goes_by_prefix_then_account_then_principal() {
        const OURS: &str = "123456789012";
        const THEIRS: &str = "210987654321";
        /// Too old to hold an account.
        const OLD: &str = "AKIAIOSFODNN7EXAMPLE";
        const NEW_OURS: &str = "AKIARZPUZDIKKEXAMPLE";
        const NEW_THEIRS: &str = "AKIATCH6YDSY2EXAMPLE";
        const SESSION: &str = "ASIATCH6YDSY2EXAMPLE";

        #[track_caller]
        fn check(id: &str, principal: &Principal, account: &str, expected: [Ownership; 2]) {
            let mut signal = signal(id, None);
            let key = Key { principal: principal.clone(), ..key(&signal) };
            signal.origin.account_id = AccountId::parse(account);
            let own = AccountId::parse(OURS);
            let found = [own.as_ref(), None].map(|own| ownership(&key, &signal.origin, own));
            assert_eq!(found, expected, "{id} {principal:?} {account}");
        }
        use Ownership::{Foreign, Ours, Temporary, Unsure};
        use Principal::{Role, Root, User};
        check(OLD, &User, OURS, [Ours, Ours]);
        check(OLD, &User, "", [Ours, Ours]);
        check(OLD, &User, THEIRS, [Foreign, Ours]);
        check(OLD, &Role(None), OURS, [Ours, Ours]);
        check(OLD, &Root, OURS, [Ownership::Root, Ownership::Root]);
        check(OLD, &Root, THEIRS, [Foreign, Ownership::Root]);
        check(NEW_OURS, &Root, THEIRS, [Ownership::Root, Ownership::Root]);
        check(NEW_OURS, &User, OURS, [Ours, Ours]);
        check(NEW_OURS, &User, THEIRS, [Ours, Ours]);
        check(NEW_THEIRS, &User, OURS, [Unsure, Ours]);
        check(NEW_THEIRS, &User, "", [Unsure, Ours]);
        check(NEW_THEIRS, &User, THEIRS, [Foreign, Ours]);
        check(SESSION, &User, OURS, [Temporary, Temporary]);
        check(SESSION, &Root, THEIRS, [Temporary, Temporary]);
    }

    #[test]
    fn only_a_dry_run_and_the_break_glass_list_hold_a_containment_up() {
        #[track_caller]
        #[expect(clippy::needless_pass_by_value, reason = "cases read better without a reference")]
        fn check(set: &[(&str, &str)], path: Path, mode: Mode, expected: [Decision; 2]) {
            let owner = UserName::parse("Bob").unwrap();
            let settings = config(set).respond.unwrap();
            let found = [Cause::Compromised, Cause::NewKey]
                .map(|cause| decide(cause, &owner, path.clone(), mode, &settings));
            assert_eq!(found, expected, "{set:?} {path:?}");
        }
        use Decision::{Deactivate, DryRun, Exempt, Protect, Unknown};
        use Path::{Is, NotAsked};
        let is = |path: &str| Is(path.to_owned());
        let error = IamError::stand_in();
        check(&[], NotAsked, Mode::Enforce, [Deactivate, Deactivate]);
        check(&[], NotAsked, Mode::DryRun, [DryRun, DryRun]);
        check(&[("PROTECTED_USERS", "Alice")], NotAsked, Mode::Enforce, [Deactivate, Deactivate]);
        check(
            &[("PROTECTED_USERS", "Alice, bob")],
            NotAsked,
            Mode::DryRun,
            [Protect, Exempt("ProtectedUsers")],
        );
        check(
            &[("EXEMPT_USERS", "B*")],
            NotAsked,
            Mode::Enforce,
            [Deactivate, Exempt("ExemptUsers")],
        );
        let paths = [("EXEMPT_PATHS", "/ci/, /service/")];
        check(&paths, is("/service/"), Mode::Enforce, [Deactivate, Exempt("ExemptPaths")]);
        check(&paths, is("/service/a/"), Mode::DryRun, [DryRun, Exempt("ExemptPaths")]);
        check(&paths, is("/servic"), Mode::Enforce, [Deactivate, Deactivate]);
        check(&paths, is("/a/service/"), Mode::Enforce, [Deactivate, Deactivate]);
        check(&paths, Path::Unknown(error.clone()), Mode::Enforce, [Deactivate, Unknown(error)]);
    }

    #[test]
    fn sessions_are_denied_only_after_a_compromised_key_is_settled() {
        const POLICY: &str = "arn:aws:iam::123456789012:policy/DenySessions";
        #[track_caller]
        fn check(facts: SessionFacts<'_>, settings: &RespondSettings, expected: bool) {
            let found = sessions_to_deny(facts, settings);
            assert_eq!(found.is_some(), expected, "{facts:?}");
            if let Some((user, policy)) = found {
                assert_eq!((Some(user), policy.as_str()), (facts.user, POLICY));
            }
        }
        let settings = config(&[("DENY_SESSIONS", POLICY), ("PROTECTED_USERS", "Glass*")]);
        let (settings, off) = (settings.respond.unwrap(), config(&[]).respond.unwrap());
        let (bob, glass) = (UserName::parse("Bob").unwrap(), UserName::parse("glass1").unwrap());
        let role = Principal::Role(None);
        let facts = |status, updated| SessionFacts {
            cause: Cause::Compromised,
            mode: Mode::Enforce,
            status,
            updated,
            user: Some(&bob),
            principal: &Principal::User,
            is_ours: true,
        };
        for status in Status::ALL {
            let settled = matches!(
                status,
                Status::Deactivated
                    | Status::AlreadyInactive
                    | Status::NotFound
                    | Status::TemporaryCredential
            );
            let all = facts(status, true);
            check(all, &settings, settled);
            check(all, &off, false);
            check(SessionFacts { user: None, ..all }, &settings, false);
            check(SessionFacts { user: Some(&glass), ..all }, &settings, false);
            check(SessionFacts { mode: Mode::DryRun, ..all }, &settings, false);
            check(SessionFacts { cause: Cause::NewKey, ..all }, &settings, false);
            check(SessionFacts { cause: Cause::Stale, ..all }, &settings, false);
            let temporary = status == Status::TemporaryCredential;
            check(SessionFacts { is_ours: false, ..all }, &settings, settled && !temporary);
            for other in [&role, &Principal::Root, &Principal::Federated] {
                let other = SessionFacts { principal: other, ..all };
                check(other, &settings, settled && !temporary);
            }
        }
        check(facts(Status::Deactivated, false), &settings, true);
        check(facts(Status::NotFound, false), &settings, true);
        check(facts(Status::TemporaryCredential, false), &settings, true);
        // A dry run, or a protected user.
        check(facts(Status::AlreadyInactive, false), &settings, false);
    }

    #[test]
    fn another_account_is_named_by_the_event_or_the_key_id() {
        #[track_caller]
        fn check(id: &str, account: &str, own: &str, expected: bool) {
            let mut signal = signal(id, None);
            signal.origin.account_id = AccountId::parse(account);
            let (id, own) = (key(&signal).id, AccountId::parse(own));
            let found = names_no_other_account(&id, &signal.origin, own.as_ref());
            assert_eq!(found, expected, "{id} {account} {own:?}");
        }
        const OURS: &str = "123456789012";
        const THEIRS: &str = "210987654321";
        const OLD: &str = "ASIAIOSFODNN7EXAMPLE";
        check(OLD, OURS, OURS, true);
        check(OLD, "", OURS, true);
        check(OLD, THEIRS, OURS, false);
        check(OLD, THEIRS, "", true);
        check("ASIARZPUZDIKKEXAMPLE", OURS, OURS, true);
        check("ASIARZPUZDIKKEXAMPLE", THEIRS, OURS, false);
        check("ASIATCH6YDSY2EXAMPLE", OURS, OURS, false);
        check("ASIATCH6YDSY2EXAMPLE", "", OURS, false);
        check("ASIATCH6YDSY2EXAMPLE", "", "", true);
    }

    /// The account in an ARN overrides the event's. A key ID that holds our account overrides both.
    #[test]
    fn a_user_named_by_another_accounts_arn_is_foreign() {
        #[track_caller]
        fn check(event: &serde_json::Value, expected: Ownership) {
            let (_, mut readings) = crate::event::read(&event.to_string());
            let Some(Reading::Signal(signal)) = readings.pop() else { panic!("{readings:?}") };
            let own = AccountId::parse("123456789012");
            assert_eq!(ownership(&key(&signal), &signal.origin, own.as_ref()), expected, "{event}");
        }
        const OLD: &str = "AKIAIOSFODNN7EXAMPLE";
        const NEW_OURS: &str = "AKIARZPUZDIKKEXAMPLE";
        const OURS: &str = "arn:aws:iam::123456789012:user/Bob";
        const THEIRS: &str = "arn:aws:iam::210987654321:user/Bob";
        let events = |id: &str, arn: &str| {
            let finding = |resource: serde_json::Value| serde_json::json!({"AwsAccountId": "123456789012", "ProductArn": "p", "Resources": [resource]});
            let named = |name: &str, id: &str, resource: &str| {
                finding(serde_json::json!({"Type": "AwsIamAccessKey", "Id": resource,
                    "Details": {"AwsIamAccessKey": {"AccessKeyId": id, "PrincipalName": name}}}))
            };
            [
                serde_json::json!({"action": "deactivate", "accessKeyId": id, "userName": arn}),
                serde_json::json!({"DetectorName": "AWS", "Verified": true, "Raw": id, "ExtraData": {"arn": arn}}),
                serde_json::json!({"eventTypeCode": "AWS_RISK_CREDENTIALS_EXPOSED", "eventArn": "a",
                    "affectedEntities": [{"entityValue": id}], "eventMetadata": {"userName": arn}}),
                serde_json::json!({"check-name": "Exposed Access Keys", "status": "ERROR",
                    "check-item-detail": {"Access Key ID": id, "User Name (IAM or Root)": arn}}),
                named(arn, id, "AWS::IAM::AccessKey:null"),
                named("Bob", id, arn),
                named("", "", &format!("{arn}/access-key/{id}")),
            ]
        };
        for event in events(OLD, THEIRS) {
            check(&event, Ownership::Foreign);
        }
        for event in events(OLD, OURS).iter().chain(&events(NEW_OURS, THEIRS)) {
            check(event, Ownership::Ours);
        }
    }
}
