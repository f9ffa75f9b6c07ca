//! The whole command line: the registry's operations, the program's own commands, and the flags that all of them take.

use crate::{configuration::KEYS, language::Language};
use clap::{Arg, ArgAction, ArgMatches, Command, builder::Styles, value_parser};
use clap_complete::Shell;
use maru_kernel::Registry;
use maru_surface::cli::{self, OutputFormat};
use std::{collections::BTreeMap, path::PathBuf};

const EXIT_CODES: &str = "  0  it was done
  1  a conflict, or a fault of Maru's own
  2  wrong input
  3  not signed in, or not allowed
  4  not found
  5  not now: try again later";

/// What every command is told. There is no `Debug`: the token is one of them.
#[derive(Clone)]
pub struct Globals {
    /// The server to talk to instead of the data folder.
    pub server: Option<String>,
    /// The token for that server. Never shown.
    pub token: Option<String>,
    /// The file with the certificate that this server shows, where no authority vouches for it.
    pub certificate: Option<PathBuf>,
    /// How answers are written.
    pub output: OutputFormat,
    /// The file of settings, where one was named.
    pub config: Option<PathBuf>,
    /// How many times `-v` was given.
    pub verbosity: u8,
}

impl Globals {
    /// What `matches` of the whole command line says to every command.
    #[must_use]
    pub fn of(matches: &ArgMatches) -> Self {
        Self {
            server: matches.get_one("global.server").cloned(),
            token: matches.get_one("global.token").cloned(),
            certificate: matches.get_one("global.certificate").cloned(),
            output: matches.get_one("global.output").copied().unwrap_or_default(),
            config: matches.get_one("global.config").cloned(),
            verbosity: matches.get_count("global.verbose"),
        }
    }
}

/// The whole command line.
#[must_use]
pub fn command(registry: &Registry, language: Language) -> Command {
    let operations = cli::command(registry);
    let operations = match operations.find_subcommand("watch") {
        Some(_) => operations.mut_subcommand("watch", |watch| watch.subcommand(replay())),
        None => operations.subcommand(Command::new("watch").about("replay").subcommand_required(true).subcommand(replay())),
    };
    let operations = match operations.find_subcommand("operation") {
        Some(_) => operations.mut_subcommand("operation", |operation| operation.visible_alias("op")),
        None => operations,
    };
    operations
        .version(env!("CARGO_PKG_VERSION"))
        .about(language.about())
        .disable_help_subcommand(true)
        .args(globals())
        .subcommand(up(language))
        .subcommands(program_commands())
        .help_template(help_template(registry, language))
        .after_help(format!("{}\n{EXIT_CODES}", heading(language.exit_codes_heading())))
}

/// What the flags of `matches` set, by key.
#[must_use]
pub fn settings(matches: &ArgMatches) -> Vec<(&'static str, String)> {
    let data = matches.get_one::<PathBuf>("global.data").map(|data| ("data", data.display().to_string()));
    let up = matches.subcommand_matches("up");
    let of_up = KEYS.iter().filter_map(|key| {
        let (up, id) = (up?, format!("up.{}", key.path));
        match up.try_get_one::<String>(&id) {
            Ok(value) => value.map(|value| (key.path, value.clone())),
            Err(_) => up.try_get_one::<bool>(&id).ok().flatten().filter(|given| **given).map(|given| (key.path, given.to_string())),
        }
    });
    data.into_iter().chain(of_up).collect()
}

/// The environment variables that flags of `command` and of everything under it go by.
#[must_use]
pub fn variables(command: &Command) -> Vec<String> {
    let own = command.get_arguments().filter_map(Arg::get_env).map(|name| name.to_string_lossy().into_owned());
    own.chain(command.get_subcommands().flat_map(variables)).collect()
}

fn globals() -> [Arg; 7] {
    [
        Arg::new("global.data")
            .long("data")
            .value_name("DIR")
            .value_parser(value_parser!(PathBuf))
            .help("The data folder [env: MARU_DATA] [default: ~/.local/share/maru, for root /var/lib/maru]"),
        Arg::new("global.server")
            .long("server")
            .value_name("URL")
            .env("MARU_SERVER")
            .hide_env(true)
            .help("Talk to a Maru that runs elsewhere [env: MARU_SERVER]"),
        Arg::new("global.token")
            .long("token")
            .value_name("TOKEN")
            .env("MARU_TOKEN")
            .hide_env(true)
            .help("The token for `--server` [env: MARU_TOKEN]"),
        Arg::new("global.certificate")
            .long("server-cert")
            .value_name("FILE")
            .value_parser(value_parser!(PathBuf))
            .env("MARU_SERVER_CERT")
            .hide_env(true)
            .help("The certificate that `--server` shows, as PEM, where no authority vouches for it [env: MARU_SERVER_CERT]"),
        Arg::new("global.output")
            .long("output")
            .value_name("FORMAT")
            .value_parser(value_parser!(OutputFormat))
            .env("MARU_OUTPUT")
            .hide_env(true)
            .hide_possible_values(true)
            .help("How answers are written: table, json or csv [env: MARU_OUTPUT] [default: table]"),
        Arg::new("global.config")
            .long("config")
            .value_name("FILE")
            .value_parser(value_parser!(PathBuf))
            .env("MARU_CONFIG")
            .hide_env(true)
            .help("The file of settings [env: MARU_CONFIG] [default: maru.toml in the data folder]"),
        Arg::new("global.verbose").short('v').long("verbose").action(ArgAction::Count).help("Log more; twice for much more"),
    ]
    .map(|flag| flag.global(true).help_heading("Everywhere"))
}

fn up(language: Language) -> Command {
    let text = |key: &'static str, flag: &'static str, name: &'static str, help: &'static str| {
        Arg::new(format!("up.{key}")).long(flag).value_name(name).help(help)
    };
    let switch = |key: &'static str, flag: &'static str, help: &'static str| {
        Arg::new(format!("up.{key}")).long(flag).action(ArgAction::SetTrue).help(help)
    };
    Command::new("up").about(language.up_about()).args([
        text("listen", "listen", "ADDR:PORT", "Where to listen [env: MARU_LISTEN] [default: 127.0.0.1:7171]"),
        text(
            "state",
            "state",
            "URL",
            "The state database, such as postgres://user@host/maru [env: MARU_STATE] [default: SQLite in the data folder]",
        ),
        text(
            "history",
            "history",
            "URL",
            "Where history is kept, such as s3://bucket/prefix [env: MARU_HISTORY] [default: the data folder]",
        ),
        text("tls.certificate", "tls-cert", "FILE", "The certificate and those that vouch for it, as PEM"),
        text("tls.key", "tls-key", "FILE", "The certificate's private key, as PEM"),
        switch("tls.self_signed", "tls-self-signed", "Encrypt with a certificate that Maru signs itself"),
        switch("insecure_http", "insecure-http", "Listen beyond this machine without encryption"),
    ])
}

fn replay() -> Command {
    Command::new("replay")
        .about("Run the detector over a file, offline")
        .long_about(
            "Runs the detector that watches series over a file, offline and with the same outcome every time. Reads CSV with the columns \
             `timestamp` and `value`, writes `timestamp,value,lower,upper,anomaly_score`, a row for each row, and tells on standard error \
             what it found.",
        )
        .arg(Arg::new("replay.file").value_name("FILE").required(true).value_parser(value_parser!(PathBuf)).help("The file; `-` for standard input"))
        .arg(
            Arg::new("replay.output")
                .long("output-file")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .help("Where the rows go [default: standard output]"),
        )
        .after_help("Effect: read (changes nothing)\n\nExamples:\n  maru watch replay latency.csv --output-file judged.csv\n  cat latency.csv | maru watch replay -")
}

fn program_commands() -> [Command; 3] {
    [
        Command::new("config")
            .about("show: every setting and where it comes from")
            .subcommand_required(true)
            .arg_required_else_help(true)
            .disable_help_subcommand(true)
            .subcommand(Command::new("show").about("Print every setting, its value and where it comes from; secrets are left out")),
        Command::new("openapi").about("Print the description of the HTTP API, as OpenAPI 3.1"),
        Command::new("completions")
            .about("Print completions for a shell")
            .arg(Arg::new("completions.shell").value_name("SHELL").required(true).value_parser(value_parser!(Shell)).help("The shell"))
            .after_help("Examples:\n  maru completions bash > ~/.local/share/bash-completion/completions/maru\n  maru completions zsh > ~/.zfunc/_maru"),
    ]
}

/// Commands under three headings, which clap's own help does not have.
fn help_template(registry: &Registry, language: Language) -> String {
    let mut nouns = BTreeMap::<&str, Vec<&str>>::new();
    for entry in registry.operations() {
        nouns.entry(entry.noun()).or_default().push(entry.verb());
    }
    nouns.entry("watch").or_default().push("replay");
    let nouns: Vec<(&str, String)> = nouns.into_iter().map(|(noun, verbs)| (noun, verbs.join(", "))).collect();
    let commands = program_commands();
    let about = |command: &Command| command.get_about().map(ToString::to_string).unwrap_or_default();
    let program: Vec<(&str, String)> = commands.iter().map(|command| (command.get_name(), about(command))).collect();
    format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{{options}}{{after-help}}",
        heading(language.start_heading()),
        listed(&[("up", language.up_about().to_owned())]),
        heading(language.operations_heading()),
        listed(&nouns),
        heading(language.program_heading()),
        listed(&program),
        heading(language.options_heading()),
    )
}

fn listed(commands: &[(&str, String)]) -> String {
    let literal = Styles::styled().get_literal().to_owned();
    commands.iter().map(|(name, about)| format!("  {literal}{name:<12}{literal:#} {about}\n")).collect()
}

fn heading(text: &str) -> String {
    let style = Styles::styled().get_header().to_owned();
    format!("{style}{text}{style:#}")
}

#[cfg(test)]
mod tests;
