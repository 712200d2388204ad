//! `Wal`: a log that many groups share.
//!
//! One lock, `queue`, orders the submitted writes. The [`Disk`] is in the queue while nobody writes. The first thread
//! that waits for a write takes it, with all writes submitted so far, writes them without any lock, and puts it back.

use std::io;
use std::mem;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::wal::current::{Identity, MOST_CLUSTER};
use crate::wal::errors::{Error, Rejection, Result};
use crate::wal::file_system::FileSystem;
use crate::wal::format::SnapshotRecord;
use crate::wal::group::Ledger;
use crate::wal::queue::{Queue, Slot, positions};
use crate::wal::real::RealFileSystem;
use crate::wal::recovery::{self, Recovered, Torn};
use crate::wal::rewrite;
use crate::wal::segment::{self, Counters, Disk};
use crate::wal::snapshots::{self, Access, SnapshotReader, SnapshotWriter};
use crate::wal::storage::WalGroup;
use crate::wal::write::Write;

/// The file that is locked while a log is open.
const LOCK: &str = "LOCK";

/// How to open a log.
#[derive(Debug, Clone)]
pub struct Options {
    /// The length, in bytes, at which a segment ends. The log is never shorter on the disk than some segments.
    pub segment_size: u64,
    /// Whose log it is. The directory remembers it, and is not opened for another.
    pub identity: Identity,
}

impl Default for Options {
    fn default() -> Self {
        Self { segment_size: 16 << 20, identity: Identity::default() }
    }
}

/// A log on a disk, shared by many groups.
pub struct Wal {
    files: Arc<dyn FileSystem>,
    segment_size: u64,
    next_snapshot: AtomicU64,
    access: Arc<Access>,
    identity: Identity,
    torn: Option<Torn>,
    queue: Mutex<Queue>,
    /// A round has ended.
    ended: Condvar,
}

/// The work of the thread that has the disk. If it is dropped, which only a panic does, the log has failed: the other
/// threads would wait forever.
struct Writing<'a>(&'a Wal);

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        let mut queue = self.0.lock();
        queue.error = Some(Error::Failed { reason: "a thread panicked while it was writing".to_owned() });
        queue.is_lost = true;
        self.0.ended.notify_all();
    }
}

/// The work of the thread that closes the log.
struct Closing<'a>(&'a Wal);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.lock().is_closing = false;
        self.0.ended.notify_all();
    }
}

/// The size of a log, and what was done since it was opened.
#[derive(Debug, Clone)]
pub struct Stats {
    /// The number of groups.
    pub groups: usize,
    /// About how many bytes a log takes that has only what is needed: entries that are not compacted, and states.
    pub live: u64,
    /// The length of all segments, in bytes.
    pub disk: u64,
    /// The number of segments.
    pub segments: usize,
    /// What was done with the disk.
    pub counters: Counters,
}

/// What a log contains when it is opened.
struct Contents {
    slots: Vec<Slot>,
    ledger: Ledger,
    torn: Option<Torn>,
    next_snapshot: u64,
}

impl Default for Contents {
    fn default() -> Self {
        Self { slots: Vec::new(), ledger: Ledger::default(), torn: None, next_snapshot: 1 }
    }
}

impl From<Recovered> for Contents {
    fn from(recovered: Recovered) -> Self {
        let Recovered { groups, ledger, torn, next_snapshot, .. } = recovered;
        let slot = |(id, recovered)| {
            let group = WalGroup::default();
            *group.lock() = recovered;
            Slot { id, group, call: 0, relied_on: 0 }
        };
        Self { slots: groups.into_iter().map(slot).collect(), ledger, torn, next_snapshot }
    }
}

impl Wal {
    /// Opens the log in a directory, or creates it.
    ///
    /// # Errors
    ///
    /// See [`Self::open`].
    pub fn open_directory(path: &Path, options: &Options) -> Result<Self> {
        Self::open(Arc::new(RealFileSystem::new(path)), options)
    }

    /// Opens a log, or creates it.
    ///
    /// # Errors
    ///
    /// [`Error::Locked`], [`Error::Corrupted`], [`Error::Foreign`], and [`Error::Io`] or [`Error::Failed`] for errors
    /// of the system.
    pub fn open(files: Arc<dyn FileSystem>, options: &Options) -> Result<Self> {
        let io = |error| Error::io(&files.path(""), &error);
        if options.identity.cluster.as_ref().is_some_and(|cluster| cluster.len() > MOST_CLUSTER) {
            let reason = format!("the name of the cluster is longer than {MOST_CLUSTER} bytes");
            return Err(Error::Foreign { path: files.path(""), reason });
        }
        files.create_directory().map_err(io)?;
        let lock = files.lock(LOCK).map_err(io)?.ok_or_else(|| Error::Locked { path: files.path(LOCK) })?;
        let Some(recovered) = recovery::read(&files)? else {
            let frames = vec![rewrite::empty_checkpoint()];
            let disk = Disk::create(files.clone(), options.identity.clone(), lock, frames)?;
            return Ok(Self::new(files, options, disk, Contents::default()));
        };
        let merged = recovered.current.identity.merge(&options.identity);
        let identity = merged.map_err(|reason| Error::Foreign { path: files.path(""), reason })?;
        let disk = repair(&files, &recovered, identity, lock)?;
        Ok(Self::new(files, options, disk, recovered.into()))
    }

    /// Reads a log without changing it, and without its lock. The result is closed: it is for reading.
    ///
    /// # Errors
    ///
    /// [`Error::Corrupted`] and [`Error::Io`].
    pub fn read(files: Arc<dyn FileSystem>) -> Result<Self> {
        let missing = || Error::io(&files.path(""), &io::Error::new(io::ErrorKind::NotFound, "there is no log"));
        let recovered = read_in_use(&files)?.ok_or_else(missing)?;
        let identity = recovered.current.identity.clone();
        let queue = Queue {
            sizes: (recovered.sizes.len(), recovered.sizes.values().sum()),
            error: Some(Error::Closed),
            ..Queue::default()
        };
        Ok(Self::with_queue(files, 0, identity, queue, recovered.into()))
    }

    fn new(files: Arc<dyn FileSystem>, options: &Options, disk: Disk, contents: Contents) -> Self {
        let identity = disk.identity.clone();
        let queue = Queue {
            segment: disk.header.number,
            counters: disk.counters,
            sizes: (disk.sizes.len(), disk.total()),
            disk: Some(Box::new(disk)),
            ..Queue::default()
        };
        Self::with_queue(files, options.segment_size, identity, queue, contents)
    }

    fn with_queue(
        files: Arc<dyn FileSystem>,
        segment_size: u64,
        identity: Identity,
        queue: Queue,
        contents: Contents,
    ) -> Self {
        let Contents { slots, ledger, torn, next_snapshot } = contents;
        let queue = Queue { positions: positions(&slots), slots, ledger, ..queue };
        Self {
            files,
            segment_size,
            next_snapshot: AtomicU64::new(next_snapshot),
            access: Arc::default(),
            identity,
            torn,
            queue: Mutex::new(queue),
            ended: Condvar::new(),
        }
    }

    /// Returns whose log it is.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns what the last process was writing when it crashed, which was cut off.
    pub fn torn(&self) -> Option<&Torn> {
        self.torn.as_ref()
    }

    /// Returns a group for reading. One that doesn't exist is empty.
    pub fn group(&self, id: u64) -> WalGroup {
        let mut queue = self.lock();
        let position = queue.position(id);
        queue.slots[position].group.clone()
    }

    /// Returns the ids of the groups that exist.
    pub fn groups(&self) -> Vec<u64> {
        let mut ids: Vec<u64> = self.lock().existing().into_iter().map(|(id, _)| id).collect();
        ids.sort_unstable();
        ids
    }

    /// Makes writes of any number of groups readable, all or none, and returns the ticket to wait for. At most one
    /// write for each group. An array of them needs no memory of its own.
    ///
    /// If the frame has no room for them, what was submitted before is persisted first.
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`] if a write doesn't fit its group; [`Error::Failed`] and [`Error::Closed`].
    pub fn submit(&self, mut writes: impl AsMut<[Write]>) -> Result<u64> {
        let writes = writes.as_mut();
        loop {
            match self.try_submit(writes) {
                Err(Error::Rejected { kind: Rejection::Full, .. }) => {
                    self.sync()?;
                }
                result => return result,
            }
        }
    }

    fn try_submit(&self, writes: &mut [Write]) -> Result<u64> {
        let queue = &mut *self.lock();
        if let Some(error) = &queue.error {
            return Err(error.clone());
        }
        queue.choose(writes)?;
        queue.apply(writes).inspect_err(|error| {
            // A write that was accepted can't be made: what is in memory can't be trusted.
            if matches!(error, Error::Failed { .. }) {
                queue.error = Some(error.clone());
            }
        })?;
        // Nothing to write, as when a group is removed that doesn't exist, needs no frame.
        if !queue.draft.is_empty() {
            queue.submitted += 1;
        }
        Ok(queue.submitted)
    }

    /// Waits until writes are persisted, and with them all that were submitted before.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] if that can't be said of them; [`Error::Closed`].
    pub fn wait(&self, ticket: u64) -> Result<()> {
        let mut queue = self.lock();
        loop {
            if ticket <= queue.persisted {
                return Ok(());
            }
            if let Some(error) = &queue.error {
                return Err(error.clone());
            }
            if ticket > queue.submitted {
                let reason = format!("there is no ticket {ticket} yet");
                return Err(Error::Rejected { group: 0, kind: Rejection::Invalid, reason });
            }
            queue = match queue.disk.take() {
                Some(disk) => self.write(queue, disk).0,
                None => self.wait_for_disk(queue),
            };
        }
    }

    /// Waits until all writes that have been submitted are persisted.
    ///
    /// # Errors
    ///
    /// See [`Self::wait`].
    pub fn sync(&self) -> Result<()> {
        let submitted = self.lock().submitted;
        self.wait(submitted)
    }

    /// Waits until the entries, the hard state and the restored snapshot of a group are persisted.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] if the log has failed: what is in memory may not be on the disk; [`Error::Closed`] if that was
    /// so when it was closed.
    pub fn settle(&self, group: u64) -> Result<()> {
        let ticket = {
            let queue = self.lock();
            if let Some(error @ Error::Failed { .. }) = &queue.error {
                return Err(error.clone());
            }
            let slot = queue.positions.get(&group).map(|position| &queue.slots[*position]);
            slot.map_or(0, |slot| slot.relied_on.min(queue.submitted))
        };
        self.wait(ticket)
    }

    fn wait_for_disk<'a>(&self, mut queue: MutexGuard<'a, Queue>) -> MutexGuard<'a, Queue> {
        queue.waiting += 1;
        let mut queue = self.ended.wait(queue).unwrap_or_else(PoisonError::into_inner);
        queue.waiting -= 1;
        queue
    }

    /// Writes all that was submitted.
    fn write<'a>(
        &'a self,
        mut queue: MutexGuard<'a, Queue>,
        mut disk: Box<Disk>,
    ) -> (MutexGuard<'a, Queue>, Result<()>) {
        let mut round = queue.take_round(&disk, self.segment_size);
        let ticket = round.ticket;
        drop(queue);

        let writing = Writing(self);
        let mut is_persisted = false;
        let result = disk.append(&mut round.draft).and_then(|()| disk.sync()).and_then(|()| {
            is_persisted = true;
            for file in round.obsolete.iter().filter(|file| file.number > 0) {
                // If it can't be deleted, it is when the log is opened the next time.
                let _ = self.files.delete(&snapshots::name(file.number));
            }
            round.rotation.map_or(Ok(()), |plan| {
                disk.counters.rewritten += plan.rewritten();
                disk.rotate(plan.encode())
            })
        });
        round.draft.clear();
        mem::forget(writing);

        let mut queue = self.lock();
        queue.spare = round.draft;
        if queue.draft.is_empty() {
            // The buffer that was used last is still in the cache.
            queue.swap_buffers();
        }
        queue.counters = disk.counters;
        queue.sizes = (disk.sizes.len(), disk.total());
        if is_persisted {
            queue.persisted = ticket;
        }
        if let Err(error) = &result {
            queue.error = Some(error.clone());
        }
        queue.disk = Some(disk);
        if queue.waiting > 0 {
            self.ended.notify_all();
        }
        (queue, result)
    }

    /// Lets the next start detect damage of the frames that are persisted now, even if there is no further one: without
    /// it, a last frame of which sectors are missing can't be told from one that was never persisted. It costs no
    /// fsync: call it when there is nothing else to do.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`]; [`Error::Closed`]; [`Error::Io`] if the file cannot be opened, which concerns only the mark.
    pub fn mark(&self) -> Result<()> {
        let mut queue = self.lock();
        match &queue.error {
            Some(error) => return Err(error.clone()),
            // If there is more to write, the next frame proves that those before are good.
            None if queue.persisted < queue.submitted => return Ok(()),
            None => {}
        }
        let Some(disk) = queue.disk.take() else { return Ok(()) };
        drop(queue);
        let writing = Writing(self);
        let marked = disk.mark();
        mem::forget(writing);
        let mut queue = self.lock();
        queue.disk = Some(disk);
        if let Err(error @ Error::Failed { .. }) = &marked {
            queue.error = Some(error.clone());
        }
        if queue.waiting > 0 {
            self.ended.notify_all();
        }
        marked
    }

    /// Persists all that was submitted, and how long the log is, so that the next start notices if anything is missing.
    /// The directory can be opened again. A second call does nothing, but waits for the first.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`]. The log is closed nevertheless. [`Error::Closed`] if it is abandoned meanwhile.
    pub fn close(&self) -> Result<()> {
        let mut queue = self.lock();
        let disk = loop {
            if queue.is_closing {
                queue = self.wait_for_disk(queue);
                continue;
            }
            if queue.error == Some(Error::Closed) {
                return Ok(());
            }
            let Some(disk) = queue.disk.take() else {
                if queue.is_lost {
                    break None;
                }
                queue = self.wait_for_disk(queue);
                continue;
            };
            if queue.error.is_some() || queue.persisted == queue.submitted {
                break Some(disk);
            }
            let written;
            (queue, written) = self.write(queue, disk);
            if written == Err(Error::Closed) {
                return written; // abandoned
            }
        };
        let failed = queue.error.replace(Error::Closed);
        queue.is_closing = true;
        drop(queue);
        let closing = Closing(self);
        self.access.end();
        let result = match (failed, &disk) {
            (Some(error), _) => Err(error),
            (None, Some(disk)) => disk.write_current(disk.oldest),
            (None, None) => Ok(()),
        };
        drop(disk);
        drop(closing);
        result
    }

    /// Ends the work with the files at once, as if the process had ended: nothing more is persisted, and all writes are
    /// rejected.
    pub fn abandon(&self) {
        let mut queue = self.lock();
        queue.error = Some(Error::Closed);
        let disk = queue.disk.take();
        drop(queue);
        self.access.end();
        drop(disk);
        self.ended.notify_all();
    }

    /// Begins to write a snapshot's data.
    ///
    /// # Errors
    ///
    /// [`Error::Io`]; [`Error::Closed`].
    pub fn create_snapshot(&self) -> Result<SnapshotWriter> {
        let number = self.next_snapshot.fetch_add(1, Ordering::Relaxed);
        SnapshotWriter::create(self.files.clone(), self.access.clone(), number)
    }

    /// Returns the snapshot of a group, and a reader of its data; `None` if it has none.
    ///
    /// # Errors
    ///
    /// [`Error::Corrupted`] or [`Error::Io`]; [`Error::Closed`].
    pub fn open_snapshot(&self, id: u64) -> Result<Option<(SnapshotRecord, SnapshotReader)>> {
        let _open = self.access.begin()?;
        let group = self.group(id);
        loop {
            let Some(snapshot) = group.read().snapshot().cloned() else { return Ok(None) };
            let opened = SnapshotReader::open(self.files.clone(), snapshot.file);
            // A newer one may have replaced it, and its file been deleted.
            if opened.is_ok() || group.read().snapshot() == Some(&snapshot) {
                return opened.map(|reader| Some((snapshot, reader)));
            }
        }
    }

    /// Returns the size of the log, and what was done since it was opened.
    pub fn stats(&self) -> Stats {
        let queue = self.lock();
        let groups = queue.existing().len();
        let live = queue.ledger.live + rewrite::GROUP_SIZE * groups as u64;
        let (counters, (segments, disk)) = (queue.counters, queue.sizes);
        Stats { groups, live, disk, segments, counters }
    }
}

/// How often a log is read, at most, that changes meanwhile.
const MOST_READS: usize = 100;

/// Reads a log that another process may be writing to. What was read at different moments may look damaged, but not
/// twice in the same way.
fn read_in_use(files: &Arc<dyn FileSystem>) -> Result<Option<Recovered>> {
    let mut result = recovery::read(files);
    for _ in 1..MOST_READS {
        let Err(error @ Error::Corrupted { .. }) = &result else { break };
        let again = recovery::read(files);
        let is_damaged = again.as_ref().err() == Some(error);
        result = again;
        if is_damaged {
            break;
        }
    }
    result
}

/// Cuts a torn end off, persists what was read, and deletes what is not needed.
///
/// The last process may have crashed and the machine not: then files were read of which the disk knows nothing yet.
/// After an fsync that failed, another one succeeds although the disk lacks what was read, so it is written again.
fn repair(
    files: &Arc<dyn FileSystem>,
    recovered: &Recovered,
    identity: Identity,
    lock: Box<dyn std::any::Any + Send>,
) -> Result<Disk> {
    let name = segment::name(recovered.header.number);
    let failed = |error| Error::io(&files.path(&name), &error);
    if !recovered.unsure.is_empty() {
        let offset = recovered.length() - recovered.unsure.len() as u64;
        files.overwrite(&name, offset, &recovered.unsure).map_err(failed)?;
    }
    let mut file = files.append(&name, recovered.length()).map_err(failed)?;
    file.sync().map_err(failed)?;
    files.sync_directory().map_err(|error| Error::io(&files.path(""), &error))?;
    let current = &recovered.current;
    let disk = Disk {
        files: files.clone(),
        file,
        header: recovered.header,
        length: recovered.length(),
        sequence: recovered.sequence,
        oldest: current.oldest,
        sizes: recovered.sizes.clone(),
        identity,
        counters: Counters::default(),
        lock,
    };
    if disk.length > current.good || disk.identity != current.identity {
        disk.write_current(current.oldest)?;
    }
    for name in &recovered.unused {
        // If it can't be deleted, it is when the log is opened the next time.
        let _ = files.delete(name);
    }
    Ok(disk)
}
