//! The ways in: the command line, the HTTP API with its console, and who may come in by them. Thin adaptors over the registry of operations.
//!
//! Turns a protocol's request into a call through the gate, and the answer back into the protocol. Holds no per-operation code: a new
//! operation appears on every surface by itself. Must never touch a room other than identity's, nor let anything run that did not pass
//! the gate.

mod catalogue;
pub mod cli;
pub mod http;
pub mod identity;

pub use catalogue::{Catalogue, ListOperations, OperationView, Operations};

use maru_kernel::Registry;
use std::sync::Arc;

/// Adds the operations and tables of this crate. Call [`Catalogue::bind`] once the registry is complete.
pub fn register(registry: &mut Registry, identity: Arc<identity::Identity>, catalogue: Arc<Catalogue>) {
    identity::register(registry, identity);
    registry.room(catalogue).operation::<ListOperations>().done();
}

/// Adds them to a registry that only describes what there is.
pub fn describe(registry: &mut Registry) {
    identity::describe(registry);
    registry.catalogue::<Catalogue>().operation::<ListOperations>().done();
}
