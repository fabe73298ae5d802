//! Cuts a report to the size that the services behind it accept. People hear only of a report that
//! arrives.

use std::{collections::BTreeSet, io, mem::take};

use serde::Serialize;

use super::{ListedOutcome, Report};
use crate::outcome::Outcome;

/// Lambda puts the report and its event on an event bus, whose entries have 1 MiB at most (EventBridge
/// User Guide, "Amazon EventBridge quotas"). 16 KiB are left for the rest of the entry, and for text
/// that is escaped once more.
const RECORD: usize = (1024 - 16) * 1024;
/// The bus starts a state machine with the report. Its input may have 256 KiB (Step Functions Developer
/// Guide, "Step Functions service quotas"). The difference is for the rest of the entry, and for the
/// state machine's own data.
const INPUT: usize = 230_000;
/// The report's room beside the largest event: enough to say what happened.
const LEAST: usize = 3_000;
/// The outcomes have this many eighths of the lists' room. Each of the other four lists has one.
const OUTCOMES: usize = 4;

/// How many bytes the answer may have, for an event of this many bytes.
pub(crate) fn room(event: usize) -> usize {
    RECORD.saturating_sub(event).clamp(LEAST, INPUT)
}

/// The size of an item in JSON.
fn bytes<T: Serialize>(item: &T) -> usize {
    let mut length = Length(0);
    serde_json::to_writer(&mut length, item).map_or(0, |()| length.0)
}

/// Counts the bytes written to it.
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

/// Says for each item, by its size, whether it still fits.
fn fits(room: usize) -> impl FnMut(usize) -> bool {
    let mut used = 0;
    move |bytes| {
        used += bytes + ",".len();
        used <= room
    }
}

/// Keeps the first items that fit.
fn first<T: Serialize>(mut list: Vec<T>, room: usize) -> Vec<T> {
    let mut fits = fits(room);
    let kept = list.iter().take_while(|item| fits(bytes(item))).count();
    list.truncate(kept);
    list
}

/// Keeps the most important outcomes that fit, in their order.
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
    /// The report, cut to the room beside an event of this many bytes. The least important entries are
    /// cut first.
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

    /// How many entries its lists would have uncut.
    fn count(&self) -> usize {
        self.listed() - self.invalid.iter().len() + self.invalid.count()
    }

    /// How many entries its lists have.
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
