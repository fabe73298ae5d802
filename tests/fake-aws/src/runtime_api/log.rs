//! The output of a process, readable at any time.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::process::{Stdio, id};
use std::sync::atomic::{AtomicU64, Ordering};

/// A file without a name. Unlike a pipe it needs no reader, and what a process wrote before it
/// answered is there when the answer is.
#[derive(Debug)]
pub(super) struct Log(File);

impl Log {
    pub(super) fn new() -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("fake-aws-log-{}-{number}", id()));
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create_new(true)
            .open(&path)
            .unwrap_or_else(|error| panic!("cannot create {}: {error}", path.display()));
        // The open file lives on, and nothing is left behind.
        std::fs::remove_file(&path).expect("remove the name of the log");
        Self(file)
    }

    /// A handle for the process to write to.
    pub(super) fn writer(&self) -> Stdio {
        self.0.try_clone().expect("duplicate the log's handle").into()
    }

    /// All that was written so far.
    pub(super) fn read(&self) -> String {
        let length = self.0.metadata().expect("the length of the log").len();
        let mut bytes = vec![0; usize::try_from(length).expect("a log that fits in memory")];
        // Reads at an offset: the handle's own position is the writer's too.
        self.0.read_exact_at(&mut bytes, 0).expect("read the log");
        String::from_utf8_lossy(&bytes).into_owned()
    }
}
