//! Many measurements of the same.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

/// Times in milliseconds. With fewer than a hundred samples the 99th percentile is the longest.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Stat {
    pub(crate) median: f64,
    pub(crate) p99: f64,
    pub(crate) samples: usize,
}

impl Stat {
    /// # Panics
    /// If there are no samples.
    pub(crate) fn of(mut samples: Vec<Duration>) -> Self {
        samples.sort_unstable();
        let at = |percent: usize| {
            let rank = (samples.len() * percent).div_ceil(100).max(1);
            ms(samples[rank - 1])
        };
        Self { median: at(50), p99: at(99), samples: samples.len() }
    }
}

impl fmt::Display for Stat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} / {}", number(self.median), number(self.p99))
    }
}

/// Milliseconds.
pub(crate) fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

/// Two or three digits that mean something.
pub(crate) fn number(value: f64) -> String {
    match value {
        ..1.0 => format!("{value:.2}"),
        1.0..100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks() {
        let of = |samples: &[u64]| {
            let stat = Stat::of(samples.iter().copied().map(Duration::from_millis).collect());
            (stat.median, stat.p99)
        };
        assert_eq!(of(&[7]), (7.0, 7.0));
        assert_eq!(of(&[3, 1, 2]), (2.0, 3.0));
        assert_eq!(of(&(1..=1_000).rev().collect::<Vec<_>>()), (500.0, 990.0));
    }

    #[test]
    fn digits() {
        assert_eq!([0.123, 1.234, 12.34, 123.4].map(number), ["0.12", "1.2", "12.3", "123"]);
    }
}
