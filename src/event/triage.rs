//! Triage: decides which part of an event the function responds to, inspects or ignores. Pure: it uses
//! only the event and the settings.

use std::sync::Arc;

use super::{
    Cause, Finding, IgnoreReason, Ignored, Origin, ParseError, ParseErrors, Reading, Signal,
    Source, Subject, Trigger, finding::Scope,
};
use crate::config::{Config, Globs, RespondSettings};

/// The parts of an event, by what the function does with them.
#[derive(Debug, Default)]
pub struct Triage {
    /// To respond to: compromised keys, and new keys where they are not allowed.
    pub respond: Vec<Signal>,
    /// To inspect: stale keys.
    pub sweep: Vec<Signal>,
    /// To activate again.
    pub activate: Vec<Signal>,
    /// Understood, with nothing to do.
    pub ignored: Vec<Ignored>,
    /// Not understood.
    pub invalid: ParseErrors,
    /// The last finding that was not understood and is ignored.
    left: Option<Arc<Finding>>,
}

/// Triages these readings.
#[cfg(test)]
pub(crate) fn triage_all(readings: Vec<Reading>, config: &Config) -> Triage {
    let mut triaged = Triage::default();
    for reading in readings {
        triaged.add(reading, config);
    }
    triaged
}

impl Triage {
    /// Triages one more reading.
    pub fn add(&mut self, reading: Reading, config: &Config) {
        match reading {
            Reading::Signal(signal) => match triage(&signal, config) {
                Some(IgnoreReason::OtherFunction) if is_bare_call(&signal.origin) => {
                    self.invalid.push(wrong_function(&signal, config));
                }
                Some(reason) => self.ignored.push(ignored(reason, signal.origin)),
                None => match signal.cause {
                    Cause::Stale => self.sweep.push(*signal),
                    Cause::Activation => self.activate.push(*signal),
                    Cause::Compromised | Cause::NewKey => self.respond.push(*signal),
                },
            },
            Reading::Ignored(it) if !config.reads_findings() => {
                self.ignored.push(Ignored { reason: IgnoreReason::OtherFunction, ..*it });
            }
            // Both functions receive a finding that a person picks. Only the respond function answers.
            Reading::Ignored(it) if it.trigger == Trigger::Person && config.respond.is_none() => {
                self.ignored.push(ignored(IgnoreReason::OtherFunction, it.origin));
            }
            Reading::Ignored(it) => self.ignored.push(*it),
            Reading::Invalid(error) => match unheard(&error, config) {
                Some((reason, finding)) => self.leave(reason, finding),
                None => self.invalid.push(error.alone()),
            },
        }
    }

    /// Ignores a finding once, however many of its parts are not understood.
    fn leave(&mut self, reason: IgnoreReason, finding: &Arc<Finding>) {
        if !self.left.as_ref().is_some_and(|left| Arc::ptr_eq(left, finding)) {
            self.ignored.push(ignored(reason, finding.origin.clone()));
            self.left = Some(Arc::clone(finding));
        }
    }
}

fn ignored(reason: IgnoreReason, origin: Origin) -> Ignored {
    Ignored { reason, trigger: Trigger::Finding, origin }
}

/// Why a part that was not understood is ignored: its finding would be ignored anyway.
fn unheard<'a>(error: &'a ParseError, config: &Config) -> Option<(IgnoreReason, &'a Arc<Finding>)> {
    let finding = error.finding.as_ref()?;
    let Finding { origin, cause, scope, trigger, .. } = finding.as_ref();
    let claim = Claim { origin, cause: *cause, scope: *scope, trigger: *trigger };
    Some((claim.gate(config)?, finding))
}

/// Whether it is a direct call to this function. A topic or a queue may feed both functions.
fn is_bare_call(origin: &Origin) -> bool {
    origin.source == Source::DIRECT && !origin.delivery.is_wrapped
}

/// Names the function to call.
fn wrong_function(signal: &Signal, config: &Config) -> ParseError {
    let expected = match (signal.cause, config.respond.is_some(), config.sweep.is_some()) {
        (Cause::Activation, true, true) => {
            "`deactivate` or `sweep`, since `activate` is for the activate function"
        }
        (Cause::Activation, true, false) => {
            "`deactivate`, since `activate` is for the activate function"
        }
        (Cause::Activation, false, _) => "`sweep`, since `activate` is for the activate function",
        (Cause::Stale, true, _) => "`deactivate`, since `sweep` is for the sweep function",
        (Cause::Stale, false, _) => "`activate`, since `sweep` is for the sweep function",
        (_, _, true) => "`sweep`, since `deactivate` is for the respond function",
        (_, _, false) => "`activate`, since `deactivate` is for the respond function",
    };
    ParseError::wrong_function(signal.origin.delivery.record, expected)
}

/// Why a signal is ignored under these settings. `None` if it is acted on.
fn triage(signal: &Signal, config: &Config) -> Option<IgnoreReason> {
    let Signal { subject, cause, trigger, origin, .. } = signal;
    // Each sweep has its own pace, so a publisher to a topic must not start sweeps.
    if matches!(subject, Subject::Account) && origin.delivery.is_wrapped {
        return Some(IgnoreReason::OtherFunction);
    }
    let scope = if matches!(subject, Subject::User(_)) { Scope::User } else { Scope::Key };
    Claim { origin, cause: *cause, scope, trigger: *trigger }.gate(config)
}

/// What a finding claims, whether or not all of it was understood.
struct Claim<'a> {
    origin: &'a Origin,
    cause: Cause,
    scope: Scope,
    trigger: Trigger,
}

impl Claim<'_> {
    /// A person who calls directly or picks a finding has judged it already, so type, severity and
    /// product do not matter. Severity does not matter for stale keys: the sweep's rules decide.
    fn gate(&self, config: &Config) -> Option<IgnoreReason> {
        let weighed = match (self.cause, &config.respond) {
            (Cause::Activation, _) if config.activate.is_some() => None,
            (Cause::Stale, _) if config.sweep.is_some() => None,
            (Cause::Activation | Cause::Stale, _) | (_, None) => {
                return Some(IgnoreReason::OtherFunction);
            }
            (Cause::NewKey, Some(settings)) if !settings.new_keys => {
                return Some(IgnoreReason::OptedOut);
            }
            (Cause::Compromised, Some(settings))
                if self.scope == Scope::User && !settings.quarantined_users =>
            {
                return Some(IgnoreReason::OptedOut);
            }
            (_, Some(settings)) => by_type_and_severity(self.origin, settings),
        };
        if self.trigger == Trigger::Person {
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

fn by_type_and_severity(origin: &Origin, settings: &RespondSettings) -> Option<IgnoreReason> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        event::{self, UserRef, tests::signal},
        ids::{Label, UserName},
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
            signal.trigger = Trigger::Finding;
            signal.origin.severity = severity;
            signal.origin.finding_type = Label::new("Recon:IAMUser/TorIPCaller");
            assert_eq!(triage(&signal, &config(set)), expected, "{set:?} {severity:?}");
            signal.trigger = Trigger::Person;
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
    fn a_product_is_trusted_by_its_arn() {
        #[track_caller]
        fn check(trusted: &str, arn: &str, expected: bool) {
            let mut signal = signal("AKIAIOSFODNN7EXAMPLE", None);
            signal.trigger = Trigger::Finding;
            signal.origin.product_arn = Label::new(arn);
            let found = triage(&signal, &config(&[("TRUSTED_PRODUCTS", trusted)]));
            assert_eq!(found, (!expected).then_some(IgnoreReason::UntrustedProduct), "{arn}");
            signal.trigger = Trigger::Person;
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
    fn a_call_to_the_wrong_function_names_the_right_one() {
        #[track_caller]
        fn check(function: &str, call: &str, expected: &str) {
            let (_, readings) = event::read(call);
            let triaged = triage_all(readings, &config(&[("FUNCTION", function)]));
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
        check(
            "activate",
            r#"{"action": "sweep"}"#,
            "action: expected `activate`, since `sweep` is for the sweep function",
        );
        check(
            "activate",
            r#"{"action": "deactivate", "accessKeyId": "AKIAIOSFODNN7EXAMPLE"}"#,
            "action: expected `activate`, since `deactivate` is for the respond function",
        );
        check(
            "respond",
            ACTIVATE,
            "action: expected `deactivate`, since `activate` is for the activate function",
        );
        check(
            "sweep",
            ACTIVATE,
            "action: expected `sweep`, since `activate` is for the activate function",
        );
    }

    const ACTIVATE: &str = r#"{"action": "activate", "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
        "reason": "false alarm", "requestedBy": "Alice"}"#;

    /// A function without `FUNCTION` responds and sweeps.
    #[test]
    fn only_the_activate_function_activates() {
        #[track_caller]
        fn check(set: &[(&str, &str)], expected: (usize, usize)) {
            let triaged = triage_all(event::read(ACTIVATE).1, &config(set));
            assert_eq!((triaged.activate.len(), triaged.invalid.count()), expected, "{set:?}");
            assert!(triaged.respond.is_empty() && triaged.sweep.is_empty());
        }
        check(&[("FUNCTION", "activate")], (1, 0));
        check(&[("FUNCTION", "respond")], (0, 1));
        check(&[("FUNCTION", "sweep")], (0, 1));
        check(&[], (0, 1));
    }

    /// Every sample of an event: the activate function never acts on one.
    #[test]
    fn no_event_activates() {
        let events = concat!(env!("CARGO_MANIFEST_DIR"), "/events");
        let mut count = 0;
        for entry in std::fs::read_dir(events).unwrap() {
            let path = entry.unwrap().path();
            let event = std::fs::read_to_string(&path).unwrap();
            let triaged = triage_all(event::read(&event).1, &config(&[("FUNCTION", "activate")]));
            assert!(triaged.respond.is_empty() && triaged.sweep.is_empty(), "{path:?}");
            let is_call = path.ends_with("direct-activate.json");
            assert_eq!(triaged.activate.len(), usize::from(is_call), "{path:?}");
            let of_others = |it: &Ignored| it.reason == IgnoreReason::OtherFunction;
            assert!(triaged.ignored.iter().all(of_others), "{path:?}");
            count += 1;
        }
        assert!(count > 100);
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
            let triaged = triage_all(event::read(&event.to_string()).1, &config(set));
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
            let triaged = triage_all(event::read(&event.to_string()).1, &config(set));
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
            let triaged = triage_all(event::read(event).1, &config(set));
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
}
