//! Figures in the text format of Prometheus. Pure.

use maru_kernel::{Figure, FigureKind};
use std::fmt::Write;

/// The type of the text.
pub(super) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// All figures as text, those of one name together.
pub(super) fn text(mut figures: Vec<Figure>) -> String {
    figures.sort_by(|one, other| one.name.cmp(other.name));
    let mut text = String::new();
    let mut last_name = "";
    for figure in &figures {
        if figure.name != last_name {
            last_name = figure.name;
            let kind = match figure.kind {
                FigureKind::Counter => "counter",
                FigureKind::Gauge => "gauge",
            };
            let help = figure.help.replace('\\', "\\\\").replace('\n', "\\n");
            let _ = writeln!(text, "# HELP {last_name} {help}\n# TYPE {last_name} {kind}");
        }
        let _ = writeln!(text, "{}{} {}", figure.name, labels(figure), number(figure.value));
    }
    text
}

fn labels(figure: &Figure) -> String {
    if figure.labels.is_empty() {
        return String::new();
    }
    let escape = |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    let labels: Vec<_> = figure.labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escape(value))).collect();
    format!("{{{}}}", labels.join(","))
}

fn number(value: f64) -> String {
    if value.is_nan() {
        "NaN".into()
    } else if value.is_infinite() {
        if value > 0.0 { "+Inf".into() } else { "-Inf".into() }
    } else {
        value.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_one_name_stand_together() {
        let figures = vec![
            Figure::counter("maru_b_total", "B.", 2).label("path", "a\"b\\c\nd"),
            Figure::gauge("maru_a", "A.", 0.5),
            Figure::counter("maru_b_total", "B.", 3),
            Figure::gauge("maru_c", "C.", f64::INFINITY),
        ];
        insta::assert_snapshot!(text(figures), @r#"
        # HELP maru_a A.
        # TYPE maru_a gauge
        maru_a 0.5
        # HELP maru_b_total B.
        # TYPE maru_b_total counter
        maru_b_total{path="a\"b\\c\nd"} 2
        maru_b_total 3
        # HELP maru_c C.
        # TYPE maru_c gauge
        maru_c +Inf
        "#);
    }
}
