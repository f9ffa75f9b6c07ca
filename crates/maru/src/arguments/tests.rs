#![allow(clippy::unwrap_used)]
use super::*;
use crate::cell;

fn parsed(line: &[&str]) -> ArgMatches {
    command(&cell::catalogue(), Language::English).try_get_matches_from(line).unwrap()
}

fn chosen(line: &[&str]) -> String {
    let registry = cell::catalogue();
    let matches = command(&registry, Language::English).try_get_matches_from(line).unwrap();
    let chosen = cli::invocation(&registry, &matches).unwrap().unwrap();
    format!("{} {}", chosen.entry.name, chosen.input)
}

#[test]
fn the_command_tree_is_sound() {
    command(&cell::catalogue(), Language::English).debug_assert();
}

#[test]
fn operations_are_chosen() {
    insta::assert_snapshot!(chosen(&["maru", "sql", "SELECT 1"]), @r#"sql.query {"sql":"SELECT 1","limit":1000}"#);
    insta::assert_snapshot!(chosen(&["maru", "series", "list", "--limit", "3"]), @r#"series.list {"match":"","limit":3,"offset":0}"#);
    insta::assert_snapshot!(chosen(&["maru", "op", "list", "--output", "json"]), @"operation.list {}");
}

#[test]
fn flags_are_taken_wherever_they_stand() {
    let matches = parsed(&["maru", "--data", "/a", "sql", "--output", "csv", "SELECT 1", "-vv"]);
    let globals = Globals::of(&matches);
    assert_eq!((globals.output, globals.verbosity), (OutputFormat::Csv, 2));
    assert_eq!(settings(&matches), [("data", "/a".to_owned())]);
}

#[test]
fn flags_set_settings() {
    let set = settings(&parsed(&["maru", "up", "--data", "/a", "--listen", "127.0.0.1:1", "--insecure-http"]));
    assert_eq!(set, [("data", "/a".to_owned()), ("listen", "127.0.0.1:1".to_owned()), ("insecure_http", "true".to_owned())]);
    assert_eq!(settings(&parsed(&["maru", "up"])), []);
    assert_eq!(settings(&parsed(&["maru", "sql", "SELECT 1"])), []);
}

#[test]
fn every_flag_of_a_setting_exists() {
    let whole = command(&cell::catalogue(), Language::English);
    let up = whole.find_subcommand("up").unwrap();
    for flag in KEYS.iter().filter_map(|key| key.flag) {
        assert!(whole.get_arguments().chain(up.get_arguments()).any(|argument| argument.get_long() == Some(flag)), "--{flag}");
    }
}

#[test]
fn flags_have_variables() {
    let variables = variables(&command(&cell::catalogue(), Language::English));
    assert!(
        ["MARU_SERVER", "MARU_TOKEN", "MARU_CONFIG", "MARU_OUTPUT"].iter().all(|name| variables.iter().any(|known| known == name)),
        "{variables:?}"
    );
}

#[test]
fn help_begins_with_up() {
    let help =
        |language| command(&cell::catalogue(), language).term_width(110).try_get_matches_from(["maru", "--help"]).unwrap_err().to_string();
    insta::assert_snapshot!(help(Language::English), @"
    Maru watches what a team runs, and is run by the team itself.

    Usage: maru [OPTIONS] [COMMAND]

    Start here:
      up           Start Maru and watch this machine

    Operations, `maru <noun> <verb>`:
      anomaly      list
      operation    list
      series       list, read
      session      list, revoke
      sign-in      link
      sql          query
      table        list
      token        create, list, revoke
      user         create, disable, enable, list, set-password
      watch        overview, replay

    The program itself:
      config       show: every setting and where it comes from
      openapi      Print the description of the HTTP API, as OpenAPI 3.1
      completions  Print completions for a shell

    Options:
          --data <DIR>          The data folder [env: MARU_DATA] [default: ~/.local/share/maru, for root
                                /var/lib/maru]
          --server <URL>        Talk to a Maru that runs elsewhere [env: MARU_SERVER]
          --token <TOKEN>       The token for `--server` [env: MARU_TOKEN]
          --server-cert <FILE>  The certificate that `--server` shows, as PEM, where no authority vouches for it
                                [env: MARU_SERVER_CERT]
          --output <FORMAT>     How answers are written: table, json or csv [env: MARU_OUTPUT] [default: table]
          --config <FILE>       The file of settings [env: MARU_CONFIG] [default: maru.toml in the data folder]
      -v, --verbose...          Log more; twice for much more
      -h, --help                Print help
      -V, --version             Print version

    Exit codes:
      0  it was done
      1  a conflict, or a fault of Maru's own
      2  wrong input
      3  not signed in, or not allowed
      4  not found
      5  not now: try again later
    ");
    insta::assert_snapshot!(help(Language::Korean).lines().take(6).collect::<Vec<_>>().join("\n"), @"
    Maru는 팀이 직접 운영하며, 팀의 시스템을 지켜보는 프로그램입니다.

    Usage: maru [OPTIONS] [COMMAND]

    시작하기:
      up           Maru를 시작하고 이 컴퓨터를 지켜봅니다
    ");
}
