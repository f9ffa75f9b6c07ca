//! What surrounds one run of an operation.

use crate::{Clock, Principal};
use jiff::Timestamp;
use serde::Serialize;
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// How far a call has come.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Progress {
    /// From 0 to 1, where it can be told.
    pub fraction: Option<f64>,
    /// What is being done.
    pub message: String,
}

/// What surrounds one run of an operation: who called, until when, and where progress goes.
#[derive(Clone)]
pub struct Call {
    principal: Principal,
    surface: &'static str,
    clock: Arc<dyn Clock>,
    cancellation: CancellationToken,
    progress: watch::Sender<Progress>,
    longest: Option<Duration>,
}

impl Call {
    /// A call by `principal` that came in through `surface` (`cli`, `http`, …).
    #[must_use]
    pub fn new(principal: Principal, surface: &'static str, clock: Arc<dyn Clock>) -> Self {
        let (progress, _) = watch::channel(Progress::default());
        Self { principal, surface, clock, cancellation: CancellationToken::new(), progress, longest: None }
    }

    /// Lets the call run no longer than `longest`, where the operation's own deadline is later.
    #[must_use]
    pub fn within(mut self, longest: Duration) -> Self {
        self.longest = Some(longest);
        self
    }

    /// Who called.
    #[must_use]
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// Through which surface.
    #[must_use]
    pub fn surface(&self) -> &'static str {
        self.surface
    }

    /// The clock that this call goes by.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Tells whoever waits how far the work has come.
    pub fn progress(&self, fraction: Option<f64>, message: impl Into<String>) {
        self.progress.send_replace(Progress { fraction, message: message.into() });
    }

    /// A view of the progress, for the surface that waits.
    #[must_use]
    pub fn watch_progress(&self) -> watch::Receiver<Progress> {
        self.progress.subscribe()
    }

    /// The token by which the caller stops the call.
    #[must_use]
    pub fn cancellation(&self) -> &CancellationToken {
        &self.cancellation
    }

    /// How long the call may run, given what its operation allows.
    #[must_use]
    pub fn deadline(&self, operation: Duration) -> Duration {
        self.longest.map_or(operation, |longest| longest.min(operation))
    }
}
