//! A device in memory: its files, its faults, and what was done with it.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use crate::wal::file_system::Ended;
use crate::wal::memory::state::{Change, NameChange, State};
use crate::wal::random::Random;

/// The kind of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Creates, opens or locks a file, or creates the directory.
    Open,
    /// Reads a file, its length or the names of the files.
    Read,
    /// Writes to a file.
    Write,
    /// Persists a file or the names.
    Sync,
    /// Renames a file.
    Rename,
    /// Deletes a file.
    Delete,
}

/// What a call does instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It fails with this error number of the system.
    Fail(i32),
    /// The machine crashes.
    Crash,
    /// Its code panics.
    #[cfg(test)]
    Panic,
}

/// The fault of a call.
#[derive(Debug, Clone, Copy)]
pub struct Fault {
    /// The kind of the call; any, if `None`.
    pub operation: Option<Operation>,
    /// How many calls of this kind succeed before.
    pub after: u64,
    /// What happens then.
    pub effect: Effect,
}

/// What was done with a device.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counters {
    /// All calls.
    pub calls: u64,
    /// Calls that write.
    pub writes: u64,
    /// The bytes that they have written.
    pub written: u64,
    /// Calls that persist.
    pub syncs: u64,
    /// Crashes.
    pub crashes: u64,
}

/// A device, and the process that uses it.
#[derive(Default)]
pub struct Device {
    /// The files.
    pub state: State,
    /// What decides which faults a crash has, and what is random for those who use the device.
    pub random: Random,
    /// The faults that are still to come.
    pub faults: Vec<Fault>,
    /// The states after each change, if they are recorded.
    pub history: Option<Vec<State>>,
    /// What was done.
    pub counters: Counters,
    /// How many bytes there is room for, if it is limited.
    pub capacity: Option<u64>,
    /// Whether an fsync succeeds and does nothing.
    pub ignores_syncs: bool,
    /// Changes with each crash: those who began before it have ended.
    pub process: u64,
    /// Whether the lock is held.
    pub is_locked: bool,
    /// How often each file is open.
    open: BTreeMap<usize, usize>,
    /// The places in the list of files that can be used again.
    free: Vec<usize>,
}

impl Device {
    /// Returns a device with these files, to which nothing was done.
    pub fn new(state: State, random: Random) -> Self {
        Self { state, random, ..Self::default() }
    }

    /// Returns another device with the same content.
    pub fn copy(&self) -> Self {
        let Self { capacity, ignores_syncs, .. } = *self;
        Self { capacity, ignores_syncs, ..Self::new(self.state.clone(), self.random) }
    }

    /// Counts a call, and fails if it is its turn.
    pub fn call(&mut self, operation: Operation) -> io::Result<()> {
        self.counters.calls += 1;
        match operation {
            Operation::Write => self.counters.writes += 1,
            Operation::Sync => self.counters.syncs += 1,
            _ => {}
        }
        match self.take_effect(operation) {
            None => Ok(()),
            Some(Effect::Fail(number)) => Err(io::Error::from_raw_os_error(number)),
            Some(Effect::Crash) => {
                self.crash();
                Err(Ended.into())
            }
            #[cfg(test)]
            Some(Effect::Panic) => panic!("a fault of the file system"),
        }
    }

    fn take_effect(&mut self, operation: Operation) -> Option<Effect> {
        let mut effect = None;
        self.faults.retain_mut(|fault| {
            if fault.operation.is_some_and(|concerned| concerned != operation) || effect.is_some() {
                return true;
            }
            if fault.after > 0 {
                fault.after -= 1;
                return true;
            }
            effect = Some(fault.effect);
            false
        });
        effect
    }

    /// Ends the process and loses what was not persisted, as a crash of the machine does.
    pub fn crash(&mut self) {
        self.state = self.state.crash(&mut self.random);
        self.process += 1;
        self.is_locked = false;
        self.open.clear();
        self.free.clear();
        self.counters.crashes += 1;
        self.record();
    }

    /// Returns the file that a name leads to.
    pub fn inode(&self, name: &str) -> io::Result<usize> {
        self.state.names.get(name).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Returns what a file contains.
    pub fn content(&self, inode: usize) -> &[u8] {
        &self.state.inodes[inode].content
    }

    /// Opens a file.
    pub fn open(&mut self, inode: usize) {
        *self.open.entry(inode).or_default() += 1;
    }

    /// Closes a file.
    pub fn close(&mut self, inode: usize) {
        if let Some(count) = self.open.get_mut(&inode) {
            *count -= 1;
            if *count == 0 {
                self.open.remove(&inode);
            }
        }
    }

    /// Creates a file.
    pub fn create(&mut self, name: &str) -> usize {
        let inode = self.free.pop().unwrap_or_else(|| {
            self.state.inodes.push(Arc::default());
            self.state.inodes.len() - 1
        });
        self.change_name(NameChange::Link(name.to_owned(), inode));
        inode
    }

    /// Makes a change that a crash may lose.
    pub fn change(&mut self, inode: usize, change: Change) {
        let inode = Arc::make_mut(&mut self.state.inodes[inode]);
        inode.change(change);
        if !self.ignores_syncs {
            inode.write_back();
        }
        self.record();
    }

    /// Makes a change of the names that a crash may lose.
    pub fn change_name(&mut self, change: NameChange) {
        change.apply(&mut self.state.names);
        self.state.name_changes.push(change);
        self.record();
    }

    /// Writes bytes, as far as there is room. A call that fails has written the first half of them.
    pub fn write(&mut self, inode: usize, offset: usize, bytes: &[u8]) -> (usize, io::Result<()>) {
        let mut called = self.call(Operation::Write);
        let mut count = match &called {
            Ok(()) => bytes.len(),
            Err(error) if Ended::is_reason_of(error) => return (0, called),
            Err(_) => bytes.len() / 2,
        };
        if let Some(capacity) = self.capacity {
            let reused = (self.content(inode).len() as u64).saturating_sub(offset as u64);
            let room = capacity.saturating_sub(self.state.size()).saturating_add(reused);
            if (count as u64) > room {
                count = usize::try_from(room).unwrap_or(count);
                called = Err(io::ErrorKind::StorageFull.into());
            }
        }
        self.counters.written += count as u64;
        self.change(inode, Change::Write { offset, bytes: bytes[..count].into() });
        (count, called)
    }

    /// Persists a file.
    pub fn sync(&mut self, inode: usize) -> io::Result<()> {
        let called = self.call(Operation::Sync);
        match &called {
            Ok(()) if self.ignores_syncs => {}
            Ok(()) => Arc::make_mut(&mut self.state.inodes[inode]).sync(),
            Err(error) if Ended::is_reason_of(error) => {}
            // As Linux does: the pages count as clean from now on, and are still read.
            Err(_) => Arc::make_mut(&mut self.state.inodes[inode]).changes.clear(),
        }
        self.record();
        called
    }

    /// Persists the names.
    pub fn sync_names(&mut self) {
        if !self.ignores_syncs {
            self.state.persisted_names = self.state.names.clone();
            self.state.name_changes.clear();
            self.release();
        }
        self.record();
    }

    /// Frees the files that were deleted, which is persisted, and that nobody has open.
    fn release(&mut self) {
        let mut is_needed = vec![false; self.state.inodes.len()];
        for inode in self.state.names.values().chain(self.open.keys()).chain(&self.free) {
            is_needed[*inode] = true;
        }
        for (inode, _) in is_needed.iter().enumerate().filter(|(_, is_needed)| !**is_needed) {
            self.state.inodes[inode] = Arc::default();
            self.free.push(inode);
        }
    }

    /// Adds the state to the history.
    pub fn record(&mut self) {
        if let Some(history) = &mut self.history {
            history.push(self.state.clone());
        }
    }
}
