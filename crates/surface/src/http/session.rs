//! Signing in and out, for people in browsers.

use super::{
    body, csrf,
    front::{Front, Peer},
    problem::Problem,
};
use crate::identity::{ActiveSession, SignedIn};
use axum::{
    Extension, Json,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use maru_kernel::{Error, ErrorKind, PrincipalKind, Result, Role};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::sync::Arc;

/// How long a browser keeps the cookie, in seconds. The session itself may end earlier.
const COOKIE_SECONDS: u32 = 7 * 24 * 3_600;

/// Name and password.
#[derive(Deserialize, Serialize, JsonSchema)]
pub(super) struct Password {
    /// The user's name.
    user: String,
    /// The user's password.
    #[schemars(extend("writeOnly" = true, "format" = "password"))]
    password: String,
}

/// The code of a one-time link.
#[derive(Deserialize, Serialize, JsonSchema)]
pub(super) struct Code {
    /// What stands behind `#code=` in the link.
    #[schemars(extend("writeOnly" = true))]
    code: String,
}

/// Who is signed in.
#[derive(Serialize, JsonSchema)]
pub(super) struct Session {
    /// The person.
    principal: SessionPrincipal,
    /// What requests that change something send as `X-Maru-Csrf`.
    csrf: String,
    /// When the session ends at the latest.
    #[schemars(extend("format" = "date-time"))]
    expires: String,
}

/// The person who is signed in.
#[derive(Serialize, JsonSchema)]
pub(super) struct SessionPrincipal {
    /// The user's name.
    name: String,
    /// What sort of caller.
    kind: PrincipalKind,
    /// What the person is allowed in general.
    role: Role,
}

impl From<ActiveSession> for Session {
    fn from(session: ActiveSession) -> Self {
        let principal = session.principal;
        Self {
            principal: SessionPrincipal { name: principal.name, kind: principal.kind, role: principal.role },
            csrf: session.csrf,
            expires: session.expires.to_string(),
        }
    }
}

/// Who is signed in.
pub(super) async fn show(State(front): State<Arc<Front>>, headers: HeaderMap) -> Result<Json<Session>, Problem> {
    let cookie = front
        .cookie_of(&headers)
        .ok_or_else(|| Error::new(ErrorKind::Unauthenticated, "MARU-0352", "Nobody is signed in.").next("Sign in."))?;
    Ok(Json(front.services.identity.session(&cookie).await?.into()))
}

/// Signs in by password.
pub(super) async fn sign_in(
    State(front): State<Arc<Front>>,
    Extension(peer): Extension<Peer>,
    request: Request,
) -> Result<Response, Problem> {
    let (headers, input) = read::<Password>(request).await?;
    let signed_in = front.services.identity.sign_in(&input.user, input.password, peer.0.ip()).await?;
    front.begun(&headers, signed_in).await
}

/// Signs in by the code of a one-time link.
pub(super) async fn sign_in_by_link(
    State(front): State<Arc<Front>>,
    Extension(peer): Extension<Peer>,
    request: Request,
) -> Result<Response, Problem> {
    let (headers, input) = read::<Code>(request).await?;
    let signed_in = front.services.identity.sign_in_by_link(&input.code, peer.0.ip()).await?;
    front.begun(&headers, signed_in).await
}

/// Signs out.
pub(super) async fn sign_out(State(front): State<Arc<Front>>, request: Request) -> Result<Response, Problem> {
    let (parts, _) = request.into_parts();
    front.caller(&parts).await?;
    if let Some(cookie) = front.cookie_of(&parts.headers) {
        front.services.identity.sign_out(&cookie).await?;
    }
    let gone = front.set_cookie("", 0);
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, gone)]).into_response())
}

/// What a sign-in sends. A page from elsewhere must not sign somebody in either: it would watch what that person does then.
async fn read<T: DeserializeOwned>(request: Request) -> Result<(HeaderMap, T), Problem> {
    let (parts, body) = request.into_parts();
    csrf::check_origin(&parts.uri, &parts.headers)?;
    let input = body::read_json(&parts.headers, body).await?;
    let input =
        serde_json::from_value(input).map_err(|error| Error::invalid("MARU-0359", "", format!("The sign-in cannot be read: {error}.")))?;
    Ok((parts.headers, input))
}

impl Front {
    /// Answers with the new session, and ends the one that the browser had before.
    async fn begun(&self, headers: &HeaderMap, signed_in: SignedIn) -> Result<Response, Problem> {
        if let Some(before) = self.cookie_of(headers) {
            self.services.identity.sign_out(&before).await?;
        }
        let cookie = self.set_cookie(&signed_in.secret, COOKIE_SECONDS);
        Ok(([(header::SET_COOKIE, cookie)], Json(Session::from(signed_in.session))).into_response())
    }

    fn set_cookie(&self, secret: &str, seconds: u32) -> String {
        let secure = if self.is_encrypted { "; Secure" } else { "" };
        format!("{}={secret}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}", self.cookie)
    }
}
