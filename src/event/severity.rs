//! Every source's severity on one scale: GuardDuty's, from 0 to 10 (Low from 1, Medium from 4, High
//! from 7, Critical from 9). A finding without a readable severity is acted on, whatever `MinSeverity`
//! is.

use super::Cursor;
use crate::ids::Label;

/// GuardDuty's own severity, limited to its scale.
pub(super) fn from_guardduty(severity: &Cursor<'_>) -> Option<f64> {
    severity.number().map(|severity| severity.clamp(0.0, 10.0))
}

/// ASFF: `Severity.Label`, otherwise `Severity.Normalized` from 0 to 100. Low begins at 1, Medium at
/// 40, High at 70, Critical at 90 (Security Hub User Guide, "ASFF required attributes").
pub(super) fn from_asff(severity: &Cursor<'_>) -> Option<f64> {
    // Some products send the label alone.
    let label = severity.get(&["Label"]).label().or(severity.label());
    match label.as_ref().map(Label::as_str) {
        Some("INFORMATIONAL") => Some(0.0),
        Some("LOW") => Some(1.0),
        Some("MEDIUM") => Some(4.0),
        Some("HIGH") => Some(7.0),
        Some("CRITICAL") => Some(9.0),
        _ => {
            let normalized = severity.get(&["Normalized"]).number();
            normalized.map(|normalized| (normalized / 10.0).clamp(0.0, 10.0))
        }
    }
}

/// OCSF: `severity_id`, from 1 (Informational) to 6 (Fatal). 0 and 99 mean unknown.
pub(super) fn from_ocsf(id: &Cursor<'_>) -> Option<f64> {
    const BY_ID: [f64; 6] = [0.0, 1.0, 4.0, 7.0, 9.0, 10.0];
    let id = id.number();
    let known = (1_u8..).zip(BY_ID).find(|(number, _)| id == Some(f64::from(*number)));
    known.map(|(_, severity)| severity)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "cases read better without a reference")]
    fn check(read: fn(&Cursor<'_>) -> Option<f64>, severity: Value, expected: Option<f64>) {
        assert_eq!(read(&Cursor::new(&severity, "")), expected, "{severity}");
    }

    #[test]
    fn one_scale() {
        let asff = |label: &str, normalized: Value| {
            let severity = json!({"Label": label, "Normalized": normalized});
            from_asff(&Cursor::new(&severity, ""))
        };
        assert_eq!(asff("INFORMATIONAL", json!(null)), Some(0.0));
        assert_eq!(asff("LOW", json!(30)), Some(1.0));
        assert_eq!(asff("MEDIUM", json!(null)), Some(4.0));
        assert_eq!(asff("HIGH", json!(null)), Some(7.0));
        assert_eq!(asff("CRITICAL", json!(null)), Some(9.0));
        assert_eq!(asff("unheard of", json!(90)), Some(9.0));
        check(from_asff, json!({"Normalized": 0}), Some(0.0));
        check(from_asff, json!({"Normalized": 69}), Some(6.9));
        check(from_asff, json!({"Normalized": 70}), Some(7.0));
        check(from_asff, json!({"Normalized": 1e300}), Some(10.0));
        check(from_guardduty, json!(-1e300), Some(0.0));
        check(from_guardduty, json!(10.1), Some(10.0));
        check(from_asff, json!({}), None);
        check(from_ocsf, json!(null), None);
        check(from_ocsf, json!(0), None);
        check(from_ocsf, json!(1), Some(0.0));
        check(from_ocsf, json!(2), Some(1.0));
        check(from_ocsf, json!(3), Some(4.0));
        check(from_ocsf, json!(4), Some(7.0));
        check(from_ocsf, json!(5), Some(9.0));
        check(from_ocsf, json!(6), Some(10.0));
        check(from_ocsf, json!(99), None);
    }

    #[test]
    fn a_severity_that_cannot_be_read_is_none() {
        check(from_guardduty, json!("8"), Some(8.0));
        check(from_guardduty, json!("2.5"), Some(2.5));
        check(from_ocsf, json!("4"), Some(7.0));
        check(from_asff, json!("HIGH"), Some(7.0));
        check(from_asff, json!({"Normalized": "70"}), Some(7.0));
        for read in [from_guardduty, from_asff, from_ocsf] {
            for severity in [json!("high"), json!("NaN"), json!(true), json!([8]), json!({"a": 8})]
            {
                check(read, severity, None);
            }
        }
    }
}
