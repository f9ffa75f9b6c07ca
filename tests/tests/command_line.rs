//! The command line: the same answers with and without a running program, output for people and programs, exit codes, settings, an orderly
//! end, and silence about secrets. Runs every command as a person would, and must never look into the program's own modules.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, missing_docs)]

use maru_tests::{
    Maru, Signal, now_ms, program,
    remote_write::{self, Series},
    until,
};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::Duration,
};
use tempfile::TempDir;
use tokio::{io::AsyncWriteExt, net::TcpStream, time::Instant};

/// The program on no data folder that anybody uses: `HOME` is a temporary folder.
struct Shell {
    home: TempDir,
}

impl Shell {
    fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program());
        command.env_clear().env("HOME", self.home.path()).env("MARU_DATA", self.data()).args(arguments).stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.home.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }
}

/// Standard output of a command that succeeded.
fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{}: {}", output.status, error(output));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn error(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn json(output: &Output) -> Value {
    serde_json::from_str(&printed(output)).unwrap()
}

async fn send_some(maru: &Maru) {
    let start = now_ms() - 600_000;
    let series = ["a", "b, \"c\""].map(|lane| {
        (0..40).fold(Series::new("shown").label("instance", "here").label("lane", lane), |series, step| {
            series.sample(start + step * 10_000, step as f64)
        })
    });
    let response = maru.write(remote_write::body(&series)).await.unwrap();
    assert!(response.status().is_success(), "{:?}", response.text().await);
}

#[tokio::test]
async fn every_command_works_with_and_without_a_running_program() {
    let mut maru = Maru::start().await;
    send_some(&maru).await;
    until("bands are written down", Duration::from_secs(20), async || (maru.count("SELECT count(*) FROM bands").await > 0).then_some(()))
        .await;
    let id = maru.ask("series.list", json!({})).await["series"][0]["id"].as_str().unwrap().to_owned();
    let commands: Vec<Vec<&str>> = vec![
        vec![
            "sql",
            "SELECT name, labels['lane'] AS lane, count(*) AS samples, sum(value) AS total FROM samples JOIN series ON samples.series = series.series GROUP BY 1, 2 ORDER BY 2",
        ],
        vec!["series", "list"],
        vec!["series", "list", "lane=\"a\"", "--limit", "1"],
        vec!["series", "read", &id, "--from", "2026-01-01T00:00:00Z", "--points", "1"],
        vec!["anomaly", "list"],
        vec!["table", "list"],
        vec!["operation", "list"],
        vec!["op", "list"],
        vec!["user", "list"],
        vec!["token", "list"],
        vec!["session", "list"],
    ];
    let answers = |maru: &Maru, format: &str| -> Vec<String> {
        commands.iter().map(|command| printed(&maru.run(&[command, &["--output", format][..]].concat()))).collect()
    };
    let running = ["table", "json", "csv"].map(|format| answers(&maru, format));
    // The same from elsewhere, by address and token.
    let (url, token) = (maru.url().to_owned(), maru.token().to_owned());
    let shell = Shell::new();
    for (command, answer) in commands.iter().zip(&running[1]) {
        let remote = shell.command(command).args(["--output", "json", "--server", &url]).env("MARU_TOKEN", &token).output().unwrap();
        assert_eq!(without_numbers(&printed(&remote)), without_numbers(answer), "{command:?} from elsewhere");
    }
    assert!(!shell.data().exists(), "a command for elsewhere makes no folder here");
    let created = json(&maru.run(&["token", "create", "while it runs", "--output", "json"]));
    assert_eq!(created["name"], "while it runs");
    printed(&maru.run(&["token", "revoke", created["id"].as_str().unwrap()]));

    assert!(maru.stop().await.success());
    let tokens = commands.iter().position(|command| command == &["token", "list"]).unwrap();
    for (format, before) in ["table", "json", "csv"].iter().zip(&running) {
        for (at, (after, before)) in answers(&maru, format).iter().zip(before).enumerate() {
            if at != tokens {
                assert_eq!(without_numbers(after), without_numbers(before), "{:?} as {format}", commands[at]);
            }
        }
    }
    let created = json(&maru.run(&["token", "create", "while nothing runs", "--output", "json"]));
    maru.start_again().await;
    let listed = maru.ask("token.list", json!({})).await;
    assert!(listed["tokens"].as_array().unwrap().iter().any(|token| token["id"] == created["id"]), "{listed}");
}

/// Tables that also count what the commands themselves did, such as the audit, differ in numbers only.
fn without_numbers(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_ascii_digit() && *letter != ' ' && *letter != '─').collect()
}

#[tokio::test]
async fn every_operation_is_described() {
    let maru = Maru::start().await;
    let listed = json(&maru.run(&["operation", "list", "--output", "json"]));
    let operations = listed["operations"].as_array().unwrap();
    let names: BTreeSet<&str> = operations.iter().map(|operation| operation["name"].as_str().unwrap()).collect();
    assert_eq!(names.len(), operations.len(), "each once");
    for expected in [
        "series.list",
        "series.read",
        "anomaly.list",
        "watch.overview",
        "sql.query",
        "table.list",
        "operation.list",
        "token.create",
        "user.create",
    ] {
        assert!(names.contains(expected), "{expected} is missing: {names:?}");
    }
    for operation in operations {
        let name = operation["name"].as_str().unwrap();
        assert!(matches!(operation["effect"].as_str(), Some("read" | "change" | "destroy")), "{name}: {}", operation["effect"]);
        assert!(
            operation["summary"].as_str().is_some_and(|summary| summary.len() > 10 && summary.ends_with('.')),
            "{name}: {}",
            operation["summary"]
        );
        assert_eq!(operation["input"]["type"], "object", "{name}: {}", operation["input"]);
        assert!(operation["output"].is_object(), "{name}: {}", operation["output"]);
        for (field, schema) in operation["input"]["properties"].as_object().into_iter().flatten() {
            assert!(schema["description"].as_str().is_some_and(|text| !text.is_empty()), "{name}: `{field}` is not described");
        }
        // The same operation is a command with help, and a path of the API.
        let words: Vec<&str> = name.split('.').chain(["--help"]).collect();
        let help = printed(&maru.run(&words));
        assert!(
            help.contains(
                operation["summary"].as_str().unwrap().split(". ").next().unwrap().trim_end_matches('.').split(',').next().unwrap()
            ),
            "{name}: {help}"
        );
    }
    let document: Value = serde_json::from_str(&printed(&maru.run(&["openapi"]))).unwrap();
    let served: Value = maru.client().get(format!("{}/api/v1/openapi.json", maru.url())).send().await.unwrap().json().await.unwrap();
    assert_eq!(document, served);
    for name in names {
        assert!(document["paths"][format!("/api/v1/{}", name.replace('.', "/"))]["post"].is_object(), "{name} has no path");
    }
}

#[tokio::test]
async fn answers_come_as_csv_and_json() {
    let shell = Shell::new();
    let sql =
        "SELECT 1 AS number, 'a, \"b\"' AS text, NULL AS nothing, 0.5 AS half, true AS yes, TIMESTAMP '2026-03-01T09:00:00Z' AS moment";
    let csv = printed(&shell.run(&["sql", sql, "--output", "csv"]));
    let mut lines = csv.lines();
    assert_eq!(lines.next(), Some("number,text,nothing,half,yes,moment"));
    let row = lines.next().unwrap();
    assert!(row.starts_with("1,\"a, \"\"b\"\"\",,0.5,true,2026-03-01"), "{row}");
    let answer = json(&shell.run(&["sql", sql, "--output", "json"]));
    assert_eq!(answer["rows"][0].as_array().unwrap()[..5], [json!(1), json!("a, \"b\""), Value::Null, json!(0.5), json!(true)]);
    let nothing = printed(&shell.run(&["sql", "SELECT 1 AS a WHERE false", "--output", "csv"]));
    assert_eq!(nothing.lines().collect::<Vec<_>>(), ["a"]);
    // What a terminal would obey is not passed on to it.
    let shown = printed(&shell.run(&["sql", "SELECT chr(27) || '[31mred' AS colour"]));
    assert!(!shown.contains('\u{1b}'), "{shown:?}");
}

#[tokio::test]
async fn the_exit_code_tells_what_went_wrong() {
    let maru = Maru::start().await;
    let shell = Shell::new();
    let elsewhere = |url: &str, token: &str| shell.run(&["series", "list", "--server", url, "--token", token]);
    for (what, output, code, says) in [
        ("all is well", maru.run(&["series", "list"]), 0, ""),
        ("wrong SQL", maru.run(&["sql", "SELEC 1"]), 2, "MARU-0131"),
        ("no such column", maru.run(&["sql", "SELECT nothing FROM samples"]), 2, "nothing"),
        ("no such flag", maru.run(&["series", "list", "--limt", "1"]), 2, "--limit"),
        ("no such command", maru.run(&["serie", "list"]), 2, "series"),
        ("no value", maru.run(&["series", "list", "--limit", "many"]), 2, "--limit"),
        ("no moment", maru.run(&["anomaly", "list", "--since", "yesterday"]), 2, "since"),
        ("no token", elsewhere(maru.url(), "maru_unknown"), 3, "MARU-0311"),
        ("no such series", maru.run(&["series", "read", "1"]), 4, "MARU-0211"),
        ("no such file", maru.run(&["watch", "replay", "/none.csv"]), 4, "/none.csv"),
        ("nobody there", elsewhere("http://127.0.0.1:1", "maru_x"), 5, "127.0.0.1:1"),
        ("no address", elsewhere("ftp://127.0.0.1", "maru_x"), 2, "ftp"),
    ] {
        assert_eq!(output.status.code(), Some(code), "{what}: {}", error(&output));
        assert!(error(&output).contains(says), "{what} is told: {}", error(&output));
        assert!(code == 0 || output.stdout.is_empty(), "{what}: an error goes to standard error alone");
    }
    let wrong = maru.run(&["sql", "SELEC 1", "--output", "json"]);
    let told: Value = serde_json::from_str(&error(&wrong)).unwrap();
    assert_eq!((&told["code"], &told["field"]), (&json!("MARU-0131"), &json!("sql")));
}

#[tokio::test]
async fn a_second_program_on_the_folder_is_refused() {
    let maru = Maru::start().await;
    let second = maru.run(&["up", "--listen", "127.0.0.1:0"]);
    let said = error(&second);
    assert_eq!(second.status.code(), Some(1), "{said}");
    for part in ["MARU-0101", &maru.pid().to_string(), maru.url(), "--data"] {
        assert!(said.contains(part), "{part} is missing: {said}");
    }
    assert!(!said.contains(maru.token()));
    maru.sql("SELECT 1").await;
    assert!(maru.data().join("endpoint.json").exists(), "the first one is found still");
}

#[tokio::test]
async fn settings_that_do_not_exist_are_refused_with_the_near_one() {
    let shell = Shell::new();
    let file = |content: &str| {
        let path = shell.file("settings.toml", content);
        shell.run(&["config", "show", "--config", path.to_str().unwrap()])
    };
    for (what, output, parts) in [
        ("a key", file("lisen = \"127.0.0.1:1\"\n"), ["lisen", "Did you mean `listen`?"]),
        ("a key in a section", file("[limits]\nsql_second = 3\n"), ["limits.sql_second", "Did you mean `limits.sql_seconds`?"]),
        ("a section", file("[limit]\nsql_seconds = 3\n"), ["limit", "limits"]),
        ("a value of another type", file("listen = 7171\n"), ["listen", "settings.toml"]),
        ("a value that does not fit", file("[limits]\nsql_seconds = 0\n"), ["limits.sql_seconds", "settings.toml"]),
        ("no TOML", file("listen = \n"), ["settings.toml", "TOML"]),
        ("no file", shell.run(&["config", "show", "--config", "/none.toml"]), ["/none.toml", "cannot be read"]),
        (
            "a variable",
            shell.command(&["config", "show"]).env("MARU_LISEN", "x").output().unwrap(),
            ["MARU_LISEN", "Did you mean `MARU_LISTEN`?"],
        ),
        ("a value in a variable", shell.command(&["up"]).env("MARU_LISTEN", "here").output().unwrap(), ["MARU_LISTEN", "listen"]),
    ] {
        assert_eq!(output.status.code(), Some(2), "{what}: {}", error(&output));
        for part in parts {
            assert!(error(&output).contains(part), "{what} lacks {part}: {}", error(&output));
        }
    }
    shell.file("data/maru.toml", "watch.hosts = true\n");
    let started = shell.run(&["up", "--listen", "127.0.0.1:0"]);
    assert_eq!(started.status.code(), Some(2), "{}", error(&started));
    assert!(error(&started).contains("Did you mean `watch.host`?"), "{}", error(&started));
}

#[tokio::test]
async fn settings_tell_where_they_come_from() {
    let shell = Shell::new();
    shell.file(
        "data/maru.toml",
        "listen = \"127.0.0.1:7001\"\nhistory_flush_seconds = 7\n[limits]\nsql_seconds = 9\n[watch]\nscrape = []\n",
    );
    let shown = shell.command(&["config", "show", "--output", "json"]).env("MARU_LIMITS_SQL_SECONDS", "11").output().unwrap();
    let shown = json(&shown);
    let rows = shown.as_array().or_else(|| shown.as_object()?.values().find_map(Value::as_array)).expect("rows");
    let of = |key: &str| rows.iter().find(|row| row["key"] == key).unwrap_or_else(|| panic!("{key} is missing: {shown}"));
    assert_eq!(of("listen")["value"], "127.0.0.1:7001");
    assert!(of("listen")["from"].as_str().unwrap().contains("maru.toml"), "{}", of("listen"));
    assert_eq!(of("limits.sql_seconds")["value"], 11, "the environment goes before the file");
    assert!(of("limits.sql_seconds")["from"].as_str().unwrap().contains("MARU_LIMITS_SQL_SECONDS"));
    assert_eq!(of("history_flush_seconds")["value"], 7);
    assert_eq!(of("limits.sql_rows")["from"], "default");
    let flag = json(&shell.run(&["--data", shell.home.path().to_str().unwrap(), "config", "show", "--output", "json"]));
    assert!(flag.to_string().contains("flag"), "{flag}");
    let secret = shell.command(&["config", "show"]).env("MARU_STATE", "postgres://maru:hidden-word@db.example/maru").output().unwrap();
    assert!(printed(&secret).contains("db.example") && !printed(&secret).contains("hidden-word"), "{}", printed(&secret));
}

/// Three calm days by the minute, with a jump in the last.
fn calm_with_a_jump() -> String {
    let row = |minute: i64| {
        let value = if (4_000..4_030).contains(&minute) { 900.0 } else { 100.0 + ((minute * 37) % 11) as f64 / 10.0 };
        format!("{},{value}\n", 1_767_225_600 + minute * 60)
    };
    format!("timestamp,value\n{}", (0..4_320).map(row).collect::<String>())
}

#[tokio::test]
async fn a_replay_has_the_same_outcome_every_time() {
    let shell = Shell::new();
    let input = shell.file("calm.csv", &calm_with_a_jump());
    let runs: Vec<Output> = (0..3).map(|_| shell.run(&["watch", "replay", input.to_str().unwrap()])).collect();
    let judged = printed(&runs[0]);
    assert!(runs.iter().all(|run| run.stdout == runs[0].stdout && run.stderr == runs[0].stderr), "three runs, one outcome");
    let mut lines = judged.lines();
    assert_eq!(lines.next(), Some("timestamp,value,lower,upper,anomaly_score"));
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), 4_320);
    let score = |minute: usize| rows[minute][4].parse::<f64>().unwrap();
    let highest = |minutes: std::ops::Range<usize>| minutes.map(score).fold(0.0, f64::max);
    let (calm, wild) = (highest(1_000..4_000), highest(4_000..4_030));
    assert!(calm < 0.5 && wild > 0.6, "the calm part scores {calm}, the jump {wild}");
    assert!(error(&runs[0]).contains("1 anomaly"), "{}", error(&runs[0]));

    let output = shell.home.path().join("judged.csv");
    printed(&shell.run(&["watch", "replay", input.to_str().unwrap(), "--output-file", output.to_str().unwrap()]));
    assert_eq!(fs::read_to_string(output).unwrap(), judged);
    let piped = shell.command(&["watch", "replay", "-"]).stdin(fs::File::open(&input).unwrap()).output().unwrap();
    assert_eq!(printed(&piped), judged);
    assert!(!shell.data().exists(), "a replay needs no data folder");

    let wrong = shell.file("wrong.csv", "timestamp,value\n1,2\n2,many\n");
    let wrong = shell.run(&["watch", "replay", wrong.to_str().unwrap()]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(error(&wrong).contains("line 3"), "{}", error(&wrong));
}

#[tokio::test]
async fn it_ends_when_it_is_told_to() {
    for signal in [Signal::TERM, Signal::INT] {
        let mut maru = Maru::start().await;
        send_some(&maru).await;
        // Somebody looks on, somebody is in the middle of a request, and somebody keeps a connection for later.
        let events = maru.client().get(format!("{}/api/v1/events", maru.url())).bearer_auth(maru.token()).send().await.unwrap();
        assert!(events.status().is_success());
        let query = tokio::spawn({
            let request = maru.client().post(format!("{}/api/v1/sql/query", maru.url())).bearer_auth(maru.token());
            let request = request.json(&json!({"sql": "SELECT count(DISTINCT a.value * b.value) FROM samples a, samples b"}));
            async move { request.send().await.unwrap().status() }
        });
        let _kept = TcpStream::connect(maru.url().split_once("://").unwrap().1).await.unwrap();
        until("the query runs or has run", Duration::from_secs(10), async || {
            let metrics = maru.client().get(format!("{}/metrics", maru.url())).send().await.ok()?.text().await.ok()?;
            metrics.contains("maru_http_connections").then_some(())
        })
        .await;
        let started = Instant::now();
        let ended = maru.end_by(signal).await;
        assert_eq!(ended.code(), Some(0), "{signal:?}: {ended}; {}", maru.log());
        assert!(started.elapsed() < Duration::from_secs(15), "it took {:?}", started.elapsed());
        assert!(query.await.unwrap().is_success(), "what ran was let end");
        assert!(!maru.data().join("endpoint.json").exists(), "nobody is sent to a program that is gone");
        assert!(!maru.log().contains("ERROR"), "{}", maru.log());
        maru.start_again().await;
        assert_eq!(maru.count("SELECT count(*) FROM samples").await, 80);
    }
}

#[tokio::test]
async fn secrets_stay_out_of_logs_and_files() {
    const PASSWORD: &str = "correct horse battery staple";
    let maru = Maru::setup().env("MARU_LOG_LEVEL", "trace").flag("-vv").up().await;
    let mut secrets = vec![
        ("the local token", maru.token().to_owned()),
        ("the sign-in code", maru.sign_in_code()),
        ("the password", PASSWORD.to_owned()),
    ];
    maru.ask("user.create", json!({"name": "kim", "role": "member", "password": PASSWORD})).await;
    maru.ask("user.set-password", json!({"name": "kim", "password": PASSWORD})).await;
    let post = |path: &str, input: Value| maru.client().post(format!("{}{path}", maru.url())).json(&input).send();
    for (path, input) in [
        ("/api/v1/session", json!({"user": "kim", "password": PASSWORD})),
        ("/api/v1/session", json!({"user": "kim", "password": format!("{PASSWORD}, but wrong")})),
        ("/api/v1/session/link", json!({"code": maru.sign_in_code()})),
        ("/api/v1/session/link", json!({"code": maru.sign_in_code()})),
    ] {
        let response = post(path, input).await.unwrap();
        if let Some(cookie) = response.headers().get("set-cookie") {
            let value = cookie.to_str().unwrap().split(['=', ';']).nth(1).unwrap().to_owned();
            secrets.push(("a session's cookie", value));
        }
    }
    let token = maru.ask("token.create", json!({"name": "laptop", "scope": "admin"})).await["token"].as_str().unwrap().to_owned();
    let url = format!("{}/api/v1/token/list", maru.url());
    assert!(maru.client().post(url).bearer_auth(&token).json(&json!({})).send().await.unwrap().status().is_success());
    secrets.push(("an API token", token));
    let link = maru.ask("sign-in.link", json!({})).await;
    secrets.push(("another sign-in code", link["code"].as_str().unwrap().to_owned()));
    assert_eq!(secrets.len(), 7);

    // So that there is a log to look at.
    let mut stream = TcpStream::connect(maru.url().split_once("://").unwrap().1).await.unwrap();
    stream.write_all(b"no HTTP at all\r\n\r\n").await.unwrap();
    until("it logs at all", Duration::from_secs(10), async || (!maru.log().is_empty()).then_some(())).await;
    let audit = maru.sql("SELECT * FROM audit").await;
    let audit = serde_json::to_string(&audit).unwrap();
    assert!(audit.contains("user.create") && audit.contains("kim"), "{audit}");
    let metrics = maru.client().get(format!("{}/metrics", maru.url())).send().await.unwrap().text().await.unwrap();
    for (what, secret) in &secrets {
        for (place, text) in [("the log", maru.log()), ("the audit", audit.clone()), ("the metrics", metrics.clone())] {
            assert!(!text.contains(secret), "{place} holds {what}");
        }
    }
    for path in files(maru.data()) {
        let content = fs::read(&path).unwrap();
        for (what, secret) in &secrets {
            let is_there = content.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert_eq!(is_there, *what == "the local token" && path.ends_with("token"), "{what} in {}", path.display());
        }
    }
    for secret in ["token", "endpoint.json", "state.db", "lock"] {
        assert_eq!(mode(&maru.data().join(secret)) & 0o077, 0, "{secret} is readable by others");
    }
    assert_eq!(mode(maru.data()) & 0o077, 0, "the folder is its owner's");
}

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).unwrap().permissions().mode()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[tokio::test]
async fn what_else_it_says() {
    let shell = Shell::new();
    assert!(printed(&shell.run(&["--version"])).starts_with("maru "));
    let greeting = printed(&shell.run(&[]));
    assert!(greeting.contains("maru up") && greeting.lines().count() < 12, "{greeting}");
    let korean = shell.command(&[]).env("LANG", "ko_KR.UTF-8").output().unwrap();
    assert!(printed(&korean).contains("Maru는"), "{}", printed(&korean));
    for sh in ["bash", "zsh", "fish"] {
        assert!(printed(&shell.run(&["completions", sh])).contains("series"), "{sh}");
    }
    // A reader that leaves early is no fault.
    let mut child = shell.command(&["openapi"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{}: {}", output.status, error(&output));
    assert!(!shell.data().exists(), "none of this needs a data folder");
}
