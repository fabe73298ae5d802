//! What came in, and what was said.

use std::time::Instant;

use super::Request;

/// One call and what became of it.
#[derive(Clone, Debug)]
pub struct Call {
    /// What was asked.
    pub request: Request,
    /// When it had arrived as a whole.
    pub received: Instant,
    /// The HTTP status of the answer; `None` while there is none, and for good after a cut.
    pub status: Option<u16>,
    /// Whether it was refused for being one too many.
    pub throttled: bool,
}
