//! Node's packages, for the console and for the browser tests.

use crate::checkout::{Checkout, ask, run, tool};
use anyhow::{Context, Result, bail};
use std::fs;

const FOLDERS: &[&str] = &["console", "tests/playwright"];
const OLDEST: (u32, u32) = (20, 19);

/// Installs what each folder's lockfile says, where that is not what is there.
pub(crate) fn install(checkout: &Checkout) -> Result<()> {
    check_version(ask(tool("node").arg("--version")).as_deref())?;
    for folder in FOLDERS {
        let path = checkout.root.join(folder);
        let lockfile = path.join("package-lock.json");
        let wanted = fs::read(&lockfile).with_context(|| format!("{} could not be read", lockfile.display()))?;
        let stamp = path.join("node_modules/.installed-lock.json");
        if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
            println!("Node packages in {folder}: all there.");
            continue;
        }
        println!("Node packages in {folder}: installing.");
        run(&mut checkout.npm(folder, &["ci", "--no-audit", "--no-fund"]))?;
        fs::write(&stamp, wanted).with_context(|| format!("{} could not be written", stamp.display()))?;
    }
    Ok(())
}

fn check_version(found: Option<&str>) -> Result<()> {
    let advice = "Install Node (Debian: nodejs, npm, from a suite that has it) and run this again.";
    let (major, minor) = OLDEST;
    let Some(found) = found else { bail!("Node is not here; the console needs {major}.{minor} or newer. {advice}") };
    let mut numbers = found.trim_start_matches('v').split('.').map_while(|number| number.parse::<u32>().ok());
    let version = numbers.next().zip(numbers.next()).with_context(|| format!("`node --version` says \"{found}\", not a version"))?;
    if version < OLDEST {
        bail!("Node is {found}; the console needs {major}.{minor} or newer. {advice}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_node_or_none_is_refused_with_advice() {
        assert!(check_version(Some("v20.19.0")).is_ok());
        assert!(check_version(Some("v24.1.0")).is_ok());
        for refused in [None, Some("v20.18.9"), Some("v18.20.4"), Some("who knows")] {
            assert!(check_version(refused).is_err(), "{refused:?}");
        }
    }
}
