//! What a table looks like, apart from where its records live.

use schemars::JsonSchema;
use serde::Serialize;

/// The type of a column, in terms that every store has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ColumnType {
    /// UTF-8 text.
    Text,
    /// A signed 64-bit integer.
    Int,
    /// An unsigned 64-bit integer.
    Id,
    /// A 64-bit float.
    Float,
    /// True or false.
    Bool,
    /// A moment in UTC, to the millisecond.
    Time,
    /// Text by text, such as labels.
    Map,
}

/// A column of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name in SQL.
    pub name: &'static str,
    /// Its type.
    pub column_type: ColumnType,
    /// Whether it may be empty.
    pub nullable: bool,
    /// What it holds, with its unit.
    pub comment: &'static str,
}

impl Column {
    /// A column that is never empty.
    #[must_use]
    pub const fn new(name: &'static str, column_type: ColumnType, comment: &'static str) -> Self {
        Self { name, column_type, nullable: false, comment }
    }

    /// A column that may be empty.
    #[must_use]
    pub const fn nullable(name: &'static str, column_type: ColumnType, comment: &'static str) -> Self {
        Self { name, column_type, nullable: true, comment }
    }
}

/// Which of the two stores holds a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TableStore {
    /// Few records that change.
    State,
    /// Many records that never change.
    History,
}

/// A table that Maru knows, as it appears in SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name in SQL.
    pub name: &'static str,
    /// What a record is.
    pub comment: &'static str,
    /// Where its records live.
    pub store: TableStore,
    /// Its columns, in order.
    pub columns: &'static [Column],
    /// History only: the column of type [`ColumnType::Time`] that records are filed by.
    pub time_column: Option<&'static str>,
    /// History only: the columns that records are sorted by in files, most significant first.
    pub sort: &'static [&'static str],
    /// History only: how many days records are kept unless configured otherwise; `None` keeps them.
    pub retention_days: Option<u32>,
}

impl Table {
    /// The column called `name`.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&'static Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}
