//! What could not be understood, all in all: a hostile event holds millions of such parts.

use std::collections::BTreeSet;

use serde::{Serialize, Serializer};

use super::ParseError;

/// How many are kept, listed and logged; the others are counted.
const KEPT: usize = 100;

/// The parts of an event that could not be understood: the first of them, and how many there are.
#[derive(Debug, Default)]
pub struct ParseErrors {
    first: Vec<ParseError>,
    count: usize,
    records: BTreeSet<usize>,
}

impl ParseErrors {
    /// Takes in one more.
    pub fn push(&mut self, error: ParseError) {
        self.count += 1;
        self.records.insert(error.record);
        if self.first.len() < KEPT {
            self.first.push(error);
        }
    }

    /// Keeps of the first what fits, one after the other.
    #[must_use]
    pub(crate) fn shorten(mut self, mut fits: impl FnMut(usize) -> bool) -> Self {
        let kept = self.first.iter().take_while(|error| fits(error.to_string().len() + 2)).count();
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
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &ParseError> {
        self.first.iter()
    }

    /// The numbers of the records that they are in.
    #[must_use]
    pub fn records(&self) -> &BTreeSet<usize> {
        &self.records
    }
}

impl Serialize for ParseErrors {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.first.iter().map(ToString::to_string))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beyond_a_hundred_they_are_counted() {
        let mut invalid = ParseErrors::default();
        for record in 0..250 {
            invalid.push(ParseError { record: record / 2, ..ParseError::new("path", "a value") });
        }
        assert_eq!((invalid.count(), invalid.iter().len()), (250, 100));
        assert_eq!(invalid.records().len(), 125);
    }
}
