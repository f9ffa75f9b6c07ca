//! How large the values of a query can get, read from its plan before anything is computed. What the engine counts against its limit on
//! memory is what it keeps between batches; a single batch it does not count, and a few nested calls make one value of any size. Pure.

use datafusion::{
    arrow::datatypes::DataType,
    common::{
        DFSchema, DataFusionError, Result, ScalarValue,
        tree_node::{TreeNode, TreeNodeRecursion},
    },
    logical_expr::{
        Expr, JoinType, LogicalPlan, Operator, WindowFunctionDefinition,
        expr::{AggregateFunction, ScalarFunction, WindowFunction},
    },
};

/// The most bytes that one row may have, with all that is computed on the way to it.
const MAX_ROW_BYTES: u64 = 64 << 20;
/// How many bytes a batch is meant to have.
const BATCH_BYTES: u64 = 32 << 20;
/// The most rows of a batch.
const MAX_BATCH_ROWS: u64 = 8_192;
/// How many terms an expression may have when what its columns stand for is written out.
const MAX_TERMS: u64 = 50_000;
/// When little is left of the stack, and how much more there is then: plans nest.
const RED_ZONE_BYTES: usize = 128 << 10;
const STACK_BYTES: usize = 2 << 20;
/// The most columns that any step of a query may have.
const MAX_COLUMNS: usize = 1_000;

/// What a number, a moment or a truth counts.
const PLAIN: u64 = 32;
/// What a stored text and a stored map count: more than those that there usually are.
const TEXT: u64 = 512;
const MAP: u64 = 2_048;
/// What a list or a text counts that is collected from any number of rows. The engine counts it against its limit while it grows.
const COLLECTED: u64 = 8 << 20;
/// The longest regular expression.
const MAX_PATTERN_BYTES: usize = 1_000;
/// The most centroids of an approximate percentile.
const MAX_CENTROIDS: u64 = 10_000;

/// How many rows a batch of `plan` may have, so that no batch gets too large.
///
/// # Errors
/// When even a single row could get too large, or when the plan would when its columns are written out.
pub(crate) fn batch_rows(plan: &LogicalPlan) -> Result<usize> {
    let mut scale = Scale { widest: PLAIN };
    scale.plan(plan, PLAIN)?;
    let rows = (BATCH_BYTES / scale.widest).clamp(1, MAX_BATCH_ROWS);
    Ok(usize::try_from(rows).unwrap_or(1))
}

/// What is known about a value: how many bytes it can have, and how many terms make it.
#[derive(Clone, Copy, Debug)]
struct Weight {
    bytes: u64,
    terms: u64,
}

impl Weight {
    fn of(bytes: u64) -> Self {
        Self { bytes, terms: 1 }
    }
}

struct Scale {
    /// The largest row or value so far.
    widest: u64,
}

impl Scale {
    /// The weights of the columns that `plan` answers. `outer` is what the largest column of the query around a sub-query counts.
    fn plan(&mut self, plan: &LogicalPlan, outer: u64) -> Result<Vec<Weight>> {
        stacker::maybe_grow(RED_ZONE_BYTES, STACK_BYTES, || self.plan_within(plan, outer))
    }

    fn plan_within(&mut self, plan: &LogicalPlan, outer: u64) -> Result<Vec<Weight>> {
        let schema = plan.schema();
        if schema.fields().len() > MAX_COLUMNS {
            return Err(refused(format!("A step of the query has {} columns; {MAX_COLUMNS} are allowed", schema.fields().len())));
        }
        let inputs =
            plan.inputs().into_iter().map(|input| Ok((input.schema().as_ref(), self.plan(input, outer)?))).collect::<Result<Vec<_>>>()?;
        let columns = self.columns(plan, &inputs, outer)?;
        let row = columns.iter().fold(0, |row: u64, column| row.saturating_add(column.bytes));
        self.widen(row)?;
        Ok(columns)
    }

    fn columns(&mut self, plan: &LogicalPlan, inputs: &[(&DFSchema, Vec<Weight>)], outer: u64) -> Result<Vec<Weight>> {
        let below = Below { inputs, outer };
        let fields = plan.schema().fields();
        let of_types = || fields.iter().map(|field| of_type(field.data_type())).collect();
        // What an expression of the plan weighs matters even where it becomes no column.
        let mut weights = Vec::new();
        plan.apply_expressions(|expression| {
            weights.push(self.expression(expression, &below)?);
            Ok(TreeNodeRecursion::Continue)
        })?;
        let input = |at: usize| inputs.get(at).map(|(_, columns)| columns.clone()).unwrap_or_default();
        Ok(match plan {
            LogicalPlan::Projection(_) => weights,
            LogicalPlan::Aggregate(aggregate) => {
                // Grouping sets add a column that says which set a row belongs to.
                let grouped = aggregate.group_expr.iter().flat_map(|group| match group {
                    Expr::GroupingSet(set) => set.distinct_expr(),
                    plain => vec![plain],
                });
                let grouped = grouped.map(|group| self.expression(group, &below)).collect::<Result<Vec<_>>>()?;
                let computed = weights.iter().skip(aggregate.group_expr.len()).copied();
                let extra = fields.len().saturating_sub(grouped.len() + aggregate.aggr_expr.len());
                grouped.into_iter().chain(vec![Weight::of(PLAIN); extra]).chain(computed.map(|weight| Weight::of(weight.bytes))).collect()
            }
            LogicalPlan::Window(_) => input(0).into_iter().chain(weights.iter().map(|weight| Weight::of(weight.bytes))).collect(),
            LogicalPlan::Join(join) => {
                let mark = Weight::of(PLAIN);
                match join.join_type {
                    JoinType::LeftSemi | JoinType::LeftAnti => input(0),
                    JoinType::RightSemi | JoinType::RightAnti => input(1),
                    JoinType::LeftMark => input(0).into_iter().chain([mark]).collect(),
                    JoinType::RightMark => input(1).into_iter().chain([mark]).collect(),
                    JoinType::Inner | JoinType::Left | JoinType::Right | JoinType::Full => input(0).into_iter().chain(input(1)).collect(),
                }
            }
            LogicalPlan::Union(_) => (0..fields.len())
                .map(|at| {
                    let each = inputs.iter().filter_map(|(_, columns)| columns.get(at));
                    each.fold(Weight::of(PLAIN), |most, one| Weight { bytes: most.bytes.max(one.bytes), terms: most.terms.max(one.terms) })
                })
                .collect(),
            LogicalPlan::Values(values) => (0..fields.len())
                .map(|at| {
                    let each = weights.iter().skip(at).step_by(fields.len());
                    Weight::of(each.map(|weight| weight.bytes).max().unwrap_or(PLAIN))
                })
                .collect::<Vec<_>>()
                .into_iter()
                .take(values.schema.fields().len())
                .collect(),
            LogicalPlan::Unnest(unnest) => {
                // One row becomes as many as its lists have entries, each with all the other columns.
                let row = input(0).iter().fold(0, |row: u64, column| row.saturating_add(column.bytes));
                let lists = unnest.list_type_columns.iter().filter_map(|(at, _)| input(0).get(*at).map(|column| column.bytes / 8));
                let entries = lists.fold(1, |most: u64, list| most.max(list));
                self.widen(row.saturating_mul(entries))?;
                fields.iter().map(|_| Weight::of(row)).collect()
            }
            LogicalPlan::RecursiveQuery(_) => return Err(refused("`WITH RECURSIVE` has no end that can be told".into())),
            LogicalPlan::TableScan(_) | LogicalPlan::EmptyRelation(_) => of_types(),
            _ if input(0).len() == fields.len() => input(0),
            _ => of_types(),
        })
    }

    fn widen(&mut self, bytes: u64) -> Result<()> {
        if bytes > MAX_ROW_BYTES {
            return Err(DataFusionError::ResourcesExhausted(format!("one row can get {bytes} bytes large")));
        }
        self.widest = self.widest.max(bytes);
        Ok(())
    }

    fn expression(&mut self, expression: &Expr, below: &Below<'_>) -> Result<Weight> {
        stacker::maybe_grow(RED_ZONE_BYTES, STACK_BYTES, || self.expression_within(expression, below))
    }

    fn expression_within(&mut self, expression: &Expr, below: &Below<'_>) -> Result<Weight> {
        let mut parts = Vec::new();
        expression.apply_children(|child| {
            parts.push(self.expression(child, below)?);
            Ok(TreeNodeRecursion::Continue)
        })?;
        let terms = parts.iter().fold(1, |terms: u64, part| terms.saturating_add(part.terms));
        let sum = parts.iter().fold(0, |sum: u64, part| sum.saturating_add(part.bytes));
        let most = parts.iter().map(|part| part.bytes).max().unwrap_or(PLAIN);
        let mut weight = Weight { bytes: PLAIN, terms };
        match expression {
            Expr::Literal(value, _) => weight.bytes = literal(value),
            Expr::Column(column) => weight = below.find(|schema| schema.maybe_index_of_column(column)),
            Expr::OuterReferenceColumn(..) => weight.bytes = below.outer,
            Expr::Alias(_) | Expr::Unnest(_) | Expr::Negative(_) => weight.bytes = most,
            Expr::Case(_) => weight.bytes = sum,
            Expr::Cast(_) | Expr::TryCast(_) => {
                let to = match expression {
                    Expr::Cast(cast) => &cast.data_type,
                    Expr::TryCast(cast) => &cast.data_type,
                    _ => &DataType::Null,
                };
                check_type(to)?;
                // Lists and maps as text spell every value out.
                weight.bytes = if to.is_nested() || to.is_string() && below.is_nested(expression) { sum.saturating_mul(4) } else { most }
                    .max(PLAIN * 2);
            }
            Expr::BinaryExpr(binary) => match binary.op {
                Operator::StringConcat => weight.bytes = sum,
                Operator::RegexMatch | Operator::RegexIMatch | Operator::RegexNotMatch | Operator::RegexNotIMatch => {
                    check_pattern(&binary.right)?
                }
                _ => {}
            },
            Expr::SimilarTo(like) => check_pattern(&like.pattern)?,
            // It is written out as two comparisons.
            Expr::Between(_) => weight.terms = terms.saturating_mul(2),
            Expr::ScalarFunction(function) => weight.bytes = scalar_function(function, &parts, below.type_of(expression))?,
            Expr::AggregateFunction(function) => weight.bytes = aggregate(function, sum)?,
            Expr::WindowFunction(function) => weight.bytes = window(function, sum)?,
            Expr::ScalarSubquery(subquery) => weight.bytes = self.subquery(&subquery.subquery, below)?,
            Expr::InSubquery(within) => drop(self.subquery(&within.subquery.subquery, below)?),
            Expr::SetComparison(comparison) => drop(self.subquery(&comparison.subquery.subquery, below)?),
            Expr::Exists(exists) => drop(self.subquery(&exists.subquery.subquery, below)?),
            _ => {}
        }
        if weight.terms > MAX_TERMS {
            return Err(refused(format!("Written out, an expression has over {MAX_TERMS} terms")));
        }
        self.widen(weight.bytes)?;
        Ok(weight)
    }

    fn subquery(&mut self, plan: &LogicalPlan, below: &Below<'_>) -> Result<u64> {
        let largest = below.inputs.iter().flat_map(|(_, columns)| columns).map(|column| column.bytes).fold(below.outer, u64::max);
        Ok(self.plan(plan, largest)?.first().map_or(PLAIN, |column| column.bytes))
    }
}

/// What an expression can refer to.
struct Below<'a> {
    inputs: &'a [(&'a DFSchema, Vec<Weight>)],
    outer: u64,
}

impl Below<'_> {
    fn find(&self, index: impl Fn(&DFSchema) -> Option<usize>) -> Weight {
        let found = self.inputs.iter().find_map(|(schema, columns)| columns.get(index(schema)?).copied());
        let found = found.unwrap_or(Weight::of(TEXT));
        Weight { terms: found.terms.saturating_add(1), ..found }
    }

    fn type_of(&self, expression: &Expr) -> Option<DataType> {
        use datafusion::logical_expr::ExprSchemable;
        self.inputs.iter().find_map(|(schema, _)| expression.get_type(*schema).ok())
    }

    /// Whether what is cast is a list, a map or a structure; yes when that cannot be told.
    fn is_nested(&self, cast: &Expr) -> bool {
        let inner = match cast {
            Expr::Cast(cast) => &cast.expr,
            Expr::TryCast(cast) => &cast.expr,
            other => other,
        };
        self.type_of(inner).is_none_or(|data_type| data_type.is_nested())
    }
}

fn of_type(data_type: &DataType) -> Weight {
    Weight::of(match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Binary | DataType::LargeBinary | DataType::BinaryView => TEXT,
        nested if nested.is_nested() => MAP,
        _ => PLAIN,
    })
}

fn literal(value: &ScalarValue) -> u64 {
    PLAIN.saturating_add(value.size() as u64)
}

/// How large what a function answers can get.
fn scalar_function(function: &ScalarFunction, parts: &[Weight], answer: Option<DataType>) -> Result<u64> {
    let name = function.func.name();
    if name.starts_with("regexp_") {
        function.args.get(1).map_or(Ok(()), check_pattern)?;
    }
    answer.as_ref().map_or(Ok(()), check_type)?;
    let sum = parts.iter().fold(PLAIN, |sum: u64, part| sum.saturating_add(part.bytes));
    let part = |at: usize| parts.get(at).map_or(1, |part| part.bytes);
    Ok(match name {
        // One argument can be in the answer for each byte of the other; or it takes as many steps.
        "array_has_all" | "array_has_any" | "array_to_string" | "levenshtein" | "regexp_match" => part(0).saturating_mul(part(1)),
        "array_replace" | "array_replace_all" | "array_replace_n" | "regexp_replace" | "replace" => part(0).saturating_mul(part(2)),
        "concat_ws" => sum.saturating_add(part(0).saturating_mul(parts.len() as u64)),
        _ if answer.is_some_and(|answer| answer.is_primitive() || answer == DataType::Boolean) => PLAIN,
        "string_to_array" => sum.saturating_mul(16),
        "to_char" => sum.saturating_mul(8),
        "initcap" | "lower" | "upper" | "encode" => sum.saturating_mul(2),
        _ => sum,
    })
}

fn aggregate(function: &AggregateFunction, sum: u64) -> Result<u64> {
    let name = function.func.name();
    if name.starts_with("approx_percentile_cont") {
        let centroids = function.params.args.iter().skip(2).all(|argument| match argument {
            Expr::Literal(value, _) => {
                value.cast_to(&DataType::UInt64).is_ok_and(|value| matches!(value, ScalarValue::UInt64(Some(..=MAX_CENTROIDS))))
            }
            _ => false,
        });
        if !centroids {
            return Err(refused(format!("The number of centroids of `{name}` is a number up to {MAX_CENTROIDS}")));
        }
    }
    Ok(if collects(name) { COLLECTED.saturating_add(sum) } else { sum.max(PLAIN) })
}

fn window(function: &WindowFunction, sum: u64) -> Result<u64> {
    match &function.fun {
        // It would answer a list of all rows for each row.
        WindowFunctionDefinition::AggregateUDF(aggregate) if collects(aggregate.name()) => {
            Err(refused(format!("`{}` with `OVER` would collect everything again for each row", aggregate.name())))
        }
        _ => Ok(sum.max(PLAIN)),
    }
}

fn collects(aggregate: &str) -> bool {
    matches!(aggregate, "array_agg" | "string_agg")
}

/// Refuses types in which a value is as large as the type says.
fn check_type(data_type: &DataType) -> Result<()> {
    match data_type {
        DataType::FixedSizeList(..) | DataType::FixedSizeBinary(_) => Err(refused(format!("Nothing can be made a `{data_type}`"))),
        DataType::List(field) | DataType::LargeList(field) | DataType::Map(field, _) => check_type(field.data_type()),
        DataType::Struct(fields) => fields.iter().try_for_each(|field| check_type(field.data_type())),
        _ => Ok(()),
    }
}

/// Refuses regular expressions that are computed, since each different one is compiled, and those that are large when compiled.
fn check_pattern(pattern: &Expr) -> Result<()> {
    let Expr::Literal(value, _) = bare(pattern) else {
        return Err(refused("A regular expression is written out, not computed".into()));
    };
    let Some(Some(pattern)) = value.try_as_str() else { return Ok(()) };
    if pattern.len() > MAX_PATTERN_BYTES {
        return Err(refused(format!("A regular expression has {} bytes; {MAX_PATTERN_BYTES} are allowed", pattern.len())));
    }
    let compiled = regex::RegexBuilder::new(pattern).size_limit(MAX_PATTERN_COMPILED).dfa_size_limit(MAX_PATTERN_COMPILED).build();
    compiled.map(drop).map_err(|error| refused(format!("The regular expression cannot be used: {}", last_line(&error.to_string()))))
}

/// The most bytes that a compiled regular expression may have.
const MAX_PATTERN_COMPILED: usize = 512 << 10;

fn last_line(text: &str) -> String {
    text.lines().last().unwrap_or_default().trim_start_matches("error: ").trim_end_matches('.').to_owned()
}

/// An expression without names and casts around it.
fn bare(expression: &Expr) -> &Expr {
    match expression {
        Expr::Alias(alias) => bare(&alias.expr),
        Expr::Cast(cast) => bare(&cast.expr),
        other => other,
    }
}

fn refused(reason: String) -> DataFusionError {
    DataFusionError::Plan(reason)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::sql::gate::BOUNDLESS_FUNCTIONS;
    use datafusion::{execution::SessionStateDefaults, prelude::SessionContext};
    use std::collections::BTreeSet;

    /// What the plan of `sql` says about its batches.
    fn verdict(sql: &str) -> String {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let context = SessionContext::new();
        let plan = runtime.block_on(async {
            context.sql("CREATE TABLE t AS SELECT 1 AS n, 'a' AS s, [1, 2] AS l").await.unwrap();
            context.state().create_logical_plan(sql).await.unwrap()
        });
        batch_rows(&plan).map_or_else(|error| error.strip_backtrace(), |rows| rows.to_string())
    }

    #[test]
    fn batches_are_smaller_where_values_may_be_large() {
        assert_eq!(verdict("SELECT n, n + 1 AS m FROM t WHERE s = 'b'"), "8192");
        assert_eq!(verdict("SELECT upper(s) || s FROM t"), "8192");
        insta::assert_snapshot!(verdict("SELECT replace(s, 'a', s) FROM t"), @"128");
        insta::assert_snapshot!(verdict("SELECT array_agg(s) FROM t"), @"3");
        insta::assert_snapshot!(verdict("SELECT unnest(l), s FROM t"), @"51");
        insta::assert_snapshot!(verdict("SELECT a.s, b.s FROM t a JOIN t b ON a.n = b.n WHERE a.n IN (SELECT n FROM t)"), @"6472");
    }

    #[test]
    fn what_grows_without_bound_is_refused() {
        insta::assert_snapshot!(verdict("WITH a AS (SELECT replace(s, 'a', s) AS s FROM t) SELECT replace(s, 'a', s) FROM a"), @"Resources exhausted: one row can get 68719476736 bytes large");
        insta::assert_snapshot!(verdict("SELECT a.s || a.s || a.s || a.s || a.s || a.s || a.s || a.s FROM (SELECT string_agg(s, ',') AS s FROM t) a GROUP BY CUBE(a.s)"), @"Resources exhausted: one row can get 67113736 bytes large");
        insta::assert_snapshot!(verdict("SELECT array_agg(n) OVER (ORDER BY n) FROM t"), @"Error during planning: `array_agg` with `OVER` would collect everything again for each row");
        insta::assert_snapshot!(verdict("SELECT CAST([n] AS INT[3]) FROM t"), @"Error during planning: Nothing can be made a `FixedSizeList(3 x Int32)`");
        insta::assert_snapshot!(verdict("SELECT approx_percentile_cont(n, 0.5, 10000000000) FROM t"), @"Error during planning: The number of centroids of `approx_percentile_cont` is a number up to 10000");
        insta::assert_snapshot!(verdict("SELECT s ~ s FROM t"), @"Error during planning: A regular expression is written out, not computed");
    }

    /// A release of the engine that brings a function makes this fail: look at whether it can make a large value of small ones, or take long
    /// over them, and name it here, in `scalar_function`, in `collects` or in `BOUNDLESS_FUNCTIONS`.
    #[test]
    fn every_function_of_the_engine_was_looked_at() {
        fn sorted<'a>(names: impl Iterator<Item = &'a str>) -> String {
            names.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(" ")
        }
        let words = |listed: &str| listed.split_whitespace().collect::<Vec<_>>().join(" ");
        let (scalar, aggregate) = (SessionStateDefaults::default_scalar_functions(), SessionStateDefaults::default_aggregate_functions());
        assert_eq!(sorted(scalar.iter().map(|function| function.name())), words(SCALAR));
        assert_eq!(sorted(aggregate.iter().map(|function| function.name())), words(AGGREGATE));
        // These answer row by row, and so can be stopped.
        assert_eq!(sorted(SessionStateDefaults::default_table_functions().iter().map(|function| function.name())), "generate_series range");
        let known = scalar
            .iter()
            .flat_map(|function| function.aliases().iter().map(String::as_str).chain([function.name()]))
            .collect::<BTreeSet<_>>();
        let stale: Vec<_> = BOUNDLESS_FUNCTIONS.iter().filter(|name| !known.contains(*name)).collect();
        assert!(stale.is_empty(), "there are no functions {stale:?}");
    }

    const SCALAR: &str = "
        abs acos acosh array_any_value array_append array_concat array_dims array_distance array_distinct array_element array_except
        array_has array_has_all array_has_any array_intersect array_length array_max array_min array_ndims array_pop_back
        array_pop_front array_position array_positions array_prepend array_remove array_remove_all array_remove_n array_repeat
        array_replace array_replace_all array_replace_n array_resize array_reverse array_slice array_sort array_to_string array_union
        arrays_zip arrow_cast arrow_metadata arrow_typeof ascii asin asinh atan atan2 atanh bit_length btrim cardinality cbrt ceil
        character_length chr coalesce concat concat_ws contains cos cosh cot current_date current_time date_bin date_part date_trunc
        decode degrees empty encode ends_with exp factorial find_in_set flatten floor from_unixtime gcd generate_series get_field
        greatest initcap isnan iszero lcm least left levenshtein ln log log10 log2 lower lpad ltrim make_array make_date make_time map
        map_entries map_extract map_keys map_values named_struct nanvl now nullif nvl nvl2 octet_length overlay pi power radians
        random range regexp_count regexp_instr regexp_like regexp_match regexp_replace repeat replace reverse right round rpad rtrim
        signum sin sinh split_part sqrt starts_with string_to_array strpos struct substr substr_index tan tanh to_char to_date to_hex
        to_local_time to_time to_timestamp to_timestamp_micros to_timestamp_millis to_timestamp_nanos to_timestamp_seconds to_unixtime
        translate trunc union_extract union_tag upper uuid version";
    const AGGREGATE: &str = "
        approx_distinct approx_median approx_percentile_cont approx_percentile_cont_with_weight array_agg avg bit_and bit_or bit_xor
        bool_and bool_or corr count covar_pop covar_samp first_value grouping last_value max median min nth_value percentile_cont
        regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy stddev stddev_pop string_agg sum
        var var_pop";
}
