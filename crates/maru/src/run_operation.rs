//! Runs one operation: on a server elsewhere, in the program that holds the data folder, or in this process when none does.

use crate::{
    cell::{Cell, Mode},
    configuration::Configuration,
    endpoint::{self, Endpoint},
};
use maru_kernel::{Call, Entry, Error, ErrorKind, Principal, Progress, Result};
use maru_surface::cli::{Client, ClientOptions, with_progress};
use serde_json::Value;
use std::future::Future;
use tokio::sync::watch;

/// What [`maru_store`] says when another process holds the folder.
const FOLDER_IN_USE: &str = "MARU-0101";

/// Runs it on a server elsewhere.
///
/// # Errors
/// What the operation answers, or why it could not be asked.
pub async fn on_server(entry: &Entry, input: Value, server: ClientOptions) -> Result<Value> {
    ask(&Client::new(server)?, entry, input).await
}

/// Runs it on the data folder: in the program that holds it, else here.
///
/// Whether another program holds the folder is learned by taking its lock, not from the address left there: that may be somebody else's by
/// now, who would be handed the token.
///
/// # Errors
/// What the operation answers, or why it could not be asked.
pub async fn on_folder(entry: &Entry, input: Value, configuration: &Configuration) -> Result<Value> {
    match Cell::open(configuration, Mode::Command).await {
        Ok(cell) => in_process(cell, entry, input).await,
        Err(error) if error.code == FOLDER_IN_USE => in_the_holder(entry, input, configuration, error).await,
        Err(error) => Err(error),
    }
}

/// `error`, with the address of the program that holds the folder where that is why.
#[must_use]
pub fn with_holder(error: Error, configuration: &Configuration) -> Error {
    match Endpoint::read(&configuration.data) {
        Some(holder) if error.code == FOLDER_IN_USE => {
            let next =
                format!("It serves {}. Use that one, stop it (`kill {}`), or choose another folder with `--data`.", holder.url, holder.pid);
            error.next(next)
        }
        _ => error,
    }
}

async fn in_the_holder(entry: &Entry, input: Value, configuration: &Configuration, in_use: Error) -> Result<Value> {
    let Some(holder) = Endpoint::read(&configuration.data) else {
        return Err(in_use.next("It is starting, stopping, or runs a command: try again in a moment."));
    };
    let token = endpoint::existing_token(&configuration.data)?;
    let client = Client::new(ClientOptions { url: holder.url, token, certificate: holder.certificate })?;
    ask(&client, entry, input).await
}

async fn ask(client: &Client, entry: &Entry, input: Value) -> Result<Value> {
    let (sender, progress) = watch::channel(Progress::default());
    let work = client.call(entry.name, input, entry.deadline, &sender);
    with_progress(progress, async {
        tokio::select! { answer = work => answer, error = interrupted() => Err(error) }
    })
    .await
}

async fn in_process(cell: Cell, entry: &Entry, input: Value) -> Result<Value> {
    let call = Call::new(Principal::local(), "cli", cell.clock.clone());
    let work = stopping_at_interrupt(&call, cell.gate.call(entry.name, input, &call));
    let answer = with_progress(call.watch_progress(), work).await;
    let closed = cell.close().await;
    let answer = answer?;
    closed.map(|()| answer)
}

/// Lets the gate stop `work`, so that its end is audited too.
async fn stopping_at_interrupt<T>(call: &Call, work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    tokio::select! {
        done = &mut work => return done,
        _ = interrupted() => call.cancellation().cancel(),
    }
    work.await
}

/// Waits for Ctrl-C.
async fn interrupted() -> Error {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
    Error::new(ErrorKind::Cancelled, "MARU-0730", "It was stopped before the answer came.")
}
