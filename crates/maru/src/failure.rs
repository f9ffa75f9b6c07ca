//! An error, told to whoever ran the command.

use maru_kernel::Error;
use maru_surface::cli::{OutputFormat, neutralised};
use std::{
    io::{self, IsTerminal, Write},
    process::ExitCode,
};

/// Writes `error` to standard error, as an object where `output` is for programs, and says how the program ends.
pub fn tell(error: &Error, output: OutputFormat) -> ExitCode {
    let stderr = io::stderr();
    let colour = stderr.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    // Nobody is left to hear that standard error is closed.
    let _ = writeln!(stderr.lock(), "{}", written(error, output, colour));
    ExitCode::from(error.exit_code())
}

fn written(error: &Error, output: OutputFormat, colour: bool) -> String {
    if output == OutputFormat::Json
        && let Ok(json) = serde_json::to_string_pretty(error)
    {
        return json;
    }
    let (bold_red, dim, plain) = if colour { ("\u{1b}[1;31m", "\u{1b}[2m", "\u{1b}[0m") } else { ("", "", "") };
    let mut text = format!("{bold_red}error:{plain} {} {dim}[{}]{plain}", neutralised(&error.message), error.code);
    if let Some(next) = &error.next {
        text.push_str("\n  ");
        text.push_str(&neutralised(next));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_to_do_next() {
        let error = Error::invalid("MARU-0123", "limit", "`limit` is \u{1b}[31mtoo large.").next("Ask for less.");
        insta::assert_snapshot!(written(&error, OutputFormat::Table, false), @r#"
        error: `limit` is \u{1b}[31mtoo large. [MARU-0123]
          Ask for less.
        "#);
        insta::assert_snapshot!(written(&error, OutputFormat::Json, true), @r#"
        {
          "code": "MARU-0123",
          "kind": "invalid",
          "message": "`limit` is \u001b[31mtoo large.",
          "field": "limit",
          "next": "Ask for less."
        }
        "#);
        assert!(written(&error, OutputFormat::Csv, true).starts_with("\u{1b}[1;31merror:\u{1b}[0m "));
    }
}
