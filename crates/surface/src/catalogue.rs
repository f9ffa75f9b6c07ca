//! What there is to call, as an operation like all others.

use maru_kernel::{Call, Effect, Error, Operation, Registry, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::{Arc, OnceLock, Weak};

/// The room that knows the registry. The registry holds its rooms, so this one is told of the registry when that is complete, and does
/// not keep it alive.
#[derive(Default)]
pub struct Catalogue(OnceLock<Weak<Registry>>);

impl Catalogue {
    /// A catalogue that knows nothing yet.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Tells it what there is. Only the first time counts.
    pub fn bind(&self, registry: &Arc<Registry>) {
        let _ = self.0.set(Arc::downgrade(registry));
    }
}

/// Lists every operation that can be called, with its schemas.
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct ListOperations {}

/// Every operation that can be called.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Operations {
    /// By name.
    pub operations: Vec<OperationView>,
}

/// One operation.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OperationView {
    /// `noun.verb`.
    pub name: String,
    /// What it does to the world.
    pub effect: Effect,
    /// What it does, in a line.
    pub summary: String,
    /// Whole command lines that show its use, without `maru` in front.
    pub examples: Vec<String>,
    /// How long it may run, in seconds.
    pub deadline_seconds: u64,
    /// JSON Schema 2020-12 of its input.
    pub input: Value,
    /// JSON Schema 2020-12 of its output.
    pub output: Value,
}

impl Operation for ListOperations {
    const NAME: &'static str = "operation.list";
    const EFFECT: Effect = Effect::Read;
    const IS_DEFAULT_VERB: bool = true;
    const EXAMPLES: &'static [&'static str] = &["operation list", "operation list --output json"];
    type Room = Catalogue;
    type Output = Operations;

    async fn run(self, catalogue: &Catalogue, _call: &Call) -> Result<Operations> {
        let registry = catalogue
            .0
            .get()
            .and_then(Weak::upgrade)
            .ok_or_else(|| Error::internal("MARU-0345", "The catalogue of operations was not bound to the registry."))?;
        let operations = registry
            .operations()
            .map(|entry| OperationView {
                name: entry.name.to_owned(),
                effect: entry.effect,
                summary: entry.summary.clone(),
                examples: entry.examples.iter().map(|&example| example.to_owned()).collect(),
                deadline_seconds: entry.deadline.as_secs(),
                input: entry.input.clone(),
                output: entry.output.clone(),
            })
            .collect();
        Ok(Operations { operations })
    }
}
