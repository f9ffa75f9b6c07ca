#![allow(clippy::unwrap_used)]
use super::*;
use maru_kernel::{Call, Operation};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

struct Hall;

/// Asks the hall in SQL.
///
/// Only reads.
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
struct Query {
    /// One statement.
    sql: String,
    /// At most so many rows.
    #[arg(long)]
    limit: Option<u32>,
}

impl Operation for Query {
    const NAME: &'static str = "sql.query";
    const EFFECT: Effect = Effect::Read;
    const IS_DEFAULT_VERB: bool = true;
    const EXAMPLES: &'static [&'static str] = &["sql 'SELECT count(*) FROM samples'"];
    type Room = Hall;
    type Output = u8;
    async fn run(self, _: &Hall, _: &Call) -> Result<u8> {
        Ok(0)
    }
}

/// Explains a statement.
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
struct Explain {
    /// One statement.
    sql: String,
}

impl Operation for Explain {
    const NAME: &'static str = "sql.explain";
    const EFFECT: Effect = Effect::Read;
    type Room = Hall;
    type Output = u8;
    async fn run(self, _: &Hall, _: &Call) -> Result<u8> {
        Ok(0)
    }
}

/// Removes a user.
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
struct Remove {
    /// Whom.
    name: String,
}

impl Operation for Remove {
    const NAME: &'static str = "user.remove";
    const EFFECT: Effect = Effect::Destroy;
    type Room = Hall;
    type Output = u8;
    async fn run(self, _: &Hall, _: &Call) -> Result<u8> {
        Ok(0)
    }
}

fn registry() -> Registry {
    let mut registry = Registry::new();
    registry.catalogue::<Hall>().operation::<Remove>().operation::<Query>().operation::<Explain>().done();
    registry
}

fn chosen(line: &[&str]) -> String {
    let registry = registry();
    let command = command(&registry).no_binary_name(true).arg(clap::Arg::new("output").long("output").global(true));
    match command.try_get_matches_from(line) {
        Err(error) => error.to_string().lines().next().unwrap().to_owned(),
        Ok(matches) => match invocation(&registry, &matches) {
            Ok(Some(chosen)) => format!("{} {}", chosen.entry.name, chosen.input),
            Ok(None) => "none".to_owned(),
            Err(error) => error.to_string(),
        },
    }
}

#[test]
fn a_noun_means_its_default_verb() {
    insta::assert_snapshot!(chosen(&["sql", "SELECT 1"]), @r#"sql.query {"sql":"SELECT 1"}"#);
    insta::assert_snapshot!(chosen(&["sql", "query", "SELECT 1", "--limit", "3"]), @r#"sql.query {"sql":"SELECT 1","limit":3}"#);
    insta::assert_snapshot!(chosen(&["sql", "--output", "json", "explain", "SELECT 1"]), @r#"sql.explain {"sql":"SELECT 1"}"#);
    insta::assert_snapshot!(chosen(&["sql", "--limit", "3", "explain", "SELECT 1"]), @"`--limit` stands before the verb `explain`, which would not get it. [MARU-0600] Put it behind: `maru sql explain --limit …`.");
    insta::assert_snapshot!(chosen(&["sql"]), @"error: the following required arguments were not provided:");
    insta::assert_snapshot!(chosen(&["user", "remove", "kim"]), @r#"user.remove {"name":"kim"}"#);
    insta::assert_snapshot!(chosen(&["user", "delete", "kim"]), @"error: unrecognized subcommand 'delete'");
}

fn help(line: &[&str]) -> String {
    command(&registry()).try_get_matches_from(line).unwrap_err().to_string()
}

#[test]
fn help_comes_from_the_operation() {
    insta::assert_snapshot!(help(&["maru", "sql", "--help"]), @"
    Asks the hall in SQL.

    Only reads.

    Usage: maru sql [OPTIONS] <SQL>
           maru sql <VERB>

    Verbs:
      explain  Explains a statement.
      query    Asks the hall in SQL.

    Arguments:
      <SQL>
              One statement

    Options:
          --limit <LIMIT>
              At most so many rows

      -h, --help
              Print help (see a summary with '-h')

    Effect: read (changes nothing)

    Examples:
      maru sql 'SELECT count(*) FROM samples'
    ");
    insta::assert_snapshot!(help(&["maru", "user", "remove", "-h"]), @"
    Removes a user.

    Usage: maru user remove <NAME>

    Arguments:
      <NAME>  Whom

    Options:
      -h, --help  Print help (see more with '--help')

    Effect: destroy (removes something for good, or decides who may do what)
    ");
    insta::assert_snapshot!(help(&["maru", "user"]), @"
    Operations of `user`

    Usage: maru user <VERB>

    Verbs:
      remove  Removes a user.

    Options:
      -h, --help  Print help
    ");
}

#[test]
fn the_command_tree_is_sound() {
    command(&registry()).debug_assert();
}
