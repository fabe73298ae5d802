//! The real binary, as Lambda runs it, over sockets.

mod binary;
mod connection;
mod crash_recovery;
mod duplicate_delivery;
mod sizes;
