//! Where a signal comes from.

use serde::{Serialize, Serializer};

use super::{
    sources::{direct, guardduty, security_hub_ocsf},
    transport::Event,
};
use crate::ids::{AccountId, Label};

/// Where a signal comes from. Each outcome keeps its own origin, because one event may hold many
/// findings.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Origin {
    /// The kind of source.
    pub source: Source,
    /// The finding's own ID.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finding_id: Option<Label>,
    /// What kind of finding it is: GuardDuty's type, such as `UnauthorizedAccess:IAMUser/TorIPCaller`,
    /// a check, a rule, a code. For an unsupported event, its source and detail type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finding_type: Option<Label>,
    /// On GuardDuty's scale of 0 to 10.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<f64>,
    /// The account that the event names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_id: Option<AccountId>,
    /// The Region that the event names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Label>,
    /// When the finding was last updated, as the event spells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<Label>,
    /// How often the finding was sent. GuardDuty repeats an open finding.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeat_count: Option<u32>,
    /// The product that reported it to Security Hub. Trust is decided by it, and a write-back names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_arn: Option<Label>,
    /// The reason that a direct caller gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Label>,
    /// Who asks for it, as a direct caller says. Lambda does not name the caller, so nobody has verified
    /// this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested_by: Option<Label>,
    /// How it was delivered.
    #[serde(skip)]
    pub delivery: Delivery,
}

impl Origin {
    /// Whether the event names another account.
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
            requested_by: None,
            delivery: Delivery::of(event),
        }
    }
}

/// How a part of an event was delivered.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// Which record of the payload it was in, from 0.
    pub record: usize,
    /// Whether it came inside another event, such as a topic's notification.
    pub is_wrapped: bool,
    /// Whether the finding says that it was delivered before.
    pub is_repeat: bool,
    /// The Region whose Security Hub sent it and may be updated.
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

/// The kind of source of an event. Each source's file defines its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    id: &'static str,
    title: &'static str,
}

impl Source {
    /// A direct call by a person, a script or a schedule.
    pub const DIRECT: Self = direct::SOURCE;
    /// A well-formed, unsupported event.
    pub(super) const OTHER: Self = Self::new("other", "another source");

    /// A source with its public name and its title for people.
    pub(super) const fn new(id: &'static str, title: &'static str) -> Self {
        Self { id, title }
    }

    /// Whether it passes on other products' findings.
    #[must_use]
    pub fn is_security_hub(self) -> bool {
        self.id.starts_with("security-hub")
    }

    /// Whether the source repeats an open finding.
    #[must_use]
    pub fn repeats(self) -> bool {
        self == guardduty::SOURCE || self.is_security_hub()
    }

    /// Whether its findings are in OCSF.
    #[must_use]
    pub fn is_ocsf(self) -> bool {
        self == security_hub_ocsf::SOURCE
    }

    /// Its public name: in reports, metrics and logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.id
    }

    /// Its title for people.
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
