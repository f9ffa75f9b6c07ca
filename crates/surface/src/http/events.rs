//! Live events, as server-sent events.

use super::{front::Front, problem::Problem, traffic::Open};
use axum::{
    extract::{RawQuery, State},
    http::HeaderMap,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::{Stream, StreamExt, stream};
use maru_kernel::{Effect, Error, Result};
use maru_store::{Filter, Subscription};
use std::{convert::Infallible, sync::Arc, time::Duration};
use tokio::{sync::OwnedSemaphorePermit, time::Interval};

/// How many kinds and keys one stream may name.
const NAMES: usize = 200;
/// How often a stream asks again whether its reader may still come in.
const ASK_AGAIN: Duration = Duration::from_secs(60);
/// How soon a browser connects anew, in the stream's own terms.
const RECONNECT: Duration = Duration::from_secs(2);

/// Events as they happen: `?kind=…&key=…`, each repeatable or left out. A reader that is too slow gets `lagged`, and connects anew.
pub(super) async fn follow(State(front): State<Arc<Front>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Result<Response, Problem> {
    front.admit_reader(&headers).await?;
    let filter = filter(query.as_deref().unwrap_or_default())?;
    let following = Following {
        _place: front.place_for_stream()?,
        _open: front.traffic.stream(),
        subscription: front.services.bus.subscribe(filter),
        ask_again: tokio::time::interval_at(tokio::time::Instant::now() + ASK_AGAIN, ASK_AGAIN),
        headers,
        front,
    };
    let opening = stream::once(async { Ok::<_, Infallible>(Event::default().retry(RECONNECT).comment("open")) });
    Ok(Sse::new(opening.chain(following.told())).keep_alive(KeepAlive::default()).into_response())
}

fn filter(query: &str) -> Result<Filter> {
    let mut filter = Filter::default();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match name.as_ref() {
            "kind" => filter.kinds.push(value.into_owned()),
            "key" => filter.keys.push(value.into_owned()),
            _ => {
                return Err(Error::invalid("MARU-0357", name.as_ref(), format!("Events have no parameter `{name}`."))
                    .next("There are `kind` and `key`; each can be repeated."));
            }
        }
    }
    if filter.kinds.len() + filter.keys.len() > NAMES {
        return Err(Error::invalid("MARU-0358", "key", format!("A stream names at most {NAMES} kinds and keys.")));
    }
    Ok(filter)
}

impl Front {
    async fn admit_reader(&self, headers: &HeaderMap) -> Result<()> {
        let caller = self.reader(headers).await?;
        self.services.gate.admit("event.follow", Effect::Read, &self.call(caller.principal)).await
    }
}

/// A reader of live events.
struct Following {
    front: Arc<Front>,
    headers: HeaderMap,
    subscription: Subscription,
    ask_again: Interval,
    _place: OwnedSemaphorePermit,
    _open: Open,
}

impl Following {
    fn told(self) -> impl Stream<Item = Result<Event, Infallible>> {
        stream::unfold(Some(self), |following| async move {
            let mut following = following?;
            match following.next().await? {
                Next::Event(event) => Some((Ok(event), Some(following))),
                Next::Lagged => Some((Ok(Event::default().event("lagged").data("{}")), None)),
            }
        })
    }

    /// What to tell next; `None` when the server stops or the reader may no longer come in.
    async fn next(&mut self) -> Option<Next> {
        loop {
            tokio::select! {
                () = self.front.shutdown.cancelled() => return None,
                _ = self.ask_again.tick() => self.front.admit_reader(&self.headers).await.ok()?,
                event = self.subscription.next() => {
                    let Some(event) = event else { return Some(Next::Lagged) };
                    let data = serde_json::to_string(&*event).ok()?;
                    return Some(Next::Event(Event::default().event(event.kind).data(data)));
                }
            }
        }
    }
}

enum Next {
    Event(Event),
    Lagged,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_stream_is_narrowed_by_kinds_and_keys() {
        let filter = filter("kind=AnomalyOpened&kind=AnomalyClosed&key=00ff").unwrap();
        assert_eq!((filter.kinds.len(), filter.keys.as_slice()), (2, &["00ff".to_owned()][..]));
        insta::assert_snapshot!(super::filter("series=1").unwrap_err(), @"Events have no parameter `series`. [MARU-0357] There are `kind` and `key`; each can be repeated.");
        assert!(super::filter(&"key=a&".repeat(NAMES + 1)).is_err());
    }
}
