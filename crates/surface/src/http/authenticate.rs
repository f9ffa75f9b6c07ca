//! Who calls: a person by cookie, or a program by token.

use super::{
    csrf,
    front::{Front, Peer},
};
use crate::identity::{self, ActiveSession};
use axum::http::{HeaderMap, header, request::Parts};
use base64::{Engine, prelude::BASE64_STANDARD};
use maru_kernel::{Error, ErrorKind, Principal, Result};

/// Who calls.
pub(super) struct Caller {
    pub(super) principal: Principal,
    /// The session, where the caller is a person in a browser.
    pub(super) session: Option<ActiveSession>,
}

impl Front {
    /// Who calls, for what changes nothing.
    pub(super) async fn reader(&self, headers: &HeaderMap) -> Result<Caller> {
        if headers.contains_key(header::AUTHORIZATION) {
            let principal = self.bearer(headers).await?;
            return Ok(Caller { principal, session: None });
        }
        let cookie = self.cookie_of(headers).ok_or_else(|| {
            Error::new(ErrorKind::Unauthenticated, "MARU-0352", "Nobody is signed in.")
                .next("Sign in, or send a token: `Authorization: Bearer maru_…`.")
        })?;
        let session = self.services.identity.session(&cookie).await?;
        Ok(Caller { principal: session.principal.clone(), session: Some(session) })
    }

    /// Who calls, for what may change something: a browser must show that one of Maru's own pages sent it.
    pub(super) async fn caller(&self, parts: &Parts) -> Result<Caller> {
        if !parts.headers.contains_key(header::AUTHORIZATION) {
            csrf::check_origin(&parts.uri, &parts.headers)?;
        }
        let caller = self.reader(&parts.headers).await?;
        if let Some(session) = &caller.session {
            csrf::check_secret(&parts.headers, session)?;
        }
        Ok(caller)
    }

    /// Which program calls: by token, as bearer or as the password of any name. `None` when it carries no credential.
    pub(super) async fn program(&self, headers: &HeaderMap) -> Result<Option<Principal>> {
        if let Some(token) = basic(headers) {
            return self.principal_of(&token).await.map(Some);
        }
        if headers.contains_key(header::AUTHORIZATION) {
            return self.bearer(headers).await.map(Some);
        }
        Ok(None)
    }

    async fn bearer(&self, headers: &HeaderMap) -> Result<Principal> {
        let token = credential(headers, "bearer").ok_or_else(|| {
            Error::new(ErrorKind::Unauthenticated, "MARU-0354", "The header `Authorization` is not understood.")
                .next("Write it as `Authorization: Bearer maru_…`.")
        })?;
        self.principal_of(token).await
    }

    async fn principal_of(&self, token: &str) -> Result<Principal> {
        match &self.services.local_token {
            Some(local) if identity::same(local, token) => Ok(Principal::local()),
            _ => self.services.identity.principal_of_token(token).await,
        }
    }

    /// What the session's cookie holds.
    pub(super) fn cookie_of(&self, headers: &HeaderMap) -> Option<String> {
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(';'));
        cookies.filter_map(|cookie| cookie.trim().split_once('=')).find(|(name, _)| *name == self.cookie).map(|(_, value)| value.to_owned())
    }
}

fn credential<'h>(headers: &'h HeaderMap, scheme: &str) -> Option<&'h str> {
    let (given, credential) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    given.eq_ignore_ascii_case(scheme).then_some(credential.trim())
}

/// The password of HTTP's basic authentication, which many senders of metrics can do and nothing else.
fn basic(headers: &HeaderMap) -> Option<String> {
    let decoded = BASE64_STANDARD.decode(credential(headers, "basic")?).ok()?;
    let (_, password) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    Some(password.to_owned())
}

/// Whether the request comes from a program on this very machine: not from a page in a browser, and not sent on by a proxy, whose peers
/// are elsewhere.
pub(super) fn is_neighbour(headers: &HeaderMap, peer: Peer) -> bool {
    let is_forwarded =
        [header::FORWARDED.as_str(), header::VIA.as_str(), "x-forwarded-for", "x-real-ip"].iter().any(|name| headers.contains_key(*name));
    peer.0.ip().to_canonical().is_loopback() && !is_forwarded && !csrf::is_from_a_page(headers)
}

/// The refusal of a program that carries no credential.
pub(super) fn token_needed(scope: &str) -> Error {
    Error::new(ErrorKind::Unauthenticated, "MARU-0353", "A token is needed.")
        .next(format!("Create one with `maru token create NAME --scope {scope}`, and send it as `Authorization: Bearer maru_…`."))
}
