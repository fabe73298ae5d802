//! Whether the sessions of a compromised key's user are denied.

use crate::{iam::IamError, ids::PolicyArn};

/// Whether the sessions of a compromised key's user are denied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Sessions {
    /// Not asked for.
    #[default]
    NotAsked,
    /// This policy is attached to the user. It denies all sessions of the user.
    Denied(PolicyArn),
    /// This policy was to be attached, but may not be: sessions of the user may work.
    Open(PolicyArn, IamError),
}

impl Sessions {
    /// Whether sessions were to be denied and may work.
    #[must_use]
    pub fn are_open(&self) -> bool {
        matches!(self, Self::Open(..))
    }

    /// Its public name: in reports and logs. `None` if sessions were not asked about.
    #[must_use]
    pub fn as_str(&self) -> Option<&'static str> {
        match self {
            Self::NotAsked => None,
            Self::Denied(_) => Some("denied"),
            Self::Open(..) => Some("open"),
        }
    }
}
