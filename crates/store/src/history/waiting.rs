//! How much is on its way to a part, held against a limit.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// Bytes that wait: on their way into the log, or in it and not yet in a part.
#[derive(Debug, Default)]
pub(crate) struct Waiting(AtomicUsize);

impl Waiting {
    /// What waits.
    pub(crate) fn bytes(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// More waits, whatever the limit.
    pub(crate) fn add(&self, bytes: usize) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }

    /// What waited is now in a part.
    pub(crate) fn subtract(&self, bytes: usize) {
        self.0.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Sets `bytes` aside, unless that would be over `limit`; answers what waits already. One that alone is over the limit may pass when
    /// nothing else waits.
    pub(crate) fn reserve(self: &Arc<Self>, bytes: usize, limit: usize) -> Result<Reservation, usize> {
        let add = |waiting: usize| (waiting + bytes <= limit || waiting == 0).then_some(waiting + bytes);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add)?;
        Ok(Reservation { waiting: self.clone(), bytes })
    }
}

/// Bytes set aside for records on their way into the log. Dropped, it gives them back: the records did not get there.
#[derive(Debug)]
pub(crate) struct Reservation {
    waiting: Arc<Waiting>,
    bytes: usize,
}

impl Reservation {
    /// The records are in the log, and wait from now on.
    pub(crate) fn keep(mut self) {
        self.bytes = 0;
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.waiting.subtract(self.bytes);
    }
}
