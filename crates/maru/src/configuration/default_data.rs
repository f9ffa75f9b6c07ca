//! Where data goes unless somebody says where.

use std::path::PathBuf;

/// The data folder for a person (or root) with this environment; `None` when it names no home.
pub(super) fn default_data(is_root: bool, environment: &[(String, String)]) -> Option<PathBuf> {
    if is_root {
        return Some(PathBuf::from("/var/lib/maru"));
    }
    let absolute = |name: &str| {
        let value = environment.iter().find(|(variable, _)| variable == name).map(|(_, value)| PathBuf::from(value));
        value.filter(|path| path.is_absolute())
    };
    let share = absolute("XDG_DATA_HOME").or_else(|| Some(absolute("HOME")?.join(".local/share")))?;
    Some(share.join("maru"))
}
