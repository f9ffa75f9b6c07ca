//! `cargo xtask test`: every check and every test, cheap ones first.

use crate::{
    checkout::{Checkout, run},
    openapi::Openapi,
    setup::Setup,
};
use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use std::{
    process::Command,
    time::{Duration, Instant},
};

/// Which tests to run, and how.
#[derive(Debug, Args)]
pub(crate) struct Suite {
    /// Run this step alone. Repeatable.
    #[arg(long, value_name = "STEP")]
    only: Vec<Step>,
    /// Take for granted that what the tests need is there.
    #[arg(long)]
    no_setup: bool,
    /// Words for the runner of a single step, such as a test's name: `cargo xtask test --only rust -- replay`.
    #[arg(last = true, requires = "only")]
    runner: Vec<String>,
}

/// One step. The order here is the order in which they run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Step {
    /// Rust is formatted as `rustfmt.toml` says.
    Format,
    /// The program builds, with its console.
    Build,
    /// Clippy has nothing to say.
    Lint,
    /// `console/openapi.json` is what the program prints.
    Openapi,
    /// The console's types, style and tests.
    Console,
    /// Every Rust test, those with the real program and real servers included.
    Rust,
    /// The console in a real browser.
    Browser,
}

impl Suite {
    /// Runs the steps until one fails.
    pub(crate) fn run(&self, checkout: &Checkout) -> Result<()> {
        let steps = self.steps()?;
        let started = Instant::now();
        if !self.no_setup {
            timed("setup", || Setup::default().run(checkout))?;
        }
        for (passed, step) in steps.iter().enumerate() {
            let name = step.name();
            if let Err(error) = timed(&name, || step.run(checkout, &self.runner)) {
                println!("\nStep `{name}` failed. To repeat it alone:\n    cargo xtask test --no-setup --only {name}");
                println!("{passed} passed, 1 failed");
                return Err(error);
            }
        }
        println!("\nEvery step passed in {}.", spoken(started.elapsed()));
        println!("{} passed, 0 failed", steps.len());
        Ok(())
    }

    fn steps(&self) -> Result<Vec<Step>> {
        if !self.runner.is_empty() && self.only.len() != 1 {
            bail!("Words behind `--` go to one runner: name one step with `--only`.");
        }
        let wanted = |step: &Step| self.only.is_empty() || self.only.contains(step);
        Ok(Step::value_variants().iter().copied().filter(wanted).collect())
    }
}

impl Step {
    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    fn run(self, checkout: &Checkout, runner: &[String]) -> Result<()> {
        match self {
            Self::Format => run(checkout.cargo(&["fmt", "--all", "--check"]).args(runner)),
            Self::Build => checkout.build_program(),
            Self::Lint => {
                let mut clippy = checkout.cargo(&["clippy", "--locked", "--workspace", "--all-targets", "--", "--deny", "warnings"]);
                run(clippy.args(runner))
            }
            Self::Openapi => Openapi { check: true }.run(checkout),
            Self::Console => {
                run(&mut checkout.npm("console", &["run", "check"]))?;
                run(checkout.npm("console", &["test", "--"]).args(runner))
            }
            Self::Rust => {
                checkout.build_program()?;
                let mut nextest = checkout.cargo(&["nextest", "run", "--locked", "--workspace"]);
                run(with_surroundings(&mut nextest, checkout).args(runner))
            }
            Self::Browser => {
                checkout.build_program()?;
                run(&mut checkout.npm("tests/playwright", &["run", "check"]))?;
                let mut playwright = checkout.npm("tests/playwright", &["test", "--"]);
                run(with_surroundings(&mut playwright, checkout).args(runner))
            }
        }
    }
}

/// Tells the tests where the program and the Python environment are.
fn with_surroundings<'a>(command: &'a mut Command, checkout: &Checkout) -> &'a mut Command {
    command.env("MARU_BIN", checkout.program()).env("MARU_VENV", checkout.venv())
}

fn timed(name: &str, step: impl FnOnce() -> Result<()>) -> Result<()> {
    println!("\n── {name} ──");
    let started = Instant::now();
    let result = step();
    println!("── {name}: {} in {} ──", if result.is_ok() { "passed" } else { "failed" }, spoken(started.elapsed()));
    result
}

fn spoken(duration: Duration) -> String {
    match duration.as_secs() {
        0..60 => format!("{:.1} s", duration.as_secs_f64()),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn suite(only: &[Step], runner: &[&str]) -> Suite {
        Suite { only: only.to_vec(), no_setup: true, runner: runner.iter().map(ToString::to_string).collect() }
    }

    #[test]
    fn steps_run_in_their_own_order_whatever_the_command_line_says() {
        assert_eq!(suite(&[], &[]).steps().unwrap(), Step::value_variants());
        assert_eq!(suite(&[Step::Rust, Step::Format], &[]).steps().unwrap(), [Step::Format, Step::Rust]);
    }

    #[test]
    fn words_for_a_runner_need_one_step() {
        assert!(suite(&[Step::Rust], &["replay"]).steps().is_ok());
        assert!(suite(&[Step::Rust, Step::Browser], &["replay"]).steps().is_err());
    }

    #[test]
    fn durations_are_said_as_people_say_them() {
        assert_eq!(spoken(Duration::from_millis(1_240)), "1.2 s");
        assert_eq!(spoken(Duration::from_secs(125)), "2 min 5 s");
    }
}
