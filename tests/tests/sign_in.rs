//! Who gets in, and how far: links, passwords, sessions, tokens, and what a page from elsewhere tries. Speaks HTTP as browsers and programs
//! do, and must never use the local token where it tests another credential.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use maru_tests::{
    Answer, Maru, now_ms,
    remote_write::{self, Series},
    until,
};
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};
use std::{
    os::unix::fs::PermissionsExt,
    process::{Command, Stdio},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const PASSWORD: &str = "correct horse battery staple";

/// A browser: keeps its cookie and the secret of its pages.
#[derive(Clone, Debug)]
struct Browser {
    url: String,
    client: Client,
    /// `name=value`.
    cookie: String,
    /// The whole header by which the cookie was set.
    set_cookie: String,
    csrf: String,
}

impl Browser {
    /// Signs in with what goes to `path`.
    async fn sign_in(maru: &Maru, path: &str, input: Value) -> Result<Self, Answer> {
        let url = maru.url().to_owned();
        let response = maru.client().post(format!("{url}{path}")).header("origin", &url).json(&input).send().await.unwrap();
        if !response.status().is_success() {
            return Err(Answer::of(response).await);
        }
        let set_cookie = response.headers()["set-cookie"].to_str().unwrap().to_owned();
        let cookie = set_cookie.split(';').next().unwrap().to_owned();
        let csrf = Answer::of(response).await.body["csrf"].as_str().unwrap().to_owned();
        Ok(Self { url, client: maru.client().clone(), cookie, set_cookie, csrf })
    }

    async fn by_link(maru: &Maru, code: &str) -> Result<Self, Answer> {
        Self::sign_in(maru, "/api/v1/session/link", json!({"code": code})).await
    }

    async fn by_password(maru: &Maru, user: &str, password: &str) -> Result<Self, Answer> {
        Self::sign_in(maru, "/api/v1/session", json!({"user": user, "password": password})).await
    }

    /// A request as a page sends it whose origin is `origin` and whose secret is `csrf`.
    async fn request(&self, method: Method, path: &str, origin: &str, csrf: Option<&str>) -> Answer {
        let mut request =
            self.client.request(method, format!("{}{path}", self.url)).header("cookie", &self.cookie).header("origin", origin);
        if let Some(csrf) = csrf {
            request = request.header("x-maru-csrf", csrf);
        }
        Answer::of(request.json(&json!({})).send().await.unwrap()).await
    }

    /// A request as Maru's own pages send it.
    async fn call(&self, operation: &str, input: Value) -> Answer {
        let url = format!("{}/api/v1/{}", self.url, operation.replace('.', "/"));
        let request = self.client.post(url).header("cookie", &self.cookie).header("origin", &self.url).header("x-maru-csrf", &self.csrf);
        Answer::of(request.json(&input).send().await.unwrap()).await
    }

    async fn is_signed_in(&self) -> bool {
        let request = self.client.get(format!("{}/api/v1/session", self.url)).header("cookie", &self.cookie);
        request.send().await.unwrap().status().is_success()
    }
}

/// Calls an operation with a token.
async fn with_token(maru: &Maru, token: &str, operation: &str, input: Value) -> Answer {
    let url = format!("{}/api/v1/{}", maru.url(), operation.replace('.', "/"));
    Answer::of(maru.client().post(url).bearer_auth(token).json(&input).send().await.unwrap()).await
}

fn outcome(answer: &Answer) -> (u16, &str) {
    (answer.status.as_u16(), answer.code())
}

#[tokio::test]
async fn a_link_works_once() {
    let maru = Maru::start().await;
    let code = maru.sign_in_code();
    let refused = Browser::by_link(&maru, &code[1..]).await.unwrap_err();
    assert_eq!(outcome(&refused), (401, "MARU-0341"));
    let browser = Browser::by_link(&maru, &code).await.unwrap();
    assert!(browser.is_signed_in().await);
    let refused = Browser::by_link(&maru, &code).await.unwrap_err();
    assert_eq!(outcome(&refused), (401, "MARU-0341"));
    assert!(refused.body["next"].as_str().unwrap().contains("maru sign-in link"), "{}", refused.body);

    let made = maru.run(&["sign-in", "link", "--output", "json"]);
    let link: Value = serde_json::from_slice(&made.stdout).unwrap();
    let another = Browser::by_link(&maru, link["code"].as_str().unwrap()).await.unwrap();
    assert!(another.is_signed_in().await && browser.is_signed_in().await);
    assert_ne!(another.cookie, browser.cookie);
}

#[tokio::test]
async fn a_link_grows_old() {
    let mut maru = Maru::start().await;
    let code = maru.sign_in_code();
    assert!(maru.stop().await.success());
    change_state(&maru, "UPDATE sign_in_links SET expires = created - 1");
    maru.start_again().await;
    assert_ne!(maru.sign_in_code(), code, "a new one is printed");
    let refused = Browser::by_link(&maru, &code).await.unwrap_err();
    assert_eq!(outcome(&refused), (401, "MARU-0341"));
    assert!(Browser::by_link(&maru, &maru.sign_in_code()).await.is_ok());
}

/// Changes the state database of a program that does not run, to let time pass that no test can wait for.
fn change_state(maru: &Maru, statement: &str) {
    let script = "import sqlite3, sys\nwith sqlite3.connect(sys.argv[1]) as state:\n    changed = state.execute(sys.argv[2]).rowcount\nsys.exit(changed < 1)";
    let database = maru.data().join("state.db");
    let status = Command::new("python3").args(["-c", script]).arg(database).arg(statement).stdin(Stdio::null()).status();
    assert!(status.expect("`python3` is there: run `cargo xtask setup`").success(), "`{statement}` changed nothing");
}

#[tokio::test]
async fn a_session_is_kept_from_scripts_and_other_sites() {
    let mut maru = Maru::start().await;
    let browser = Browser::by_link(&maru, &maru.sign_in_code()).await.unwrap();
    let parts: Vec<&str> = browser.set_cookie.split(';').map(str::trim).collect();
    for flag in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(parts.contains(&flag), "{flag} is missing: {parts:?}");
    }
    assert!(!parts.iter().any(|part| part.starts_with("Domain")), "{parts:?}");
    let value = browser.cookie.split_once('=').unwrap().1;
    assert!(value.len() >= 32 && browser.csrf.len() >= 16 && value != browser.csrf);

    let page = maru.client().get(maru.url()).send().await.unwrap();
    for (header, says) in [
        ("content-security-policy", "frame-ancestors 'none'"),
        ("content-security-policy", "default-src 'self'"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
    ] {
        let value = page.headers().get(header).map(|value| value.to_str().unwrap()).unwrap_or_default();
        assert!(value.contains(says), "{header}: {value}");
    }
    assert!(page.headers().get("access-control-allow-origin").is_none());

    // A kill ends no session, and a session's cookie is no other's.
    let listen = maru.url().to_owned();
    maru.kill9_and_start_again().await;
    let moved = Browser { url: maru.url().to_owned(), ..browser.clone() };
    let port = |url: &str| url.rsplit_once(':').unwrap().1.to_owned();
    let renamed = Browser { cookie: browser.cookie.replace(&port(&listen), &port(maru.url())), ..moved.clone() };
    assert!(renamed.is_signed_in().await);
    let forged = Browser { cookie: format!("{}x", renamed.cookie), ..moved };
    assert!(!forged.is_signed_in().await);
}

#[tokio::test]
async fn pages_from_elsewhere_change_nothing() {
    let maru = Maru::start().await;
    let browser = Browser::by_link(&maru, &maru.sign_in_code()).await.unwrap();
    let (ours, csrf) = (maru.url(), Some(browser.csrf.as_str()));
    let port_beside = "http://127.0.0.1:1";
    for (what, origin, csrf, code) in [
        ("no secret", ours, None, "MARU-0351"),
        ("another secret", ours, Some("guess"), "MARU-0351"),
        ("another site", "https://evil.example", csrf, "MARU-0350"),
        ("another port", port_beside, csrf, "MARU-0350"),
        ("a page without origin", "null", csrf, "MARU-0350"),
        ("another name", "http://127.0.0.1.evil.example", csrf, "MARU-0350"),
    ] {
        for (method, path) in
            [(Method::POST, "/api/v1/token/list"), (Method::POST, "/api/v1/token/create"), (Method::DELETE, "/api/v1/session")]
        {
            let answer = browser.request(method, path, origin, csrf).await;
            assert_eq!(outcome(&answer), (403, code), "{what}, {path}: {}", answer.body);
        }
    }
    assert!(browser.is_signed_in().await);
    assert_eq!(browser.call("token.list", json!({})).await.status, 200);

    // A page from elsewhere signs nobody in either, and sends no metrics.
    let code = maru.run(&["sign-in", "link", "--output", "json"]);
    let code: Value = serde_json::from_slice(&code.stdout).unwrap();
    let sign_in = maru
        .client()
        .post(format!("{ours}/api/v1/session/link"))
        .header("origin", "https://evil.example")
        .json(&json!({"code": code["code"]}));
    assert_eq!(outcome(&Answer::of(sign_in.send().await.unwrap()).await), (403, "MARU-0350"));
    let body = remote_write::body(&[Series::new("smuggled").sample(now_ms(), 1.0)]);
    let write = maru.post("/api/v1/write", remote_write::V1, body).header("origin", "https://evil.example").send().await.unwrap();
    assert_eq!(write.status(), 401);

    let answer = browser.request(Method::DELETE, "/api/v1/session", ours, csrf).await;
    assert_eq!(answer.status, 204);
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn whoever_guesses_is_slowed_down() {
    let maru = Maru::start().await;
    for user in ["kim", "lee"] {
        maru.ask("user.create", json!({"name": user, "role": "member", "password": PASSWORD})).await;
    }
    assert!(Browser::by_password(&maru, "kim", PASSWORD).await.is_ok());
    let mut refusals = Vec::new();
    for number in 0..8 {
        refusals.push(Browser::by_password(&maru, "kim", &format!("{PASSWORD}{number}")).await.unwrap_err());
    }
    assert_eq!(outcome(&refusals[0]), (401, "MARU-0330"));
    let slowed = refusals.last().unwrap();
    assert_eq!(slowed.status, 429, "{}", slowed.body);
    assert!(slowed.retry_after().is_some_and(|seconds| seconds >= 1));
    let right = Browser::by_password(&maru, "kim", PASSWORD).await.unwrap_err();
    assert_eq!(right.status, 429, "even the right password waits");
    assert!(Browser::by_password(&maru, "lee", PASSWORD).await.is_ok(), "others do not");
    // An account that is not there is told from one that is neither by words nor by waiting.
    let unknown = Browser::by_password(&maru, "nobody", PASSWORD).await.unwrap_err();
    assert_eq!((outcome(&unknown), &unknown.body), (outcome(&refusals[0]), &refusals[0].body));
    let waited = until("the wait is over", Duration::from_secs(30), async || Browser::by_password(&maru, "kim", PASSWORD).await.ok());
    assert!(waited.await.is_signed_in().await);
}

#[tokio::test]
async fn whoever_guesses_links_is_slowed_down() {
    let maru = Maru::start().await;
    let mut last = None;
    for number in 0..30 {
        last = Some(Browser::by_link(&maru, &format!("{number:043}")).await.unwrap_err());
    }
    let last = last.unwrap();
    assert_eq!(last.status, 429, "{}", last.body);
    assert!(last.retry_after().is_some());
    // Who has a token is not kept out by it.
    assert_eq!(maru.call("series.list", json!({})).await.status, 200);
}

#[tokio::test]
async fn nobody_gets_anything_without_signing_in() {
    let maru = Maru::start().await;
    let operations = maru.ask("operation.list", json!({})).await;
    for operation in operations["operations"].as_array().unwrap() {
        let name = operation["name"].as_str().unwrap();
        let path = format!("/api/v1/{}", name.replace('.', "/"));
        let nobody = Answer::of(maru.post(&path, "application/json", "{}").send().await.unwrap()).await;
        assert_eq!(outcome(&nobody), (401, "MARU-0352"), "{name}");
        assert!(nobody.headers.contains_key("www-authenticate"));
        assert_eq!(with_token(&maru, "maru_local_0000", name, json!({})).await.status, 401, "{name}");
        assert_eq!(with_token(&maru, "", name, json!({})).await.status, 401, "{name}");
    }
    let events = maru.client().get(format!("{}/api/v1/events", maru.url())).send().await.unwrap();
    assert_eq!(events.status(), 401);
    let session = maru.client().get(format!("{}/api/v1/session", maru.url())).send().await.unwrap();
    assert_eq!(session.status(), 401);
}

async fn token(maru: &Maru, input: Value) -> Value {
    maru.ask("token.create", input).await
}

async fn write_with(maru: &Maru, token: &str) -> Response {
    let body = remote_write::body(&[Series::new("sent").sample(now_ms(), 1.0)]);
    maru.post("/api/v1/write", remote_write::V1, body).header("content-encoding", "snappy").bearer_auth(token).send().await.unwrap()
}

#[tokio::test]
async fn a_token_carries_its_scope_and_no_more() {
    let maru = Maru::start().await;
    let mut outcomes = Vec::new();
    for scope in ["ingest", "read", "change", "admin"] {
        let created = token(&maru, json!({"name": scope, "scope": scope})).await;
        let secret = created["token"].as_str().unwrap();
        let mut allowed = Vec::new();
        if write_with(&maru, secret).await.status().is_success() {
            allowed.push("write".to_owned());
        }
        for (operation, input) in [
            ("sql.query", json!({"sql": "SELECT 1"})),
            ("token.create", json!({"name": format!("by {scope}"), "scope": "read"})),
            ("user.create", json!({"name": format!("by-{scope}"), "role": "member"})),
        ] {
            let answer = with_token(&maru, secret, operation, input).await;
            if answer.status.is_success() {
                allowed.push(operation.to_owned());
            } else {
                assert_eq!(answer.status, 403, "{scope}, {operation}: {}", answer.body);
            }
        }
        outcomes.push(format!("{scope}: {}", allowed.join(", ")));
    }
    insta::assert_snapshot!(outcomes.join("\n"), @r"
    ingest: write
    read: sql.query
    change: write, sql.query, token.create
    admin: write, sql.query, token.create, user.create
    ");
    // Nobody makes a token that opens more than their own.
    let change = token(&maru, json!({"name": "climber", "scope": "change"})).await;
    let climbing = with_token(&maru, change["token"].as_str().unwrap(), "token.create", json!({"name": "higher", "scope": "admin"})).await;
    assert_eq!(climbing.status, 403, "{}", climbing.body);
}

#[tokio::test]
async fn a_token_ends() {
    let maru = Maru::start().await;
    let short = token(&maru, json!({"name": "short", "scope": "read", "expires": "2s"})).await;
    let secret = short["token"].as_str().unwrap();
    assert_eq!(with_token(&maru, secret, "series.list", json!({})).await.status, 200);
    let expired = until("the token expires", Duration::from_secs(20), async || {
        Some(with_token(&maru, secret, "series.list", json!({})).await).filter(|answer| answer.status != 200)
    });
    assert_eq!(outcome(&expired.await), (401, "MARU-0311"));

    let long = token(&maru, json!({"name": "long", "scope": "ingest", "expires": "90d"})).await;
    let secret = long["token"].as_str().unwrap();
    assert!(write_with(&maru, secret).await.status().is_success());
    maru.ask("token.revoke", json!({"id": long["id"]})).await;
    assert_eq!(write_with(&maru, secret).await.status(), 401, "not even as a neighbour: whoever shows a token is measured by it");
    assert_eq!(with_token(&maru, secret, "series.list", json!({})).await.status, 401);

    maru.ask("user.create", json!({"name": "kim", "role": "member", "password": PASSWORD})).await;
    let browser = Browser::by_password(&maru, "kim", PASSWORD).await.unwrap();
    let own = browser.call("token.create", json!({"name": "own", "scope": "read"})).await;
    let secret = own.body["token"].as_str().unwrap();
    assert_eq!(with_token(&maru, secret, "series.list", json!({})).await.status, 200);
    assert_eq!(browser.call("user.create", json!({"name": "lee", "role": "admin"})).await.status, 403, "members make no users");
    maru.ask("user.disable", json!({"name": "kim"})).await;
    assert_eq!(with_token(&maru, secret, "series.list", json!({})).await.status, 401, "a token ends with its owner");
    assert!(!browser.is_signed_in().await, "and so does a session");
    assert_eq!(Browser::by_password(&maru, "kim", PASSWORD).await.unwrap_err().status, 401);
}

/// What is answered to exactly these bytes.
async fn raw(maru: &Maru, request: &str) -> String {
    let mut stream = TcpStream::connect(maru.url().split_once("://").unwrap().1).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut said = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(30), stream.read_to_end(&mut said)).await.expect("an answer");
    String::from_utf8_lossy(&said).into_owned()
}

#[tokio::test]
async fn no_path_leads_out_of_the_console() {
    let maru = Maru::start().await;
    let data = maru.data().display().to_string();
    for path in [
        "/../../../../etc/passwd",
        "/..%2f..%2f..%2f..%2fetc%2fpasswd",
        "/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/assets/../../../../etc/passwd",
        "/assets/%2e%2e/%2e%2e/etc/passwd",
        "/assets/..\\..\\etc\\passwd",
        "//etc/passwd",
        "/etc/passwd%00.js",
        "/token",
        "/state.db",
        "/endpoint.json",
        &format!("{data}/token"),
        &format!("/assets/{data}/token"),
        "/api/v1/..%2f..%2ftoken",
        "/api/v1/../../token",
        "/.git/config",
    ] {
        let answer = raw(&maru, &format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")).await;
        let status = answer.split_whitespace().nth(1).unwrap_or_default();
        let is_page = status == "200" && answer.to_lowercase().contains("content-type: text/html");
        assert!(is_page || matches!(status, "400" | "404" | "405"), "{path} was answered {answer:.200}");
        for secret in ["root:", maru.token(), "SQLite format", "\"pid\""] {
            assert!(!answer.contains(secret), "{path} leads to `{secret}`");
        }
    }
    for (path, status) in
        [("/api/v1/nothing", "404"), ("/api/v1/sql/query/more", "404"), ("/assets/none.js", "404"), ("/api/v2/sql/query", "404")]
    {
        let answer = raw(&maru, &format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")) && answer.contains("MARU-0"), "{path} was answered {answer:.200}");
    }
}

#[tokio::test]
async fn names_that_were_made_to_point_here_are_refused() {
    let maru = Maru::start().await;
    for host in ["evil.example", "localhost.evil.example", "192.0.2.1", "127.0.0.1.evil.example:7171", "user@localhost", "[::1].evil"] {
        for path in ["/", "/api/v1/session", "/healthz", "/metrics", "/api/v1/openapi.json"] {
            let answer = raw(&maru, &format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n")).await;
            assert!(answer.starts_with("HTTP/1.1 421") || answer.starts_with("HTTP/1.1 400"), "{host} was answered {answer:.100}");
        }
        let answer =
            raw(&maru, &format!("POST /api/v1/write HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 421") || answer.starts_with("HTTP/1.1 400"), "{host} was answered {answer:.100}");
    }
    let nameless = raw(&maru, "GET / HTTP/1.0\r\n\r\n").await;
    assert!(nameless.contains(" 421") || nameless.contains(" 400"), "{nameless:.100}");
    for host in ["localhost", "127.0.0.1:7171", "[::1]"] {
        let answer = raw(&maru, &format!("GET /healthz HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{host} was answered {answer:.100}");
    }
}

#[tokio::test]
async fn passwords_do_not_cross_the_network_in_the_clear() {
    let folder = tempfile::tempdir().unwrap();
    for address in ["0.0.0.0:0", "[::]:0"] {
        let mut command = Command::new(maru_tests::program());
        let refused = command.env_clear().arg("--data").arg(folder.path()).args(["up", "--listen", address]).output().unwrap();
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(2), "{said}");
        for part in ["MARU-0360", "--tls-self-signed", "--tls-cert", "--insecure-http"] {
            assert!(said.contains(part), "{part} is missing: {said}");
        }
    }
    let open = Maru::setup().listen("0.0.0.0:0").flag("--insecure-http").up().await;
    // Beyond this machine names are free, and still nobody gets in without a credential.
    let answer = raw(&open, "GET /api/v1/session HTTP/1.1\r\nhost: maru.example\r\nconnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer:.100}");
}

#[tokio::test]
async fn a_certificate_of_its_own_encrypts() {
    let mut maru = Maru::setup().listen("0.0.0.0:0").flag("--tls-self-signed").up().await;
    assert!(maru.url().starts_with("https://"), "{}", maru.url());
    let strict = Client::builder().no_proxy().build().unwrap();
    let distrusted = strict.get(format!("{}/healthz", maru.url())).send().await.unwrap_err();
    assert!(distrusted.is_connect() || distrusted.is_request(), "{distrusted:?}");
    let plain = raw(&maru, "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    assert!(!plain.contains("200"), "{plain:.100}");

    let browser = Browser::by_link(&maru, &maru.sign_in_code()).await.unwrap();
    assert!(browser.cookie.starts_with("__Host-"), "{}", browser.cookie);
    assert!(browser.set_cookie.split(';').any(|part| part.trim() == "Secure"), "{}", browser.set_cookie);
    assert!(browser.is_signed_in().await);
    // The command line knows the certificate from the folder.
    let listed = maru.run(&["series", "list", "--output", "json"]);
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));

    let fingerprint =
        |maru: &Maru| maru.printed().lines().rev().find(|line| line.contains("certificate") || line.contains("SHA")).unwrap().to_owned();
    let before = fingerprint(&maru);
    maru.restart().await;
    assert_eq!(fingerprint(&maru), before, "the certificate stays the same");
    for entry in std::fs::read_dir(maru.data().join("tls")).unwrap() {
        let entry = entry.unwrap();
        let is_key = std::fs::read_to_string(entry.path()).is_ok_and(|text| text.contains("PRIVATE KEY"));
        assert!(!is_key || entry.metadata().unwrap().permissions().mode() & 0o077 == 0, "{} is readable by others", entry.path().display());
    }
}
