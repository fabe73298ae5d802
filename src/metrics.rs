//! Metrics as a log line in CloudWatch's embedded metric format (CloudWatch User Guide,
//! "Specification: Embedded metric format").

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{outcome::Status, sweep::Totals};

/// The namespace of all metrics of this tool.
pub const NAMESPACE: &str = "IamKeyDeactivator";

/// The line of a sweep of the account, dry runs included. Zeros are told too, so that an alarm on a
/// sweep that did not complete has something to go by.
#[must_use]
pub fn of_sweep(
    function_name: &str,
    now: Timestamp,
    totals: Totals,
    counts: &BTreeMap<Status, usize>,
) -> Value {
    let count = |status| counts.get(&status).copied().unwrap_or(0);
    let values = [
        ("AccountSweepCompleted", usize::from(!totals.incomplete)),
        ("KeysLookedAt", totals.active_keys),
        ("KeysDeactivated", count(Status::Deactivated)),
        ("KeysPending", count(Status::Pending)),
        ("SweepRefused", usize::from(totals.refused)),
    ];
    let metrics: Vec<_> =
        values.iter().map(|(name, _)| json!({"Name": name, "Unit": "Count"})).collect();
    let mut line = json!({
        "_aws": {
            "Timestamp": now.as_millisecond(),
            "CloudWatchMetrics": [{
                "Namespace": NAMESPACE,
                "Dimensions": [["FunctionName"]],
                "Metrics": metrics,
            }],
        },
        "FunctionName": function_name,
    });
    if let Some(fields) = line.as_object_mut() {
        fields.extend(values.map(|(name, value)| (name.to_owned(), value.into())));
    }
    line
}

/// Writes a line as it is: the log's own form would hide it from CloudWatch.
#[expect(clippy::print_stdout, reason = "Lambda takes standard output as the log")]
pub fn write(line: &Value) {
    println!("{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sweeps_line_keeps_to_the_format() {
        let totals =
            Totals { users: 3, active_keys: 5, planned: 2, refused: false, incomplete: false };
        let counts = BTreeMap::from([(Status::Deactivated, 2), (Status::Pending, 1)]);
        let line = of_sweep("sweep", Timestamp::UNIX_EPOCH, totals, &counts);
        let definition = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(line["_aws"]["Timestamp"], 0);
        assert_eq!(definition["Namespace"], "IamKeyDeactivator");
        for dimension in definition["Dimensions"][0].as_array().unwrap() {
            assert!(line[dimension.as_str().unwrap()].is_string(), "{dimension}");
        }
        let found: Vec<_> = definition["Metrics"]
            .as_array()
            .unwrap()
            .iter()
            .map(|metric| {
                let name = metric["Name"].as_str().unwrap();
                (name, line[name].as_u64().unwrap())
            })
            .collect();
        let expected = [
            ("AccountSweepCompleted", 1),
            ("KeysLookedAt", 5),
            ("KeysDeactivated", 2),
            ("KeysPending", 1),
            ("SweepRefused", 0),
        ];
        assert_eq!(found, expected);
        let unusual = Totals { refused: true, incomplete: true, ..totals };
        let line = of_sweep("sweep", Timestamp::UNIX_EPOCH, unusual, &BTreeMap::new());
        assert_eq!((&line["SweepRefused"], &line["AccountSweepCompleted"]), (&json!(1), &json!(0)));
        assert_eq!(line["KeysDeactivated"], 0);
    }
}
