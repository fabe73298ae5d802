//! Decides about the keys of one user. Pure.

use jiff::Timestamp;

use super::{
    inspect::{Candidate, Inspection, KeyFacts},
    stale::{self, ExemptionFacts, StaleDecision},
    task::{Context, Step, Task},
};
use crate::{
    iam::{IamError, keys::KeyMetadata, tags::Tags},
    ids::{AccessKeyId, UserName},
    outcome::{Staleness, Unknown, Violation},
};

/// The decisions about a user's keys.
#[derive(Debug, Default)]
pub(super) struct UserDecisions {
    /// Each active key that is not compliant, and each Inactive key with a notice. One entry without a
    /// key if the user's keys are unknown.
    pub(super) decided: Vec<(Task, StaleDecision)>,
    /// The user's obsolete tags, if any.
    pub(super) obsolete_tags: Option<(UserName, Vec<String>)>,
    /// How many active keys the user has.
    pub(super) active_keys: usize,
    /// How many of them break no rule.
    pub(super) compliant: usize,
}

/// Decides about each active key of a user, and finds obsolete notices. A sweep that was cut off may
/// have left a notice of an Inactive key.
pub(super) fn decide(inspection: Inspection, context: &Context<'_>) -> UserDecisions {
    let Inspection { user, keys, has, about } = inspection;
    let rules = UserRules::new(&user, about.as_ref(), context);
    let mut decisions = UserDecisions::default();
    let keys = match keys {
        Ok(keys) => keys,
        Err(error) => {
            let task = rules.task(None, None, None);
            decisions.decided.push((task, rules.unknown(&error)));
            return decisions;
        }
    };
    decisions.active_keys = keys.len();
    for key in keys {
        match rules.key(key) {
            Some(decided) => decisions.decided.push(decided),
            None => decisions.compliant += 1,
        }
    }
    let kept = decisions.decided.iter().filter(|(_, it)| !matches!(it, StaleDecision::Exempt(_)));
    let kept: Vec<_> = kept.filter_map(|(task, _)| task.id.clone()).collect();
    let inactive = has.iter().filter(|key| !key.active && rules.has_notice(&key.id));
    for KeyMetadata { id, created, .. } in inactive {
        let task = rules.task(Some(id.clone()), *created, None);
        decisions.decided.push((task, StaleDecision::AlreadyInactive));
    }
    let has: Vec<_> = has.iter().map(|key| key.id.clone()).collect();
    let obsolete = rules.tags.map(|tags| tags.obsolete(&kept, &has)).unwrap_or_default();
    if !obsolete.is_empty() {
        decisions.obsolete_tags = Some((user.name.clone(), obsolete));
    }
    decisions
}

/// The facts that hold for every key of a user.
struct UserRules<'a> {
    user: &'a Candidate,
    about: Option<&'a ExemptionFacts>,
    tags: Option<&'a Tags>,
    /// Set if the user is exempt by name or path, or may be.
    exempt: Option<StaleDecision>,
    context: &'a Context<'a>,
}

impl<'a> UserRules<'a> {
    fn new(
        user: &'a Candidate,
        about: Option<&'a ExemptionFacts>,
        context: &'a Context<'a>,
    ) -> Self {
        let tags = about.and_then(|about| about.tags.as_ref().ok());
        let exempt = stale::exempt_by_name(&user.name, user.path.as_deref(), context.settings);
        Self { user, about, tags, exempt, context }
    }

    /// Decides about an active key. `None` if it is compliant.
    fn key(&self, key: KeyFacts) -> Option<(Task, StaleDecision)> {
        let KeyFacts { id, created, violation } = key;
        let (staleness, decision) = match violation {
            Ok(None) => {
                tracing::debug!(
                    access_key_id = id.as_str(),
                    user_name = self.user.name.as_str(),
                    "compliant"
                );
                return None;
            }
            Err(error) => (None, self.unknown(&error)),
            Ok(Some(violation)) => {
                (Some(self.staleness(violation)), self.violation(&id, violation))
            }
        };
        Some((self.task(Some(id), created, staleness), decision))
    }

    /// Decides about a key that breaks a rule.
    fn violation(&self, id: &AccessKeyId, violation: Violation) -> StaleDecision {
        let Context { settings, today, .. } = *self.context;
        match (&self.exempt, self.about) {
            (Some(exempt), _) => exempt.clone(),
            (None, Some(about)) => {
                let rule = self.context.trigger.into();
                stale::decide(id, violation, about, today, rule, settings)
            }
            (None, None) => StaleDecision::Unknown(Unknown::Tags),
        }
    }

    fn staleness(&self, violation: Violation) -> Staleness {
        let Context { settings, today, .. } = *self.context;
        let tags = self.tags.filter(|_| self.exempt.is_none());
        let exemption_ended = tags.and_then(|tags| stale::exemption_ended(tags, today, settings));
        Staleness { violation, exemption_ended }
    }

    /// An unknown fact about an exempt user needs no attention.
    fn unknown(&self, error: &IamError) -> StaleDecision {
        self.exempt.clone().unwrap_or_else(|| StaleDecision::Unknown(Unknown::Iam(error.clone())))
    }

    fn has_notice(&self, id: &AccessKeyId) -> bool {
        self.tags.is_some_and(|tags| tags.have_notice(id))
    }

    fn task(
        &self,
        id: Option<AccessKeyId>,
        created: Option<Timestamp>,
        staleness: Option<Staleness>,
    ) -> Task {
        Task {
            user: self.user.name.clone(),
            noticed: id.as_ref().is_some_and(|id| self.has_notice(id)),
            id,
            created,
            is_new: staleness.is_none_or(|it| stale::is_new(it.violation, self.context.settings)),
            staleness,
            owner: self.tags.and_then(Tags::owner),
            step: Step::Deactivate,
        }
    }
}
