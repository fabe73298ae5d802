//! Bounds a report by what has to carry it: people are told only of a report that arrives.

use std::{collections::BTreeSet, io, mem::take};

use serde::Serialize;

use super::{ListedOutcome, Report};
use crate::outcome::Outcome;

/// Lambda puts the report and the event that it answers on an event bus, whose entries have 1 MiB at
/// most (EventBridge User Guide, "Amazon EventBridge quotas"). This leaves 16 KiB for what is around
/// them, and for text that is escaped once more on the way.
const RECORD: usize = (1024 - 16) * 1024;
/// The bus starts a state machine with the report, for which 256 KiB may be used (Step Functions
/// Developer Guide, "Step Functions service quotas"). This leaves as much again, and as much as that
/// machine adds.
const INPUT: usize = 230_000;
/// What the report has beside the largest of events: enough to say what happened.
const LEAST: usize = 3_000;
/// Of what its lists have, the outcomes have so many eighths, and each of the other four lists one.
const OUTCOMES: usize = 4;

/// How many bytes the answer to an event of so many bytes may have.
pub(crate) fn room(event: usize) -> usize {
    RECORD.saturating_sub(event).clamp(LEAST, INPUT)
}

/// How many bytes it has in JSON.
fn bytes<T: Serialize>(item: &T) -> usize {
    let mut length = Length(0);
    serde_json::to_writer(&mut length, item).map_or(0, |()| length.0)
}

/// Keeps of what is written its length only.
struct Length(usize);

impl io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Says of one item after the other, each of so many bytes, whether it still fits.
fn fits(room: usize) -> impl FnMut(usize) -> bool {
    let mut used = 0;
    move |bytes| {
        used += bytes + ",".len();
        used <= room
    }
}

/// Keeps what fits, from the first on.
fn first<T: Serialize>(mut list: Vec<T>, room: usize) -> Vec<T> {
    let mut fits = fits(room);
    let kept = list.iter().take_while(|item| fits(bytes(item))).count();
    list.truncate(kept);
    list
}

/// Keeps what matters most and fits, in its order.
fn heaviest(mut outcomes: Vec<Outcome>, room: usize) -> Vec<Outcome> {
    let mut by_weight: Vec<_> = (0..).zip(&outcomes).collect();
    by_weight.sort_by_key(|(_, outcome)| outcome.weight());
    let mut fits = fits(room);
    let kept = by_weight
        .into_iter()
        .take_while(|(_, outcome)| fits(bytes(&ListedOutcome::from(*outcome))));
    let kept: BTreeSet<usize> = kept.map(|(index, _)| index).collect();
    let mut index = 0..;
    outcomes.retain(|_| index.next().is_some_and(|index| kept.contains(&index)));
    outcomes
}

impl Report {
    /// The report, cut to what there is room for beside an event of so many bytes: what matters least
    /// goes first.
    #[must_use]
    pub fn cut(mut self, event: usize) -> Self {
        let room = room(event);
        self.message.cut(room / 2);
        let all = self.count();
        let (outcomes, ignored) = (take(&mut self.outcomes), take(&mut self.ignored));
        let (invalid, back) = (take(&mut self.invalid), take(&mut self.write_back));
        let share = room.saturating_sub(bytes(&self)) / 8;
        self.outcomes = heaviest(outcomes, share * OUTCOMES);
        self.ignored = first(ignored, share);
        self.invalid = invalid.shorten(fits(share));
        self.write_back.asff = first(back.asff, share);
        self.write_back.ocsf = first(back.ocsf, share);
        self.omitted = all.saturating_sub(self.listed());
        self
    }

    /// How many things there are in its lists.
    fn count(&self) -> usize {
        self.listed() - self.invalid.iter().len() + self.invalid.count()
    }

    /// How many things its lists have.
    fn listed(&self) -> usize {
        let written_back = self.write_back.asff.len() + self.write_back.ocsf.len();
        self.outcomes.len() + self.ignored.len() + self.invalid.iter().len() + written_back
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_and_input_are_each_bounded() {
        #[track_caller]
        fn check(event: usize, expected: usize) {
            assert_eq!(room(event), expected, "{event}");
        }
        check(0, 230_000);
        check(230_000, 230_000);
        check(1024 * 1008 - 230_000, 230_000);
        check(1_000_000, 32_192);
        check(1_040_000, 3_000);
        check(6_000_000, 3_000);
    }
}
