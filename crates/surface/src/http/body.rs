//! Reads the bodies of requests, bounded in size and in time.

use super::problem::Problem;
use axum::{
    body::{Body, BodyDataStream, HttpBody},
    http::{HeaderMap, StatusCode, header},
};
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use serde_json::Value;
use std::time::Duration;

/// The largest body of an operation, in bytes.
const OPERATION_BYTES: usize = 1 << 20;
/// How long a body may take to come in.
const PATIENCE: Duration = Duration::from_secs(30);
/// How much of a body that is too large is let through to nowhere, in bytes, and for how long.
const HEARD_OUT_BYTES: usize = 64 << 20;
const HEARD_OUT: Duration = Duration::from_secs(2);

/// The whole body, if it is no larger than `limit` bytes and comes in time.
pub(super) async fn read(body: Body, limit: usize) -> Result<Bytes, Problem> {
    if body.size_hint().lower() > limit as u64 {
        return Err(refuse(body, too_large(limit)).await);
    }
    tokio::time::timeout(PATIENCE, collect(body, limit)).await.unwrap_or_else(|_| {
        Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "MARU-0364", format!("The body did not come in within {} s.", PATIENCE.as_secs())))
    })
}

async fn collect(body: Body, limit: usize) -> Result<Bytes, Problem> {
    let mut parts = body.into_data_stream();
    let mut whole = BytesMut::new();
    while let Some(part) = parts.next().await {
        let part = part.map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "MARU-0365", "The body broke off."))?;
        if whole.len() + part.len() > limit {
            hear_out(parts).await;
            return Err(too_large(limit));
        }
        whole.extend_from_slice(&part);
    }
    Ok(whole.freeze())
}

/// `problem`, once the sender of a body that nobody will read had the time to finish.
pub(super) async fn refuse(body: Body, problem: Problem) -> Problem {
    hear_out(body.into_data_stream()).await;
    problem
}

/// Lets a sender finish for a while, keeping nothing. A connection that is closed while it still sends takes the answer with it.
async fn hear_out(mut parts: BodyDataStream) {
    let mut left = HEARD_OUT_BYTES;
    let listen = async {
        while let Some(Ok(part)) = parts.next().await {
            left = left.saturating_sub(part.len());
            if left == 0 {
                return;
            }
        }
    };
    let _ = tokio::time::timeout(HEARD_OUT, listen).await;
}

/// A JSON body. An empty one stands for `{}`.
pub(super) async fn read_json(headers: &HeaderMap, body: Body) -> Result<Value, Problem> {
    let bytes = read(body, OPERATION_BYTES).await?;
    if bytes.is_empty() {
        return Ok(Value::Object(serde_json::Map::new()));
    }
    if media_type(headers).as_deref() != Some("application/json") {
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "MARU-0366", "The body is to be of type `application/json`."));
    }
    serde_json::from_slice(&bytes)
        .map_err(|error| Problem::new(StatusCode::BAD_REQUEST, "MARU-0367", format!("The body is no JSON: {error}.")))
}

/// The type of the body, in lower case and without parameters.
pub(super) fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

fn too_large(limit: usize) -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "MARU-0368", format!("The body is larger than {limit} bytes."))
        .next("Send it in smaller parts.")
}
