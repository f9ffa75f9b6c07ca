//! The threads of one query.

use maru_kernel::{Error, Result};
use std::future::Future;
use tokio::{
    runtime::{Builder, Runtime},
    task::JoinHandle,
};

/// The room for plans that nest as deep as they may.
const STACK_BYTES: usize = 64 << 20;

/// How many there are at most: several queries run at once.
const MOST_THREADS: usize = 8;

/// The threads of one query. Queries compute for long stretches without a pause, which would keep other work from its turn; each has threads
/// of its own, so that one that cannot be stopped in the middle of a step does not keep the next from running.
pub(crate) struct Threads(Option<Runtime>);

impl Threads {
    /// Starts the threads.
    pub(crate) fn start() -> Result<Self> {
        let threads = Builder::new_multi_thread()
            .worker_threads(std::thread::available_parallelism().map_or(2, usize::from).min(MOST_THREADS))
            .thread_name("sql")
            .thread_stack_size(STACK_BYTES)
            .enable_all()
            .build()
            .map_err(|error| Error::internal("MARU-0140", format!("No threads can be started for the query: {error}.")))?;
        Ok(Self(Some(threads)))
    }

    /// Runs `work` on them.
    pub(crate) fn run<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Option<JoinHandle<T>> {
        self.0.as_ref().map(|threads| threads.spawn(work))
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(threads) = self.0.take() {
            threads.shutdown_background();
        }
    }
}
