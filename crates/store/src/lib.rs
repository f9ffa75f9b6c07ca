//! Where Maru's records live, and how they are read.
//!
//! *State* (few records that change) is a database behind SeaORM. *History* (many records that never change) is Parquet, written through a
//! log that survives a killed process. *SQL* reads both, joined, and never writes. The *bus* carries events inside the process.
//! Knows no capability and no protocol: it must never name a metric, a finding or an incident.

mod audit;
mod bus;
mod error;
mod folder;
pub mod history;
mod operations;
mod sql;
mod state;
mod store;

pub use audit::{AUDIT, HistoryAudit};
pub use bus::{Bus, Filter, Subscription};
pub use error::{StoreError, database_error};
pub use folder::{DataFolder, replace_file, replace_file_with};
pub use history::{History, HistoryOptions};
pub use operations::{ListTables, QueryColumn, QueryResult, RunQuery, TableList, register};
pub use sql::{Sql, SqlOptions, check_sql};
pub use state::State;
pub use store::{Store, StoreOptions};
