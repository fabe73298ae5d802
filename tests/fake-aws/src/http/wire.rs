//! What lies between a client and a server.

use std::time::Duration;

/// How an endpoint is reached; plain HTTP without delay at first.
///
/// ```
/// # use fake_aws::Wire;
/// # use std::time::Duration;
/// let wire = Wire::https().round_trip(Duration::from_millis(20));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Wire {
    pub(crate) https: bool,
    pub(crate) round_trip: Duration,
    /// How many connections, the first ones, are refused with a fatal TLS alert.
    pub(crate) alerts: usize,
}

impl Wire {
    /// HTTP without TLS.
    #[must_use]
    pub fn http() -> Self {
        Self::default()
    }

    /// HTTP over TLS, with a certificate for 127.0.0.1 by a CA of the endpoint's own.
    #[must_use]
    pub fn https() -> Self {
        Self { https: true, ..Self::default() }
    }

    /// Sets how long a message and its answer are under way. Opening a connection takes a round trip
    /// of its own before the first byte, and TLS as many as it needs. Never shorter than this, and up
    /// to a millisecond longer each way.
    #[must_use]
    pub fn round_trip(self, round_trip: Duration) -> Self {
        Self { round_trip, ..self }
    }
    /// Refuses the first `alerts` connections with a fatal TLS alert.
    #[must_use]
    pub fn alerts(self, alerts: usize) -> Self {
        Self { alerts, ..self }
    }
}
