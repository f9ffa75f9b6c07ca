#![allow(clippy::unwrap_used, clippy::disallowed_methods)]
use super::*;
use tempfile::TempDir;

struct Given {
    folder: TempDir,
    sources: Sources,
}

fn given() -> Given {
    let folder = tempfile::tempdir().unwrap();
    let sources = Sources { flags: vec![("data", folder.path().display().to_string())], ..Sources::default() };
    Given { folder, sources }
}

impl Given {
    fn file(self, content: &str) -> Self {
        std::fs::write(self.folder.path().join("maru.toml"), content).unwrap();
        self
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.sources.environment.push((name.into(), value.into()));
        self
    }

    fn flag(mut self, key: &'static str, value: &str) -> Self {
        self.sources.flags.push((key, value.into()));
        self
    }

    fn settings(&self) -> Settings {
        Settings::load(&self.sources).unwrap()
    }

    /// The value of `key` and where it comes from.
    fn shown(&self, key: &str) -> String {
        let settings = self.settings();
        let (_, value, origin) = settings.all().find(|(known, _, _)| known.path == key).unwrap();
        self.anonymous(&format!("{value} from {origin}"))
    }

    fn refused(&self) -> String {
        let error = Settings::load(&self.sources).and_then(|settings| settings.configuration()).err().unwrap();
        assert_eq!(error.exit_code(), 2);
        self.anonymous(&error.to_string())
    }

    fn anonymous(&self, text: &str) -> String {
        text.replace(&self.folder.path().display().to_string(), "DATA")
    }
}

#[test]
fn defaults_hold_where_nothing_is_said() {
    let configuration = given().settings().configuration().unwrap();
    assert_eq!(configuration.listen.to_string(), "127.0.0.1:7171");
    assert!(configuration.state.is_none() && configuration.history.is_none() && configuration.watch.host && !configuration.insecure_http);
    assert_eq!(configuration.limits.memory_bytes, 512 << 20);
}

#[test]
fn every_source_goes_over_the_one_before() {
    let given = given();
    insta::assert_snapshot!(given.shown("listen"), @r#""127.0.0.1:7171" from default"#);
    let given = given.file("listen = \"127.0.0.1:1\"\n[watch]\ninterval_seconds = 9");
    insta::assert_snapshot!(given.shown("listen"), @r#""127.0.0.1:1" from file DATA/maru.toml"#);
    insta::assert_snapshot!(given.shown("watch.interval_seconds"), @"9 from file DATA/maru.toml");
    insta::assert_snapshot!(given.shown("watch.host"), @"true from default");
    let given = given.variable("MARU_LISTEN", "127.0.0.1:2").variable("MARU_WATCH_INTERVAL_SECONDS", "7");
    insta::assert_snapshot!(given.shown("listen"), @r#""127.0.0.1:2" from environment MARU_LISTEN"#);
    insta::assert_snapshot!(given.shown("watch.interval_seconds"), @"7 from environment MARU_WATCH_INTERVAL_SECONDS");
    let given = given.flag("listen", ":3");
    insta::assert_snapshot!(given.shown("listen"), @r#"":3" from flag --listen"#);
    assert_eq!(given.settings().configuration().unwrap().listen.to_string(), "127.0.0.1:3");
}

#[test]
fn a_named_file_stands_in_for_the_one_in_the_folder() {
    let mut given = given().file("listen = \"127.0.0.1:1\"");
    let named = given.folder.path().join("other.toml");
    std::fs::write(&named, "data = \"/elsewhere\"").unwrap();
    given.sources.file = Some(named);
    given.sources.flags.clear();
    insta::assert_snapshot!(given.shown("data"), @r#""/elsewhere" from file DATA/other.toml"#);
    insta::assert_snapshot!(given.shown("listen"), @r#""127.0.0.1:7171" from default"#);
    given.sources.file = Some("/no/such.toml".into());
    insta::assert_snapshot!(given.refused(), @"The file of settings `/no/such.toml` cannot be read: No such file or directory (os error 2). [MARU-0702]");
}

#[test]
fn what_is_unknown_is_refused_with_what_was_meant() {
    insta::assert_snapshot!(given().file("lisen = \"127.0.0.1:1\"").refused(), @"`lisen` in `DATA/maru.toml` is nothing that Maru knows. [MARU-0700] Did you mean `listen`?");
    insta::assert_snapshot!(given().file("[watch]\nintervall_seconds = 1").refused(), @"`watch.intervall_seconds` in `DATA/maru.toml` is nothing that Maru knows. [MARU-0700] Did you mean `watch.interval_seconds`?");
    insta::assert_snapshot!(given().file("interval_seconds = 1").refused(), @"`interval_seconds` in `DATA/maru.toml` is nothing that Maru knows. [MARU-0700] Did you mean `watch.interval_seconds`?");
    insta::assert_snapshot!(given().file("[wach]\nhost = true").refused(), @"`wach` in `DATA/maru.toml` is nothing that Maru knows. [MARU-0700] Did you mean `watch`?");
    insta::assert_snapshot!(given().file("purple = 1").refused(), @"`purple` in `DATA/maru.toml` is nothing that Maru knows. [MARU-0700] `maru config show` lists what there is.");
    insta::assert_snapshot!(given().variable("MARU_LISTN", "x").refused(), @"The environment variable `MARU_LISTN` sets nothing that Maru knows. [MARU-0700] Did you mean `MARU_LISTEN`?");
    insta::assert_snapshot!(given().file("[[watch.scrape]]\njob = \"a\"\nurll = \"b\"").refused(), @"`watch.scrape.0.urll` (file DATA/maru.toml) is nothing that Maru knows. [MARU-0700] Did you mean `url`?");
}

#[test]
fn what_does_not_fit_is_refused_with_what_would() {
    insta::assert_snapshot!(given().file("[watch]\ninterval_seconds = \"fast\"").refused(), @r#"`watch.interval_seconds` is a whole number from 1 to 3600, not "fast" (file DATA/maru.toml). [MARU-0701]"#);
    insta::assert_snapshot!(given().file("[watch]\ninterval_seconds = 0").refused(), @"`watch.interval_seconds` is a whole number from 1 to 3600, not `0` (file DATA/maru.toml). [MARU-0701]");
    insta::assert_snapshot!(given().variable("MARU_WATCH_HOST", "perhaps").refused(), @r#"`watch.host` is `true` or `false`, not "perhaps" (environment MARU_WATCH_HOST). [MARU-0701]"#);
    insta::assert_snapshot!(given().flag("listen", "here").refused(), @r#"`listen` is an address with a port such as `127.0.0.1:7171`, not "here" (flag --listen). [MARU-0701]"#);
    insta::assert_snapshot!(given().file("[log]\nformat = \"xml\"").refused(), @r#"`log.format` is one of `text`, `json`, not "xml" (file DATA/maru.toml). [MARU-0701]"#);
    insta::assert_snapshot!(given().file("state = 5").refused(), @"`state` is a text, not `5` (file DATA/maru.toml). [MARU-0701]");
    insta::assert_snapshot!(given().file("watch = 5").refused(), @"`watch` in `DATA/maru.toml` is a group of settings, not a single one. [MARU-0701]");
    insta::assert_snapshot!(given().file("[watch]\nscrape = [1]").refused(), @"`watch.scrape.0` (file DATA/maru.toml) is a table with keys of its own, not signed int `1`. [MARU-0701]");
    insta::assert_snapshot!(given().file("[[watch.scrape]]\njob = \"a\"").refused(), @"`watch.scrape.0` (file DATA/maru.toml) needs `url`. [MARU-0701]");
    insta::assert_snapshot!(given().file("[[watch.scrape]]\njob = \"a\"\nurl = \"b\"").refused(), @"`watch.scrape.0.url` (file DATA/maru.toml) does not fit: `b` is no address of the form `http://host:port/path`. [MARU-0701]");
    insta::assert_snapshot!(given().file("data = \"/x\"").refused(), @"`data` in `DATA/maru.toml` cannot say where the folder is that this file is in. [MARU-0704] Use `--data` or `MARU_DATA`, or name the file with `--config`.");
    insta::assert_snapshot!(given().file("listen =").refused(), @"
    The file of settings `DATA/maru.toml` is no TOML: TOML parse error at line 1, column 9
      |
    1 | listen =
      |         ^ [MARU-0703]
    ");
}

#[test]
fn targets_come_from_a_file_or_the_environment() {
    let given = given().file("[[watch.scrape]]\njob = \"node\"\nurl = \"http://n:9100/metrics\"\nlabels = { rack = \"7\" }");
    let target = &given.settings().configuration().unwrap().watch.scrape[0];
    assert_eq!((target.job.as_str(), target.interval_seconds, target.labels["rack"].as_str()), ("node", 15, "7"));
    let given = given.variable("MARU_WATCH_SCRAPE", r#"[{job = "x", url = "http://u:p@x/metrics", interval_seconds = 3}]"#);
    assert_eq!(given.settings().configuration().unwrap().watch.scrape[0].interval_seconds, 3);
    insta::assert_snapshot!(given.shown("watch.scrape"), @r#"[{"interval_seconds":3,"job":"x","url":"http://u:redacted@x/metrics"}] from environment MARU_WATCH_SCRAPE"#);
}

#[test]
fn passwords_are_not_shown() {
    insta::assert_snapshot!(given().variable("MARU_STATE", "postgres://maru:hunter2@db/maru").shown("state"), @r#""postgres://maru:redacted@db/maru" from environment MARU_STATE"#);
}

#[test]
fn variables_of_others_are_left_alone() {
    let mut given =
        given().variable("MARU_SERVICE_HOST", "10.0.0.1").variable("MARU_PORT_7171_TCP", "tcp://10.0.0.1:7171").variable("MARU_TOKEN", "t");
    given.sources.other_variables = vec!["MARU_TOKEN".into()];
    given.settings();
}

#[test]
fn data_has_a_home() {
    let environment =
        |pairs: &[(&str, &str)]| pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect::<Vec<(String, String)>>();
    let home =
        |is_root, pairs: &[(&str, &str)]| default_data::default_data(is_root, &environment(pairs)).map(|path| path.display().to_string());
    assert_eq!(home(true, &[("HOME", "/root")]).unwrap(), "/var/lib/maru");
    assert_eq!(home(false, &[("HOME", "/home/kim")]).unwrap(), "/home/kim/.local/share/maru");
    assert_eq!(home(false, &[("HOME", "/home/kim"), ("XDG_DATA_HOME", "/data")]).unwrap(), "/data/maru");
    assert_eq!(home(false, &[("XDG_DATA_HOME", "relative")]), None);
    let mut given = given();
    given.sources.flags.clear();
    insta::assert_snapshot!(given.refused(), @"There is no home to keep data in. [MARU-0705] Say where it goes: `--data DIR` or `MARU_DATA`.");
}
