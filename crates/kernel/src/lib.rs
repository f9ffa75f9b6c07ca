//! The words that every other crate of Maru speaks: operations, tables, events, principals, errors, and the gate that each call passes.
//!
//! Holds types and the decisions between them. Must never open a file or a socket, never know a web framework or a database, and never
//! read the time except through [`Clock`].

mod call;
mod clock;
mod error;
mod event;
mod figure;
mod gate;
mod input;
mod operation;
mod policy;
mod principal;
mod redact;
mod registry;
mod table;

pub use call::{Call, Progress};
pub use clock::{Clock, ManualClock, SystemClock};
pub use error::{Error, ErrorKind, Result};
pub use event::Event;
pub use figure::{Figure, FigureKind, Figures};
pub use gate::{Audit, AuditRecord, Gate, Outcome};
pub use input::{parse_duration, parse_time};
pub use operation::{Effect, Operation};
pub use policy::{Authorize, RolePolicy};
pub use principal::{Principal, PrincipalKind, Role, Scope};
pub use redact::{REDACTED, redact};
pub use registry::{Entry, Registry, RoomRegistry};
pub use table::{Column, ColumnType, Table, TableStore};
