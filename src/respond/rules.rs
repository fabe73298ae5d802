//! The decisions: pure functions over values. IAM is asked elsewhere; here is what its answers mean.

use std::sync::Arc;

use crate::{
    config::{Config, Exempt, Globs, RespondSettings},
    event::{
        Cause, Finding, IgnoreReason, Ignored, Key, Origin, ParseError, ParseErrors, Principal,
        Reading, Signal, Source, Subject,
    },
    iam::IamError,
    ids::{AccountId, KeyKind, UserName},
};

/// The parts of an event, by what is to become of them.
#[derive(Debug, Default)]
pub struct Triage {
    /// To respond to: compromised and forbidden keys.
    pub respond: Vec<Signal>,
    /// To look at: stale keys.
    pub sweep: Vec<Signal>,
    /// Understood, with nothing to do.
    pub ignored: Vec<Ignored>,
    /// Not understood.
    pub invalid: ParseErrors,
    /// The last finding that was not understood and is left.
    left: Option<Arc<Finding>>,
}

/// Sorts what was read.
#[cfg(test)]
pub(crate) fn sort(readings: Vec<Reading>, config: &Config) -> Triage {
    let mut triaged = Triage::default();
    for reading in readings {
        triaged.add(reading, config);
    }
    triaged
}

impl Triage {
    /// Sorts one more reading.
    pub fn add(&mut self, reading: Reading, config: &Config) {
        match reading {
            Reading::Signal(signal) => match triage(&signal, config) {
                Some(IgnoreReason::OtherFunction) if is_bare_call(&signal.origin) => {
                    self.invalid.push(wrong_function(&signal));
                }
                Some(reason) => self.ignored.push(ignored(reason, signal.origin)),
                None if signal.cause == Cause::Stale => self.sweep.push(*signal),
                None => self.respond.push(*signal),
            },
            // Both functions are told of what a person picks: one of them answers.
            Reading::Ignored(it) if it.by_person && config.respond.is_none() => {
                self.ignored.push(ignored(IgnoreReason::OtherFunction, it.origin));
            }
            Reading::Ignored(it) => self.ignored.push(*it),
            Reading::Invalid(error) => match unheard(&error, config) {
                Some((reason, finding)) => self.leave(reason, finding),
                None => self.invalid.push(error.alone()),
            },
        }
    }

    /// However many parts of a finding are not understood, it is left once.
    fn leave(&mut self, reason: IgnoreReason, finding: &Arc<Finding>) {
        if !self.left.as_ref().is_some_and(|left| Arc::ptr_eq(left, finding)) {
            self.ignored.push(ignored(reason, finding.origin.clone()));
            self.left = Some(Arc::clone(finding));
        }
    }
}

fn ignored(reason: IgnoreReason, origin: Origin) -> Ignored {
    Ignored { reason, by_person: false, origin }
}

/// Why nobody need hear of something that was not understood: had it been, it would be left as well.
fn unheard<'a>(error: &'a ParseError, config: &Config) -> Option<(IgnoreReason, &'a Arc<Finding>)> {
    let finding = error.finding.as_ref()?;
    let Finding { origin, cause, by_person, .. } = finding.as_ref();
    let claim =
        Claim { origin, cause: *cause, of_user: finding.is_about_user(), by_person: *by_person };
    Some((claim.gate(config)?, finding))
}

/// Whether it is a call to this very function; a topic or a queue may feed both.
fn is_bare_call(origin: &Origin) -> bool {
    origin.source == Source::DIRECT && !origin.wrapped
}

/// Whoever calls directly is told which function to call.
fn wrong_function(signal: &Signal) -> ParseError {
    let expected = match signal.cause {
        Cause::Stale => "`deactivate`, since `sweep` is for the sweep function",
        _ => "`sweep`, since `deactivate` is for the respond function",
    };
    ParseError::wrong_function(signal.origin.record, expected)
}

/// Whether a signal is worth acting on under these settings; `Some` says why not.
fn triage(signal: &Signal, config: &Config) -> Option<IgnoreReason> {
    let Signal { subject, cause, by_person, origin, .. } = signal;
    // Each sweep has its own pace: who may publish to a topic must not have as many as they like.
    if matches!(subject, Subject::Account) && origin.wrapped {
        return Some(IgnoreReason::OtherFunction);
    }
    let of_user = matches!(subject, Subject::User(_));
    Claim { origin, cause: *cause, of_user, by_person: *by_person }.gate(config)
}

/// What a finding claims, whether or not it could be read to the end.
struct Claim<'a> {
    origin: &'a Origin,
    cause: Cause,
    /// It is about all keys of a user.
    of_user: bool,
    by_person: bool,
}

impl Claim<'_> {
    /// A person who calls directly, or picks a finding, has judged it already: only what comes by itself
    /// is weighed. Staleness is not weighed by severity: the sweep's own rules decide.
    fn gate(&self, config: &Config) -> Option<IgnoreReason> {
        let weighed = match (self.cause, &config.respond) {
            (Cause::Stale, _) if config.sweep.is_some() => None,
            (Cause::Stale, _) | (_, None) => return Some(IgnoreReason::OtherFunction),
            (Cause::NewKey, Some(settings)) if !settings.new_keys => {
                return Some(IgnoreReason::OptedOut);
            }
            (Cause::Compromised, Some(settings)) if self.of_user && !settings.quarantined_users => {
                return Some(IgnoreReason::OptedOut);
            }
            (_, Some(settings)) => weigh(self.origin, settings),
        };
        if self.by_person {
            None
        } else if is_trusted(self.origin, &config.trusted_products) {
            weighed
        } else {
            Some(IgnoreReason::UntrustedProduct)
        }
    }
}

/// Anyone with `securityhub:BatchImportFindings` can import a finding, but only as a product of its
/// own: `arn:…:product/<account>/default`, or a partner's.
fn is_trusted(origin: &Origin, trusted: &Globs) -> bool {
    let Some(arn) = &origin.product_arn else { return !origin.source.is_security_hub() };
    let product = arn.as_str().split_once(":product/").or(arn.as_str().split_once(":productv2/"));
    product.is_some_and(|(_, product)| trusted.matches(product))
}

fn weigh(origin: &Origin, settings: &RespondSettings) -> Option<IgnoreReason> {
    let is_in =
        |types: &Globs| origin.finding_type.as_ref().is_some_and(|it| types.matches(it.as_str()));
    let too_low = origin.severity.is_some_and(|severity| severity < settings.min_severity);
    if is_in(&settings.excluded) {
        Some(IgnoreReason::ExcludedType)
    } else if too_low && !is_in(&settings.always_act) {
        Some(IgnoreReason::BelowSeverity)
    } else {
        None
    }
}

/// What can be said of a key before IAM is asked anything, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ownership {
    /// Ours, as far as anything says: act.
    Ours,
    /// The key ID speaks of another account, the event does not: act only if IAM knows its user.
    Unsure,
    /// The event says that it is the root user's: act only if IAM knows another owner.
    Root,
    /// A temporary credential: `UpdateAccessKey` cannot act on it.
    Temporary,
    /// Of another account: hands off.
    Foreign,
}

/// Classifies a key by its prefix, then its account, then its principal.
///
/// `own` is this function's account, `None` where that is not known: then nothing is foreign.
/// A key ID that carries our account is ours whatever the event says; one that carries another
/// account is only a doubt, because the encoding is not documented by AWS.
#[must_use]
pub fn ownership(key: &Key, origin: &Origin, own: Option<&AccountId>) -> Ownership {
    if key.id.kind() == KeyKind::Temporary {
        return Ownership::Temporary;
    }
    let carried = key.id.account();
    let is_ours = carried.is_some() && carried.as_ref() == own;
    if !is_ours && is_foreign(origin, own) {
        Ownership::Foreign
    } else if key.principal == Principal::Root {
        Ownership::Root
    } else if own.is_some() && carried.is_some() && !is_ours {
        Ownership::Unsure
    } else {
        Ownership::Ours
    }
}

/// Whether the event itself says that it is about another account.
#[must_use]
pub fn is_foreign(origin: &Origin, own: Option<&AccountId>) -> bool {
    own.is_some() && origin.account_id.as_ref().is_some_and(|account| Some(account) != own)
}

/// The path of a key's owner, as far as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Path {
    /// No exemption goes by it.
    NotAsked,
    /// Such as `/service/`.
    Is(String),
    /// IAM did not say.
    Unknown(IamError),
}

/// What to do with one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Make it Inactive.
    Deactivate,
    /// Would be made Inactive, were it not a dry run.
    DryRun,
    /// Its owner is on the break-glass list: leave it active.
    Protect,
    /// Its owner is exempt by this setting: leave it active.
    Exempt(&'static str),
    /// Its owner may be exempt: leave it active, and say so.
    Unknown(IamError),
}

/// Decides on a key of `owner`.
///
/// For a compromised key nothing else that was read counts: reads can be stale, and the call is
/// cheaper than the doubt. For hygiene it is the other way round: what cannot be read may exempt.
#[must_use]
pub fn decide(
    cause: Cause,
    owner: &UserName,
    path: Path,
    dry_run: bool,
    settings: &RespondSettings,
) -> Decision {
    let protected = settings.protected.matches(owner.as_str());
    match (cause, path) {
        (Cause::Compromised, _) if protected => Decision::Protect,
        (Cause::Compromised, _) => act(dry_run),
        (_, path) => {
            let known = if let Path::Is(path) = &path { Some(path.as_str()) } else { None };
            match (exempt_by(owner, known, &settings.protected, &settings.exempt), path) {
                (Some(setting), _) => Decision::Exempt(setting),
                (None, Path::Unknown(error)) => Decision::Unknown(error),
                (None, _) => act(dry_run),
            }
        }
    }
}

/// The setting that exempts this user from hygiene. The break-glass list does so as well.
#[must_use]
pub fn exempt_by(
    user: &UserName,
    path: Option<&str>,
    protected: &Globs,
    exempt: &Exempt,
) -> Option<&'static str> {
    if protected.matches(user.as_str()) {
        Some("ProtectedUsers")
    } else if exempt.users.matches(user.as_str()) {
        Some("ExemptUsers")
    } else if path.is_some_and(|path| exempt.paths.iter().any(|it| path.starts_with(it))) {
        Some("ExemptPaths")
    } else {
        None
    }
}

fn act(dry_run: bool) -> Decision {
    if dry_run { Decision::DryRun } else { Decision::Deactivate }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        event::{
            UserRef,
            tests::{key, signal},
        },
        ids::Label,
    };

    fn config(set: &[(&str, &str)]) -> Config {
        let value =
            |name| set.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
        Config::read(|name| Ok(value(name))).unwrap()
    }

    #[test]
    fn severity_and_types_are_weighed() {
        #[track_caller]
        fn check(set: &[(&str, &str)], severity: Option<f64>, expected: Option<IgnoreReason>) {
            let mut signal = signal("AKIAIOSFODNN7EXAMPLE", Some("Bob"));
            signal.by_person = false;
            signal.origin.severity = severity;
            signal.origin.finding_type = Label::new("Recon:IAMUser/TorIPCaller");
            assert_eq!(triage(&signal, &config(set)), expected, "{set:?} {severity:?}");
            signal.by_person = true;
            assert_eq!(triage(&signal, &config(set)), None, "a person has judged it already");
        }
        use IgnoreReason::{BelowSeverity, ExcludedType};
        check(&[], Some(6.9), Some(BelowSeverity));
        check(&[], Some(7.0), None);
        check(&[], Some(7.1), None);
        check(&[], None, None);
        check(&[("MIN_SEVERITY", "0")], Some(0.0), None);
        check(&[("MIN_SEVERITY", "10")], Some(9.9), Some(BelowSeverity));
        check(&[("MIN_SEVERITY", "10")], Some(10.0), None);
        check(&[("ALWAYS_ACT_TYPES", "Recon:*")], Some(2.0), None);
        check(&[("ALWAYS_ACT_TYPES", "PenTest:*")], Some(2.0), Some(BelowSeverity));
        check(&[("EXCLUDED_FINDING_TYPES", "recon:*")], Some(9.0), Some(ExcludedType));
        check(&[("EXCLUDED_FINDING_TYPES", "PenTest:*")], Some(9.0), None);
        check(
            &[("EXCLUDED_FINDING_TYPES", "*Tor*"), ("ALWAYS_ACT_TYPES", "*")],
            Some(9.0),
            Some(ExcludedType),
        );
    }

    #[test]
    fn standing_goes_by_prefix_then_account_then_principal() {
        const OURS: &str = "123456789012";
        const THEIRS: &str = "210987654321";
        /// Says nothing of its account.
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
    fn a_product_is_trusted_by_its_arn() {
        #[track_caller]
        fn check(trusted: &str, arn: &str, expected: bool) {
            let mut signal = signal("AKIAIOSFODNN7EXAMPLE", None);
            signal.by_person = false;
            signal.origin.product_arn = Label::new(arn);
            let found = triage(&signal, &config(&[("TRUSTED_PRODUCTS", trusted)]));
            assert_eq!(found, (!expected).then_some(IgnoreReason::UntrustedProduct), "{arn}");
            signal.by_person = true;
            assert_eq!(triage(&signal, &config(&[("TRUSTED_PRODUCTS", trusted)])), None);
        }
        check("aws/*", "arn:aws:securityhub:us-east-1::product/aws/guardduty", true);
        check("aws/*", "arn:aws-us-gov:securityhub:us-gov-west-1::product/aws/securityhub", true);
        check("aws/*", "arn:aws:securityhub:us-east-1::productv2/aws/guardduty", true);
        check(
            "aws/*",
            "arn:aws:securityhub:us-east-1:123456789012:product/123456789012/default",
            false,
        );
        check(
            "aws/*",
            "arn:aws:securityhub:us-east-1:210987654321:product/evil/x:product/aws/x",
            false,
        );
        check("aws/*", "aws/guardduty", false);
        check("acme/scanner, aws/*", "arn:aws:securityhub:us-east-1::product/acme/scanner", true);
        check("acme/scanner", "arn:aws:securityhub:us-east-1::product/aws/guardduty", false);
    }

    #[test]
    fn what_is_opted_out_of_is_left() {
        #[track_caller]
        fn check(
            cause: Cause,
            is_user: bool,
            set: &[(&str, &str)],
            expected: Option<IgnoreReason>,
        ) {
            let mut signal = signal("AKIAIOSFODNN7EXAMPLE", None);
            signal.cause = cause;
            if is_user {
                signal.subject = Subject::User(UserRef::Name(UserName::parse("Bob").unwrap()));
            }
            assert_eq!(triage(&signal, &config(set)), expected, "{cause:?} {set:?}");
        }
        use IgnoreReason::{OptedOut, OtherFunction};
        check(Cause::Compromised, true, &[], Some(OptedOut));
        check(Cause::Compromised, true, &[("DEACTIVATE_QUARANTINED_USERS", "true")], None);
        check(Cause::Compromised, true, &[("DEACTIVATE_NEW_KEYS", "true")], Some(OptedOut));
        check(Cause::NewKey, false, &[], Some(OptedOut));
        check(Cause::NewKey, false, &[("DEACTIVATE_NEW_KEYS", "true")], None);
        check(Cause::Compromised, false, &[("FUNCTION", "sweep")], Some(OtherFunction));
        check(Cause::Stale, true, &[("FUNCTION", "respond")], Some(OtherFunction));
    }

    #[test]
    fn only_a_dry_run_and_the_break_glass_list_hold_a_containment_up() {
        #[track_caller]
        #[expect(clippy::needless_pass_by_value, reason = "cases read better without a reference")]
        fn check(set: &[(&str, &str)], path: Path, dry_run: bool, expected: [Decision; 2]) {
            let owner = UserName::parse("Bob").unwrap();
            let settings = config(set).respond.unwrap();
            let found = [Cause::Compromised, Cause::NewKey]
                .map(|cause| decide(cause, &owner, path.clone(), dry_run, &settings));
            assert_eq!(found, expected, "{set:?} {path:?}");
        }
        use Decision::{Deactivate, DryRun, Exempt, Protect, Unknown};
        use Path::{Is, NotAsked};
        let is = |path: &str| Is(path.to_owned());
        let error = IamError::stand_in();
        check(&[], NotAsked, false, [Deactivate, Deactivate]);
        check(&[], NotAsked, true, [DryRun, DryRun]);
        check(&[("PROTECTED_USERS", "Alice")], NotAsked, false, [Deactivate, Deactivate]);
        check(
            &[("PROTECTED_USERS", "Alice, bob")],
            NotAsked,
            true,
            [Protect, Exempt("ProtectedUsers")],
        );
        check(&[("EXEMPT_USERS", "B*")], NotAsked, false, [Deactivate, Exempt("ExemptUsers")]);
        let paths = [("EXEMPT_PATHS", "/ci/, /service/")];
        check(&paths, is("/service/"), false, [Deactivate, Exempt("ExemptPaths")]);
        check(&paths, is("/service/a/"), true, [DryRun, Exempt("ExemptPaths")]);
        check(&paths, is("/servic"), false, [Deactivate, Deactivate]);
        check(&paths, is("/a/service/"), false, [Deactivate, Deactivate]);
        check(&paths, Path::Unknown(error.clone()), false, [Deactivate, Unknown(error)]);
    }

    #[test]
    fn a_call_to_the_wrong_function_names_the_right_one() {
        #[track_caller]
        fn check(function: &str, call: &str, expected: &str) {
            let (_, readings) = crate::event::read(call);
            let triaged = sort(readings, &config(&[("FUNCTION", function)]));
            let said = triaged.invalid.iter().next().map(ToString::to_string);
            assert_eq!(said.as_deref(), Some(expected));
            assert!(triaged.respond.is_empty() && triaged.ignored.is_empty());
        }
        check(
            "sweep",
            r#"{"action": "deactivate", "accessKeyId": "AKIAIOSFODNN7EXAMPLE"}"#,
            "action: expected `sweep`, since `deactivate` is for the respond function",
        );
        check(
            "respond",
            r#"{"action": "sweep"}"#,
            "action: expected `deactivate`, since `sweep` is for the sweep function",
        );
    }

    /// 18: a finding of a strange shape rings only if it would be acted on, were it understood.
    #[test]
    fn what_is_not_understood_passes_the_same_gates() {
        #[track_caller]
        fn check(set: &[(&str, &str)], change: (&str, serde_json::Value), expected: Option<&str>) {
            let mut event: serde_json::Value =
                serde_json::from_str(include_str!("../../events/securityhub-key-unreadable.json"))
                    .unwrap();
            let (pointer, value) = change;
            *event.pointer_mut(pointer).unwrap() = value;
            let triaged = sort(crate::event::read(&event.to_string()).1, &config(set));
            let left = triaged.ignored.first().map(|it| format!("{:?}", it.reason));
            assert_eq!(left.as_deref(), expected, "{pointer}");
            assert_eq!(triaged.invalid.count() == 0, expected.is_some());
            assert!(triaged.respond.is_empty());
        }
        const FINDING: &str = "/detail/findings/0";
        let at = |field: &str| format!("{FINDING}/{field}");
        let (id, severity) = (at("Id"), at("Severity"));
        let label = |label: &str| serde_json::json!({"Label": label});
        check(&[], (&id, "id".into()), None);
        check(&[], (&severity, label("MEDIUM")), Some("BelowSeverity"));
        check(&[("ALWAYS_ACT_TYPES", "*")], (&severity, label("MEDIUM")), None);
        check(&[("EXCLUDED_FINDING_TYPES", "*")], (&id, "id".into()), Some("ExcludedType"));
        check(&[("TRUSTED_PRODUCTS", "acme/*")], (&id, "id".into()), Some("UntrustedProduct"));
        check(&[("FUNCTION", "sweep")], (&id, "id".into()), Some("OtherFunction"));
        check(&[], (&at("RecordState"), "ARCHIVED".into()), Some("Archived"));
        let workflow = |status: &str| serde_json::json!({"Status": status});
        check(&[], (&at("Workflow"), workflow("RESOLVED")), Some("Resolved"));
        check(&[], (&at("Workflow"), workflow("IN_REVIEW")), None);
        let two = serde_json::json!([{"Type": "AwsIamAccessKey"}, {"Type": "AwsIamAccessKey"}]);
        check(&[("FUNCTION", "sweep")], (&at("Resources"), two), Some("OtherFunction"));
    }

    #[test]
    fn a_finding_of_which_nothing_is_understood_is_left_once() {
        let mut event: serde_json::Value =
            serde_json::from_str(include_str!("../../events/securityhub-key-unreadable.json"))
                .unwrap();
        event["detail"]["findings"][0]["Resources"] = serde_json::json!([7, 7, 7]);
        let triaged = |set: &[(&str, &str)]| {
            let triaged = sort(crate::event::read(&event.to_string()).1, &config(set));
            (triaged.ignored.len(), triaged.invalid.count())
        };
        assert_eq!(triaged(&[]), (0, 3));
        assert_eq!(triaged(&[("TRUSTED_PRODUCTS", "acme/*")]), (1, 0));
    }

    /// 23: so does a key's creation that cannot be read.
    #[test]
    fn an_unreadable_creation_matters_only_where_new_keys_are_deactivated() {
        #[track_caller]
        fn check(set: &[(&str, &str)], event: &str, is_misread: bool) {
            let triaged = sort(crate::event::read(event).1, &config(set));
            assert_eq!(triaged.invalid.count() > 0, is_misread, "{set:?}");
        }
        let created = include_str!("../../events/cloudtrail-create-access-key-unreadable.json");
        check(&[], created, false);
        check(&[("DEACTIVATE_NEW_KEYS", "true")], created, true);
        let quarantine = include_str!("../../events/cloudtrail-quarantine-v2.json")
            .replace("\"userName\"", "\"otherName\"");
        check(&[], &quarantine, false);
        check(&[("DEACTIVATE_QUARANTINED_USERS", "true")], &quarantine, true);
    }

    /// 14: whose user it is, an ARN says best; a key ID that carries our account has the last word.
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
