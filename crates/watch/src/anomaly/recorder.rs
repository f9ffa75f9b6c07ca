//! Writes anomalies down, and only then tells of them.

use super::{
    AnomalyView,
    entity::{ActiveModel, Column, Entity, Model},
};
use crate::engine::Change;
use maru_kernel::{Event, Result};
use maru_store::{Bus, State, database_error};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, TransactionTrait,
    sea_query::{Expr, OnConflict},
};
use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::sync::Notify;

/// How many changes may wait. Beyond it the newest is let go and counted: a restart finds it again in the samples.
const WAITING: usize = 200_000;
/// How many changes go into one transaction.
const AT_ONCE: usize = 500;

/// Writes anomalies down.
pub(crate) struct Recorder {
    state: Arc<State>,
    bus: Arc<Bus>,
    waiting: Mutex<VecDeque<Change>>,
    more: Notify,
    writing: tokio::sync::Mutex<()>,
    pub(crate) dropped: AtomicU64,
    pub(crate) opened: AtomicU64,
}

impl Recorder {
    /// A recorder with nothing to write.
    pub(crate) fn new(state: Arc<State>, bus: Arc<Bus>) -> Self {
        Self {
            state,
            bus,
            waiting: Mutex::default(),
            more: Notify::new(),
            writing: tokio::sync::Mutex::new(()),
            dropped: AtomicU64::new(0),
            opened: AtomicU64::new(0),
        }
    }

    /// Takes changes over.
    pub(crate) fn push(&self, changes: Vec<Change>) {
        if changes.is_empty() {
            return;
        }
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let room = WAITING.saturating_sub(waiting.len());
        let dropped = changes.len().saturating_sub(room) as u64;
        waiting.extend(changes.into_iter().take(room));
        self.dropped.fetch_add(dropped, Ordering::Relaxed);
        self.more.notify_one();
    }

    /// Waits until there is something to write.
    pub(crate) async fn more(&self) {
        self.more.notified().await;
    }

    /// Writes all that waits.
    ///
    /// # Errors
    /// When the database cannot be written: what waits goes on waiting.
    pub(crate) async fn write(&self) -> Result<()> {
        let _alone = self.writing.lock().await;
        loop {
            let changes: Vec<_> = {
                let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
                waiting.iter().take(AT_ONCE).cloned().collect()
            };
            if changes.is_empty() {
                return Ok(());
            }
            self.write_some(&changes).await?;
            self.waiting.lock().unwrap_or_else(PoisonError::into_inner).drain(..changes.len());
            changes.into_iter().for_each(|change| self.tell(change));
        }
    }

    async fn write_some(&self, changes: &[Change]) -> Result<()> {
        let transaction = self.state.db().begin().await.map_err(database_error)?;
        for change in changes {
            let (view, on_conflict) = match change {
                // After a restart a beginning may be found a second time.
                Change::Opened(view) => (view, OnConflict::column(Column::Id).do_nothing().to_owned()),
                Change::Closed(view) => {
                    (view, OnConflict::column(Column::Id).update_columns([Column::EndTime, Column::Actual, Column::Score]).to_owned())
                }
            };
            let row = ActiveModel::from(Model::from(view)).reset_all();
            Entity::insert(row).on_conflict(on_conflict).exec_without_returning(&transaction).await.map_err(database_error)?;
        }
        transaction.commit().await.map_err(database_error)
    }

    fn tell(&self, change: Change) {
        let (kind, time, view) = match change {
            Change::Opened(view) => {
                self.opened.fetch_add(1, Ordering::Relaxed);
                ("AnomalyOpened", view.start, view)
            }
            Change::Closed(view) => ("AnomalyClosed", view.end.unwrap_or(view.start), view),
        };
        let key = view.series.to_string();
        self.bus.publish(Event { kind, time, key, data: serde_json::to_value::<AnomalyView>(view).unwrap_or_default() });
    }

    /// Closes the anomalies of a database that no series in memory knows to be open: their end was lost with a killed process.
    pub(crate) async fn close_orphans(&self, is_open: impl Fn(u64) -> bool) -> Result<()> {
        let open = Entity::find().filter(Column::EndTime.is_null()).all(self.state.db()).await.map_err(database_error)?;
        let orphans: Vec<_> = open.into_iter().filter(|row| !is_open(row.series.cast_unsigned())).map(|row| row.id).collect();
        for ids in orphans.chunks(AT_ONCE) {
            Entity::update_many()
                .col_expr(Column::EndTime, Expr::col(Column::StartTime))
                .filter(Column::Id.is_in(ids))
                .exec(self.state.db())
                .await
                .map_err(database_error)?;
        }
        Ok(())
    }
}
