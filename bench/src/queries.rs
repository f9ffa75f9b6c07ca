//! Measures asking: the same load into every server, then the same questions, each several times.

use crate::{
    load::{self, Load},
    questions::{Question, questions},
    report::{Better, Section, median},
    server::{Kind, Places, Server},
};
use anyhow::{Context, Result, bail};
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use tokio::time::Instant;

/// How far two servers' answers may be apart. They cut windows differently at their edges.
const TOLERANCE: f64 = 0.05;

/// What is asked, over which load.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct Queries {
    /// How many series there are.
    #[arg(long, default_value_t = 10_000)]
    pub series: usize,
    /// How many hours of samples there are.
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(2..=240))]
    pub hours: u32,
    /// Seconds between the samples of a series.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=60))]
    pub interval: u32,
    /// How many connections send at once.
    #[arg(long, default_value_t = 8)]
    pub connections: usize,
    /// How often each question is asked.
    #[arg(long, default_value_t = 10)]
    pub repeat: usize,
}

impl Queries {
    /// The load, ending at `end_ms`.
    #[must_use]
    pub fn load(&self, seed: u64, end_ms: i64) -> Load {
        let steps = self.hours as usize * 3_600 / self.interval as usize;
        let interval_ms = i64::from(self.interval) * 1_000;
        Load { series: self.series, steps, interval_ms, seed, connections: self.connections, end_ms }
    }
}

/// What an answer comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Summary {
    values: usize,
    total: f64,
}

/// How a question went: its median in milliseconds, and what the answer came to.
type Outcome = Result<(f64, Summary)>;

/// Asks each of `servers`, one after the other, `repeat` times.
pub async fn queries(load: &Load, repeat: usize, servers: &[Kind], places: &Places) -> Section {
    let hours = load.span_ms() / 3_600_000;
    let title =
        format!("Queries: {} series, {hours} hours, a sample every {} s; median of {repeat}", load.series, load.interval_ms / 1_000);
    let mut section = Section::new(title, servers);
    let questions = questions(load);
    let mut answers: Vec<Vec<Option<(f64, Summary)>>> = vec![Vec::new(); questions.len()];
    for kind in servers {
        eprintln!("queries: {} samples to {}", load.samples(), kind.title());
        let outcomes = ask_all(*kind, load, &questions, repeat, places).await.unwrap_or_else(|error| {
            section.failure(format!("{}: {error:#}", kind.title()));
            Vec::new()
        });
        let mut outcomes = outcomes.into_iter();
        for (question, answers) in questions.iter().zip(&mut answers) {
            let outcome = outcomes.next().and_then(|outcome| {
                let checked = outcome.and_then(|(took, summary)| check(question, summary, answers).map(|()| (took, summary)));
                checked.map_err(|error| section.failure(format!("{}, {}: {error:#}", kind.title(), question.what))).ok()
            });
            answers.push(outcome);
        }
    }
    for (question, answers) in questions.iter().zip(&answers) {
        section.row(format!("{}, ms", question.what), Better::Less, answers.iter().map(|answer| answer.map(|(took, _)| took)).collect());
    }
    section.note(
        "Every answer had the number of values that it must have, and servers agreed on their sum within 5 %, unless said otherwise here.",
    );
    section
}

async fn ask_all(kind: Kind, load: &Load, questions: &[Question], repeat: usize, places: &Places) -> Result<Vec<Outcome>> {
    let folder = places.temporary()?;
    let server = Server::start(kind, places, folder.path()).await?;
    load::send(load, &server.write_url()).await?;
    eprintln!("queries: waiting for {}'s background work", kind.title());
    server.settle().await?;
    let mut outcomes = Vec::with_capacity(questions.len());
    for question in questions {
        outcomes.push(ask_often(&server, question, repeat).await);
    }
    server.stop().await?;
    Ok(outcomes)
}

async fn ask_often(server: &Server, question: &Question, repeat: usize) -> Outcome {
    let summary = summary_of(server.kind(), &ask(server, question).await?.1)?;
    let mut took = Vec::with_capacity(repeat);
    for _ in 0..repeat.max(1) {
        took.push(ask(server, question).await?.0);
    }
    Ok((median(took).context("nothing was measured")?, summary))
}

/// Asks once; answers how many milliseconds it took until the whole answer was there, and the answer.
async fn ask(server: &Server, question: &Question) -> Result<(f64, Vec<u8>)> {
    let request = request(server, question)?;
    let started = Instant::now();
    let response = request.send().await?;
    let status = response.status();
    let content = response.bytes().await?;
    let took = started.elapsed().as_secs_f64() * 1e3;
    if !status.is_success() {
        bail!("{status}: {}", String::from_utf8_lossy(&content).chars().take(500).collect::<String>());
    }
    Ok((took, content.into()))
}

fn request(server: &Server, question: &Question) -> Result<RequestBuilder> {
    let (client, url) = (server.client(), server.url());
    if server.kind() == Kind::Maru {
        let body = json!({"sql": question.sql, "limit": 100_000});
        return Ok(client.post(format!("{url}/api/v1/sql/query")).bearer_auth(server.token()?).json(&body));
    }
    let seconds = |milliseconds: i64| format!("{}.{:03}", milliseconds / 1_000, milliseconds % 1_000);
    // VictoriaMetrics would answer a repeated question from its cache; the others have none.
    let mut form = vec![("query", question.promql.clone()), ("nocache", "1".to_owned())];
    let verb = match question.range {
        None => {
            form.push(("time", seconds(question.end_ms)));
            "query"
        }
        Some(range) => {
            form.push(("start", seconds(range.start_ms + range.step_ms)));
            form.push(("end", seconds(question.end_ms)));
            form.push(("step", seconds(range.step_ms)));
            "query_range"
        }
    };
    Ok(client.post(format!("{url}/api/v1/{verb}")).form(&form))
}

fn summary_of(kind: Kind, content: &[u8]) -> Result<Summary> {
    let answer: Value = serde_json::from_slice(content)?;
    let mut summary = Summary { values: 0, total: 0.0 };
    let mut add = |value: &Value| {
        let number = value.as_f64().or_else(|| value.as_str()?.parse().ok()).with_context(|| format!("`{value}` is no number"))?;
        summary.values += 1;
        summary.total += number;
        Ok::<_, anyhow::Error>(())
    };
    if kind == Kind::Maru {
        for row in answer["rows"].as_array().context("there are no rows")? {
            add(row.as_array().and_then(|row| row.last()).context("a row is empty")?)?;
        }
        return Ok(summary);
    }
    for series in answer["data"]["result"].as_array().context("there is no result")? {
        match series["values"].as_array() {
            Some(values) => values.iter().try_for_each(|pair| add(&pair[1]))?,
            None => add(&series["value"][1])?,
        }
    }
    Ok(summary)
}

/// Refuses an answer that cannot be right: it has too few or too many values, or another sum than an earlier server's.
fn check(question: &Question, summary: Summary, earlier: &[Option<(f64, Summary)>]) -> Result<()> {
    if summary.values != question.values {
        bail!("the answer has {} values, not {}", summary.values, question.values);
    }
    let other = question.total.or_else(|| earlier.iter().flatten().map(|(_, summary)| summary.total).next());
    match other {
        Some(other) if (summary.total - other).abs() > TOLERANCE * other.abs() => {
            bail!("the values add up to {}, not {other}", summary.total)
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn answers_of_both_languages_are_summed_up() {
        let sql = br#"{"columns":[{"name":"a"},{"name":"value"}],"rows":[["x",1.5],["y",2]],"truncated":false}"#;
        assert_eq!(summary_of(Kind::Maru, sql).unwrap(), Summary { values: 2, total: 3.5 });
        let matrix = br#"{"data":{"result":[{"values":[[1,"1.5"],[2,"2"]]}]}}"#;
        assert_eq!(summary_of(Kind::Prometheus, matrix).unwrap(), Summary { values: 2, total: 3.5 });
        let vector = br#"{"data":{"result":[{"value":[1,"4"]}]}}"#;
        assert_eq!(summary_of(Kind::VictoriaMetrics, vector).unwrap(), Summary { values: 1, total: 4.0 });
    }
}
