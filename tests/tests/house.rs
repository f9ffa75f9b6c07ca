//! The rules of the house, read from `cargo metadata` and from the sources: which way arrows point, what each crate must not know, which
//! licences come in, and how files look. Starts nothing but cargo and needs no network.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

/// The floors of the house, lowest first. A crate may know those on floors below its own, and none beside it.
const FLOORS: &[&[&str]] = &[
    &["maru-kernel"],
    &["maru-store"],
    &["maru-watch", "maru-scan", "maru-cost", "maru-access", "maru-respond", "maru-deliver", "maru-models", "maru-agent"],
    &["maru-surface"],
    &["maru"],
];

/// What a crate must not name among its dependencies.
const STRANGERS: &[(&str, &[&str])] = &[
    ("maru-kernel", &["axum", "hyper", "reqwest", "tonic", "sea-orm", "sqlx", "arrow", "parquet", "datafusion", "object_store"]),
    ("maru-store", &["axum", "hyper", "tonic", "reqwest"]),
    ("maru-watch", &["axum", "hyper", "datafusion", "object_store", "parquet"]),
    ("maru-surface", &["datafusion", "object_store", "parquet"]),
];

/// The most lines that a source file may have.
const LONGEST: usize = 600;

// Read here and not with the crate `cargo_metadata`: that one turns on a feature of serde_json, and with it all that stands on serde_json,
// DataFusion among it, would be built once for the program and once more for the tests.
static METADATA: LazyLock<Metadata> = LazyLock::new(|| {
    let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo).args(["metadata", "--format-version", "1", "--locked"]).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
});

#[test]
fn arrows_point_one_way() {
    let wrong: Vec<String> = house()
        .flat_map(|package| {
            package.dependencies.iter().filter(|to| to.path.is_some()).filter_map(|to| wrong_arrow(&package.name, &to.name))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_wrong_arrow_is_named() {
    assert_eq!(wrong_arrow("maru-watch", "maru-store"), None);
    assert_eq!(wrong_arrow("maru", "maru-kernel"), None);
    assert_eq!(
        wrong_arrow("maru-store", "maru-watch").unwrap(),
        "maru-store → maru-watch points the wrong way: a crate knows only those below it, and maru-watch stands above."
    );
    assert_eq!(
        wrong_arrow("maru-scan", "maru-watch").unwrap(),
        "maru-scan → maru-watch joins two rooms: they meet in tables, events and operations called by name, never by import."
    );
    assert_eq!(
        wrong_arrow("maru-watch", "maru-bench").unwrap(),
        "maru-watch → maru-bench leaves the house: `maru-bench` has no floor in `FLOORS` of tests/tests/house.rs."
    );
}

#[test]
fn crates_do_not_know_what_is_not_theirs() {
    let mut known = Vec::new();
    for (name, strangers) in STRANGERS {
        let package = package(name);
        let direct: BTreeSet<&str> = package.dependencies.iter().map(|dependency| dependency.name.as_str()).collect();
        known.extend(strangers.iter().filter(|stranger| direct.contains(*stranger)).map(|stranger| format!("{name} → {stranger}")));
    }
    assert!(known.is_empty(), "these crates are another's business: {}", known.join(", "));
}

#[test]
fn the_kernel_brings_no_framework_along() {
    let (kernel, strangers) = STRANGERS[0];
    let reached = reached_from(&package(kernel).id);
    let brought: Vec<&str> = strangers.iter().copied().filter(|stranger| reached.contains(*stranger)).collect();
    assert!(brought.is_empty(), "{kernel} reaches {} through what it depends on", brought.join(", "));
}

#[test]
fn every_crate_inherits_lints_and_licence() {
    for package in METADATA.workspace_packages() {
        let manifest: toml::Table = fs::read_to_string(&package.manifest_path).unwrap().parse().unwrap();
        let lints = manifest.get("lints").and_then(|lints| lints.get("workspace")).and_then(toml::Value::as_bool);
        assert_eq!(lints, Some(true), "{} does not inherit the workspace's lints: `[lints] workspace = true`", package.name);
        assert_eq!(package.license.as_deref(), Some("Apache-2.0"), "{}", package.name);
    }
}

#[test]
fn every_crate_says_what_it_must_never_do() {
    let silent: Vec<&str> = METADATA
        .workspace_packages()
        .filter(|package| !says_what_is_absent(&fs::read_to_string(entrance(package)).unwrap()))
        .map(|package| package.name.as_str())
        .collect();
    assert!(silent.is_empty(), "the first doc comment of these crates does not say what they must never do: {}", silent.join(", "));
}

#[test]
fn what_is_absent_is_looked_for_in_the_header_alone() {
    assert!(says_what_is_absent("//! Judges samples. Reads no clock.\n\nmod band;"));
    assert!(says_what_is_absent("//! Holds records.\n//!\n//! Never opens a socket."));
    assert!(!says_what_is_absent("//! Judges samples. Knows all.\n\n// There is no other way."));
}

#[test]
fn every_licence_is_allowed() {
    let allowed = allowed_licences();
    let refused: Vec<String> = METADATA
        .packages
        .iter()
        .filter(|package| package.source.is_some() && !is_allowed(package.license.as_deref(), &allowed))
        .map(|package| format!("{} {}: {}", package.name, package.version, package.license.as_deref().unwrap_or("none named")))
        .collect();
    assert!(refused.is_empty(), "licences that `deny.toml` does not allow:\n{}", refused.join("\n"));
}

#[test]
fn a_licence_is_allowed_when_one_choice_is() {
    let allowed = ["MIT", "Apache-2.0 WITH LLVM-exception"].map(|licence| spdx::Licensee::parse(licence).unwrap());
    assert!(is_allowed(Some("MIT"), &allowed));
    assert!(is_allowed(Some("GPL-3.0-only OR MIT"), &allowed));
    assert!(is_allowed(Some("Unlicense/MIT"), &allowed));
    assert!(is_allowed(Some("Apache-2.0 WITH LLVM-exception"), &allowed));
    assert!(!is_allowed(Some("Apache-2.0"), &allowed));
    assert!(!is_allowed(Some("MIT AND GPL-3.0-only"), &allowed));
    assert!(!is_allowed(None, &allowed));
}

#[test]
fn everything_comes_from_the_registry() {
    let elsewhere: Vec<&str> = METADATA
        .packages
        .iter()
        .filter(|package| package.source.as_deref().is_some_and(|source| !source.starts_with("registry+")))
        .map(|package| package.name.as_str())
        .collect();
    assert!(elsewhere.is_empty(), "not from the registry: {}", elsewhere.join(", "));
}

#[test]
fn no_file_holds_two_ideas() {
    let mut long = Vec::new();
    for folder in ["crates", "xtask", "tests", "bench", "console/src"] {
        for path in sources(&root().join(folder)) {
            let lines = fs::read_to_string(&path).unwrap().lines().count();
            if lines > LONGEST {
                long.push(format!("{}: {lines} lines", path.strip_prefix(root()).unwrap().display()));
            }
        }
    }
    assert!(long.is_empty(), "above {LONGEST} lines a file has two ideas:\n{}", long.join("\n"));
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The crates in `crates/`.
fn house() -> impl Iterator<Item = &'static Package> {
    let crates = root().join("crates");
    METADATA.workspace_packages().filter(move |package| package.manifest_path.starts_with(&crates))
}

fn package(name: &str) -> &'static Package {
    house().find(|package| package.name == name).unwrap_or_else(|| panic!("{name} is not in the workspace"))
}

fn wrong_arrow(from: &str, to: &str) -> Option<String> {
    let floor = |name| FLOORS.iter().position(|floor| floor.contains(&name));
    let homeless = |name| format!("{from} → {to} leaves the house: `{name}` has no floor in `FLOORS` of tests/tests/house.rs.");
    let Some(below) = floor(to) else { return Some(homeless(to)) };
    let Some(above) = floor(from) else { return Some(homeless(from)) };
    if below == above {
        return Some(format!("{from} → {to} joins two rooms: they meet in tables, events and operations called by name, never by import."));
    }
    (below > above).then(|| format!("{from} → {to} points the wrong way: a crate knows only those below it, and {to} stands above."))
}

/// The names of all that the package with the id `from` depends on, however far away, tests left out.
fn reached_from(from: &str) -> BTreeSet<&'static str> {
    let nodes: BTreeMap<_, _> = METADATA.resolve.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
    let names: BTreeMap<_, _> = METADATA.packages.iter().map(|package| (package.id.as_str(), package.name.as_str())).collect();
    let mut reached = BTreeSet::new();
    let mut waiting = vec![from];
    while let Some(id) = waiting.pop() {
        for dependency in &nodes[id].deps {
            let only_tests = dependency.dep_kinds.iter().all(|kind| kind.kind.as_deref() == Some("dev"));
            if !only_tests && reached.insert(names[dependency.pkg.as_str()]) {
                waiting.push(&dependency.pkg);
            }
        }
    }
    reached
}

/// The file whose first doc comment introduces the crate: its library, or else its program.
fn entrance(package: &Package) -> &Path {
    let of_kind = |kind: &str| package.targets.iter().find(|target| target.kind.iter().any(|found| found == kind));
    &of_kind("lib").or_else(|| of_kind("bin")).unwrap().src_path
}

fn says_what_is_absent(source: &str) -> bool {
    let header = source.lines().map_while(|line| line.strip_prefix("//!"));
    let words: Vec<String> = header.flat_map(str::split_whitespace).map(|word| word.to_lowercase()).collect();
    words.iter().any(|word| word == "never" || word == "no")
}

fn allowed_licences() -> Vec<spdx::Licensee> {
    let deny: toml::Table = fs::read_to_string(root().join("deny.toml")).unwrap().parse().unwrap();
    let allow = deny["licenses"]["allow"].as_array().unwrap();
    allow.iter().map(|licence| spdx::Licensee::parse(licence.as_str().unwrap()).unwrap()).collect()
}

fn is_allowed(expression: Option<&str>, allowed: &[spdx::Licensee]) -> bool {
    expression
        .and_then(|expression| spdx::Expression::parse_mode(expression, spdx::ParseMode::LAX).ok())
        .is_some_and(|expression| expression.evaluate(|required| allowed.iter().any(|licensee| licensee.satisfies(required))))
}

/// The sources under `folder` that people wrote.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut found = Vec::new();
    for path in entries.map(|entry| entry.unwrap().path()) {
        let name = path.file_name().unwrap().to_string_lossy();
        if path.is_dir() {
            if !["node_modules", "target", "dist"].contains(&&*name) {
                found.extend(sources(&path));
            }
        } else if [".rs", ".ts", ".tsx"].iter().any(|end| name.ends_with(end)) && !name.ends_with(".d.ts") {
            found.push(path);
        }
    }
    found
}

/// What `cargo metadata` says, as far as the rules of the house ask.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_members: BTreeSet<String>,
    resolve: Resolve,
}

impl Metadata {
    fn workspace_packages(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| self.workspace_members.contains(&package.id))
    }
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    /// Where it comes from; none for those of the workspace.
    source: Option<String>,
    manifest_path: PathBuf,
    dependencies: Vec<Declared>,
    targets: Vec<Target>,
}

/// A dependency as a manifest declares it.
#[derive(Deserialize)]
struct Declared {
    name: String,
    path: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
    src_path: PathBuf,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Resolved>,
}

/// A dependency as it was resolved.
#[derive(Deserialize)]
struct Resolved {
    pkg: String,
    dep_kinds: Vec<DependencyKind>,
}

#[derive(Deserialize)]
struct DependencyKind {
    kind: Option<String>,
}
