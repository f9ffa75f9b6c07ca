//! Identity's tables as SQL sees them. Columns that hold secrets are left out, so no query can read them.

use maru_kernel::{Column, ColumnType, Table, TableStore};

/// The tables that SQL may read.
pub(super) const TABLES: &[&Table] = &[&USERS, &API_TOKENS, &SESSIONS];

const USERS: Table = Table {
    name: "users",
    comment: "People who may sign in.",
    store: TableStore::State,
    columns: &[
        Column::new("id", ColumnType::Text, "Stays the same for ever."),
        Column::new("name", ColumnType::Text, "What the person signs in with; unique."),
        Column::new("role", ColumnType::Text, "`admin` or `member`."),
        Column::new("created", ColumnType::Time, "When the user was added."),
        Column::new("disabled", ColumnType::Bool, "Whether the user is kept from signing in."),
    ],
    time_column: None,
    sort: &[],
    retention_days: None,
};

const API_TOKENS: Table = Table {
    name: "api_tokens",
    comment: "Secrets by which programs call Maru on behalf of their owners.",
    store: TableStore::State,
    columns: &[
        Column::new("id", ColumnType::Text, "Names the token; opens nothing."),
        Column::new("name", ColumnType::Text, "What the owner calls it."),
        Column::new("owner", ColumnType::Text, "The user whose permission it carries; `local` for whoever can read the data folder."),
        Column::new("scope", ColumnType::Text, "How much of that permission it carries: `ingest`, `read`, `change` or `admin`."),
        Column::new("prefix", ColumnType::Text, "How the token begins."),
        Column::new("created", ColumnType::Time, "When it was created."),
        Column::nullable("expires", ColumnType::Time, "When it stops working; empty when never."),
        Column::nullable("last_used", ColumnType::Time, "When it was last used, to the minute; empty when never."),
        Column::nullable("revoked", ColumnType::Time, "When it was revoked; empty while it works."),
    ],
    time_column: None,
    sort: &[],
    retention_days: None,
};

const SESSIONS: Table = Table {
    name: "sessions",
    comment: "Browsers in which people are signed in.",
    store: TableStore::State,
    columns: &[
        Column::new("id", ColumnType::Text, "Names the session; opens nothing."),
        Column::new("principal", ColumnType::Text, "Who is signed in."),
        Column::new("address", ColumnType::Text, "The IP address from which the person signed in."),
        Column::new("created", ColumnType::Time, "When the person signed in."),
        Column::new("expires", ColumnType::Time, "When the session ends at the latest."),
        Column::new("last_seen", ColumnType::Time, "When it was last used, to the minute."),
    ],
    time_column: None,
    sort: &[],
    retention_days: None,
};
