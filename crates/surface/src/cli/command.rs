//! `maru <noun> <verb>`, made from the registry.

use clap::{ArgMatches, Command, parser::ValueSource};
use maru_kernel::{Effect, Entry, Error, Registry, Result};
use serde_json::Value;
use std::collections::BTreeMap;

/// An operation that was chosen on the command line, with its input.
pub struct Invocation<'r> {
    /// What was chosen.
    pub entry: &'r Entry,
    /// What it is called with.
    pub input: Value,
}

/// A command whose subcommands are the registry's nouns in alphabetical order, each with its verbs. The program adds its own to it.
#[must_use]
pub fn command(registry: &Registry) -> Command {
    Command::new("maru").subcommands(nouns(registry).into_iter().map(|(noun, entries)| noun_command(noun, &entries)))
}

/// Which operation `matches` chose; `None` when it is a command of the program's own.
///
/// # Errors
/// When a flag's value is not what the operation takes, or flags stand before a verb that does not get them.
pub fn invocation<'r>(registry: &'r Registry, matches: &ArgMatches) -> Result<Option<Invocation<'r>>> {
    let Some((noun, of_noun)) = matches.subcommand() else {
        return Ok(None);
    };
    let mut entries = registry.operations().filter(|entry| entry.noun() == noun);
    let (entry, matches) = match of_noun.subcommand() {
        Some((verb, of_verb)) => {
            let Some(entry) = entries.find(|entry| entry.verb() == verb) else {
                return Ok(None);
            };
            refuse_flags_before_the_verb(registry, noun, verb, of_noun)?;
            (entry, of_verb)
        }
        None => match entries.find(|entry| entry.is_default_verb) {
            Some(entry) => (entry, of_noun),
            None => return Ok(None),
        },
    };
    let input = without_nulls(entry.parse(matches)?);
    Ok(Some(Invocation { entry, input }))
}

fn nouns(registry: &Registry) -> BTreeMap<&'static str, Vec<&Entry>> {
    let mut nouns = BTreeMap::<_, Vec<_>>::new();
    for entry in registry.operations() {
        nouns.entry(entry.noun()).or_default().push(entry);
    }
    nouns
}

fn noun_command(noun: &'static str, entries: &[&Entry]) -> Command {
    let command = Command::new(noun)
        .about(format!("Operations of `{noun}`"))
        .subcommand_help_heading("Verbs")
        .subcommand_value_name("VERB")
        .disable_help_subcommand(true)
        .subcommands(entries.iter().map(|entry| described(Command::new(entry.verb()), entry)));
    match entries.iter().find(|entry| entry.is_default_verb) {
        Some(default) => described(command, default).override_usage(usage(noun, default)).subcommand_negates_reqs(true),
        None => command.subcommand_required(true).arg_required_else_help(true),
    }
}

/// The noun alone takes its default verb's flags; clap would say that another verb takes them too.
fn usage(noun: &'static str, default: &Entry) -> String {
    let usage = default.augment(Command::new(noun)).render_usage().to_string();
    let flags = usage.trim().trim_start_matches("Usage:").trim_start();
    format!("maru {flags}\n       maru {noun} <VERB>")
}

/// The operation's flags and help on `command`.
fn described(command: Command, entry: &Entry) -> Command {
    entry.augment(command).about(entry.summary.clone()).long_about(long_about(entry)).after_help(after_help(entry))
}

/// The whole doc comment, which the schema carries.
fn long_about(entry: &Entry) -> String {
    entry.input["description"].as_str().unwrap_or(&entry.summary).to_owned()
}

fn after_help(entry: &Entry) -> String {
    let effect = match entry.effect {
        Effect::Read => "read (changes nothing)",
        Effect::Change => "change (what it changes can be changed back)",
        Effect::Destroy => "destroy (removes something for good, or decides who may do what)",
    };
    let mut text = format!("Effect: {effect}");
    if !entry.examples.is_empty() {
        text.push_str("\n\nExamples:");
        for example in entry.examples {
            text.push_str("\n  maru ");
            text.push_str(example);
        }
    }
    text
}

/// A noun with a default verb takes that verb's flags; behind them another verb would silently not get them.
fn refuse_flags_before_the_verb(registry: &Registry, noun: &str, verb: &str, of_noun: &ArgMatches) -> Result<()> {
    let Some(default) = registry.operations().find(|entry| entry.noun() == noun && entry.is_default_verb) else {
        return Ok(());
    };
    let flags = default.augment(Command::new(default.verb()));
    let misplaced = flags.get_arguments().find(|flag| of_noun.value_source(flag.get_id().as_str()) == Some(ValueSource::CommandLine));
    match misplaced {
        None => Ok(()),
        Some(flag) => {
            let shown = flag.get_long().map_or_else(|| flag.get_id().to_string(), |long| format!("--{long}"));
            Err(Error::invalid(
                "MARU-0600",
                flag.get_id().as_str(),
                format!("`{shown}` stands before the verb `{verb}`, which would not get it."),
            )
            .next(format!("Put it behind: `maru {noun} {verb} {shown} …`.")))
        }
    }
}

/// A flag that was not given is left out, so that the operation's own default holds on whichever side it runs.
fn without_nulls(input: Value) -> Value {
    match input {
        Value::Object(fields) => fields.into_iter().filter(|(_, value)| !value.is_null()).collect::<serde_json::Map<_, _>>().into(),
        other => other,
    }
}

#[cfg(test)]
mod tests;
