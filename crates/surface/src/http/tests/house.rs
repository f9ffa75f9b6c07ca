//! A small house to knock at: two operations of its own, identity on SQLite, and a fake watch.

use crate::{
    Catalogue,
    http::{
        Options, Services, Telemetry,
        front::{Front, Peer},
        router::router,
    },
    identity::{self, Identity},
};
use async_trait::async_trait;
use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode, header},
};
use bytes::Bytes;
use futures::StreamExt;
use maru_kernel::{Audit, AuditRecord, Call, Clock, Effect, Error, Gate, ManualClock, Operation, Principal, Registry, Result, RolePolicy};
use maru_store::{Bus, State};
use maru_watch::{Accepted, WireFormat};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

pub(super) const LOCAL_TOKEN: &str = "local-secret";
pub(super) const PASSWORD: &str = "correct horse battery";

/// Notes on the wall.
#[derive(Default)]
pub(super) struct Notes(AtomicU64);

/// Writes a note on the wall.
///
/// It stays there.
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub(super) struct WriteNote {
    /// What to write.
    text: String,
}

/// A note.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Note {
    /// Which one it is.
    number: u64,
    /// What it says.
    text: String,
    /// Who wrote it.
    by: Author,
}

/// Who wrote a note.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Author {
    /// The name.
    name: String,
}

impl Operation for WriteNote {
    const NAME: &'static str = "note.write";
    const EFFECT: Effect = Effect::Change;
    type Room = Notes;
    type Output = Note;

    async fn run(self, notes: &Notes, call: &Call) -> Result<Note> {
        call.progress(Some(0.5), "Sharpening the pencil");
        tokio::task::yield_now().await;
        let by = Author { name: call.principal().name.clone() };
        Ok(Note { number: notes.0.fetch_add(1, Ordering::Relaxed) + 1, text: self.text, by })
    }
}

/// Breaks the wall.
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub(super) struct BreakWall {}

impl Operation for BreakWall {
    const NAME: &'static str = "wall.break";
    const EFFECT: Effect = Effect::Read;
    type Room = Notes;
    type Output = Value;

    async fn run(self, _notes: &Notes, _call: &Call) -> Result<Value> {
        Err(Error::internal("MARU-0999", "the secret reason"))
    }
}

pub(super) fn registry_of_notes() -> Registry {
    let mut registry = Registry::new();
    registry.room(Arc::new(Notes::default())).operation::<WriteNote>().operation::<BreakWall>().done();
    registry
}

#[derive(Default)]
pub(super) struct FakeWatch {
    pub(super) answer: Mutex<Option<Result<Accepted>>>,
    pub(super) taken: Mutex<Vec<(Option<WireFormat>, usize)>>,
    /// Makes every batch wait until this can be locked.
    pub(super) hold: tokio::sync::Mutex<()>,
}

impl FakeWatch {
    pub(super) fn answers(&self, answer: Result<Accepted>) {
        *self.answer.lock().unwrap() = Some(answer);
    }

    async fn take(&self, format: Option<WireFormat>, bytes: usize) -> Result<Accepted> {
        let _held = self.hold.lock().await;
        self.taken.lock().unwrap().push((format, bytes));
        self.answer.lock().unwrap().clone().unwrap_or_else(|| Ok(accepted(1, 0)))
    }
}

pub(super) fn accepted(samples: u64, refused: u64) -> Accepted {
    let refusal = (refused > 0).then(|| "1 sample is too old, such as `up` [MARU-0201]".to_owned());
    Accepted { samples, histograms: 0, exemplars: 0, refused, refusal }
}

#[async_trait]
impl Telemetry for FakeWatch {
    async fn accept(&self, format: WireFormat, body: Bytes) -> Result<Accepted> {
        self.take(Some(format), body.len()).await
    }

    async fn accept_otlp(&self, message: ExportMetricsServiceRequest) -> Result<Accepted> {
        self.take(None, message.resource_metrics.len()).await
    }
}

struct NoAudit;

#[async_trait]
impl Audit for NoAudit {
    fn ready(&self) -> Result<()> {
        Ok(())
    }

    async fn record(&self, _record: AuditRecord) -> Result<()> {
        Ok(())
    }
}

pub(super) struct House {
    pub(super) router: Router,
    pub(super) services: Services,
    pub(super) watch: Arc<FakeWatch>,
    pub(super) clock: Arc<ManualClock>,
    pub(super) shutdown: CancellationToken,
    peer: &'static str,
    _folder: tempfile::TempDir,
}

impl House {
    pub(super) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(super) async fn with(change: impl FnOnce(&mut Options)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("state.db").display());
        let state = Arc::new(State::open(&url, identity::migrations).await.unwrap());
        let clock = Arc::new(ManualClock::at("2026-03-01T00:00:00Z".parse().unwrap()));
        let identity = Arc::new(Identity::new(state, clock.clone()));
        let catalogue = Catalogue::new();
        let mut registry = registry_of_notes();
        crate::register(&mut registry, identity.clone(), catalogue.clone());
        let registry = Arc::new(registry);
        catalogue.bind(&registry);
        let watch = Arc::new(FakeWatch::default());
        let services = Services {
            gate: Arc::new(Gate::new(registry, Arc::new(RolePolicy), Arc::new(NoAudit))),
            identity,
            watch: watch.clone(),
            bus: Bus::new(),
            clock: clock.clone(),
            figures: Vec::new(),
            ready: Arc::new(|| Ok(())),
            local_token: Some(LOCAL_TOKEN.into()),
        };
        let mut options = Options::at("127.0.0.1:7171".parse().unwrap());
        change(&mut options);
        let shutdown = CancellationToken::new();
        let front = Arc::new(Front::new(&options, options.listen, services.clone(), shutdown.clone()));
        Self { router: router(front), services, watch, clock, shutdown, peer: "127.0.0.1:50000", _folder: folder }
    }

    /// The same house, seen by somebody elsewhere.
    pub(super) fn seen_from(mut self, peer: &'static str) -> Self {
        self.peer = peer;
        self
    }

    pub(super) async fn send(&self, mut request: Request<Body>) -> Answer {
        request.extensions_mut().insert(Peer(self.peer.parse().unwrap()));
        let headers = request.headers_mut();
        if !headers.contains_key(header::HOST) {
            headers.insert(header::HOST, "localhost:7171".parse().unwrap());
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        Answer { status: response.status(), headers: response.headers().clone(), body: response.into_body() }
    }

    /// Adds the user `kim`, and gives what a browser in which `kim` is signed in sends.
    pub(super) async fn signed_in(&self) -> Browser {
        let call = Call::new(Principal::local(), "test", self.clock.clone());
        let input = serde_json::json!({"name": "kim", "role": "member", "password": PASSWORD});
        self.services.gate.call("user.create", input, &call).await.unwrap();
        let answer = self.send(post("/api/v1/session", &format!(r#"{{"user":"kim","password":"{PASSWORD}"}}"#))).await;
        assert_eq!(answer.status, StatusCode::OK);
        let cookie = answer.cookie();
        let csrf = answer.json().await["csrf"].as_str().unwrap().to_owned();
        Browser { cookie, csrf }
    }

    /// A token of `local`'s.
    pub(super) async fn token(&self, scope: &str) -> String {
        let call = Call::new(Principal::local(), "test", self.clock.clone());
        let input = serde_json::json!({"name": "test", "scope": scope});
        let created = self.services.gate.call("token.create", input, &call).await.unwrap();
        created["token"].as_str().unwrap().to_owned()
    }

    pub(super) fn after(&self, seconds: i64) {
        self.clock.set(self.clock.now() + jiff::SignedDuration::from_secs(seconds));
    }
}

/// What a browser keeps.
pub(super) struct Browser {
    pub(super) cookie: String,
    pub(super) csrf: String,
}

impl Browser {
    /// Has a request carry the cookie and the secret.
    pub(super) fn sends(&self, request: Request<Body>) -> Request<Body> {
        with(with(request, "cookie", &self.cookie), "x-maru-csrf", &self.csrf)
    }
}

pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    body: Body,
}

impl Answer {
    pub(super) async fn bytes(self) -> Bytes {
        axum::body::to_bytes(self.body, usize::MAX).await.unwrap()
    }

    pub(super) async fn text(self) -> String {
        String::from_utf8(self.bytes().await.to_vec()).unwrap()
    }

    pub(super) async fn json(self) -> Value {
        serde_json::from_slice(&self.bytes().await).unwrap()
    }

    /// Status, code and detail of a problem.
    pub(super) async fn problem(self) -> String {
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/problem+json");
        let status = self.status.as_u16();
        let problem = self.json().await;
        assert_eq!(problem["status"], status);
        format!("{status} {} {}", problem["code"].as_str().unwrap(), problem["detail"].as_str().unwrap())
    }

    /// The next part of a stream, or `None` at its end.
    pub(super) async fn part(&mut self) -> Option<String> {
        let body = std::mem::replace(&mut self.body, Body::empty());
        let mut stream = body.into_data_stream();
        let part = stream.next().await;
        self.body = Body::from_stream(stream);
        part.map(|part| String::from_utf8(part.unwrap().to_vec()).unwrap())
    }

    /// Name and value of the cookie that was set.
    pub(super) fn cookie(&self) -> String {
        self.headers[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned()
    }
}

pub(super) fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).unwrap()
}

pub(super) fn post(path: &str, json: &str) -> Request<Body> {
    Request::post(path).header(header::CONTENT_TYPE, "application/json").body(Body::from(json.to_owned())).unwrap()
}

pub(super) fn with(mut request: Request<Body>, name: &'static str, value: &str) -> Request<Body> {
    request.headers_mut().insert(name, value.parse().unwrap());
    request
}

pub(super) fn by_token(request: Request<Body>, token: &str) -> Request<Body> {
    with(request, "authorization", &format!("Bearer {token}"))
}
