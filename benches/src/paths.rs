//! Where things are.

use std::path::{Path, PathBuf};

/// The project's root.
pub(crate) fn root() -> &'static Path {
    // The parent of this package; unwrapped, since the compiler sets an absolute path.
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a package inside the project")
}

/// Something under `target`.
pub(crate) fn target(name: &str) -> PathBuf {
    root().join("target").join(name)
}

/// A tool or file that `scripts/bench-tools` installed.
pub(crate) fn tool(name: &str) -> PathBuf {
    target("bench").join(name)
}

/// The function, as it is deployed: `make build` made it.
pub(crate) fn function() -> PathBuf {
    std::env::var_os("BENCH_FUNCTION")
        .map_or_else(|| target("lambda/iam-key-deactivator/bootstrap"), PathBuf::from)
}
