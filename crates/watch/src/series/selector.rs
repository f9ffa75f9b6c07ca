//! Which series a person means: words, or a selector as in PromQL. Pure.

use super::PackedLabels;
use crate::ingest::NAME;
use maru_kernel::{Error, Result};

/// Which series a person means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Selector {
    /// Each word is somewhere in the name or a label, in whatever case.
    Words(Vec<String>),
    /// `name{label="value", other!="value"}`.
    Matchers(Vec<Matcher>),
}

/// One condition on a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Matcher {
    label: String,
    value: String,
    equal: bool,
}

impl Selector {
    /// Reads what a person typed.
    ///
    /// # Errors
    /// When it has a brace and is no selector.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        match text.split_once('{') {
            None => Ok(Self::Words(text.split_whitespace().map(str::to_lowercase).collect())),
            Some((name, rest)) => {
                let rest = rest.trim_end().strip_suffix('}').ok_or_else(|| wrong(text, "it ends without `}`"))?;
                let mut matchers = Vec::new();
                if !name.trim().is_empty() {
                    matchers.push(Matcher { label: NAME.into(), value: name.trim().into(), equal: true });
                }
                let mut rest = rest.trim();
                while !rest.is_empty() {
                    let (matcher, after) = matcher(rest).map_err(|reason| wrong(text, &reason))?;
                    matchers.push(matcher);
                    rest = after.trim_start().strip_prefix(',').unwrap_or(after).trim_start();
                }
                Ok(Self::Matchers(matchers))
            }
        }
    }

    /// Whether a series with these labels is meant.
    pub(crate) fn admits(&self, labels: &PackedLabels) -> bool {
        match self {
            Self::Words(words) => words.iter().all(|word| labels.iter().any(|(_, value)| contains(value, word))),
            Self::Matchers(matchers) => matchers.iter().all(|matcher| {
                let value = labels.iter().find(|(name, _)| *name == matcher.label).map_or("", |(_, value)| value);
                (value == matcher.value) == matcher.equal
            }),
        }
    }
}

/// Whether `value` holds `word`, which is in lower case.
fn contains(value: &str, word: &str) -> bool {
    if value.is_ascii() && word.is_ascii() {
        return value.as_bytes().windows(word.len()).any(|window| window.eq_ignore_ascii_case(word.as_bytes()));
    }
    value.to_lowercase().contains(word)
}

fn matcher(text: &str) -> Result<(Matcher, &str), String> {
    let at = text.find(['=', '!']).ok_or("a condition has no `=`")?;
    let (label, rest) = text.split_at(at);
    let (equal, rest) = match (rest.strip_prefix("!="), rest.strip_prefix('=')) {
        (Some(rest), _) => (false, rest),
        (_, Some(rest)) if !rest.starts_with('~') => (true, rest),
        _ => return Err("only `=` and `!=` are understood here".into()),
    };
    let rest = rest.trim_start().strip_prefix('"').ok_or("a value is not in quotes")?;
    let mut value = String::new();
    let mut letters = rest.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Ok((Matcher { label: label.trim().into(), value, equal }, &rest[at + 1..])),
            '\\' => value.extend(letters.next().map(|(_, letter)| if letter == 'n' { '\n' } else { letter })),
            letter => value.push(letter),
        }
    }
    Err("a value's quotes do not end".into())
}

fn wrong(text: &str, reason: &str) -> Error {
    Error::invalid("MARU-0201", "match", format!("`{text}` is no selector: {reason}."))
        .next("Write words, or a selector such as `http_requests_total{job=\"api\"}`.")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::series::pack;
    use proptest::prelude::*;

    fn admits(selector: &str) -> bool {
        let mut packed = Vec::new();
        pack(&[(NAME, "http_requests_total"), ("job", "api"), ("path", "/a \"b\"")], &mut packed);
        Selector::parse(selector).unwrap().admits(&PackedLabels::new(&packed))
    }

    #[test]
    fn words_and_selectors_find_series() {
        for selector in [
            "",
            "http",
            "API requests",
            "http_requests_total{}",
            r#"{job="api"}"#,
            r#"http_requests_total{job="api", path!="/"}"#,
            r#"{path="/a \"b\""}"#,
        ] {
            assert!(admits(selector), "{selector}");
        }
        for selector in ["nothing", "http{}", r#"{job!="api"}"#, r#"{other="x"}"#] {
            assert!(!admits(selector), "{selector}");
        }
        insta::assert_snapshot!(Selector::parse("up{job=~\"a.*\"}").unwrap_err(), @r#"`up{job=~"a.*"}` is no selector: only `=` and `!=` are understood here. [MARU-0201] Write words, or a selector such as `http_requests_total{job="api"}`."#);
    }

    proptest! {
        #[test]
        fn any_text_is_a_selector_or_an_error(text in ".{0,60}") {
            let _ = Selector::parse(&text);
        }
    }
}
