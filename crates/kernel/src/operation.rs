//! One typed thing that can be done.

use crate::{Call, Result};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use std::{future::Future, time::Duration};

/// What an operation does to the world. Permission, approval and the annotations of tools follow from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Changes nothing.
    Read,
    /// Changes something that can be changed back.
    Change,
    /// Removes something for good, or decides who may do what.
    Destroy,
}

/// One typed thing that can be done, written once and offered on every surface.
///
/// The struct that implements it is the command line's flags, the HTTP body, the OpenAPI schema, and what the audit record holds. Its doc
/// comment is the summary that people read. Mark a field that holds a secret with `#[schemars(extend("writeOnly" = true))]`: it then
/// reaches the operation and nothing else.
pub trait Operation: clap::Args + Serialize + DeserializeOwned + JsonSchema + Send + Sized + 'static {
    /// `noun.verb`, in lower case.
    const NAME: &'static str;
    /// What it does to the world.
    const EFFECT: Effect;
    /// Whether `maru <noun>` alone means this verb.
    const IS_DEFAULT_VERB: bool = false;
    /// How long it may run.
    const DEADLINE: Duration = Duration::from_secs(30);
    /// Whole command lines that show its use, without `maru` in front.
    const EXAMPLES: &'static [&'static str] = &[];
    /// The capability that it belongs to, and all that it may touch.
    type Room: Send + Sync + 'static;
    /// What it answers.
    type Output: Serialize + JsonSchema + Send + 'static;

    /// Does it. Long work reports through [`Call::progress`] and stops soon after [`Call::cancelled`].
    fn run(self, room: &Self::Room, call: &Call) -> impl Future<Output = Result<Self::Output>> + Send;
}
