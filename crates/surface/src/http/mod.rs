//! The HTTP surface: the API, the console, live events, health, and the listeners for metrics that others send.
//!
//! | module | holds |
//! |---|---|
//! | `options`, `serve`, `tls`, `stall` | where and how to listen |
//! | `router`, `guard`, `host`, `headers` | what every request passes |
//! | `authenticate`, `csrf`, `session` | who calls |
//! | `operations`, `events`, `health`, `console` | what is answered |
//! | `ingest` | remote write and OTLP: protocols of others |
//! | `openapi` | the description of the API, generated from the registry |
//! | `problem`, `body` | errors out, bodies in; both bounded |
//!
//! Every operation is reached by the one route in `operations`; there is no code for any single one. Must never decide what a principal
//! may do, nor hold anything that grows with what callers send.

mod authenticate;
mod body;
mod console;
mod csrf;
mod events;
mod figures;
mod front;
mod guard;
mod headers;
mod health;
mod host;
mod ingest;
mod openapi;
mod operations;
mod options;
mod problem;
mod router;
mod serve;
mod session;
mod stall;
#[cfg(test)]
mod tests;
mod tls;
mod traffic;

pub use ingest::Telemetry;
pub use openapi::openapi;
pub use options::{Options, Services, Tls};
pub use serve::{Certificate, Served, serve};
