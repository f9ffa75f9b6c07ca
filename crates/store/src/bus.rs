//! Carries events to whoever listens, inside the process, bounded.

use maru_kernel::Event;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, RwLock},
};
use tokio::sync::mpsc;

/// How many events a reader may be behind before it is dropped.
const BACKLOG: usize = 1_024;

/// Which events a reader wants. An empty list wants all, but a kind that is only told by key (see [`Bus::wants`]) needs its key named.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Kinds, such as `AnomalyOpened`.
    pub kinds: Vec<String>,
    /// Keys, such as a series.
    pub keys: Vec<String>,
}

impl Filter {
    fn admits(&self, event: &Event) -> bool {
        (self.kinds.is_empty() || self.kinds.iter().any(|kind| kind == event.kind))
            && (self.keys.is_empty() || self.keys.contains(&event.key))
    }
}

/// Carries events to whoever listens.
#[derive(Debug, Default)]
pub struct Bus {
    readers: Mutex<Readers>,
    /// How many readers named a key. Asked for every sample, so it is apart from the readers themselves.
    wanted_keys: RwLock<HashMap<String, usize>>,
}

#[derive(Debug, Default)]
struct Readers {
    next_id: u64,
    by_id: HashMap<u64, Reader>,
}

#[derive(Debug)]
struct Reader {
    filter: Filter,
    events: mpsc::Sender<Arc<Event>>,
}

impl Bus {
    /// A bus that nobody listens to yet.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Tells every reader that wants it. A reader that is too far behind is dropped: it sees the end of its stream and starts anew.
    pub fn publish(&self, event: Event) {
        let event = Arc::new(event);
        let mut dropped = Vec::new();
        {
            let mut readers = lock(&self.readers);
            readers.by_id.retain(|_, reader| {
                let keep = !reader.filter.admits(&event) || reader.events.try_send(event.clone()).is_ok();
                if !keep {
                    dropped.extend(reader.filter.keys.iter().cloned());
                }
                keep
            });
        }
        self.forget(&dropped);
    }

    /// Whether anybody listens for `key` by name. Events of which there are many, such as every judged sample, are only made when so.
    #[must_use]
    pub fn wants(&self, key: &str) -> bool {
        self.wanted_keys.read().unwrap_or_else(PoisonError::into_inner).contains_key(key)
    }

    /// Whether anybody listens for any key by name.
    #[must_use]
    pub fn wants_any_key(&self) -> bool {
        !self.wanted_keys.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Starts to listen.
    #[must_use]
    pub fn subscribe(self: &Arc<Self>, filter: Filter) -> Subscription {
        let (sender, events) = mpsc::channel(BACKLOG);
        {
            let mut wanted = self.wanted_keys.write().unwrap_or_else(PoisonError::into_inner);
            for key in &filter.keys {
                *wanted.entry(key.clone()).or_default() += 1;
            }
        }
        let mut readers = lock(&self.readers);
        let id = readers.next_id;
        readers.next_id += 1;
        readers.by_id.insert(id, Reader { filter, events: sender });
        Subscription { bus: self.clone(), id, events }
    }

    fn unsubscribe(&self, id: u64) {
        let reader = lock(&self.readers).by_id.remove(&id);
        if let Some(reader) = reader {
            self.forget(&reader.filter.keys);
        }
    }

    fn forget(&self, keys: &[String]) {
        if keys.is_empty() {
            return;
        }
        let mut wanted = self.wanted_keys.write().unwrap_or_else(PoisonError::into_inner);
        for key in keys {
            if let Some(count) = wanted.get_mut(key) {
                *count -= 1;
                if *count == 0 {
                    wanted.remove(key);
                }
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A reader's place on the bus.
#[derive(Debug)]
pub struct Subscription {
    bus: Arc<Bus>,
    id: u64,
    events: mpsc::Receiver<Arc<Event>>,
}

impl Subscription {
    /// The next event, or `None` when this reader was too slow and lost its place.
    pub async fn next(&mut self) -> Option<Arc<Event>> {
        self.events.recv().await
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.bus.unsubscribe(self.id);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use jiff::Timestamp;

    fn event(kind: &'static str, key: &str) -> Event {
        Event { kind, time: Timestamp::UNIX_EPOCH, key: key.into(), data: serde_json::Value::Null }
    }

    #[tokio::test]
    async fn a_reader_gets_what_its_filter_admits() {
        let bus = Bus::new();
        let mut reader = bus.subscribe(Filter { kinds: vec!["Opened".into()], keys: vec!["a".into()] });
        assert!(bus.wants("a") && !bus.wants("b"));
        bus.publish(event("Opened", "b"));
        bus.publish(event("Closed", "a"));
        bus.publish(event("Opened", "a"));
        assert_eq!(reader.next().await.unwrap().key, "a");
        drop(reader);
        assert!(!bus.wants_any_key());
    }

    #[tokio::test]
    async fn a_slow_reader_is_dropped_and_not_waited_for() {
        let bus = Bus::new();
        let mut slow = bus.subscribe(Filter { kinds: vec![], keys: vec!["a".into()] });
        for _ in 0..=BACKLOG {
            bus.publish(event("Opened", "a"));
        }
        assert!(!bus.wants("a"));
        for _ in 0..BACKLOG {
            assert!(slow.next().await.is_some());
        }
        assert!(slow.next().await.is_none());
    }
}
