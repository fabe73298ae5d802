//! Parts of an event that there is nothing to do for.

use serde::{Serialize, Serializer};

use super::{Origin, Trigger};

/// A part of an event with nothing to do, and why.
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
    /// What it reports is over, or never was.
    Resolved,
    /// Someone has taken the finding on already.
    AlreadyHandled,
    /// A secret that was not verified to work.
    Unverified,
    /// A secret planted to be found.
    Canary,
    /// Reported by a product that is not in `TrustedProducts`.
    UntrustedProduct,
    /// Acted on only where a setting says so, and it does not.
    OptedOut,
    /// Below `MinSeverity`, and not of a type in `AlwaysActTypes`.
    BelowSeverity,
    /// Of a type in `ExcludedFindingTypes`.
    ExcludedType,
    /// The finding names no access key.
    NoAccessKey,
    /// A well-formed event of a source or type that is not served.
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
