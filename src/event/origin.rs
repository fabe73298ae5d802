//! Where a signal comes from.

use serde::{Serialize, Serializer};

use super::{
    sources::{direct, guardduty, security_hub_ocsf},
    transport::Event,
};
use crate::ids::{AccountId, Label};

/// Where a signal comes from. It travels with every outcome, since one event may hold many.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Origin {
    /// The kind of source.
    pub source: Source,
    /// The finding's own ID.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finding_id: Option<Label>,
    /// What kind of finding it is: GuardDuty's type, such as `UnauthorizedAccess:IAMUser/TorIPCaller`,
    /// a check, a rule, a code; for an event that is not served, its source and detail type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finding_type: Option<Label>,
    /// On GuardDuty's scale of 0 to 10.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<f64>,
    /// The account that the event says is concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_id: Option<AccountId>,
    /// The Region that the event says it comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Label>,
    /// When the finding was last updated, as the event spells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<Label>,
    /// How often the finding has been sent: GuardDuty sends an open one again and again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeat_count: Option<u32>,
    /// The product that reported it to Security Hub: who it is said to be, and what a write-back names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_arn: Option<Label>,
    /// Why, in the words of whoever called directly.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Label>,
    /// How it was delivered.
    #[serde(skip)]
    pub delivery: Delivery,
}

impl Origin {
    /// Whether the event itself says that it is about another account.
    #[must_use]
    pub fn is_foreign(&self, own: Option<&AccountId>) -> bool {
        own.is_some() && self.account_id.as_ref().is_some_and(|account| Some(account) != own)
    }

    pub(super) fn new(source: Source, event: &Event) -> Self {
        Self {
            source,
            finding_id: None,
            finding_type: None,
            severity: None,
            account_id: None,
            region: None,
            time: None,
            repeat_count: None,
            product_arn: None,
            reason: None,
            delivery: Delivery::of(event),
        }
    }
}

/// How a part of an event was delivered.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// Which record of the payload it was in, from 0.
    pub record: usize,
    /// Whether it came inside something else, such as a topic's notification.
    pub is_wrapped: bool,
    /// Whether the finding was delivered before, as far as it says.
    pub is_repeat: bool,
    /// The Region whose Security Hub sent it, where that may be told what became of it.
    pub write_back_to: Option<Label>,
}

impl Delivery {
    pub(super) fn of(event: &Event) -> Self {
        Self {
            record: event.record,
            is_wrapped: event.is_wrapped(),
            is_repeat: false,
            write_back_to: None,
        }
    }
}

/// The kind of source that an event came from; each source's file states its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    id: &'static str,
    title: &'static str,
}

impl Source {
    /// A direct call by a person, a script or a schedule.
    pub const DIRECT: Self = direct::SOURCE;
    /// A well-formed event that is not served.
    pub(super) const OTHER: Self = Self::new("other", "another source");

    /// A source, by its public name and by what people call it.
    pub(super) const fn new(id: &'static str, title: &'static str) -> Self {
        Self { id, title }
    }

    /// Whether it passes on what other products report.
    #[must_use]
    pub fn is_security_hub(self) -> bool {
        self.id.starts_with("security-hub")
    }

    /// Whether such a finding is sent again while it is open.
    #[must_use]
    pub fn repeats(self) -> bool {
        self == guardduty::SOURCE || self.is_security_hub()
    }

    /// Whether it speaks OCSF.
    #[must_use]
    pub fn is_ocsf(self) -> bool {
        self == security_hub_ocsf::SOURCE
    }

    /// Its public name: in reports, metrics and logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.id
    }

    /// What people call it.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.title
    }
}

impl Serialize for Source {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.id)
    }
}
