//! The thread that writes the log. Many callers' records are synced at once, which is what makes a sync per acknowledgement affordable.

#![expect(clippy::disallowed_methods, reason = "the store owns the data folder")]

use super::{
    record::Entry,
    segment::{MAGIC, segment_path},
};
use crate::{StoreError, folder::sync_folder, history::waiting::Reservation};
use std::{
    fs::{File, OpenOptions},
    io::{self, Seek, SeekFrom, Write},
    os::unix::fs::OpenOptionsExt,
    path::PathBuf,
};
use tokio::sync::{mpsc, oneshot};

/// The most that is written between two syncs.
const GROUP_BYTES: usize = 16 << 20;

/// What the thread is asked to do.
pub(crate) enum Command {
    /// Write a record.
    Append(Append),
    /// End the segment, if it holds anything.
    Seal,
}

/// A record to write.
pub(crate) struct Append {
    /// The record, encoded.
    pub(crate) bytes: Vec<u8>,
    /// The same, for the buffers.
    pub(crate) entries: Vec<Entry>,
    /// What was set aside for them in memory.
    pub(crate) reservation: Reservation,
    /// Told when it is durable, or why it is not.
    pub(crate) done: oneshot::Sender<Result<(), StoreError>>,
}

/// Where the thread tells of what it did. Called in the order of the log.
pub(crate) trait LogReader: Send {
    /// Records of segment `segment` are durable.
    fn written(&mut self, segment: u64, entries: Vec<Entry>);
    /// Segment `segment` gets no more records.
    fn sealed(&mut self, segment: u64);
}

/// The thread that writes the log.
pub(crate) struct LogWriter<R> {
    folder: PathBuf,
    segment_bytes: u64,
    next_segment: u64,
    open: Option<OpenSegment>,
    reader: R,
}

struct OpenSegment {
    number: u64,
    file: File,
    /// The end of what is durable.
    end: u64,
}

impl<R: LogReader> LogWriter<R> {
    /// A writer that starts with segment `next_segment`.
    pub(crate) fn new(folder: PathBuf, segment_bytes: u64, next_segment: u64, reader: R) -> Self {
        Self { folder, segment_bytes, next_segment, open: None, reader }
    }

    /// Writes until the last sender is gone.
    pub(crate) fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        while let Some(command) = commands.blocking_recv() {
            let mut group = Vec::new();
            let mut group_bytes = 0;
            let mut seal = false;
            let mut next = Some(command);
            while let Some(command) = next.take() {
                match command {
                    Command::Append(append) => {
                        group_bytes += append.bytes.len();
                        group.push(append);
                    }
                    Command::Seal => seal = true,
                }
                if group_bytes < GROUP_BYTES && !seal {
                    next = commands.try_recv().ok();
                }
            }
            if !group.is_empty() {
                self.write(group);
            }
            if seal || self.open.as_ref().is_some_and(|open| open.end >= self.segment_bytes) {
                self.seal();
            }
        }
    }

    fn write(&mut self, group: Vec<Append>) {
        let result = self.write_and_sync(&group);
        let failed = result.as_ref().err().map(|error| io::Error::new(error.kind(), error.to_string()));
        if let Some(error) = &failed {
            tracing::error!(%error, records = group.len(), "the log could not be written; nothing of these records was acknowledged");
            self.take_back();
        }
        for append in group {
            let answer = match (&failed, &self.open) {
                (None, Some(open)) => {
                    self.reader.written(open.number, append.entries);
                    append.reservation.keep();
                    Ok(())
                }
                (Some(error), _) => Err(StoreError::from_write(io::Error::new(error.kind(), error.to_string()))),
                (None, None) => Err(StoreError::Closed),
            };
            // A caller that went away does not make its record undone.
            let _ = append.done.send(answer);
        }
    }

    fn write_and_sync(&mut self, group: &[Append]) -> io::Result<()> {
        let open = match &mut self.open {
            Some(open) => open,
            none => {
                let opened = OpenSegment::create(&self.folder, self.next_segment)?;
                self.next_segment += 1;
                none.insert(opened)
            }
        };
        let mut end = open.end;
        for append in group {
            open.file.write_all(&append.bytes)?;
            end += append.bytes.len() as u64;
        }
        open.file.sync_data()?;
        open.end = end;
        Ok(())
    }

    /// Cuts off what a failed write left behind. Where even that fails the segment is sealed as it is: recovery stops at the torn record,
    /// and nothing behind it was acknowledged.
    fn take_back(&mut self) {
        let Some(open) = &mut self.open else { return };
        let cut = open.file.set_len(open.end).and_then(|()| open.file.seek(SeekFrom::Start(open.end)));
        if let Err(error) = cut {
            tracing::error!(%error, segment = open.number, "the torn end of the log could not be cut off; a new segment is started");
            self.seal();
        }
    }

    fn seal(&mut self) {
        if let Some(open) = self.open.take() {
            self.reader.sealed(open.number);
        }
    }
}

impl OpenSegment {
    fn create(folder: &std::path::Path, number: u64) -> io::Result<Self> {
        let path = segment_path(folder, number);
        let create = || {
            let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path)?;
            file.write_all(MAGIC)?;
            file.sync_all()?;
            sync_folder(&path)?;
            Ok(file)
        };
        match create() {
            Ok(file) => Ok(Self { number, file, end: MAGIC.len() as u64 }),
            Err(error) => {
                let _ = std::fs::remove_file(&path);
                Err(error)
            }
        }
    }
}
