//! Few records that change: SQLite in the data folder, or PostgreSQL, behind SeaORM.

mod open;
mod read;

pub use open::State;
pub(crate) use read::read_table;
