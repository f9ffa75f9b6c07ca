//! Holds the documents against the program: the commands that they show are parsed or run for real, their links lead somewhere, and the
//! two READMEs show the same commands. Takes no document's word, and never touches a data folder outside its own temporary one.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use clap::CommandFactory;
use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

#[test]
fn commands_in_documents_work() {
    assert!(program().exists(), "{} is not there: run `cargo build --package maru`, or name the program in MARU_BIN", program().display());
    let mut wrong = Vec::new();
    for document in documents() {
        let data = tempfile::tempdir().unwrap();
        for line in commands(&fs::read_to_string(&document).unwrap()) {
            if let Err(reason) = check(&line, data.path()) {
                wrong.push(format!("{}: `{line}`: {reason}", shown(&document)));
            }
        }
    }
    assert!(wrong.is_empty(), "commands that do not work as written:\n{}", wrong.join("\n"));
}

#[test]
fn links_in_documents_lead_somewhere() {
    let mut broken = Vec::new();
    for document in documents() {
        let text = fs::read_to_string(&document).unwrap();
        for link in links(&text).into_iter().filter(|link| !link.contains("://") && !link.starts_with('#')) {
            let file = link.split('#').next().unwrap_or_default();
            if !document.parent().unwrap().join(file).exists() {
                broken.push(format!("{}: {link}", shown(&document)));
            }
        }
    }
    assert!(broken.is_empty(), "links to what is not there:\n{}", broken.join("\n"));
}

#[test]
fn both_readmes_show_the_same_commands() {
    let read = |name| commands(&fs::read_to_string(root().join(name)).unwrap());
    assert_eq!(read("README.md"), read("README.ko.md"));
}

#[test]
fn commands_are_found_in_fenced_and_indented_blocks() {
    let text = "Start it:\n\n    cargo run --release -- up\n\n```sh\n$ maru series list   # all of them\nls\n```\n\n```rust\nmaru up\n```\n\nNot `maru up`.\n";
    assert_eq!(commands(text), ["cargo run --release -- up", "maru series list   # all of them"]);
}

#[test]
fn placeholders_are_told_from_words() {
    for placeholder in ["DIR", "ADDR:PORT", "FILE.csv", "postgres://host/maru"] {
        assert!(is_placeholder(placeholder), "{placeholder}");
    }
    for word in ["--data", "up", "SELECT count(*) FROM samples", "--listen", "read", "127.0.0.1:7171"] {
        assert!(!is_placeholder(word), "{word}");
    }
}

/// Says why the command does not work, when it does not. What answers and ends is run, in `data`; what never ends or names what is not
/// here (`maru up`, a placeholder, an address) has its words parsed by the program, which knows its flags best.
fn check(line: &str, data: &Path) -> Result<(), String> {
    let words = shlex::split(line).ok_or("its quotes do not match")?;
    let words: Vec<&str> = words.iter().map(String::as_str).take_while(|word| !["|", ">", "&&", "&", ";"].contains(word)).collect();
    let words = match words.as_slice() {
        ["cargo", "xtask", words @ ..] => return parse_task(words),
        ["cargo", "run", "--", words @ ..] | ["cargo", "run", "--release", "--", words @ ..] | ["maru", words @ ..] => words,
        _ => return Err("nobody knows how to check it".to_owned()),
    };
    let only_parsed = words.first() == Some(&"up") || words.iter().any(|word| is_placeholder(word));
    run(words, if only_parsed { &["--help"] } else { &[] }, data)
}

fn parse_task(words: &[&str]) -> Result<(), String> {
    let parsed = xtask::Xtask::command().no_binary_name(true).try_get_matches_from(words);
    parsed.map(|_| ()).map_err(|error| error.to_string())
}

fn run(words: &[&str], more: &[&str], data: &Path) -> Result<(), String> {
    let output = Command::new(program())
        .args(words)
        .args(more)
        .current_dir(data)
        .env_remove("MARU_BIN")
        .env_remove("MARU_VENV")
        .env("MARU_DATA", data.join("data"))
        .env("MARU_LISTEN", "127.0.0.1:0")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{} could not be started: {error}", program().display()))?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

/// Whether a word stands for something that the reader puts there, or for something on another machine.
fn is_placeholder(word: &str) -> bool {
    let name = word.split(['.', ':']).next().unwrap_or_default();
    word.contains("://") || (name.len() > 1 && name.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
}

/// The program that the tests were given, or else the one beside them.
fn program() -> PathBuf {
    env::var_os("MARU_BIN").map_or_else(|| env::current_exe().unwrap().parent().unwrap().parent().unwrap().join("maru"), PathBuf::from)
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn shown(document: &Path) -> String {
    document.strip_prefix(root()).unwrap().display().to_string()
}

/// Every document of the project.
fn documents() -> Vec<PathBuf> {
    let mut found = markdown_in(root(), false);
    for folder in ["docs", "bench", "crates", "console", "tests"] {
        found.extend(markdown_in(&root().join(folder), true));
    }
    found.sort();
    found
}

fn markdown_in(folder: &Path, deep: bool) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut found = Vec::new();
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            let foreign = ["node_modules", "target", "dist"].iter().any(|name| path.ends_with(name));
            if deep && !foreign {
                found.extend(markdown_in(&path, deep));
            }
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
    found
}

/// The lines of the document's shell and indented blocks that start Maru or a task.
fn commands(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut in_shell = false;
    for event in Parser::new(text) {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                in_shell = match kind {
                    CodeBlockKind::Indented => true,
                    CodeBlockKind::Fenced(language) => ["sh", "bash", "console", "shell"].contains(&language.as_ref()),
                };
            }
            Event::End(TagEnd::CodeBlock) => in_shell = false,
            Event::Text(text) if in_shell => {
                let lines = text.lines().map(|line| line.trim().trim_start_matches("$ "));
                // `maru → surface` is a picture, not a command.
                let shows =
                    |line: &str| ["maru ", "cargo run ", "cargo xtask "].iter().any(|start| line.starts_with(start)) && !line.contains('→');
                let ours = lines.filter(|line| shows(line));
                found.extend(ours.map(str::to_owned));
            }
            _ => {}
        }
    }
    found
}

fn links(text: &str) -> Vec<String> {
    let target = |event| match event {
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => Some(dest_url.into_string()),
        _ => None,
    };
    Parser::new(text).filter_map(target).collect()
}
