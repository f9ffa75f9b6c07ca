//! One value as text that a person reads in a terminal.

use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value;
use std::borrow::Cow;

/// `text` with everything that a terminal would obey made visible instead: control characters, escape sequences, and the marks that
/// change the direction of text.
#[must_use]
pub fn neutralised(text: &str) -> Cow<'_, str> {
    if !text.contains(is_obeyed) {
        return Cow::Borrowed(text);
    }
    let mut visible = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_obeyed(character) {
            visible.extend(character.escape_default());
        } else {
            visible.push(character);
        }
    }
    Cow::Owned(visible)
}

fn is_obeyed(character: char) -> bool {
    character.is_control() || matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// `value`, which stands under `name`, as a person reads it: moments in `zone` with its offset, nothing for null, nested values compact.
pub(super) fn shown(name: &str, value: &Value, zone: &TimeZone) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => moment(text).map_or_else(|| neutralised(text).into_owned(), |moment| in_zone(moment, zone)),
        Value::Number(number) if is_epoch(name) => {
            let moment = number.as_i64().and_then(|milliseconds| Timestamp::from_millisecond(milliseconds).ok());
            moment.map_or_else(|| number.to_string(), |moment| in_zone(moment, zone))
        }
        Value::Array(items) if !items.is_empty() && items.iter().all(is_scalar) => {
            items.iter().map(|item| shown("", item, zone)).collect::<Vec<_>>().join(", ")
        }
        other if is_blank(other) => String::new(),
        other => neutralised(&plain(other)).into_owned(),
    }
}

/// Whether there is nothing in `value`.
pub(super) fn is_blank(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        other => other.is_null(),
    }
}

/// `value` as a program reads it: nothing for null, text as it is, nested values as compact JSON.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Whether `value` is neither a list nor an object.
pub(super) fn is_scalar(value: &Value) -> bool {
    !matches!(value, Value::Array(_) | Value::Object(_))
}

/// Whether what stands under `name` counts milliseconds since the Unix epoch.
pub(super) fn is_epoch(name: &str) -> bool {
    name == "time_ms" || name.ends_with("_time_ms")
}

/// Whether `text` is a moment.
pub(super) fn is_moment(text: &str) -> bool {
    moment(text).is_some()
}

fn moment(text: &str) -> Option<Timestamp> {
    let looks_like_one = text.len() >= 20 && text.as_bytes().get(4) == Some(&b'-') && text.as_bytes().get(10) == Some(&b'T');
    looks_like_one.then(|| text.parse().ok()).flatten()
}

fn in_zone(moment: Timestamp, zone: &TimeZone) -> String {
    let format = if moment.subsec_nanosecond() == 0 { "%Y-%m-%d %H:%M:%S%:z" } else { "%Y-%m-%d %H:%M:%S%.3f%:z" };
    moment.to_zoned(zone.clone()).strftime(format).to_string()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn moments_are_in_the_readers_zone() {
        let seoul = TimeZone::fixed(jiff::tz::offset(9));
        assert_eq!(shown("start", &"2026-03-01T00:00:00Z".into(), &seoul), "2026-03-01 09:00:00+09:00");
        assert_eq!(shown("start", &"2026-03-01T00:00:00.251388948Z".into(), &seoul), "2026-03-01 09:00:00.251+09:00");
        assert_eq!(shown("time_ms", &1_772_323_200_000_i64.into(), &seoul), "2026-03-01 09:00:00+09:00");
        assert_eq!(shown("duration_ms", &1_772_323_200_000_i64.into(), &seoul), "1772323200000");
        assert_eq!(shown("name", &"2026-03-01 is no moment".into(), &seoul), "2026-03-01 is no moment");
    }

    #[test]
    fn a_terminal_obeys_nothing_that_is_data() {
        assert_eq!(neutralised("\u{1b}[31mred\u{7}\n\u{9b}2J\u{202e}"), "\\u{1b}[31mred\\u{7}\\n\\u{9b}2J\\u{202e}");
        assert_eq!(neutralised("온도 🌡"), "온도 🌡");
    }

    proptest! {
        #[test]
        fn nothing_obeyed_is_left(text in any::<String>()) {
            prop_assert!(!neutralised(&text).contains(is_obeyed));
        }
    }
}
