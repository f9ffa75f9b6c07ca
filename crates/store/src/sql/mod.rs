//! One read-only SQL over state and history.

mod engine;
mod gate;
mod history_table;
mod time_bounds;

pub use engine::{Sql, SqlOptions};
pub use gate::check_sql;
