//! Identity on a real database.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::{Identity, migrations, register};
use async_trait::async_trait;
use jiff::SignedDuration;
use maru_kernel::{
    Audit, AuditRecord, Call, Clock, ErrorKind, Gate, ManualClock, Principal, PrincipalKind, Registry, Result, Role, RolePolicy, Scope,
};
use maru_store::State;
use serde_json::{Value, json};
use std::{
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, Mutex},
};

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const PASSWORD: &str = "correct horse battery";

#[derive(Default)]
struct Records(Mutex<Vec<AuditRecord>>);

#[async_trait]
impl Audit for Records {
    fn ready(&self) -> Result<()> {
        Ok(())
    }

    async fn record(&self, record: AuditRecord) -> Result<()> {
        self.0.lock().unwrap().push(record);
        Ok(())
    }
}

struct Door {
    identity: Arc<Identity>,
    gate: Gate,
    records: Arc<Records>,
    clock: Arc<ManualClock>,
    _folder: tempfile::TempDir,
}

impl Door {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("state.db").display());
        let state = Arc::new(State::open(&url, migrations).await.unwrap());
        let clock = Arc::new(ManualClock::at("2026-03-01T00:00:00Z".parse().unwrap()));
        let identity = Arc::new(Identity::new(state, clock.clone()));
        let mut registry = Registry::new();
        register(&mut registry, identity.clone());
        let records = Arc::new(Records::default());
        let gate = Gate::new(Arc::new(registry), Arc::new(RolePolicy), records.clone());
        Self { identity, gate, records, clock, _folder: folder }
    }

    async fn call(&self, principal: &Principal, name: &str, input: Value) -> Result<Value> {
        self.gate.call(name, input, &Call::new(principal.clone(), "test", self.clock.clone())).await
    }

    async fn add(&self, name: &str, role: &str) -> Principal {
        self.call(&Principal::local(), "user.create", json!({"name": name, "role": role, "password": PASSWORD})).await.unwrap();
        self.identity.sign_in(name, PASSWORD.into(), HERE).await.unwrap().session.principal
    }

    fn after(&self, hours: i64) {
        self.clock.set(self.clock.now() + SignedDuration::from_hours(hours));
    }
}

#[tokio::test]
async fn a_token_is_shown_once_and_works_until_it_does_not() {
    let door = Door::new().await;
    let kim = door.add("kim", "member").await;
    let created = door.call(&kim, "token.create", json!({"name": "ci", "scope": "change", "expires": "1d"})).await.unwrap();
    let token = created["token"].as_str().unwrap();
    assert!(token.starts_with("maru_") && token.len() == 48);
    assert_eq!(created["expires"], "2026-03-02T00:00:00Z");
    let principal = door.identity.principal_of_token(token).await.unwrap();
    assert_eq!(principal, Principal { name: "kim/ci".into(), kind: PrincipalKind::Service, role: Role::Member, scope: Scope::Change });
    let list = door.call(&kim, "token.list", json!({})).await.unwrap();
    assert_eq!(list["tokens"][0]["last_used"], "2026-03-01T00:00:00Z");
    assert!(!list.to_string().contains(token));

    door.after(25);
    assert_eq!(door.identity.principal_of_token(token).await.unwrap_err().kind, ErrorKind::Unauthenticated);

    let created = door.call(&kim, "token.create", json!({"name": "ci"})).await.unwrap();
    let token = created["token"].as_str().unwrap();
    door.identity.principal_of_token(token).await.unwrap();
    door.call(&kim, "token.revoke", json!({"id": created["id"]})).await.unwrap();
    assert_eq!(door.identity.principal_of_token(token).await.unwrap_err().kind, ErrorKind::Unauthenticated);
}

#[tokio::test]
async fn a_token_begets_none_that_may_do_more() {
    let door = Door::new().await;
    let kim = door.add("kim", "member").await;
    let created = door.call(&kim, "token.create", json!({"name": "ci", "scope": "change"})).await.unwrap();
    let token = door.identity.principal_of_token(created["token"].as_str().unwrap()).await.unwrap();
    let refused = door.call(&token, "token.create", json!({"name": "more", "scope": "admin"})).await.unwrap_err();
    insta::assert_snapshot!(refused, @"A credential with scope `change` creates no token with scope `admin`. [MARU-0321] Choose a smaller scope.");
    let child = door.call(&token, "token.create", json!({"name": "child", "scope": "change"})).await.unwrap();
    assert_eq!(door.identity.principal_of_token(child["token"].as_str().unwrap()).await.unwrap().name, "kim/child");
}

#[tokio::test]
async fn members_see_and_touch_only_what_is_theirs() {
    let door = Door::new().await;
    let (kim, lee, boss) = (door.add("kim", "member").await, door.add("lee", "member").await, door.add("boss", "admin").await);
    let of_kim = door.call(&kim, "token.create", json!({"name": "ci"})).await.unwrap();
    assert_eq!(door.call(&lee, "token.list", json!({})).await.unwrap()["tokens"].as_array().unwrap().len(), 0);
    assert_eq!(door.call(&lee, "token.revoke", json!({"id": of_kim["id"]})).await.unwrap_err().kind, ErrorKind::NotFound);
    assert_eq!(door.call(&lee, "session.list", json!({})).await.unwrap()["sessions"].as_array().unwrap().len(), 1);
    assert_eq!(door.call(&lee, "user.create", json!({"name": "x"})).await.unwrap_err().kind, ErrorKind::Denied);
    assert_eq!(door.call(&lee, "sign-in.link", json!({})).await.unwrap_err().kind, ErrorKind::Denied);
    let other = json!({"name": "kim", "password": "another long one"});
    assert_eq!(door.call(&lee, "user.set-password", other.clone()).await.unwrap_err().kind, ErrorKind::Denied);
    assert_eq!(door.call(&boss, "token.list", json!({})).await.unwrap()["tokens"].as_array().unwrap().len(), 1);
    door.call(&boss, "user.set-password", other).await.unwrap();
    door.identity.sign_in("kim", "another long one".into(), HERE).await.unwrap();
}

#[tokio::test]
async fn a_new_password_needs_the_old_one_and_ends_all_sessions() {
    let door = Door::new().await;
    let kim = door.add("kim", "member").await;
    let signed_in = door.identity.sign_in("kim", PASSWORD.into(), HERE).await.unwrap();
    let new = "another long one";
    let missing = door.call(&kim, "user.set-password", json!({"name": "kim", "password": new})).await.unwrap_err();
    assert_eq!(missing.field.as_deref(), Some("current"));
    let wrong = door.call(&kim, "user.set-password", json!({"name": "kim", "password": new, "current": "wrong"})).await.unwrap_err();
    insta::assert_snapshot!(wrong, @"The current password is another one. [MARU-0316]");
    door.identity.session(&signed_in.secret).await.unwrap();
    door.call(&kim, "user.set-password", json!({"name": "kim", "password": new, "current": PASSWORD})).await.unwrap();
    assert_eq!(door.identity.session(&signed_in.secret).await.unwrap_err().kind, ErrorKind::Unauthenticated);
    let records = door.records.0.lock().unwrap();
    assert!(records.iter().all(|record| !record.input.to_string().contains(new) && !record.input.to_string().contains(PASSWORD)));
}

#[tokio::test]
async fn sessions_end_by_idleness_and_by_age() {
    let door = Door::new().await;
    door.add("kim", "member").await;
    let signed_in = door.identity.sign_in("kim", PASSWORD.into(), HERE).await.unwrap();
    for _ in 0..15 {
        door.after(11);
        door.identity.session(&signed_in.secret).await.unwrap();
    }
    door.after(4);
    assert_eq!(door.identity.session(&signed_in.secret).await.unwrap_err().kind, ErrorKind::Unauthenticated);
    let signed_in = door.identity.sign_in("kim", PASSWORD.into(), HERE).await.unwrap();
    door.after(12);
    assert_eq!(door.identity.session(&signed_in.secret).await.unwrap_err().kind, ErrorKind::Unauthenticated);
    let boss = door.add("boss", "admin").await;
    let sessions = door.call(&boss, "session.list", json!({})).await.unwrap();
    assert_eq!(sessions["sessions"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_session_can_be_ended_from_elsewhere() {
    let door = Door::new().await;
    let kim = door.add("kim", "member").await;
    let sessions = door.call(&kim, "session.list", json!({})).await.unwrap();
    let id = sessions["sessions"][0]["id"].clone();
    door.call(&kim, "session.revoke", json!({"id": id})).await.unwrap();
    assert_eq!(door.call(&kim, "session.list", json!({})).await.unwrap(), json!({"sessions": []}));
}

#[tokio::test]
async fn sessions_of_one_user_are_limited() {
    let door = Door::new().await;
    let kim = door.add("kim", "member").await;
    for minute in 0..40 {
        door.clock.set(door.clock.now() + SignedDuration::from_mins(minute % 2));
        door.identity.begin_session("kim", Role::Member, HERE).await.unwrap();
    }
    assert_eq!(door.call(&kim, "session.list", json!({})).await.unwrap()["sessions"].as_array().unwrap().len(), 32);
}

#[tokio::test]
async fn a_link_works_once_for_a_quarter_of_an_hour() {
    let door = Door::new().await;
    door.add("kim", "member").await;
    let link = door.call(&Principal::local(), "sign-in.link", json!({"name": "kim"})).await.unwrap();
    let code = link["code"].as_str().unwrap();
    assert_eq!(link["path"], format!("/sign-in#code={code}"));
    let (one, other) = tokio::join!(door.identity.sign_in_by_link(code, HERE), door.identity.sign_in_by_link(code, HERE));
    assert_eq!([one.is_ok(), other.is_ok()].into_iter().filter(|ok| *ok).count(), 1);
    let link = door.call(&Principal::local(), "sign-in.link", json!({"name": "kim"})).await.unwrap();
    door.after(1);
    assert!(door.identity.sign_in_by_link(link["code"].as_str().unwrap(), HERE).await.is_err());
    let nobody = door.call(&Principal::local(), "sign-in.link", json!({"name": "nobody"})).await.unwrap_err();
    insta::assert_snapshot!(nobody, @"There is no user `nobody`. [MARU-0313] `maru user list` shows them all.");
}

#[tokio::test]
async fn a_disabled_user_is_out_and_the_last_administrator_stays() {
    let door = Door::new().await;
    let boss = door.add("boss", "admin").await;
    door.add("lee", "admin").await;
    let signed_in = door.identity.sign_in("lee", PASSWORD.into(), HERE).await.unwrap();
    let token = door.call(&signed_in.session.principal, "token.create", json!({"name": "ci"})).await.unwrap();
    door.call(&boss, "user.disable", json!({"name": "lee"})).await.unwrap();
    assert!(door.identity.session(&signed_in.secret).await.is_err());
    assert!(door.identity.principal_of_token(token["token"].as_str().unwrap()).await.is_err());
    assert!(door.identity.sign_in("lee", PASSWORD.into(), HERE).await.is_err());
    let last = door.call(&boss, "user.disable", json!({"name": "boss"})).await.unwrap_err();
    insta::assert_snapshot!(last, @"`boss` is the last administrator. [MARU-0317] Create another administrator first: `maru user create NAME --role admin`.");
    door.identity.sign_in("boss", PASSWORD.into(), HERE).await.unwrap();
    door.call(&boss, "user.enable", json!({"name": "lee"})).await.unwrap();
    door.identity.sign_in("lee", PASSWORD.into(), HERE).await.unwrap();
}

#[tokio::test]
async fn a_name_is_taken_once() {
    let door = Door::new().await;
    door.add("kim", "member").await;
    let taken = door.call(&Principal::local(), "user.create", json!({"name": "kim"})).await.unwrap_err();
    assert_eq!(taken.kind, ErrorKind::Conflict);
    insta::assert_snapshot!(taken, @"There is a user `kim` already. [MARU-0312] Choose another name, or `maru user set-password` for that one.");
}
