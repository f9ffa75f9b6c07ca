//! Which command was chosen, and what it needs.

use crate::{
    arguments::{self, Globals},
    completions::completions,
    config_show::config_show,
    configuration::{Configuration, LogFormat, Settings, Sources},
    failure,
    language::Language,
    logging, replay, run_operation,
    up::up,
};
use clap::ArgMatches;
use clap_complete::Shell;
use maru_kernel::{Error, Registry, Result};
use maru_surface::{
    cli::{self, ClientOptions, Page},
    http,
};
use serde_json::Value;
use std::{
    future::Future,
    io::{self, BufWriter, ErrorKind, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

/// One run of the program.
pub struct Program {
    /// What operations there are; none of them is called through this registry.
    pub registry: Registry,
    /// What was typed.
    pub matches: ArgMatches,
    /// The environment variables of this process.
    pub environment: Vec<(String, String)>,
    /// The reader's language.
    pub language: Language,
}

impl Program {
    /// Does what was asked for.
    #[must_use]
    pub fn run(self) -> ExitCode {
        let globals = Globals::of(&self.matches);
        match self.chosen(&globals) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => failure::tell(&error, globals.output),
        }
    }

    fn chosen(&self, globals: &Globals) -> Result<()> {
        match self.matches.subcommand() {
            None => print(|writer| writeln!(writer, "{}", self.language.nothing_typed())),
            Some(("up", _)) => self.up(globals),
            Some(("config", _)) => {
                let shown = config_show(&self.settings(globals)?);
                self.answer(&shown, globals)
            }
            Some(("openapi", _)) => {
                let document = http::openapi(&self.registry);
                print(|writer| writeln!(writer, "{document:#}"))
            }
            Some(("completions", matches)) => match matches.get_one::<Shell>("completions.shell") {
                Some(shell) => print(|writer| completions(*shell, arguments::command(&self.registry, self.language), writer)),
                None => Ok(()),
            },
            Some(("watch", matches)) if matches.subcommand_name() == Some("replay") => replay_chosen(matches),
            Some(_) => self.operation(globals),
        }
    }

    fn up(&self, globals: &Globals) -> Result<()> {
        let configuration = self.settings(globals)?.configuration()?;
        let level = logging::level(configuration.log.level.as_deref(), "info", globals.verbosity);
        logging::start(configuration.log.format, &level);
        wait_for(up(&configuration, self.language))
    }

    fn operation(&self, globals: &Globals) -> Result<()> {
        let Some(chosen) = cli::invocation(&self.registry, &self.matches)? else {
            return Err(Error::internal("MARU-0750", "This command is not wired to anything."));
        };
        let answer = match &globals.server {
            Some(url) => {
                logging::start(LogFormat::Text, &logging::level(None, "warn", globals.verbosity));
                let certificate = globals.certificate.as_deref().map(certificate).transpose()?;
                let server = ClientOptions { url: url.clone(), token: globals.token.clone(), certificate };
                wait_for(run_operation::on_server(chosen.entry, chosen.input, server))?
            }
            None => {
                let configuration = self.configuration_of_command(globals)?;
                wait_for(run_operation::on_folder(chosen.entry, chosen.input, &configuration))?
            }
        };
        self.answer(&answer, globals)
    }

    fn configuration_of_command(&self, globals: &Globals) -> Result<Configuration> {
        let configuration = self.settings(globals)?.configuration()?;
        let level = logging::level(configuration.log.level.as_deref(), "warn", globals.verbosity);
        logging::start(configuration.log.format, &level);
        Ok(configuration)
    }

    fn settings(&self, globals: &Globals) -> Result<Settings> {
        Settings::load(&Sources {
            file: globals.config.clone(),
            environment: self.environment.clone(),
            other_variables: arguments::variables(&arguments::command(&self.registry, self.language)),
            flags: arguments::settings(&self.matches),
            is_root: rustix::process::geteuid().is_root(),
        })
    }

    fn answer(&self, answer: &Value, globals: &Globals) -> Result<()> {
        let wants_colour = !self.environment.iter().any(|(name, value)| name == "NO_COLOR" && !value.is_empty());
        let page = Page::of_stdout(globals.output, wants_colour);
        print(|writer| cli::render(answer, &page, writer))
    }
}

fn certificate(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|error| {
        Error::invalid("MARU-0753", "server-cert", format!("The certificate `{}` cannot be read: {error}.", path.display()))
    })
}

fn replay_chosen(matches: &ArgMatches) -> Result<()> {
    let Some(matches) = matches.subcommand_matches("replay") else {
        return Ok(());
    };
    let Some(input) = matches.get_one::<PathBuf>("replay.file") else {
        return Ok(());
    };
    let summary = replay::replay_file(input, matches.get_one::<PathBuf>("replay.output").map(PathBuf::as_path))?;
    let _ = writeln!(io::stderr().lock(), "{}", replay::told(&summary));
    Ok(())
}

/// Runs `work` on a runtime of its own, which is left at once when it ends: what has to be waited for, `work` waits for.
fn wait_for<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Error::internal("MARU-0751", format!("This process cannot start threads: {error}.")))?;
    let done = runtime.block_on(work);
    runtime.shutdown_background();
    done
}

/// Writes to standard output. A reader that went away (`| head`) is no fault.
fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let mut writer = BufWriter::new(io::stdout().lock());
    match write(&mut writer).and_then(|()| writer.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Error::internal("MARU-0752", format!("Standard output cannot be written: {error}.")))
        }
        _ => Ok(()),
    }
}
