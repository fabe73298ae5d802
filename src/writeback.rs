//! What to tell Security Hub of its own findings: that they are handled, so that nobody looks twice.
//!
//! Identifiers as `BatchUpdateFindings` and `BatchUpdateFindingsV2` take them (Security Hub API
//! Reference).

use serde::Serialize;

use crate::{
    ids::{AccountId, Label},
    outcome::{Outcome, Status},
};

/// The findings to be told of, each once.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct WriteBack {
    /// Findings in ASFF.
    pub asff: Vec<Asff>,
    /// Findings in OCSF.
    pub ocsf: Vec<Ocsf>,
}

/// A finding in ASFF.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Asff {
    finding_id: Label,
    product_arn: Label,
    #[serde(flatten)]
    news: News,
}

/// A finding in OCSF.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ocsf {
    finding_uid: Label,
    product_uid: Label,
    account_uid: AccountId,
    #[serde(flatten)]
    news: News,
}

/// What is told.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct News {
    /// At most 512 characters, as Security Hub takes them.
    note: String,
    /// Whether all of its keys were seen to be Inactive.
    resolved: bool,
}

impl WriteBack {
    /// Gathers the findings of these outcomes. A dry run changes nothing, in Security Hub neither,
    /// and what failed is not handled.
    #[must_use]
    pub fn new(outcomes: &[Outcome]) -> Self {
        let mut back = Self::default();
        let told = outcomes.iter().filter(|outcome| {
            !matches!(outcome.status, Status::DryRun | Status::Failed | Status::Pending)
        });
        for outcome in told {
            back.add(outcome);
        }
        back
    }

    fn add(&mut self, outcome: &Outcome) {
        let origin = &outcome.origin;
        let (Some(id), Some(product)) = (&origin.finding_id, &origin.product_arn) else { return };
        let news = News {
            note: format!("{outcome}: {}", outcome.reason).chars().take(512).collect(),
            resolved: outcome.verified,
        };
        if product.as_str().contains(":productv2/") {
            let Some(account) = &origin.account_id else { return };
            match self
                .ocsf
                .iter_mut()
                .find(|it| it.finding_uid == *id && it.product_uid == *product)
            {
                Some(earlier) => earlier.news.join(&news),
                None => self.ocsf.push(Ocsf {
                    finding_uid: id.clone(),
                    product_uid: product.clone(),
                    account_uid: account.clone(),
                    news,
                }),
            }
        } else {
            match self.asff.iter_mut().find(|it| it.finding_id == *id && it.product_arn == *product)
            {
                Some(earlier) => earlier.news.join(&news),
                None => self.asff.push(Asff {
                    finding_id: id.clone(),
                    product_arn: product.clone(),
                    news,
                }),
            }
        }
    }
}

impl News {
    /// A finding of several keys is resolved only if all of them are.
    fn join(&mut self, other: &Self) {
        self.note = format!("{}; {}", self.note, other.note).chars().take(512).collect();
        self.resolved &= other.resolved;
    }
}
