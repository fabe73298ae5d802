//! IAM's limit on calls: a bucket of tokens that fills up again at a steady rate.

use tokio::time::Instant;

/// How many calls are let through; the others are answered `Throttling`, and change nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Throttle {
    /// How many calls a second in the long run.
    pub rate: f64,
    /// How many at once after a pause; at least 1, or none passes.
    pub burst: f64,
}

/// A throttle at work. It begins full.
#[derive(Debug)]
pub(super) struct Bucket {
    throttle: Throttle,
    tokens: f64,
    filled: Instant,
}

impl Bucket {
    pub(super) fn new(throttle: Throttle, now: Instant) -> Self {
        Self { throttle, tokens: throttle.burst, filled: now }
    }

    /// Whether a call at this time passes.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        let since = now.saturating_duration_since(self.filled).as_secs_f64();
        self.tokens = since.mul_add(self.throttle.rate, self.tokens).min(self.throttle.burst);
        self.filled = now;
        let passes = self.tokens >= 1.0;
        if passes {
            self.tokens -= 1.0;
        }
        passes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::time::Duration;

    #[test]
    fn lets_a_burst_through_and_then_the_rate() {
        let begin = Instant::now();
        let mut bucket = Bucket::new(Throttle { rate: 10.0, burst: 3.0 }, begin);
        let mut passed = |ms: &[u64]| {
            let passes = |ms: &&u64| bucket.take(begin + Duration::from_millis(**ms));
            ms.iter().filter(passes).copied().collect::<Vec<_>>()
        };
        assert_eq!(passed(&[0, 0, 0, 0, 50]), [0, 0, 0]);
        assert_eq!(passed(&[101, 102, 150, 202]), [101, 202]);
        // What is not used is saved up, to the burst and no further.
        assert_eq!(passed(&[9_000, 9_000, 9_000, 9_000]), [9_000, 9_000, 9_000]);
    }
}
