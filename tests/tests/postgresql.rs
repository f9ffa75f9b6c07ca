//! The state in PostgreSQL, as Debian has it: everything works as with SQLite, and the program outlives a database that goes away.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use maru_tests::{Answer, Maru, Postgres, free_port, now_ms, remote_write, until};
use reqwest::{
    StatusCode,
    header::{COOKIE, SET_COOKIE},
};
use serde_json::{Value, json};
use std::{process::Stdio, time::Duration};

/// How long an anomaly may take from its sample to the state.
const RECORDING: Duration = Duration::from_secs(30);
/// How long an operation may take to say that it cannot be done.
const REFUSAL: Duration = Duration::from_secs(15);
/// How long the program may take to find that the database is back.
const RECOVERY: Duration = Duration::from_secs(30);

/// One that stays on its port, to which sessions are bound.
async fn maru_on(postgres: &Postgres) -> Maru {
    let address = format!("127.0.0.1:{}", free_port());
    Maru::setup().env("MARU_STATE", &postgres.url()).listen(&address).up().await
}

#[tokio::test]
async fn people_and_programs_come_in_by_what_is_in_postgresql() {
    let postgres = Postgres::start().await;
    let mut maru = maru_on(&postgres).await;
    assert!(!maru.data().join("state.db").exists(), "there is a SQLite database as well");

    let cookie = signed_in_by_link(&maru).await;
    maru.ask("user.create", json!({"name": "minji", "role": "member", "password": "a-floor-that-is-warm"})).await;
    let made = maru.ask("token.create", json!({"name": "reader", "scope": "read", "expires": "90d"})).await;
    let token = made["token"].as_str().unwrap().to_owned();
    assert_eq!(as_program(&maru, &token, "series.list").await, StatusCode::OK);
    assert_eq!(as_program(&maru, &token, "user.create").await, StatusCode::FORBIDDEN);
    assert_eq!(postgres.ask("SELECT name FROM users ORDER BY 1"), ["admin", "minji"]);
    let secrets = postgres.ask("SELECT row_to_json(t)::text FROM api_tokens t").join("");
    assert!(!secrets.contains(token.rsplit('_').next().unwrap()), "the token itself is in the database: {secrets}");

    maru.restart().await;
    assert_eq!(session(&maru, &cookie).await, StatusCode::OK);
    assert_eq!(as_program(&maru, &token, "series.list").await, StatusCode::OK);
    assert_eq!(sign_in(&maru, "minji", "a-floor-that-is-cold").await, StatusCode::UNAUTHORIZED);
    assert_eq!(sign_in(&maru, "minji", "a-floor-that-is-warm").await, StatusCode::OK);
    maru.ask("user.set-password", json!({"name": "minji", "password": "another-warm-floor"})).await;
    assert_eq!(sign_in(&maru, "minji", "a-floor-that-is-warm").await, StatusCode::UNAUTHORIZED);
    maru.ask("token.revoke", json!({"id": made["id"]})).await;
    assert_eq!(as_program(&maru, &token, "series.list").await, StatusCode::UNAUTHORIZED);
    // A second one cannot be called the same, in whichever letters.
    let again = maru.call("user.create", json!({"name": "minji", "role": "member", "password": "a-floor-that-is-warm"})).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.body);
}

#[tokio::test]
async fn anomalies_are_kept_in_postgresql_and_join_with_history() {
    let postgres = Postgres::start().await;
    let mut maru = maru_on(&postgres).await;
    let start_ms = now_ms() - 600_000;
    write_quiet(&maru, "queue_length", start_ms, 60).await;
    write(&maru, "queue_length", start_ms + 60 * 5_000, 500.0).await;

    let open = until("the anomaly is in PostgreSQL", RECORDING, async || {
        postgres.ask("SELECT name, direction, actual, end_time IS NULL FROM anomalies").first().cloned()
    })
    .await;
    assert_eq!(open, "queue_length|above|500|t");
    let joined = maru
        .sql(
            "SELECT anomalies.name, series.labels['instance'], samples.value FROM anomalies JOIN series USING (series)
             JOIN samples ON samples.series = anomalies.series AND samples.time = anomalies.start_time",
        )
        .await;
    assert_eq!(joined, [[json!("queue_length"), json!("till-7"), json!(500.0)]]);
    let audited = maru.count("SELECT count(*) FROM audit JOIN users ON users.name = 'admin' WHERE audit.operation = 'sql.query'").await;
    assert!(audited >= 1, "{audited} entries");

    maru.kill9_and_start_again().await;
    for at in 61..75 {
        write(&maru, "queue_length", start_ms + at * 5_000, quiet(at)).await;
    }
    until("the anomaly is closed in PostgreSQL", RECORDING, async || {
        (postgres.ask("SELECT count(*), count(end_time) FROM anomalies") == ["1|1"]).then_some(())
    })
    .await;
    let listed = maru.ask("anomaly.list", json!({})).await;
    assert_eq!(listed["anomalies"].as_array().unwrap().len(), 1, "{listed}");
    assert_eq!(listed["anomalies"][0]["actual"], 500.0);
}

#[tokio::test]
async fn a_database_that_goes_away_is_missed_and_found_again() {
    let mut postgres = Postgres::start().await;
    let maru = maru_on(&postgres).await;
    let made = maru.ask("token.create", json!({"name": "sender", "scope": "ingest"})).await;
    let token = made["token"].as_str().unwrap();
    let start_ms = now_ms() - 600_000;
    for outage in ["stopped", "crashed"] {
        write_quiet(&maru, outage, start_ms, 60).await;
        let before = maru.count("SELECT count(*) FROM samples").await;
        match outage {
            "stopped" => postgres.stop().await,
            _ => postgres.crash().await,
        }
        // More than once: the first finds connections that broke, the next one none at all. A sender with a token is told to come back.
        for attempt in 0..2 {
            let begun = tokio::time::Instant::now();
            let answer = match attempt {
                0 => maru.call("user.list", json!({})).await,
                _ => write_with(&maru, token).await,
            };
            assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{outage}: {}", answer.body);
            assert!(answer.retry_after().is_some(), "{outage}: {:?}", answer.headers);
            assert!(answer.body.to_string().contains("state database"), "{}", answer.body);
            assert!(!answer.body.to_string().contains(Postgres::PASSWORD), "{}", answer.body);
            assert!(begun.elapsed() < REFUSAL, "{outage}: it took {:?} to say so", begun.elapsed());
        }
        // Metrics are taken all the same, so it stays among those that metrics are sent to.
        let ready = maru.client().get(format!("{}/readyz", maru.url())).send().await.unwrap();
        assert_eq!(ready.status(), StatusCode::OK, "{outage}: /readyz says {}", ready.text().await.unwrap());
        write(&maru, outage, start_ms + 60 * 5_000, 500.0).await;
        for at in 61..100 {
            write(&maru, outage, start_ms + at * 5_000, quiet(at)).await;
        }
        assert_eq!(maru.count("SELECT count(*) FROM samples").await, before + 40, "{outage}: history cannot be read without the state");

        postgres.start_again().await;
        until("users are listed again", RECOVERY, async || maru.call("user.list", json!({})).await.status.is_success().then_some(())).await;
        let recorded = format!("SELECT count(*) FROM anomalies WHERE name = '{outage}' AND actual = 500 AND end_time IS NOT NULL");
        until("what happened meanwhile is in PostgreSQL", RECOVERY, async || (postgres.ask(&recorded) == ["1"]).then_some(())).await;
    }
}

#[tokio::test]
async fn a_start_without_the_database_says_what_is_wrong() {
    let mut postgres = Postgres::start().await;
    let mut maru = maru_on(&postgres).await;
    assert!(maru.stop().await.success());
    postgres.stop().await;

    let begun = tokio::time::Instant::now();
    let ended = maru.command(&["up", "--listen", "127.0.0.1:0"]).stdout(Stdio::null()).output().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(30), "it took {:?} to give up", begun.elapsed());
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(5), "{said}");
    assert!(said.contains("MARU-0122") && said.contains("127.0.0.1"), "{said}");
    assert!(!said.contains(Postgres::PASSWORD), "{said}");
}

/// The cookie of a session that the link of the first start began.
async fn signed_in_by_link(maru: &Maru) -> String {
    until("the program has said how to stop it", RECORDING, async || maru.printed().contains("Ctrl-C").then_some(())).await;
    let code = maru.sign_in_code();
    let url = format!("{}/api/v1/session/link", maru.url());
    let answer = maru.client().post(&url).json(&json!({"code": code})).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let cookie = answer.headers()[SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    let principal = answer.json::<Value>().await.unwrap()["principal"].clone();
    assert_eq!(principal, json!({"name": "admin", "kind": "person", "role": "admin"}));
    let again = maru.client().post(&url).json(&json!({"code": code})).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::UNAUTHORIZED, "a link works twice");
    cookie
}

async fn session(maru: &Maru, cookie: &str) -> StatusCode {
    maru.client().get(format!("{}/api/v1/session", maru.url())).header(COOKIE, cookie).send().await.unwrap().status()
}

async fn sign_in(maru: &Maru, user: &str, password: &str) -> StatusCode {
    let url = format!("{}/api/v1/session", maru.url());
    maru.client().post(url).json(&json!({"user": user, "password": password})).send().await.unwrap().status()
}

async fn as_program(maru: &Maru, token: &str, operation: &str) -> StatusCode {
    let url = format!("{}/api/v1/{}", maru.url(), operation.replace('.', "/"));
    let input = json!({"name": "eve", "role": "admin", "password": "a-floor-that-is-warm"});
    let input = if operation == "series.list" { json!({}) } else { input };
    maru.client().post(url).bearer_auth(token).json(&input).send().await.unwrap().status()
}

/// An ordinary value, which differs a little from its neighbours.
fn quiet(at: i64) -> f64 {
    [20.0, 21.0, 19.5, 20.5, 19.0][usize::try_from(at.rem_euclid(5)).unwrap()]
}

/// Writes `count` ordinary samples, 5 s apart.
async fn write_quiet(maru: &Maru, name: &str, start_ms: i64, count: i64) {
    for at in 0..count {
        write(maru, name, start_ms + at * 5_000, quiet(at)).await;
    }
}

async fn write(maru: &Maru, name: &str, time_ms: i64, value: f64) {
    let series = remote_write::Series::new(name).label("instance", "till-7").label("job", "shop").sample(time_ms, value);
    let answer = maru.write(remote_write::body(&[series])).await.unwrap();
    assert_eq!(answer.status(), StatusCode::NO_CONTENT, "{}", answer.text().await.unwrap());
}

async fn write_with(maru: &Maru, token: &str) -> Answer {
    let request = maru.post("/api/v1/write", remote_write::V1, remote_write::body(&[])).bearer_auth(token);
    Answer::of(request.send().await.unwrap()).await
}
