//! A short text for chat clients. They interpret Markdown and mentions, so the event's words are made
//! harmless. Commands to copy stay in the mail.

use std::fmt::Write;

use super::{Contents, mail::short, reason, sessions_reason, status::headline, summary};
use crate::outcome::{Outcome, Status};

/// The room for the lines about keys, in characters. Amazon Q Developer takes 8,000 in all (its
/// Administrator Guide, "Custom notifications").
const ROOM: usize = 6_000;
/// How much of an event's own words is shown, in characters.
const SHOWN: usize = 80;

pub(super) fn write(contents: Contents<'_>) -> String {
    let first = summary::headline(contents);
    let reported = contents.reported();
    let mut text = String::new();
    if reported.first().is_none_or(|outcome| headline(outcome) != first) {
        let _ = writeln!(text, "{}", plain(&short(&first, 400)));
    }
    let (mut named, mut room) = (0, ROOM);
    for line in reported.iter().map(|outcome| line(outcome)) {
        let Some(left) = room.checked_sub(line.chars().count()) else { break };
        let _ = writeln!(text, "- {line}");
        (named, room) = (named + 1, left);
    }
    if let Some(more @ 1..) = reported.len().checked_sub(named) {
        let _ = writeln!(text, "- and {more} more");
    }
    if !reported.is_empty() {
        text.push_str("Next steps, and how to undo: see the mail or the report.");
    }
    text.trim_end().to_owned()
}

fn line(outcome: &Outcome) -> String {
    let finding_type = outcome.origin.finding_type.as_ref();
    let finding_type =
        finding_type.map(|name| format!(", {}", plain(&short(name.as_str(), SHOWN))));
    let failed = (outcome.status == Status::Failed).then(|| reason(outcome));
    let failure = failed.into_iter().chain(sessions_reason(outcome)).next();
    let failure = failure.map(|reason| format!(". Reason: {reason}"));
    format!(
        "{} ({}{})",
        plain(&short(&(headline(outcome) + &failure.unwrap_or_default()), 180)),
        outcome.origin.source.title(),
        finding_type.unwrap_or_default()
    )
}

/// Text in which chat clients find no markup, link, mention or emoji. A zero-width character follows
/// each character that could begin one.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' => plain.push_str("&amp;"),
            '<' => plain.push_str("&lt;"),
            '>' => plain.push_str("&gt;"),
            '*' | '_' | '~' | '`' | '[' | ']' | '(' | ')' | '@' | '#' | '!' | '|' | '\\' | ':'
            | '.' => {
                plain.push(sign);
                plain.push('\u{200b}');
            }
            _ => plain.push(sign),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        event::Cause,
        ids::Label,
        message::tests::contents,
        outcome::{Reason, SessionOwner, tests::outcome},
    };

    #[test]
    fn nothing_in_an_event_is_markup() {
        #[track_caller]
        fn check(text: &str, expected: &str) {
            assert_eq!(plain(text).replace('\u{200b}', "·"), expected);
        }
        check(
            "Recon:IAMUser/TorIPCaller :fire: www.x.y",
            "Recon:·IAMUser/TorIPCaller :·fire:· www.·x.·y",
        );
        check(
            "<!channel> & <https://evil|here>",
            "&lt;!·channel&gt; &amp; &lt;https:·//evil|·here&gt;",
        );
        check("*a* _b_ ~c~ `d`", "*·a*· _·b_· ~·c~· `·d`·");
        check("[click](HTTPS://evil) @here", "[·click]·(·HTTPS:·//evil)· @·here");
    }

    #[test]
    fn it_fits_whatever_there_is_to_tell() {
        #[track_caller]
        fn check(count: usize, hostile: &str, named: usize, more: &str) {
            let mut one = outcome(Status::Failed, Cause::Compromised);
            one.reason = Reason::Temporary(SessionOwner::Role(Label::new(&hostile.repeat(512))));
            one.origin.finding_type = Label::new(&hostile.repeat(512));
            let text = write(contents(&vec![one; count]));
            assert!(text.chars().count() < 8_000, "{}", text.chars().count());
            assert_eq!(
                text.matches("\n- Failed").count() + usize::from(text.starts_with("- ")),
                named
            );
            assert!(text.contains(more), "{text}");
        }
        check(1, "x", 1, "");
        check(20, "x", 20, "");
        check(50, "x", 21, "and 29 more");
        check(25, "<", 8, "and 17 more");
    }
}
