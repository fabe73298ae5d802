//! Parts of an event that need no action.

use serde::{Serialize, Serializer};

use super::{Origin, Trigger};

/// A part of an event that needs no action, and why.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ignored {
    /// Why nothing is done.
    pub reason: IgnoreReason,
    /// What asked for an action. A person must hear that nothing is done.
    #[serde(skip)]
    pub trigger: Trigger,
    /// Where it comes from.
    pub origin: Origin,
}

/// Why a part of an event is not acted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum IgnoreReason {
    /// A sample finding.
    Sample,
    /// An archived finding.
    Archived,
    /// A suppressed finding.
    Suppressed,
    /// The problem is over, or never existed.
    Resolved,
    /// Someone already handles the finding.
    AlreadyHandled,
    /// A secret that was not verified to work.
    Unverified,
    /// A secret that was planted as bait.
    Canary,
    /// Reported by a product that is not in `TrustedProducts`.
    UntrustedProduct,
    /// The setting for this event is off.
    OptedOut,
    /// Below `MinSeverity`, and not of a type in `AlwaysActTypes`.
    BelowSeverity,
    /// Of a type in `ExcludedFindingTypes`.
    ExcludedType,
    /// The finding names no access key.
    NoAccessKey,
    /// A well-formed event of an unsupported source or type.
    Unsupported,
    /// The stack's other function handles this kind.
    OtherFunction,
}

impl IgnoreReason {
    /// Every reason.
    pub const ALL: [Self; 14] = [
        Self::Sample,
        Self::Archived,
        Self::Suppressed,
        Self::Resolved,
        Self::AlreadyHandled,
        Self::Unverified,
        Self::Canary,
        Self::UntrustedProduct,
        Self::OptedOut,
        Self::BelowSeverity,
        Self::ExcludedType,
        Self::NoAccessKey,
        Self::Unsupported,
        Self::OtherFunction,
    ];

    /// Its public name: in reports, metrics and logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sample => "Sample",
            Self::Archived => "Archived",
            Self::Suppressed => "Suppressed",
            Self::Resolved => "Resolved",
            Self::AlreadyHandled => "AlreadyHandled",
            Self::Unverified => "Unverified",
            Self::Canary => "Canary",
            Self::UntrustedProduct => "UntrustedProduct",
            Self::OptedOut => "OptedOut",
            Self::BelowSeverity => "BelowSeverity",
            Self::ExcludedType => "ExcludedType",
            Self::NoAccessKey => "NoAccessKey",
            Self::Unsupported => "Unsupported",
            Self::OtherFunction => "OtherFunction",
        }
    }
}

impl Serialize for IgnoreReason {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}
