//! Whatever IAM sends for a credential report: parsing does not panic, and names no user who was not in
//! it.

#![no_main]

use iam_key_deactivator::iam::credential_report;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|csv: &[u8]| {
    let Some(report) = credential_report::parse(csv) else { return };
    let text = String::from_utf8_lossy(csv);
    for row in report.users {
        assert!(text.contains(row.name.as_str()), "{} is not in the input", row.name);
    }
});
