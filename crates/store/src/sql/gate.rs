//! Which SQL may run: one statement that reads. Pure; fuzzed.

use super::{nesting::nests_too_deep, shape::too_large};
use datafusion::{
    error::DataFusionError,
    sql::{
        parser::{DFParserBuilder, Statement},
        sqlparser::{
            ast::{SetExpr, Statement as SqlStatement},
            dialect::GenericDialect,
            parser::ParserError,
        },
    },
};
use maru_kernel::{Error, Result};

/// The longest statement.
const MAX_BYTES: usize = 64 << 10;
/// How deep parentheses and sub-queries may nest.
const MAX_DEPTH: usize = 50;
/// The room for a statement that is a chain as long as it may be: it is let go of link by link, each a call within the one before.
const STACK_BYTES: usize = 128 << 20;

/// Functions that make a value as large as the caller likes from a small one, before any limit on memory can tell.
pub(crate) const BOUNDLESS_FUNCTIONS: &[&str] =
    &["array_repeat", "array_resize", "generate_series", "list_repeat", "list_resize", "lpad", "range", "repeat", "rpad"];

/// Lets through exactly one statement that only reads.
///
/// # Errors
/// When `sql` is too long, does not parse, holds several statements, or does anything but read.
pub fn check_sql(sql: &str) -> Result<Statement> {
    if sql.len() > MAX_BYTES {
        return Err(refused("MARU-0130", format!("The statement has {} bytes; {MAX_BYTES} are allowed.", sql.len())));
    }
    if nests_too_deep(sql) {
        return Err(refused("MARU-0136", "The SQL nests too deep.".into()).next("Name the inner ones in a `WITH`."));
    }
    stacker::grow(STACK_BYTES, || check(sql))
}

fn check(sql: &str) -> Result<Statement> {
    let parser = DFParserBuilder::new(sql).with_dialect(&GenericDialect {}).with_recursion_limit(MAX_DEPTH).build();
    let mut statements = parser
        .and_then(|mut parser| parser.parse_statements())
        .map_err(|error| refused("MARU-0131", format!("The SQL does not parse: {}.", plain_text(error.find_root()))))?;
    let statement = match (statements.pop_front(), statements.len()) {
        (Some(statement), 0) => statement,
        (None, _) => return Err(refused("MARU-0132", "There is no statement.".into()).next("Try `SELECT * FROM samples LIMIT 10`.")),
        (Some(_), more) => return Err(refused("MARU-0133", format!("One statement at a time, not {}.", more + 1))),
    };
    let reads = match &statement {
        Statement::Statement(statement) => reads(statement),
        Statement::Explain(explain) => matches!(&*explain.statement, Statement::Statement(statement) if reads(statement)),
        _ => false,
    };
    if !reads {
        return Err(refused(
            "MARU-0134",
            "Only `SELECT`, `WITH … SELECT`, `VALUES` and `EXPLAIN` are allowed: SQL reads, and operations change.".into(),
        )
        .next("`maru operation list` shows what changes things."));
    }
    let inner = match &statement {
        Statement::Explain(explain) => &*explain.statement,
        other => other,
    };
    match inner {
        Statement::Statement(inner) => match too_large(inner) {
            Some(reason) => Err(refused("MARU-0135", format!("The statement is too large. {reason}")).next("Ask for less at a time.")),
            None => Ok(statement),
        },
        _ => Ok(statement),
    }
}

fn reads(statement: &SqlStatement) -> bool {
    match statement {
        SqlStatement::Query(query) => {
            !matches!(*query.body, SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_))
        }
        SqlStatement::Explain { statement, .. } => reads(statement),
        _ => false,
    }
}

fn refused(code: &'static str, message: String) -> Error {
    Error::invalid(code, "sql", message)
}

/// The part of an engine's message that is meant for people.
pub(crate) fn plain_text(error: &DataFusionError) -> String {
    let text = match error {
        DataFusionError::SQL(error, _) => match &**error {
            ParserError::TokenizerError(text) | ParserError::ParserError(text) => text.clone(),
            ParserError::RecursionLimitExceeded => "it nests too deep".to_owned(),
        },
        DataFusionError::Plan(text) | DataFusionError::NotImplemented(text) | DataFusionError::Execution(text) => text.clone(),
        other => other.strip_backtrace(),
    };
    let text = text.lines().next().unwrap_or_default().trim_start_matches("Schema error: ").trim_start_matches("Arrow error: ");
    let mut letters = text.trim_end_matches('.').chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn verdict(sql: &str) -> String {
        check_sql(sql).map_or_else(|error| error.to_string(), |_| "reads".to_owned())
    }

    #[test]
    fn only_reading_passes() {
        for sql in
            ["SELECT 1", "WITH a AS (SELECT 1) SELECT * FROM a", "VALUES (1)", "EXPLAIN SELECT 1", "SELECT 1;", "EXPLAIN ANALYZE SELECT 1"]
        {
            assert_eq!(verdict(sql), "reads", "{sql}");
        }
        for sql in [
            "DROP TABLE samples",
            "INSERT INTO samples VALUES (1)",
            "COPY samples TO 'file.csv'",
            "CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '/etc/passwd'",
            "SET datafusion.execution.batch_size = 1",
            "EXPLAIN DELETE FROM samples",
            "WITH a AS (SELECT 1) DELETE FROM samples",
            "SELECT 1; SELECT 2",
            "",
            "PREPARE p AS SELECT 1",
        ] {
            assert_ne!(verdict(sql), "reads", "{sql}");
        }
    }

    #[test]
    fn errors_say_what_is_wrong() {
        insta::assert_snapshot!(verdict("SELEC 1"), @"The SQL does not parse: Expected: an SQL statement, found: SELEC at Line: 1, Column: 1. [MARU-0131]");
        insta::assert_snapshot!(verdict("DROP TABLE samples"), @"Only `SELECT`, `WITH … SELECT`, `VALUES` and `EXPLAIN` are allowed: SQL reads, and operations change. [MARU-0134] `maru operation list` shows what changes things.");
        insta::assert_snapshot!(verdict(&format!("SELECT {}1{}", "(".repeat(9_999), ")".repeat(9_999))), @"The SQL nests too deep. [MARU-0136] Name the inner ones in a `WITH`.");
    }

    proptest! {
        #[test]
        fn any_text_is_answered(sql in ".{0,200}") {
            let _ = check_sql(&sql);
        }
    }
}
