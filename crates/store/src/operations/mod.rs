//! What can be done with records as such: read them with SQL, see what tables there are.

mod answer;
mod list_tables;
mod run_query;

pub use answer::{QueryColumn, QueryResult};
pub use list_tables::{ListTables, TableList};
pub use run_query::RunQuery;

use crate::Store;
use maru_kernel::RoomRegistry;

/// Adds the store's operations.
pub fn register(room: RoomRegistry<'_, Store>) {
    room.operation::<RunQuery>().operation::<ListTables>().done();
}
