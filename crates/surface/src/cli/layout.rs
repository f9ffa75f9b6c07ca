//! How an answer is laid out: as a grid, as fields, or in a sentence. Decides by the answer's shape alone, and formats nothing.

use super::text::is_scalar;
use serde_json::{Map, Value};

static NULL: Value = Value::Null;

/// An answer's shape.
pub(super) enum Layout<'v> {
    /// Records under common columns, and what else the answer says.
    Grid { columns: Vec<&'v str>, rows: Vec<Vec<&'v Value>>, rest: Vec<(&'v str, &'v Value)> },
    /// A list with nothing in it; `of` is what it would have held.
    Empty { of: &'v str, columns: Vec<&'v str> },
    /// One record.
    Fields(Vec<(&'v str, &'v Value)>),
    /// One value.
    Single(&'v Value),
    /// There is nothing to say.
    Done,
}

impl<'v> Layout<'v> {
    pub(super) fn of(value: &'v Value) -> Self {
        match value {
            Value::Null => Self::Done,
            Value::Object(fields) if fields.is_empty() => Self::Done,
            Value::Object(fields) => columns_and_rows(fields)
                .or_else(|| aligned_columns(fields))
                .or_else(|| one_list(fields))
                .unwrap_or_else(|| as_fields(fields)),
            Value::Array(items) if items.is_empty() => Self::Empty { of: "entries", columns: Vec::new() },
            Value::Array(items) => records(items).unwrap_or_else(|| Self::Grid {
                columns: vec!["value"],
                rows: items.iter().map(|item| vec![item]).collect(),
                rest: Vec::new(),
            }),
            scalar => Self::Single(scalar),
        }
    }

    fn with_rest(mut self, fields: &'v Map<String, Value>, taken: &[&str]) -> Self {
        if let Self::Grid { rest, .. } = &mut self {
            *rest = others(fields, taken);
        }
        self
    }
}

/// `{columns: [{name}], rows: [[…]]}`, which a query answers.
fn columns_and_rows(fields: &Map<String, Value>) -> Option<Layout<'_>> {
    let columns = fields.get("columns")?.as_array()?;
    let columns = columns.iter().map(|column| column["name"].as_str().or(column.as_str())).collect::<Option<Vec<_>>>()?;
    let rows = fields.get("rows")?.as_array()?;
    if rows.is_empty() {
        return Some(Layout::Empty { of: "rows", columns });
    }
    let rows = rows.iter().map(|row| row.as_array().map(|row| row.iter().collect())).collect::<Option<Vec<Vec<_>>>>()?;
    if rows.iter().any(|row| row.len() != columns.len()) {
        return None;
    }
    Some(Layout::Grid { columns, rows, rest: others(fields, &["columns", "rows"]) })
}

/// Several lists of scalars of one length are the columns of a table.
fn aligned_columns(fields: &Map<String, Value>) -> Option<Layout<'_>> {
    let columns: Vec<(&str, &Vec<Value>)> = fields
        .iter()
        .filter_map(|(name, value)| value.as_array().map(|items| (name.as_str(), items)))
        .filter(|(_, items)| !items.is_empty() && items.iter().all(is_scalar))
        .collect();
    let (_, first) = columns.first()?;
    if columns.len() < 2 || columns.iter().any(|(_, items)| items.len() != first.len()) {
        return None;
    }
    let rows = (0..first.len()).map(|row| columns.iter().map(|(_, items)| items.get(row).unwrap_or(&NULL)).collect()).collect();
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let rest = others(fields, &names);
    Some(Layout::Grid { columns: names, rows, rest })
}

/// Exactly one list of records, with scalars around it.
fn one_list(fields: &Map<String, Value>) -> Option<Layout<'_>> {
    let lists: Vec<(&str, &Vec<Value>)> = fields
        .iter()
        .filter_map(|(name, value)| value.as_array().map(|items| (name.as_str(), items)))
        .filter(|(_, items)| items.iter().all(Value::is_object))
        .collect();
    let filled: Vec<_> = lists.iter().filter(|(_, items)| !items.is_empty()).collect();
    match (filled.as_slice(), lists.as_slice()) {
        ([(name, items)], _) => Some(records(items)?.with_rest(fields, &[name])),
        ([], [(name, _)]) if fields.iter().all(|(other, value)| other == name || is_scalar(value)) => {
            Some(Layout::Empty { of: name, columns: Vec::new() })
        }
        _ => None,
    }
}

/// Objects under the union of their keys, in the order of first appearance.
fn records(items: &[Value]) -> Option<Layout<'_>> {
    let objects = items.iter().map(Value::as_object).collect::<Option<Vec<_>>>()?;
    let mut columns: Vec<&str> = Vec::new();
    for name in objects.iter().flat_map(|object| object.keys()) {
        if !columns.contains(&name.as_str()) {
            columns.push(name);
        }
    }
    let rows = objects.iter().map(|object| columns.iter().map(|name| object.get(*name).unwrap_or(&NULL)).collect()).collect();
    Some(Layout::Grid { columns, rows, rest: Vec::new() })
}

fn as_fields(fields: &Map<String, Value>) -> Layout<'_> {
    Layout::Fields(others(fields, &[]))
}

fn others<'v>(fields: &'v Map<String, Value>, taken: &[&str]) -> Vec<(&'v str, &'v Value)> {
    fields.iter().map(|(name, value)| (name.as_str(), value)).filter(|(name, _)| !taken.contains(name)).collect()
}
