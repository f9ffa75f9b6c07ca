//! `maru completions`.

use clap::Command;
use clap_complete::{Shell, generate};
use std::io::{self, Write};

/// Writes what `shell` needs to complete `command`.
///
/// # Errors
/// When the writer fails.
pub fn completions(shell: Shell, mut command: Command, writer: &mut dyn Write) -> io::Result<()> {
    let mut script = Vec::new();
    generate(shell, &mut command, "maru", &mut script);
    writer.write_all(&script)
}
