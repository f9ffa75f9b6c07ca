//! Who runs when, and on which threads.
//!
//! Queries compute for long stretches without a pause, which would keep other work of the process from its turn, and each other: so each turn
//! has threads of its own. A query that was stopped keeps its turn until it noticed.

use super::{SqlOptions, memory::resident};
use maru_kernel::{Error, ErrorKind, Result};
use std::{
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    runtime::{Builder, Runtime},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinHandle,
};

/// How many threads a turn has at most: several queries run at once.
const MOST_THREADS: usize = 8;
/// The room for plans that nest as deep as they may.
const STACK_BYTES: usize = 8 << 20;
/// How long closing waits for a query that was stopped.
const CLOSING: Duration = Duration::from_secs(5);

/// The turns that there are.
pub(crate) struct Turns {
    options: SqlOptions,
    running: Arc<Semaphore>,
    /// Those that run and those that wait.
    admitted: Arc<Semaphore>,
    house: Arc<Mutex<House>>,
}

/// What turns have in common.
#[derive(Default)]
struct House {
    /// How many turns are taken.
    taken: usize,
    /// What the process took before the first of them was.
    bytes_before: u64,
    /// Threads of turns that nobody has at the moment.
    idle: Vec<Threads>,
}

impl Turns {
    /// As many turns as `options` allow.
    pub(crate) fn new(options: SqlOptions) -> Self {
        let semaphore = |permits: usize| Arc::new(Semaphore::new(permits));
        Self {
            options,
            running: semaphore(options.concurrent),
            admitted: semaphore(options.concurrent + options.waiting),
            house: Arc::default(),
        }
    }

    /// Waits for a turn.
    ///
    /// # Errors
    /// When too many wait already, or it takes too long.
    pub(crate) async fn take(&self) -> Result<Arc<Turn>> {
        let SqlOptions { concurrent, waiting, longest, .. } = self.options;
        let admitted = self.admitted.clone().try_acquire_owned().map_err(|_| {
            Error::new(
                ErrorKind::TooMany { retry_after: Duration::from_secs(1) },
                "MARU-0141",
                format!("{concurrent} queries run and {waiting} wait already."),
            )
            .next("Ask again when some of them have ended.")
        })?;
        let Ok(Ok(running)) = tokio::time::timeout(longest, self.running.clone().acquire_owned()).await else {
            let retry_after = Duration::from_secs(5);
            return Err(Error::new(ErrorKind::TooMany { retry_after }, "MARU-0149", "The query did not get its turn in time.")
                .next("Ask again later."));
        };
        let (threads, bytes_before) = {
            let mut house = lock(&self.house);
            if house.taken == 0 {
                house.bytes_before = resident().unwrap_or(0);
            }
            let threads = house.idle.pop().map_or_else(Threads::start, Ok)?;
            house.taken += 1;
            (threads, house.bytes_before)
        };
        Ok(Arc::new(Turn { threads: Some(threads), bytes_before, house: self.house.clone(), _permits: (running, admitted) }))
    }

    /// Ends the threads.
    pub(crate) async fn close(&self) {
        let idle = std::mem::take(&mut lock(&self.house).idle);
        let _ = tokio::task::spawn_blocking(move || idle.into_iter().for_each(Threads::end)).await;
    }
}

/// The right to run a query, for as long as this value lives.
pub(crate) struct Turn {
    threads: Option<Threads>,
    bytes_before: u64,
    house: Arc<Mutex<House>>,
    _permits: (OwnedSemaphorePermit, OwnedSemaphorePermit),
}

impl Turn {
    /// What the process took before any of the queries began that run now.
    pub(crate) fn bytes_before(&self) -> u64 {
        self.bytes_before
    }

    /// Runs `work` on the turn's threads.
    pub(crate) fn run<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Option<JoinHandle<T>> {
        self.threads.as_ref().and_then(|threads| threads.0.as_ref()).map(|threads| threads.spawn(work))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut house = lock(&self.house);
        house.taken -= 1;
        house.idle.extend(self.threads.take());
    }
}

fn lock(house: &Mutex<House>) -> MutexGuard<'_, House> {
    house.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The threads of a turn.
struct Threads(Option<Runtime>);

impl Threads {
    fn start() -> Result<Self> {
        let threads = Builder::new_multi_thread()
            .worker_threads(std::thread::available_parallelism().map_or(2, usize::from).min(MOST_THREADS))
            .thread_name("sql")
            .thread_stack_size(STACK_BYTES)
            .enable_all()
            .build()
            .map_err(|error| Error::internal("MARU-0140", format!("No threads can be started for the query: {error}.")))?;
        Ok(Self(Some(threads)))
    }

    fn end(mut self) {
        if let Some(threads) = self.0.take() {
            threads.shutdown_timeout(CLOSING);
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        // The last to go may be a query that was stopped, on one of these threads: they cannot wait for themselves.
        if let Some(threads) = self.0.take() {
            threads.shutdown_background();
        }
    }
}
