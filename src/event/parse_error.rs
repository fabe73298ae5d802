//! What could not be understood, all in all: a hostile event holds millions of such parts.

use std::collections::BTreeSet;

use serde::{Serialize, Serializer};

use super::Misread;

/// How many are kept, listed and logged; the others are counted.
const KEPT: usize = 100;

/// The parts of an event that could not be understood: the first of them, and how many there are.
#[derive(Debug, Default)]
pub struct Misreads {
    first: Vec<Misread>,
    count: usize,
    records: BTreeSet<usize>,
}

impl Misreads {
    /// Takes in one more.
    pub fn push(&mut self, misread: Misread) {
        self.count += 1;
        self.records.insert(misread.record);
        if self.first.len() < KEPT {
            self.first.push(misread);
        }
    }

    /// Keeps of the first what fits, one after the other.
    #[must_use]
    pub(crate) fn shorten(mut self, mut fits: impl FnMut(usize) -> bool) -> Self {
        let kept =
            self.first.iter().take_while(|misread| fits(misread.to_string().len() + 2)).count();
        self.first.truncate(kept);
        self
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// The first of them.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Misread> {
        self.first.iter()
    }

    /// The numbers of the records that they are in.
    #[must_use]
    pub fn records(&self) -> &BTreeSet<usize> {
        &self.records
    }
}

impl Serialize for Misreads {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.first.iter().map(ToString::to_string))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beyond_a_hundred_they_are_counted() {
        let mut misreads = Misreads::default();
        for record in 0..250 {
            misreads.push(Misread { record: record / 2, ..Misread::new("path", "a value") });
        }
        assert_eq!((misreads.count(), misreads.iter().len()), (250, 100));
        assert_eq!(misreads.records().len(), 125);
    }
}
