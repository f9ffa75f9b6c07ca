//! Brings a series' labels into their one form, or says why they cannot be a series.

use super::{Limits, NAME, Reason};
use std::fmt::Write;

/// Why a series' labels are refused.
pub(super) struct Refusal {
    pub reason: Reason,
    /// Completes a sentence that starts with the series.
    pub detail: String,
}

fn refusal(reason: Reason, detail: String) -> Refusal {
    Refusal { reason, detail }
}

/// Sorts the labels, drops empty values as Prometheus does, refuses what cannot be a series, and answers the metric's
/// name.
#[inline]
pub(super) fn normalize<'a>(labels: &mut Vec<(&'a str, &'a str)>, limits: &Limits) -> Result<&'a str, Refusal> {
    if labels.len() > limits.max_labels_per_series {
        let detail = format!("has more than the {} labels that one series may carry", limits.max_labels_per_series);
        return Err(refusal(Reason::TooManyLabels, detail));
    }
    let mut total = 0;
    let mut any_empty = false;
    let mut in_order = true;
    let mut metric = None;
    let mut before = "";
    for &(name, value) in labels.iter() {
        if name.len() > limits.max_label_name_bytes || value.len() > limits.max_label_value_bytes || name.is_empty() {
            return Err(bad_label(name, value, limits));
        }
        total += name.len() + value.len();
        any_empty |= value.is_empty();
        in_order &= before < name;
        before = name;
        if name == NAME {
            metric = Some(value);
        }
    }
    if total > limits.max_series_bytes {
        let detail = format!("has labels of {total} bytes, and one series may have {}", limits.max_series_bytes);
        return Err(refusal(Reason::SeriesTooLong, detail));
    }
    if any_empty {
        labels.retain(|(_, value)| !value.is_empty());
    }
    if !in_order {
        labels.sort_unstable();
        if let Some(pair) = labels.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            let detail = format!("has label {} twice", quote(pair[0].0));
            return Err(refusal(Reason::DuplicateLabel, detail));
        }
    }
    match metric {
        Some(metric) if !metric.is_empty() => Ok(metric),
        _ => Err(refusal(Reason::NoName, format!("has no label `{NAME}`"))),
    }
}

#[cold]
fn bad_label(name: &str, value: &str, limits: &Limits) -> Refusal {
    if name.is_empty() {
        return refusal(Reason::EmptyLabelName, format!("has a label without a name, of value {}", quote(value)));
    }
    let (reason, what, bytes, limit) = if name.len() > limits.max_label_name_bytes {
        (Reason::LabelNameTooLong, "name", name.len(), limits.max_label_name_bytes)
    } else {
        (Reason::LabelValueTooLong, "value", value.len(), limits.max_label_value_bytes)
    };
    refusal(reason, format!("has label {} whose {what} takes {bytes} bytes of {limit}", quote(name)))
}

const QUOTED_CHARS: usize = 40;
const DESCRIBED_LABELS: usize = 5;

/// Text in quotes, escaped and cut short, fit for a message whatever it holds.
pub(super) fn quote(text: &str) -> String {
    let mut shown: String = text.chars().take(QUOTED_CHARS).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    format!("{shown:?}")
}

/// A series in PromQL's notation, cut short, fit for a message whatever its labels hold.
pub(super) fn describe(labels: &[(&str, &str)]) -> String {
    let metric = labels.iter().find(|(name, _)| *name == NAME).map_or("", |(_, value)| *value);
    let mut text = format!("series {}", quote(metric));
    let others = labels.iter().filter(|(name, _)| *name != NAME);
    for (index, (name, value)) in others.clone().take(DESCRIBED_LABELS).enumerate() {
        let open = if index == 0 { " {" } else { ", " };
        let name: String = name.chars().take(QUOTED_CHARS).flat_map(char::escape_debug).collect();
        // Writing to a string cannot fail.
        let _ = write!(text, "{open}{name}={}", quote(value));
    }
    match others.count() {
        0 => {}
        1..=DESCRIBED_LABELS => text.push('}'),
        _ => text.push_str(", …}"),
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn normalized<'a>(labels: &[(&'a str, &'a str)]) -> Result<Vec<(&'a str, &'a str)>, String> {
        let limits = Limits { max_label_name_bytes: 10, max_label_value_bytes: 20, max_series_bytes: 40, ..limits() };
        let mut labels = labels.to_vec();
        match normalize(&mut labels, &limits) {
            Ok(_) => Ok(labels),
            Err(Refusal { reason, detail }) => Err(format!("{}: {} {detail}", reason.as_str(), describe(&labels))),
        }
    }

    fn limits() -> Limits {
        Limits { max_labels_per_series: 4, ..Limits::between(0, i64::MAX) }
    }

    #[test]
    fn labels_end_up_sorted_and_without_empty_values() {
        assert_eq!(
            normalized(&[("job", "a"), ("gone", ""), (NAME, "up"), ("Upper", "x")]),
            Ok(vec![("Upper", "x"), (NAME, "up"), ("job", "a")])
        );
    }

    #[test]
    fn refusals_name_the_series_and_the_label() {
        let refusals = [
            &[("job", "a")][..],
            &[(NAME, ""), ("job", "a")],
            &[(NAME, "up"), ("", "a")],
            &[(NAME, "up"), ("job", "a"), ("job", "b")],
            &[(NAME, "up"), (NAME, "down")],
            &[(NAME, "up"), ("a", "1"), ("b", "2"), ("c", "3"), ("d", "4")],
            &[(NAME, "up"), ("elevenbytes", "a")],
            &[(NAME, "up"), ("job", "line one\nline two, longer")],
            &[(NAME, "up"), ("a", "12345678901234567890"), ("b", "12345678901234567890")],
        ]
        .map(|labels| normalized(labels).unwrap_err())
        .join("\n");
        insta::assert_snapshot!(refusals, @r#"
        no_name: series "" {job="a"} has no label `__name__`
        no_name: series "" {job="a"} has no label `__name__`
        empty_label_name: series "up" {="a"} has a label without a name, of value "a"
        duplicate_label: series "up" {job="a", job="b"} has label "job" twice
        duplicate_label: series "down" has label "__name__" twice
        too_many_labels: series "up" {a="1", b="2", c="3", d="4"} has more than the 4 labels that one series may carry
        label_name_too_long: series "up" {elevenbytes="a"} has label "elevenbytes" whose name takes 11 bytes of 10
        label_value_too_long: series "up" {job="line one\nline two, longer"} has label "job" whose value takes 25 bytes of 20
        series_too_long: series "up" {a="12345678901234567890", b="12345678901234567890"} has labels of 52 bytes, and one series may have 40
        "#);
    }

    #[test]
    fn descriptions_stay_short() {
        let long = "x".repeat(10_000);
        let labels: Vec<(&str, &str)> = (0..100).map(|_| (long.as_str(), long.as_str())).collect();
        assert!(describe(&labels).len() < 600);
    }
}
