//! What tests from outside share: the real program in a temporary data folder, and the senders that talk to it. Knows of the program only
//! what its users see (command line, HTTP, files of the data folder), and must never link its crates, reach a network beyond this machine,
//! or leave a process behind.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a fixture that cannot do its work fails the test, and says why")]

mod line;
mod maru;
mod moto;
mod postgres;
mod prometheus;
pub mod python;
pub mod remote_write;
mod server;
mod wait;

pub use line::Line;
pub use maru::{Answer, Maru, Setup, program};
pub use moto::Moto;
pub use postgres::Postgres;
pub use prometheus::{Labels, Prometheus};
pub use rustix::process::Signal;
pub use server::free_port;
pub use wait::{now_ms, until};
