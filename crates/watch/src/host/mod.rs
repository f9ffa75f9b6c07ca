//! What this Linux machine tells about itself, read from `/proc` and `/sys`.
//!
//! One module for each source, in which a pure `parse_…` takes the kernel's text and a `collect` hands on the
//! series. Names follow OpenTelemetry's semantic conventions for systems, in Prometheus' form. Starts no program,
//! waits for no network (remote file systems are left out for that reason), keeps no history, and takes a file that
//! is missing or unreadable for something that this machine does not have.

mod collector;
mod cpu;
mod disk;
mod emit;
mod filesystem;
mod headline;
mod memory;
mod network;
mod noise_floor;
mod own;
mod pressure;
mod source;
mod system;
mod temperature;
#[cfg(test)]
mod testing;

pub use collector::HostCollector;
pub use headline::headline;
pub use noise_floor::noise_floor;
