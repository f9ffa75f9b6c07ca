//! The whole surface, in process: requests in, responses out, over a small registry.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod api;
mod events;
mod house;
mod ingest;
mod listening;
mod openapi;
mod page;
mod sign_in;
