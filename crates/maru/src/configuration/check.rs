//! Refuses keys that do not exist and values that do not fit, in words that say where they stand.

use super::{
    key::{self, Expected, KEYS, Key},
    parse_address,
};
use figment::value::{Dict, Value};
use maru_kernel::{Error, Result};
use std::{collections::BTreeSet, path::Path};

/// What the build of the program goes by. Whoever sets it for `cargo run` has it set for the program too.
const OF_THE_BUILD: &str = "MARU_CONSOLE";

/// Refuses environment variables that set nothing. `others` are those that flags of commands go by.
pub(super) fn environment(environment: &[(String, String)], others: &[String]) -> Result<()> {
    let known: BTreeSet<String> = KEYS.iter().map(Key::variable).chain(others.iter().cloned()).collect();
    let mut names = environment.iter().map(|(name, _)| name.as_str()).filter(|name| name.starts_with("MARU_"));
    let Some(unknown) = names.find(|name| !known.contains(*name) && *name != OF_THE_BUILD && !is_of_kubernetes(name)) else {
        return Ok(());
    };
    let error = Error::invalid("MARU-0700", unknown, format!("The environment variable `{unknown}` sets nothing that Maru knows."));
    Err(with_near(error, unknown, known.iter().map(String::as_str)))
}

/// Whether this is how Kubernetes tells containers of a service called `maru`.
fn is_of_kubernetes(variable: &str) -> bool {
    variable == "MARU_PORT" || variable.starts_with("MARU_PORT_") || variable.starts_with("MARU_SERVICE_")
}

/// Refuses keys in `file` that do not exist.
pub(super) fn file(file: &Path, values: &Dict) -> Result<()> {
    keys_in(values, "", &format!("in `{}`", file.display()))
}

fn keys_in(values: &Dict, within: &str, place: &str) -> Result<()> {
    for (name, value) in values {
        let path = if within.is_empty() { name.clone() } else { format!("{within}.{name}") };
        let is_group = KEYS.iter().any(|key| key.path.strip_prefix(&path).is_some_and(|rest| rest.starts_with('.')));
        match value {
            _ if key::find(&path).is_some() => {}
            Value::Dict(_, group) if is_group => keys_in(group, &path, place)?,
            _ if is_group => {
                return Err(Error::invalid("MARU-0701", &path, format!("`{path}` {place} is a group of settings, not a single one.")));
            }
            _ => {
                let groups: BTreeSet<&str> = KEYS.iter().filter_map(|key| key.path.split_once('.')).map(|(group, _)| group).collect();
                return Err(unknown(&path, place, KEYS.iter().map(|key| key.path).chain(groups)));
            }
        }
    }
    Ok(())
}

/// A setting that does not exist, where `known` do.
pub(super) fn unknown<'k>(path: &str, place: &str, known: impl Iterator<Item = &'k str>) -> Error {
    with_near(Error::invalid("MARU-0700", path, format!("`{path}` {place} is nothing that Maru knows.")), path, known)
}

/// Adds what was probably meant: the whole name, or the right name in another table.
fn with_near<'k>(error: Error, unknown: &str, known: impl Iterator<Item = &'k str>) -> Error {
    let last = |path: &str| path.rsplit('.').next().unwrap_or(path).to_owned();
    let distance = |candidate: &str| {
        strsim::damerau_levenshtein(unknown, candidate).min(1 + strsim::damerau_levenshtein(&last(unknown), &last(candidate)))
    };
    let near = known
        .map(|candidate| (distance(candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 2.max(candidate.len() / 4))
        .min();
    match near {
        Some((_, near)) => error.next(format!("Did you mean `{near}`?")),
        None => error.next("`maru config show` lists what there is."),
    }
}

/// Refuses `value` where it is not what `key` holds. `place` says where it stands.
pub(super) fn value(key: &Key, value: &Value, place: &str) -> Result<()> {
    let fits = match key.expected {
        Expected::Text => value.as_str().is_some(),
        Expected::Address => value.as_str().and_then(parse_address).is_some(),
        Expected::Switch => value.to_bool().is_some(),
        Expected::Count { least, most } => count(value).is_some_and(|count| (i128::from(least)..=i128::from(most)).contains(&count)),
        Expected::OneOf(words) => value.as_str().is_some_and(|word| words.contains(&word)),
        Expected::Targets => value.as_array().is_some(),
    };
    if fits {
        return Ok(());
    }
    Err(Error::invalid(
        "MARU-0701",
        key.path,
        format!("`{}` is {}, not {} ({place}).", key.path, expectation(key.expected), found(key, value)),
    ))
}

/// A whole number; figment tells those with a sign from those without.
fn count(value: &Value) -> Option<i128> {
    value.to_i128().or_else(|| i128::try_from(value.to_u128()?).ok())
}

fn expectation(expected: Expected) -> String {
    match expected {
        Expected::Text => "a text".into(),
        Expected::Address => "an address with a port such as `127.0.0.1:7171`".into(),
        Expected::Switch => "`true` or `false`".into(),
        Expected::Count { least, most } => format!("a whole number from {least} to {most}"),
        Expected::OneOf(words) => {
            let words: Vec<String> = words.iter().filter(|word| !word.is_empty()).map(|word| format!("`{word}`")).collect();
            format!("one of {}", words.join(", "))
        }
        Expected::Targets => r#"a list of targets such as `[{ job = "node", url = "http://localhost:9100/metrics" }]`"#.into(),
    }
}

fn found(key: &Key, value: &Value) -> String {
    match super::shown::text_of(key.path, value) {
        text if value.as_str().is_some() => format!("\"{text}\""),
        text => format!("`{text}`"),
    }
}
