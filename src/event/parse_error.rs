//! The parts of an event that could not be understood. A hostile event holds millions.

use std::{collections::BTreeSet, fmt, sync::Arc};

use serde::{Serialize, Serializer};

use super::Finding;

/// A part that cannot be understood: its place and the expected value, never its content.
#[derive(Clone, Debug, PartialEq)]
pub struct ParseError {
    path: String,
    expected: &'static str,
    /// Which record of the payload it was in, from 0.
    pub record: usize,
    /// The finding that it is a part of, if known. Nobody needs to hear of a part whose finding would
    /// be ignored.
    pub finding: Option<Arc<Finding>>,
}

impl ParseError {
    /// A direct call to the wrong function.
    pub(crate) fn wrong_function(record: usize, expected: &'static str) -> Self {
        Self { record, ..Self::new("action", expected) }
    }

    /// The error without its finding, which is no longer needed.
    pub(crate) fn alone(self) -> Self {
        Self { finding: None, ..self }
    }

    pub(super) fn in_record(self, record: usize) -> Self {
        Self { record, ..self }
    }

    pub(super) fn new(path: &str, expected: &'static str) -> Self {
        let path = if path.is_empty() { "the event" } else { path };
        Self { path: path.to_owned(), expected, record: 0, finding: None }
    }
}

impl std::error::Error for ParseError {}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: expected {}", self.path, self.expected)
    }
}

/// How many errors are kept, listed and logged. The others are only counted.
const KEPT: usize = 100;

/// The first parts of an event that could not be understood, and how many there are.
#[derive(Debug, Default)]
pub struct ParseErrors {
    first: Vec<ParseError>,
    count: usize,
    records: BTreeSet<usize>,
}

impl ParseErrors {
    /// Adds an error.
    pub fn push(&mut self, error: ParseError) {
        self.count += 1;
        self.records.insert(error.record);
        if self.first.len() < KEPT {
            self.first.push(error);
        }
    }

    /// Keeps the first errors for as long as they fit.
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
