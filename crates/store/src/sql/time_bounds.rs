//! Which days a query can touch, read from its conditions. Pure.

use crate::history::Day;
use datafusion::{
    arrow::datatypes::{DataType, TimeUnit},
    common::ScalarValue,
    logical_expr::{Between, BinaryExpr, Expr, Operator},
};

/// The days that records must fall on to pass all of `filters`, as far as conditions of the form `time ≥ constant` tell.
pub(crate) fn days<'a>(filters: impl IntoIterator<Item = &'a Expr>, time_column: &str) -> (Day, Day) {
    let (mut from, mut to) = (i64::MIN, i64::MAX);
    for filter in filters {
        narrow(filter, time_column, &mut from, &mut to);
    }
    (Day::of_ms(from), Day::of_ms(to))
}

fn narrow(filter: &Expr, time_column: &str, from: &mut i64, to: &mut i64) {
    match filter {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => {
            narrow(left, time_column, from, to);
            narrow(right, time_column, from, to);
        }
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
            let (bound, op) = match (is_column(left, time_column), is_column(right, time_column)) {
                (true, false) => (milliseconds(right), Some(*op)),
                (false, true) => (milliseconds(left), op.swap()),
                _ => return,
            };
            let Some(bound) = bound else { return };
            match op {
                Some(Operator::Gt | Operator::GtEq) => *from = (*from).max(bound),
                // A bound in finer units was rounded down, so the day of the next millisecond may still hold records.
                Some(Operator::Lt | Operator::LtEq) => *to = (*to).min(bound.saturating_add(1)),
                Some(Operator::Eq) => {
                    *from = (*from).max(bound);
                    *to = (*to).min(bound.saturating_add(1));
                }
                _ => {}
            }
        }
        Expr::Between(Between { expr, negated: false, low, high }) if is_column(expr, time_column) => {
            *from = milliseconds(low).map_or(*from, |low| (*from).max(low));
            *to = milliseconds(high).map_or(*to, |high| (*to).min(high.saturating_add(1)));
        }
        _ => {}
    }
}

fn is_column(expression: &Expr, name: &str) -> bool {
    match expression {
        Expr::Column(column) => column.name == name,
        // The same moment in another unit. Other casts move it: to a whole second, to another zone.
        Expr::Cast(cast) => {
            let same_moment =
                matches!(cast.data_type, DataType::Timestamp(TimeUnit::Millisecond | TimeUnit::Microsecond | TimeUnit::Nanosecond, _));
            same_moment && matches!(&*cast.expr, Expr::Column(column) if column.name == name)
        }
        _ => false,
    }
}

fn milliseconds(expression: &Expr) -> Option<i64> {
    let Expr::Literal(value, _) = expression else { return None };
    match value {
        ScalarValue::TimestampSecond(Some(seconds), _) => seconds.checked_mul(1_000),
        ScalarValue::TimestampMillisecond(Some(milliseconds), _) => Some(*milliseconds),
        ScalarValue::TimestampMicrosecond(Some(microseconds), _) => Some(microseconds.div_euclid(1_000)),
        ScalarValue::TimestampNanosecond(Some(nanoseconds), _) => Some(nanoseconds.div_euclid(1_000_000)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::logical_expr::{col, lit};

    const DAY_MS: i64 = 86_400_000;

    fn moment(milliseconds: i64) -> Expr {
        lit(ScalarValue::TimestampMillisecond(Some(milliseconds), Some("UTC".into())))
    }

    #[test]
    fn bounds_on_time_name_the_days() {
        let filters = [col("time").gt_eq(moment(10 * DAY_MS)).and(moment(12 * DAY_MS + 5).gt(col("time")))];
        assert_eq!(days(&filters, "time"), (Day(10), Day(12)));
        assert_eq!(days(&[col("time").between(moment(0), moment(DAY_MS))], "time"), (Day(0), Day(1)));
    }

    #[test]
    fn what_is_not_understood_narrows_nothing() {
        let all = (Day::of_ms(i64::MIN), Day::of_ms(i64::MAX));
        assert_eq!(days(&[col("time").gt(moment(DAY_MS)).or(col("value").gt(lit(1.0)))], "time"), all);
        assert_eq!(days(&[col("other").gt(moment(DAY_MS))], "time"), all);
    }
}
