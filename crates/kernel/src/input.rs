//! Values that people type, turned into types: JSON bodies, moments, durations.

use crate::{Error, Result};
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::Duration;

/// Turns a JSON body into an operation's input, or says which field is wrong.
pub(crate) fn parse<T: DeserializeOwned>(operation: &str, input: Value, schema: &Value) -> Result<T> {
    let Value::Object(fields) = &input else {
        return Err(Error::invalid("MARU-0010", "", format!("The input of `{operation}` is a JSON object.")));
    };
    let known = schema["properties"].as_object();
    if let Some(unknown) = fields.keys().find(|name| !known.is_some_and(|known| known.contains_key(*name))) {
        let error = Error::invalid("MARU-0011", unknown, format!("`{operation}` has no field `{unknown}`."));
        let near = known.and_then(|known| nearest(unknown, known.keys().map(String::as_str)));
        return Err(match near {
            Some(near) => error.next(format!("Did you mean `{near}`?")),
            None => error,
        });
    }
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    if let Some(missing) = required.into_iter().find(|name| !fields.contains_key(*name)) {
        return Err(Error::invalid("MARU-0012", missing, format!("`{operation}` needs the field `{missing}`.")));
    }
    serde_path_to_error::deserialize(input).map_err(|error| {
        let field = error.path().to_string();
        Error::invalid("MARU-0013", &field, format!("The field `{field}` of `{operation}` is wrong: {}.", error.inner()))
    })
}

/// The candidate that `word` was probably meant to be.
fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 2.max(candidate.len() / 3))
        .min()
        .map(|(_, candidate)| candidate)
}

/// A duration as people write it: `90s`, `15m`, `6h`, `7d`, `2w`.
///
/// # Errors
/// When `text` is no such duration; the error names `field`.
pub fn parse_duration(field: &str, text: &str) -> Result<Duration> {
    let wrong = || Error::invalid("MARU-0014", field, format!("`{field}` is a duration such as `90s`, `15m`, `6h` or `7d`, not `{text}`."));
    let unit = text.chars().next_back().ok_or_else(wrong)?;
    let number: u64 = text.strip_suffix(unit).and_then(|number| number.parse().ok()).ok_or_else(wrong)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 604_800,
        _ => return Err(wrong()),
    };
    number.checked_mul(seconds).filter(|seconds| *seconds <= 100 * 366 * 86_400).map(Duration::from_secs).ok_or_else(wrong)
}

/// A moment: RFC 3339, or before `now` by a duration (`-1h`), or `now`.
///
/// # Errors
/// When `text` is no such moment; the error names `field`.
pub fn parse_time(field: &str, text: &str, now: Timestamp) -> Result<Timestamp> {
    let text = text.trim();
    if text == "now" {
        return Ok(now);
    }
    if let Some(ago) = text.strip_prefix('-') {
        let ago = SignedDuration::try_from(parse_duration(field, ago)?).unwrap_or(SignedDuration::MAX);
        return now.checked_sub(ago).map_err(|_| wrong_time(field, text));
    }
    text.parse().map_err(|_| wrong_time(field, text))
}

fn wrong_time(field: &str, text: &str) -> Error {
    Error::invalid("MARU-0015", field, format!("`{field}` is a moment such as `2026-03-01T09:00:00+09:00` or `-1h`, not `{text}`."))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_have_a_unit() {
        assert_eq!(parse_duration("for", "15m").unwrap(), Duration::from_secs(900));
        insta::assert_snapshot!(parse_duration("for", "15").unwrap_err(), @"`for` is a duration such as `90s`, `15m`, `6h` or `7d`, not `15`. [MARU-0014]");
    }

    #[test]
    fn moments_are_absolute_or_ago() {
        let now: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
        assert_eq!(parse_time("from", "-1d", now).unwrap().to_string(), "2026-02-28T00:00:00Z");
        assert_eq!(parse_time("from", "2026-03-01T09:00:00+09:00", now).unwrap(), now);
        insta::assert_snapshot!(parse_time("from", "yesterday", now).unwrap_err(), @"`from` is a moment such as `2026-03-01T09:00:00+09:00` or `-1h`, not `yesterday`. [MARU-0015]");
    }

    proptest! {
        #[test]
        fn any_text_is_a_time_or_an_error(text in ".*") {
            let _ = parse_time("from", &text, Timestamp::UNIX_EPOCH);
        }
    }
}
