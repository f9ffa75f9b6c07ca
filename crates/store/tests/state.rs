//! The state database, the same on SQLite and on PostgreSQL.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod fixture;

use fixture::{Postgres, SERIES, TABLES, migrations, open_store, overwrite};
use maru_kernel::{ErrorKind, SystemClock};
use maru_store::{State, Store, StoreOptions, database_error};
use sea_orm::{ConnectionTrait, DbErr, RuntimeErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait::async_trait};
use std::{
    os::unix::fs::PermissionsExt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tempfile::tempdir;

/// Runs a test against a database of each kind.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                let folder = super::tempdir().unwrap();
                super::$name(&format!("sqlite://{}", folder.path().join("state.db").display())).await;
            })+
        }

        mod postgresql {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let server = super::Postgres::start();
                super::$name(&server.url()).await;
            })+
        }
    };
}

on_both!(
    changes_are_applied_once,
    a_database_from_a_newer_release_is_refused,
    every_type_is_read_by_sql,
    many_write_and_read_at_once,
    a_change_that_fails_is_told_and_tried_again,
);

static APPLIED: AtomicUsize = AtomicUsize::new(0);

/// Counts how often it is applied.
struct Counted;

impl MigrationName for Counted {
    fn name(&self) -> &'static str {
        "test_0002_counted"
    }
}

#[async_trait]
impl MigrationTrait for Counted {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        APPLIED.fetch_add(1, Ordering::SeqCst);
        manager.get_connection().execute_unprepared("CREATE TABLE counted (id BIGINT)").await.map(drop)
    }
}

fn more_migrations() -> Vec<Box<dyn MigrationTrait>> {
    let mut all = migrations();
    all.push(Box::new(Counted));
    all
}

async fn changes_are_applied_once(url: &str) {
    State::open(url, migrations).await.unwrap().close().await;
    for _ in 0..3 {
        let state = State::open(url, more_migrations).await.unwrap();
        state.db().execute_unprepared("INSERT INTO counted (id) VALUES (1)").await.unwrap();
        state.close().await;
    }
    assert_eq!(APPLIED.load(Ordering::SeqCst), 1);
}

async fn a_database_from_a_newer_release_is_refused(url: &str) {
    State::open(url, more_migrations).await.unwrap().close().await;
    let refused = State::open(url, migrations).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Conflict);
    insta::allow_duplicates! {
        insta::assert_snapshot!(refused, @"The state database was made by a newer Maru: this one does not know its change `test_0002_counted`. [MARU-0121] Run the newer release.");
    }
    State::open(url, more_migrations).await.unwrap();
}

/// Fails until it is told otherwise.
struct Stubborn;

static LENIENT: AtomicUsize = AtomicUsize::new(0);

impl MigrationName for Stubborn {
    fn name(&self) -> &'static str {
        "test_0002_stubborn"
    }
}

#[async_trait]
impl MigrationTrait for Stubborn {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = if LENIENT.load(Ordering::SeqCst) == 0 { "no such name" } else { "fine" };
        manager.get_connection().execute_unprepared(&format!("CREATE TABLE {table} (id BIGINT)")).await.map(drop)
    }
}

fn stubborn_migrations() -> Vec<Box<dyn MigrationTrait>> {
    let mut all = migrations();
    all.push(Box::new(Stubborn));
    all
}

async fn a_change_that_fails_is_told_and_tried_again(url: &str) {
    let failed = State::open(url, stubborn_migrations).await.unwrap_err();
    assert_eq!((failed.code, failed.kind), ("MARU-0111", ErrorKind::Internal), "{failed}");
    LENIENT.store(1, Ordering::SeqCst);
    let state = State::open(url, stubborn_migrations).await.unwrap();
    state.db().execute_unprepared("INSERT INTO fine (id) VALUES (1)").await.unwrap();
}

async fn every_type_is_read_by_sql(url: &str) {
    let folder = tempdir().unwrap();
    let store = open_store(folder.path(), StoreOptions { state: Some(url.to_owned()), ..StoreOptions::default() }).await;
    for row in [
        r#"(1, 'up', '{"job":"node","zone":"a"}', 1772323200000, 0.5, TRUE, 7, 'hidden')"#,
        r#"(-1, 'största', '{}', NULL, NULL, FALSE, NULL, NULL)"#,
        r#"(9007199254740993, '', '{"job":"it''s"}', -1, -1e300, TRUE, -9223372036854775808, '')"#,
    ] {
        let sql = format!("INSERT INTO series (id, name, labels, seen, weight, active, rank, secret) VALUES {row}");
        store.state().db().execute_unprepared(&sql).await.unwrap();
    }
    let answer = store.sql().query("SELECT * FROM series ORDER BY name", 10).await.unwrap();
    let shown: Vec<_> = answer.rows.iter().map(|row| serde_json::to_string(row).unwrap()).collect();
    insta::allow_duplicates! {
        insta::assert_snapshot!(shown.join("\n"), @r#"
        ["9007199254740993","",{"job":"it's"},"1969-12-31T23:59:59.999Z",-1e+300,true,"-9223372036854775808"]
        ["18446744073709551615","största",{},null,null,false,null]
        [1,"up",{"job":"node","zone":"a"},"2026-03-01T00:00:00.000Z",0.5,true,7]
        "#);
    }
    assert!(
        answer.columns.iter().map(|column| column.name.as_str()).eq(SERIES.columns.iter().map(|column| column.name)),
        "secrets are not among them"
    );
    let refused = store.sql().query("SELECT secret FROM series", 10).await.unwrap_err();
    assert_eq!(refused.code, "MARU-0145");
    store.close().await;
}

async fn many_write_and_read_at_once(url: &str) {
    let state = Arc::new(State::open(url, migrations).await.unwrap());
    let tasks: Vec<_> = (0..20)
        .map(|task| {
            let state = state.clone();
            tokio::spawn(async move {
                for at in 0..10 {
                    let sql = format!("INSERT INTO series (id, name, labels, active) VALUES ({}, 'n', '{{}}', TRUE)", task * 100 + at);
                    state.db().execute_unprepared(&sql).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let count = sea_orm::Statement::from_string(state.db().get_database_backend(), "SELECT COUNT(*) AS n FROM series");
    let count: i64 = state.db().query_one_raw(count).await.unwrap().unwrap().try_get("", "n").unwrap();
    assert_eq!(count, 200);
    state.close().await;
}

#[tokio::test]
async fn sqlite_is_for_its_owner_alone() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("state.db");
    let state = State::open(&format!("sqlite://{}", path.display()), migrations).await.unwrap();
    state.db().execute_unprepared("INSERT INTO series (id, name, labels, active) VALUES (1, '', '{}', TRUE)").await.unwrap();
    for name in ["state.db", "state.db-wal", "state.db-shm"] {
        let mode = folder.path().join(name).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    state.close().await;
}

#[tokio::test]
async fn addresses_that_lead_nowhere_say_so() {
    let told = async |url: &str| State::open(url, migrations).await.unwrap_err().to_string();
    insta::assert_snapshot!(told("mysql://localhost/maru").await, @"The state database is `sqlite://PATH` or `postgres://USER@HOST/DATABASE`. [MARU-0120]");
    insta::assert_snapshot!(told("sqlite:///nowhere/at/all/state.db").await, @"The state database `sqlite:///nowhere/at/all/state.db` cannot be opened: No such file or directory (os error 2). [MARU-0122] Check the address, that it runs, and that this user may create tables in it.");
    let folder = tempdir().unwrap();
    let path = folder.path().join("state.db");
    overwrite(&path, &[b'x'; 8_192]);
    let refused = told(&format!("sqlite://{}", path.display())).await;
    insta::assert_snapshot!(refused.replace(&folder.path().display().to_string(), "DIR"), @"The state database `sqlite://DIR/state.db` cannot be opened: Query Error: error returned from database: (code: 26) file is not a database. [MARU-0122] Check the address, that it runs, and that this user may create tables in it.");
    // Nobody listens on port 1. The password is for the server, not for the log.
    let refused = tokio::time::timeout(Duration::from_secs(30), told("postgres://someone:topsecret@127.0.0.1:1/maru")).await.unwrap();
    assert!(refused.contains("MARU-0122") && refused.contains("someone") && !refused.contains("topsecret"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_gone_is_unavailable_and_comes_back() {
    let server = Postgres::start();
    let folder = tempdir().unwrap();
    let options = StoreOptions { state: Some(server.url()), ..StoreOptions::default() };
    let store = Store::open(folder.path(), options, TABLES, migrations, Arc::new(SystemClock)).await.unwrap();
    assert_eq!(store.sql().query("SELECT count(*) FROM series", 1).await.unwrap().rows, [[0]]);
    let server = server.stop();
    let refused = store.sql().query("SELECT count(*) FROM series", 1).await.unwrap_err();
    assert_eq!((refused.kind, refused.code), (ErrorKind::Unavailable, "MARU-0111"), "{refused}");
    assert_eq!(store.sql().query("SELECT count(*) FROM samples", 1).await.unwrap().rows, [[0]], "history does not need it");
    let _server = server.start_again();
    assert_eq!(store.sql().query("SELECT count(*) FROM series", 1).await.unwrap().rows, [[0]]);
    store.close().await;
}

#[test]
fn a_full_disk_is_no_fault_of_the_database() {
    let told = |text: &str| database_error(DbErr::Exec(RuntimeErr::Internal(text.to_owned())));
    for text in [
        "error returned from database: (code: 13) database or disk is full",
        "could not extend file \"base/5/16400\": No space left on device",
    ] {
        let error = told(text);
        assert_eq!((error.kind, error.code), (ErrorKind::Unavailable, "MARU-0103"), "{text}");
    }
    assert_eq!(told("no such table: x").kind, ErrorKind::Internal);
    assert_eq!(database_error(DbErr::Conn(RuntimeErr::Internal("refused".into()))).kind, ErrorKind::Unavailable);
}
