//! Whatever is sent: reading does not panic, and names no key that was not in the input.

#![no_main]

use iam_key_deactivator::event::{self, Reading, Subject};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|payload: &str| {
    let (_, readings) = event::read(payload);
    assert!(!readings.is_empty(), "nothing at all is said of it");
    // What is escaped, or in base64 (`AKIA…`, `ASIA…`), does not stand there as it is read.
    if ["\\", "QUtJQ", "QVNJQ"].iter().any(|it| payload.contains(it)) {
        return;
    }
    for reading in &readings {
        if let Reading::Signal(signal) = reading
            && let Subject::Key(key) = &signal.subject
        {
            assert!(payload.contains(key.id.as_str()), "{} is not in the input", key.id);
        }
    }
});
