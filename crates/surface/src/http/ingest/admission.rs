//! Who may send metrics in, and how many at a time.

use crate::http::{
    authenticate::{is_neighbour, token_needed},
    front::{Front, Peer},
    problem::Problem,
};
use axum::http::{HeaderMap, StatusCode};
use maru_kernel::{Effect, Error, ErrorKind, Principal, PrincipalKind, Result, Role, Scope};
use tokio::sync::OwnedSemaphorePermit;

/// What the gate knows this by.
const ACTION: &str = "metrics.write";

impl Front {
    /// Lets a sender in, before anything of the body is read: a place among those that are worked on, held until the answer is there.
    pub(super) async fn admit_write(&self, headers: &HeaderMap, peer: Peer) -> Result<OwnedSemaphorePermit> {
        let principal = match self.program(headers).await? {
            Some(principal) => principal,
            None if self.open_ingest_on_loopback && is_neighbour(headers, peer) => neighbour(),
            None => return Err(token_needed("ingest")),
        };
        self.services.gate.admit(ACTION, Effect::Change, &self.call(principal)).await?;
        self.place_for_write()
    }
}

/// Some program on this machine.
fn neighbour() -> Principal {
    Principal { name: "loopback".into(), kind: PrincipalKind::Service, role: Role::Member, scope: Scope::Ingest }
}

/// An error as senders of metrics understand it: a body that is wrong is 400 there.
pub(super) fn problem(error: Error) -> Problem {
    let is_invalid = error.kind == ErrorKind::Invalid;
    let problem = Problem::from(error);
    if is_invalid { problem.with_status(StatusCode::BAD_REQUEST) } else { problem }
}
