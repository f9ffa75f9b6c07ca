//! The one path that every call takes: authorize, run under a deadline, audit.

use crate::{Authorize, Call, Effect, Entry, Error, ErrorKind, Principal, Registry, Result, redact};
use async_trait::async_trait;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was not allowed; nothing ran.
    Denied,
    /// It ran to its end.
    Succeeded,
    /// It failed with this code.
    Failed(&'static str),
}

/// One call, as it is written down. Secrets are already taken out of `input`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AuditRecord {
    /// When the call came in.
    pub time: Timestamp,
    /// Who called.
    pub principal: Principal,
    /// Through which surface.
    pub surface: &'static str,
    /// What was called.
    pub operation: String,
    /// With which input.
    pub input: Value,
    /// How it ended.
    pub outcome: Outcome,
    /// How long it ran.
    pub duration_ms: i64,
}

/// Where records of calls go.
#[async_trait]
pub trait Audit: Send + Sync {
    /// Refuses when a record could not be kept right now. Asked before anything is changed.
    ///
    /// # Errors
    /// With [`ErrorKind::Unavailable`].
    fn ready(&self) -> Result<()>;

    /// Keeps a record.
    ///
    /// # Errors
    /// When it could not be kept.
    async fn record(&self, record: AuditRecord) -> Result<()>;
}

/// The one path that every call takes.
pub struct Gate {
    registry: Arc<Registry>,
    policy: Arc<dyn Authorize>,
    audit: Arc<dyn Audit>,
}

impl Gate {
    /// A gate in front of `registry`.
    #[must_use]
    pub fn new(registry: Arc<Registry>, policy: Arc<dyn Authorize>, audit: Arc<dyn Audit>) -> Self {
        Self { registry, policy, audit }
    }

    /// What can be called.
    #[must_use]
    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// Calls the operation `name`. Whatever happens, one audit record tells of it.
    ///
    /// # Errors
    /// When there is no such operation, the caller may not, the input is wrong, the deadline passes, or the operation itself fails.
    pub async fn call(&self, name: &str, input: Value, call: &Call) -> Result<Value> {
        let entry = self.registry.find(name)?;
        let mut record = AuditRecord {
            time: call.now(),
            principal: call.principal().clone(),
            surface: call.surface(),
            operation: name.to_owned(),
            input: redact(&input, &entry.input),
            outcome: Outcome::Succeeded,
            duration_ms: 0,
        };
        let result = self.authorize_and_run(entry, input, call).await;
        record.outcome = match &result {
            Ok(_) => Outcome::Succeeded,
            Err(error) if error.kind == ErrorKind::Denied => Outcome::Denied,
            Err(error) => Outcome::Failed(error.code),
        };
        record.duration_ms = call.now().as_millisecond() - record.time.as_millisecond();
        if let Err(error) = self.audit.record(record).await {
            tracing::error!(operation = name, %error, "the audit record could not be kept");
        }
        result
    }

    /// Asks for permission on behalf of a listener that speaks a protocol of its own, such as remote write. Only refusals are audited:
    /// one record for each of a million batches would bury the rest.
    ///
    /// # Errors
    /// With [`ErrorKind::Denied`].
    pub async fn admit(&self, action: &str, effect: Effect, call: &Call) -> Result<()> {
        let decision = self.policy.authorize(call.principal(), action, effect);
        if decision.is_err() {
            let record = AuditRecord {
                time: call.now(),
                principal: call.principal().clone(),
                surface: call.surface(),
                operation: action.to_owned(),
                input: Value::Null,
                outcome: Outcome::Denied,
                duration_ms: 0,
            };
            if let Err(error) = self.audit.record(record).await {
                tracing::error!(action, %error, "the audit record could not be kept");
            }
        }
        decision
    }

    async fn authorize_and_run(&self, entry: &Entry, input: Value, call: &Call) -> Result<Value> {
        self.policy.authorize(call.principal(), entry.name, entry.effect)?;
        let running = entry.invoke(input, call)?;
        if entry.effect != Effect::Read {
            self.audit.ready()?;
        }
        let deadline = call.deadline(entry.deadline);
        tokio::select! {
            () = call.cancellation().cancelled() => {
                Err(Error::new(ErrorKind::Cancelled, "MARU-0006", format!("`{}` was stopped.", entry.name)))
            }
            ended = tokio::time::timeout(deadline, running) => ended.unwrap_or_else(|_| {
                Err(Error::new(
                    ErrorKind::Deadline,
                    "MARU-0005",
                    format!("`{}` took longer than {} s.", entry.name, deadline.as_secs()),
                )
                .next("Ask for less, such as a shorter time range."))
            }),
        }
    }
}
