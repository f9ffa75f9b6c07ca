//! The one route to every operation.

use super::{body, front::Front, problem::Problem};
use axum::{
    Json,
    extract::{Path, Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::{Stream, stream};
use maru_kernel::{Error, Progress, Result};
use serde::Serialize;
use serde_json::Value;
use std::{convert::Infallible, sync::Arc};
use tokio::{
    sync::{OwnedSemaphorePermit, watch},
    task::JoinHandle,
};
use tokio_util::sync::DropGuard;

/// Calls `noun.verb` through the gate. Who accepts `text/event-stream` is told how far it has come while it runs.
pub(super) async fn call(
    State(front): State<Arc<Front>>,
    Path((noun, verb)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let caller = front.caller(&parts).await?;
    let name = format!("{noun}.{verb}");
    front.services.gate.registry().find(&name)?;
    let place = front.place_for_call()?;
    let input = body::read_json(&parts.headers, body).await?;
    let call = front.call(caller.principal);
    // It runs apart from this request, so that it ends in order, with its audit record, when the caller goes away.
    let running = Running {
        progress: call.watch_progress(),
        _stop: call.cancellation().clone().drop_guard(),
        task: tokio::spawn({
            let front = front.clone();
            async move { front.services.gate.call(&name, input, &call).await }
        }),
        _place: place,
    };
    if accepts_events(&parts.headers) {
        return Ok(Sse::new(running.told()).keep_alive(KeepAlive::default()).into_response());
    }
    Ok(Json(running.ended().await?).into_response())
}

fn accepts_events(headers: &HeaderMap) -> bool {
    headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).any(|value| value.contains("text/event-stream"))
}

/// An operation that runs. It is stopped when this is dropped.
struct Running {
    progress: watch::Receiver<Progress>,
    task: JoinHandle<Result<Value>>,
    _stop: DropGuard,
    _place: OwnedSemaphorePermit,
}

impl Running {
    async fn ended(mut self) -> Result<Value> {
        self.result().await
    }

    async fn result(&mut self) -> Result<Value> {
        (&mut self.task).await.unwrap_or_else(|error| Err(Error::internal("MARU-0356", format!("An operation broke down: {error}."))))
    }

    fn told(self) -> impl Stream<Item = Result<Event, Infallible>> {
        stream::unfold(Some(self), |running| async move {
            let mut running = running?;
            match running.news().await {
                Some(progress) => Some((Ok(event("progress", &progress)), Some(running))),
                None => Some((Ok(last(running.result().await)), None)),
            }
        })
    }

    /// The next progress, or `None` when the end has come.
    async fn news(&mut self) -> Option<Progress> {
        self.progress.changed().await.ok()?;
        Some(self.progress.borrow_and_update().clone())
    }
}

fn last(result: Result<Value>) -> Event {
    match result {
        Ok(output) => event("result", &output),
        Err(error) => event("error", &Problem::from(error).body()),
    }
}

fn event(name: &str, data: &impl Serialize) -> Event {
    let event = Event::default().event(name);
    match serde_json::to_string(data) {
        Ok(data) => event.data(data),
        Err(_) => Event::default().event("error").data(
            serde_json::to_string(&Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "MARU-0356", "The answer could not be written.").body())
                .unwrap_or_default(),
        ),
    }
}
