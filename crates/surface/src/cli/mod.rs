//! The command line over the registry: flags from operations, answers for people and for programs, and a client of a running program.
//!
//! Holds what is true of every operation. Must never name one, never read the environment, and never decide which data folder or server
//! is meant: the program does.

mod client;
mod command;
mod event_stream;
mod layout;
mod pinned;
mod problem;
mod progress;
mod render;
mod text;

pub use client::{Client, ClientOptions};
pub use command::{Invocation, command, invocation};
pub use progress::with_progress;
pub use render::{OutputFormat, Page, render};
pub use text::neutralised;
