//! Logs a report.

use tracing::{info, warn};

use super::Report;
use crate::{
    event::Ignored,
    ids::{AccessKeyId, Label, UserName},
    message,
    outcome::Outcome,
};

/// How many ignored parts are logged.
const LOGGED: usize = 100;

impl Report {
    /// Writes one line for each outcome, for each part that was ignored or not understood, and for the
    /// report.
    pub fn log(&self) {
        let request_id = self.request_id.as_str();
        for outcome in &self.outcomes {
            log_outcome(request_id, outcome);
        }
        for Ignored { reason, origin, .. } in self.ignored.iter().take(LOGGED) {
            let finding_id = origin.finding_id.as_ref().map(Label::as_str);
            let finding_type = origin.finding_type.as_ref().map(Label::as_str);
            let (source, reason) = (origin.source.as_str(), reason.as_str());
            info!(request_id, reason, source, finding_id, finding_type, "ignored");
        }
        for error in self.invalid.iter() {
            warn!(request_id, reason = error.to_string(), "invalid");
        }
        info!(request_id, summary = self.summary, attention = self.attention, "report");
    }
}

fn log_outcome(request_id: &str, outcome: &Outcome) {
    let origin = &outcome.origin;
    info!(
        request_id,
        access_key_id = outcome.access_key_id.as_ref().map(AccessKeyId::as_str),
        user_name = outcome.user_name.as_ref().map(UserName::as_str),
        owner = outcome.owner.as_ref().map(Label::as_str),
        status = outcome.status.as_str(),
        reason = message::reason(outcome),
        sessions = outcome.sessions.as_str(),
        sessions_reason = message::sessions_reason(outcome),
        attention = outcome.attention,
        verified = outcome.verified,
        create_date = outcome.create_date.map(|date| date.to_string()),
        due_on = outcome.due_on.map(|date| date.to_string()),
        source = origin.source.as_str(),
        finding_id = origin.finding_id.as_ref().map(Label::as_str),
        finding_type = origin.finding_type.as_ref().map(Label::as_str),
        "outcome"
    );
}
