//! Every operation that this cell has, by name.

use crate::{Call, Effect, Error, Operation, Result, Table, input};
use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::Value;
use std::{collections::BTreeMap, future::Future, pin::Pin, sync::Arc, time::Duration};

type Running<'a> = Pin<Box<dyn Future<Output = Result<Value>> + Send + 'a>>;
type Invoke = dyn for<'a> Fn(Value, &'a Call) -> Result<Running<'a>> + Send + Sync;

/// One operation as surfaces see it: data and functions, its type forgotten.
pub struct Entry {
    /// `noun.verb`.
    pub name: &'static str,
    /// What it does to the world.
    pub effect: Effect,
    /// What it does, in a line.
    pub summary: String,
    /// Whole command lines that show its use, without `maru` in front.
    pub examples: &'static [&'static str],
    /// Whether the noun alone means this verb.
    pub is_default_verb: bool,
    /// How long it may run.
    pub deadline: Duration,
    /// JSON Schema 2020-12 of its input.
    pub input: Value,
    /// JSON Schema 2020-12 of its output.
    pub output: Value,
    command: fn(clap::Command) -> clap::Command,
    parse: fn(&clap::ArgMatches) -> Result<Value>,
    invoke: Box<Invoke>,
}

impl Entry {
    fn of<O: Operation>(room: Option<Arc<O::Room>>) -> Self {
        let input = schema::<O>();
        let summary = input["description"].as_str().unwrap_or_default().lines().next().unwrap_or_default().to_owned();
        Self {
            name: O::NAME,
            effect: O::EFFECT,
            summary,
            examples: O::EXAMPLES,
            is_default_verb: O::IS_DEFAULT_VERB,
            deadline: O::DEADLINE,
            output: schema::<O::Output>(),
            command: O::augment_args,
            parse: |matches| {
                let operation = O::from_arg_matches(matches)
                    .map_err(|error| Error::invalid("MARU-0016", "", error.to_string().trim_end().to_owned()))?;
                serde_json::to_value(operation).map_err(|error| Error::internal("MARU-0017", error.to_string()))
            },
            invoke: Box::new({
                let input = input.clone();
                move |value, call| {
                    let operation: O = input::parse(O::NAME, value, &input)?;
                    let room = room.clone().ok_or_else(|| {
                        Error::internal("MARU-0018", format!("`{}` was called in a catalogue, which only describes it.", O::NAME))
                    })?;
                    Ok(Box::pin(async move {
                        let output = operation.run(&room, call).await?;
                        serde_json::to_value(output).map_err(|error| Error::internal("MARU-0017", error.to_string()))
                    }))
                }
            }),
            input,
        }
    }

    /// The part of the name before the dot.
    #[must_use]
    pub fn noun(&self) -> &'static str {
        self.name.split_once('.').map_or(self.name, |(noun, _)| noun)
    }

    /// The part of the name behind the dot.
    #[must_use]
    pub fn verb(&self) -> &'static str {
        self.name.split_once('.').map_or("", |(_, verb)| verb)
    }

    /// Adds the operation's flags to a command.
    #[must_use]
    pub fn augment(&self, command: clap::Command) -> clap::Command {
        (self.command)(command)
    }

    /// Turns parsed flags into the operation's input.
    ///
    /// # Errors
    /// When a flag's value is not what the operation takes.
    pub fn parse(&self, matches: &clap::ArgMatches) -> Result<Value> {
        (self.parse)(matches)
    }

    /// Checks the input and makes the run ready. Only the gate calls it.
    pub(crate) fn invoke<'a>(&self, input: Value, call: &'a Call) -> Result<Running<'a>> {
        (self.invoke)(input, call)
    }
}

fn schema<T: schemars::JsonSchema>() -> Value {
    SchemaGenerator::new(SchemaSettings::draft2020_12().with(|settings| settings.meta_schema = None)).into_root_schema_for::<T>().to_value()
}

/// Every operation and table that this cell has.
#[derive(Default)]
pub struct Registry {
    operations: BTreeMap<&'static str, Entry>,
    tables: BTreeMap<&'static str, &'static Table>,
}

impl Registry {
    /// A registry with nothing in it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds operations that see `room` and nothing else.
    pub fn room<R: Send + Sync + 'static>(&mut self, room: Arc<R>) -> RoomRegistry<'_, R> {
        RoomRegistry { registry: self, room: Some(room) }
    }

    /// Adds operations that are only described: flags and schemas are there, a call is refused. The command line needs to know what there
    /// is before it knows which data folder to open.
    pub fn catalogue<R: Send + Sync + 'static>(&mut self) -> RoomRegistry<'_, R> {
        RoomRegistry { registry: self, room: None }
    }

    /// Adds tables.
    pub fn tables(&mut self, tables: &[&'static Table]) {
        self.tables.extend(tables.iter().map(|table| (table.name, *table)));
    }

    /// The operation called `name`.
    ///
    /// # Errors
    /// When there is none.
    pub fn find(&self, name: &str) -> Result<&Entry> {
        self.operations.get(name).ok_or_else(|| {
            Error::not_found("MARU-0002", format!("There is no operation `{name}`.")).next("`maru operation list` shows them all.")
        })
    }

    /// Every operation, by name.
    pub fn operations(&self) -> impl Iterator<Item = &Entry> {
        self.operations.values()
    }

    /// Every table, by name.
    pub fn all_tables(&self) -> impl Iterator<Item = &'static Table> {
        self.tables.values().copied()
    }
}

/// A registry into which the operations of one room are put.
pub struct RoomRegistry<'r, R> {
    registry: &'r mut Registry,
    room: Option<Arc<R>>,
}

impl<R: Send + Sync + 'static> RoomRegistry<'_, R> {
    /// Adds one operation.
    #[must_use = "the chain goes on; end it with `done`"]
    pub fn operation<O: Operation<Room = R>>(self) -> Self {
        self.registry.operations.insert(O::NAME, Entry::of::<O>(self.room.clone()));
        self
    }

    /// Ends the chain.
    pub fn done(self) {}
}
