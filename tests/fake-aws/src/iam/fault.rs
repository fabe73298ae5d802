//! What can go wrong, and on which calls.

use std::time::Duration;

use super::{Request, World};

/// Something that goes wrong on some calls.
///
/// ```
/// # use fake_aws::iam::{DENIED, Fault};
/// // The second read fails, the others do not.
/// let fault = Fault { skip: 1, ..Fault::once("ListAccessKeys", DENIED) };
/// ```
#[derive(Clone, Debug)]
pub struct Fault {
    /// The IAM action it concerns; `"*"` for all.
    pub action: &'static str,
    /// The user it concerns: calls that name this user or, without a `UserName`, a key of this user.
    /// `None` for all calls.
    pub user: Option<&'static str>,
    /// The one call it concerns, with all repetitions: those that ask for the same. `None` for all
    /// calls.
    pub call: Option<Request>,
    /// How many matching calls it lets pass first.
    pub skip: usize,
    /// How many matching calls it takes after that; `usize::MAX` for good.
    pub times: usize,
    /// What happens to them.
    pub kind: FaultKind,
}

impl Fault {
    /// Takes the next matching call.
    #[must_use]
    pub fn once(action: &'static str, kind: FaultKind) -> Self {
        Self { action, user: None, call: None, skip: 0, times: 1, kind }
    }

    /// Takes every matching call.
    #[must_use]
    pub fn always(action: &'static str, kind: FaultKind) -> Self {
        Self { times: usize::MAX, ..Self::once(action, kind) }
    }

    /// Takes this call, recorded in an earlier run, every time: so a test fails one call after the
    /// other, in whatever order concurrent calls arrive.
    #[must_use]
    pub fn on(call: &Request, kind: FaultKind) -> Self {
        Self { call: Some(call.clone()), ..Self::always("*", kind) }
    }

    fn concerns(&self, request: &Request, user: Option<&str>) -> bool {
        (self.action == "*" || self.action == request.action)
            && (self.user.is_none() || self.user == user)
            && self.call.as_ref().is_none_or(|call| call.repeats(request))
    }
}

/// A permission is missing.
pub const DENIED: FaultKind = FaultKind::Error { status: 403, code: "AccessDenied" };
/// There were too many calls.
pub const THROTTLED: FaultKind = FaultKind::Error { status: 400, code: "Throttling" };
/// IAM itself has failed.
pub const BROKEN: FaultKind = FaultKind::Error { status: 500, code: "ServiceFailure" };
/// Another change of the same thing is under way.
pub const CONFLICT: FaultKind = FaultKind::Error { status: 409, code: "ConcurrentModification" };

/// How a call goes wrong.
#[derive(Clone, Debug)]
pub enum FaultKind {
    /// Answered with this HTTP status and error code; nothing is changed.
    Error {
        /// The HTTP status.
        status: u16,
        /// The error code, such as `AccessDenied` or `Throttling`.
        code: &'static str,
    },
    /// Answered with this HTTP status and body, whatever they mean; nothing is changed.
    Odd {
        /// The HTTP status.
        status: u16,
        /// The body.
        body: &'static str,
    },
    /// Denied in these words; nothing is changed.
    Denied(&'static str),
    /// Done at once, answered late.
    Slow(Duration),
    /// Never answered; nothing is changed.
    Hang,
    /// The connection is closed instead; nothing is changed.
    CutBefore,
    /// Done, then the connection is closed instead of an answer.
    CutAfter,
    /// Answered by a replica that lags behind and still believes in this world: reads show it, and
    /// a change is refused where this world does not know its user or key. Otherwise a change is
    /// made in the true world. `Stale(World::new())` is "not visible yet". It has a credential report
    /// only after [`World::generated`].
    Stale(World),
    /// The call's user, or the user of its key, is deleted first, with keys and tags; then the call is
    /// answered as usual. A call that concerns no user deletes none.
    DeletesUser,
    /// A 200 with a body that is no XML; nothing is changed.
    Garbage,
    /// A 200 with this body; nothing is changed.
    Body(String),
    /// Answered with so many bytes of the usual body, as if that were all.
    CutBody(usize),
}

/// All faults, each with the number of matching calls it has seen.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<(Fault, usize)>);

impl Faults {
    pub(super) fn add(&mut self, fault: Fault) {
        self.0.push((fault, 0));
    }

    /// Counts a call, which concerns this user, and says what happens to it.
    pub(super) fn meet(&mut self, request: &Request, user: Option<&str>) -> Option<FaultKind> {
        let mut met = None;
        for (fault, seen) in &mut self.0 {
            if !fault.concerns(request, user) {
                continue;
            }
            let turn = *seen;
            *seen += 1;
            let takes = turn >= fault.skip && turn - fault.skip < fault.times;
            if takes && met.is_none() {
                met = Some(fault.kind.clone());
            }
        }
        met
    }
}
