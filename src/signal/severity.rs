//! Every source's severity on one scale: GuardDuty's, from 0 to 10 (Low from 1, Medium from 4, High
//! from 7, Critical from 9). A source that has none is acted on whatever `MinSeverity` is.

/// GuardDuty's own, kept to its scale.
pub(super) fn from_guardduty(severity: f64) -> f64 {
    severity.clamp(0.0, 10.0)
}

/// ASFF: `Severity.Label`, else `Severity.Normalized` from 0 to 100, in which 1, 40, 70 and 90 are
/// where Low, Medium, High and Critical begin (Security Hub User Guide, "ASFF required attributes").
pub(super) fn from_asff(label: Option<&str>, normalized: Option<f64>) -> Option<f64> {
    match label {
        Some("INFORMATIONAL") => Some(0.0),
        Some("LOW") => Some(1.0),
        Some("MEDIUM") => Some(4.0),
        Some("HIGH") => Some(7.0),
        Some("CRITICAL") => Some(9.0),
        _ => normalized.map(|normalized| from_guardduty(normalized / 10.0)),
    }
}

/// OCSF: `severity_id`, from 1 (Informational) to 6 (Fatal); 0 and 99 say nothing.
pub(super) fn from_ocsf(id: Option<f64>) -> Option<f64> {
    const BY_ID: [f64; 6] = [0.0, 1.0, 4.0, 7.0, 9.0, 10.0];
    let known = (1_u8..).zip(BY_ID).find(|(number, _)| id == Some(f64::from(*number)));
    known.map(|(_, severity)| severity)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_scale() {
        #[track_caller]
        fn check(found: Option<f64>, expected: Option<f64>) {
            assert_eq!(found, expected);
        }
        check(from_asff(Some("INFORMATIONAL"), None), Some(0.0));
        check(from_asff(Some("LOW"), Some(30.0)), Some(1.0));
        check(from_asff(Some("MEDIUM"), None), Some(4.0));
        check(from_asff(Some("HIGH"), None), Some(7.0));
        check(from_asff(Some("CRITICAL"), None), Some(9.0));
        check(from_asff(None, Some(0.0)), Some(0.0));
        check(from_asff(None, Some(69.0)), Some(6.9));
        check(from_asff(None, Some(70.0)), Some(7.0));
        check(from_asff(None, Some(1e300)), Some(10.0));
        check(Some(from_guardduty(-1e300)), Some(0.0));
        check(Some(from_guardduty(10.1)), Some(10.0));
        check(from_asff(Some("unheard of"), Some(90.0)), Some(9.0));
        check(from_asff(None, None), None);
        check(from_ocsf(None), None);
        check(from_ocsf(Some(0.0)), None);
        check(from_ocsf(Some(1.0)), Some(0.0));
        check(from_ocsf(Some(2.0)), Some(1.0));
        check(from_ocsf(Some(3.0)), Some(4.0));
        check(from_ocsf(Some(4.0)), Some(7.0));
        check(from_ocsf(Some(5.0)), Some(9.0));
        check(from_ocsf(Some(6.0)), Some(10.0));
        check(from_ocsf(Some(99.0)), None);
    }
}
