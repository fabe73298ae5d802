//! The credential report.

use data_encoding::BASE64;

use super::Done;
use crate::iam::World;
use crate::iam::answer::Answer;
use crate::iam::report::{Generated, State};

pub(super) fn generate(world: &mut World) -> Answer {
    let state = world.report.generate(&world.users);
    let result = format!("<State>{state}</State>");
    Answer::success("GenerateCredentialReport", Some(&result))
}

pub(super) fn get(world: &mut World) -> Done {
    let (status, code) = match world.report.poll() {
        State::Complete(made) => return Ok(complete(made)),
        State::NotPresent => (410, "ReportNotPresent"),
        State::InProgress(..) => (404, "ReportInProgress"),
        State::Expired => (410, "ReportExpired"),
    };
    Err(Answer::error(status, code, "Unknown"))
}

fn complete(Generated { csv, time }: &Generated) -> Answer {
    let content = BASE64.encode(csv.as_bytes());
    let result = format!(
        "<Content>{content}</Content><ReportFormat>text/csv</ReportFormat>\
         <GeneratedTime>{time}</GeneratedTime>"
    );
    Answer::success("GetCredentialReport", Some(&result))
}
