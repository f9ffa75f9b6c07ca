//! One read-only SQL over state and history.

mod engine;
mod gate;
mod history_table;
mod memory;
mod nesting;
mod pauses;
mod shape;
mod time_bounds;
mod turns;
mod weight;

pub use engine::{Sql, SqlOptions};
pub use gate::check_sql;
