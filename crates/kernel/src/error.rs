//! The one error that reaches a person, on whichever surface.

use serde::Serialize;
use std::{fmt, time::Duration};

/// What every fallible function that a surface can reach returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Which family an error belongs to. Surfaces translate it: HTTP to a status, the command line to an exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The input is wrong; the same call fails again.
    Invalid,
    /// Nobody is signed in.
    Unauthenticated,
    /// Somebody is signed in who may not do this.
    Denied,
    /// What was named does not exist.
    NotFound,
    /// What was asked for contradicts what is there.
    Conflict,
    /// A limit was reached; trying again later works.
    TooMany {
        /// How long to wait before the next try.
        retry_after: Duration,
    },
    /// Something that Maru depends on does not work right now (a full disk, a database that is away).
    Unavailable,
    /// The call took longer than its deadline.
    Deadline,
    /// The caller went away or asked to stop.
    Cancelled,
    /// A fault of Maru's own.
    Internal,
}

/// An error for a person: what happened, to what, what to do next, and a code that stays the same across releases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Error {
    /// Stable code, `MARU-` and four digits.
    pub code: &'static str,
    /// The family.
    pub kind: ErrorKind,
    /// What happened, in one line.
    pub message: String,
    /// The input field that is wrong, where one is.
    pub field: Option<String>,
    /// What to do next.
    pub next: Option<String>,
}

impl Error {
    /// An error of `kind` with a stable `code`.
    pub fn new(kind: ErrorKind, code: &'static str, message: impl Into<String>) -> Self {
        Self { code, kind, message: message.into(), field: None, next: None }
    }

    /// Input that is wrong in `field`.
    pub fn invalid(code: &'static str, field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: Some(field.into()), ..Self::new(ErrorKind::Invalid, code, message) }
    }

    /// Something named that does not exist.
    pub fn not_found(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::NotFound, code, message)
    }

    /// A fault of Maru's own.
    pub fn internal(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Internal, code, message)
    }

    /// Adds what the person can do about it.
    #[must_use]
    pub fn next(mut self, step: impl Into<String>) -> Self {
        self.next = Some(step.into());
        self
    }

    /// The exit code of the command line: 2 for wrong input, 3 for no permission, 4 for not found, 5 for try again, 1 for all else.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self.kind {
            ErrorKind::Invalid => 2,
            ErrorKind::Unauthenticated | ErrorKind::Denied => 3,
            ErrorKind::NotFound => 4,
            ErrorKind::TooMany { .. } | ErrorKind::Unavailable | ErrorKind::Deadline => 5,
            ErrorKind::Conflict | ErrorKind::Cancelled | ErrorKind::Internal => 1,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]", self.message, self.code)?;
        if let Some(next) = &self.next {
            write!(f, " {next}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
