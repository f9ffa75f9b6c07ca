//! How large a statement is before anything is made of it: its text is small, but names for sub-queries let a few lines stand for millions
//! of tables, and long chains of operators nest as deep as they are long. Pure.

use datafusion::sql::sqlparser::ast::{Expr, ObjectName, Query, SetExpr, Statement, Visit, Visitor};
use std::{collections::HashMap, ops::ControlFlow};

/// How deep expressions may nest.
const MAX_DEPTH: usize = 500;
/// How many tables and sub-queries a statement may have, those behind a name in `WITH` counted each time the name is used.
const MAX_SOURCES: u64 = 100;

/// What is too large about a statement, if anything.
pub(crate) fn too_large(statement: &Statement) -> Option<String> {
    let mut measure = Measure { depth: 0, named: HashMap::new(), open: vec![OpenQuery::default()] };
    let cut_short = statement.visit(&mut measure).is_break();
    if cut_short {
        return Some(format!("Its expressions nest deeper than {MAX_DEPTH} levels."));
    }
    let sources = measure.open.first().map_or(0, |outermost| outermost.sources);
    (sources > MAX_SOURCES).then(|| format!("It reads {sources} tables and sub-queries; {MAX_SOURCES} are allowed."))
}

struct Measure {
    depth: usize,
    /// How many sources stand behind a name. Where a name means several things, it counts as the largest.
    named: HashMap<String, u64>,
    /// The queries that the walk is inside of, outermost first.
    open: Vec<OpenQuery>,
}

#[derive(Default)]
struct OpenQuery {
    /// The queries in its `WITH`, by where they are, with their names.
    names: Vec<(*const Query, String)>,
    sources: u64,
}

impl Measure {
    fn add(&mut self, sources: u64) {
        if let Some(query) = self.open.last_mut() {
            query.sources = query.sources.saturating_add(sources);
        }
    }
}

impl Visitor for Measure {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let names =
            query.with.iter().flat_map(|with| &with.cte_tables).map(|table| (&raw const *table.query, name(&table.alias.name.value)));
        self.open.push(OpenQuery { names: names.collect(), sources: selects(&query.body) });
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let Some(closed) = self.open.pop() else { return ControlFlow::Continue(()) };
        let names = self.open.last().into_iter().flat_map(|outer| &outer.names);
        match names.into_iter().find(|(named, _)| std::ptr::eq(*named, query)) {
            Some((_, name)) => {
                let sources = self.named.entry(name.clone()).or_default();
                *sources = closed.sources.max(*sources);
            }
            None => self.add(closed.sources),
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<()> {
        let last = relation.0.last().and_then(|part| part.as_ident()).map(|ident| name(&ident.value));
        let sources = last.and_then(|last| self.named.get(&last).copied()).unwrap_or(1);
        self.add(sources);
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, _: &Expr) -> ControlFlow<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn post_visit_expr(&mut self, _: &Expr) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }
}

fn name(written: &str) -> String {
    written.to_lowercase()
}

/// How many parts a chain of `UNION` and its kind has.
fn selects(body: &SetExpr) -> u64 {
    let (mut parts, mut rest) = (0, vec![body]);
    while let Some(part) = rest.pop() {
        match part {
            SetExpr::SetOperation { left, right, .. } => rest.extend([left.as_ref(), right.as_ref()]),
            _ => parts += 1,
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use datafusion::sql::sqlparser::{dialect::GenericDialect, parser::Parser};

    fn verdict(sql: &str) -> String {
        let statements = Parser::parse_sql(&GenericDialect {}, sql).unwrap();
        too_large(&statements[0]).unwrap_or_else(|| "fits".to_owned())
    }

    #[test]
    fn what_people_write_fits() {
        for sql in [
            "SELECT 1",
            "WITH a AS (SELECT * FROM t), b AS (SELECT * FROM a JOIN t USING (id)) SELECT * FROM a, b WHERE a.id IN (SELECT id FROM t)",
            "SELECT 1 UNION ALL SELECT 2 UNION SELECT 3",
        ] {
            assert_eq!(verdict(sql), "fits", "{sql}");
        }
        let many = (0..2_000).map(|id| id.to_string()).collect::<Vec<_>>().join(", ");
        assert_eq!(verdict(&format!("SELECT * FROM t WHERE id IN ({many})")), "fits");
    }

    #[test]
    fn a_name_counts_each_time_it_is_used() {
        let doubled =
            (1..40).map(|at| format!("a{at} AS (SELECT * FROM a{0} UNION ALL SELECT * FROM a{0})", at - 1)).collect::<Vec<_>>().join(", ");
        insta::assert_snapshot!(
            verdict(&format!("WITH a0 AS (SELECT 1), {doubled} SELECT * FROM a39")),
            @"It reads 1649267441663 tables and sub-queries; 100 are allowed."
        );
        assert_eq!(verdict(&format!("WITH a0 AS (SELECT 1), {doubled} SELECT * FROM a3")), "fits");
        let unions = vec!["SELECT 1"; 3_000].join(" UNION ALL ");
        insta::assert_snapshot!(verdict(&unions), @"It reads 3000 tables and sub-queries; 100 are allowed.");
    }

    #[test]
    fn a_chain_of_operators_is_as_deep_as_it_is_long() {
        insta::assert_snapshot!(verdict(&format!("SELECT {}", vec!["1"; 1_000].join(" + "))), @"Its expressions nest deeper than 500 levels.");
        assert_eq!(verdict(&format!("SELECT {}", vec!["1"; 400].join(" + "))), "fits");
    }
}
