//! A file system in memory, that crashes and fails when it is told to.
//!
//! After a crash, what was persisted is there. Of what was not, each sector may have any of the contents that it has
//! had since, each file any of the lengths, and each name may have been changed or not. A run is a function of the
//! seed.

use std::any::Any;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::wal::file_system::{FileSystem, ReadFile, WriteFile};
mod state;

use state::{Change, NameChange};
pub use state::{Random, State};

/// The fault of a call.
#[derive(Debug, Clone, Copy)]
pub struct Fault {
    /// How many calls succeed before.
    pub after: u64,
    /// The error.
    pub kind: io::ErrorKind,
}

#[derive(Default)]
struct Inner {
    state: State,
    random: Option<Random>,
    calls: u64,
    fault: Option<Fault>,
    history: Option<Vec<State>>,
}

impl Inner {
    fn inode(&self, name: &str) -> io::Result<usize> {
        self.state.names.get(name).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn change(&mut self, inode: usize, change: Change) {
        Arc::make_mut(&mut self.state.inodes[inode]).change(change);
        self.record();
    }

    fn change_name(&mut self, change: NameChange) {
        change.apply(&mut self.state.names);
        self.state.name_changes.push(change);
        self.record();
    }

    fn record(&mut self) {
        if let Some(history) = &mut self.history {
            history.push(self.state.clone());
        }
    }

    /// Counts a call, and fails if it is its turn.
    fn call(&mut self) -> io::Result<()> {
        self.calls += 1;
        match &mut self.fault {
            Some(Fault { after: 0, kind }) => {
                let kind = *kind;
                self.fault = None;
                Err(kind.into())
            }
            Some(fault) => {
                fault.after -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn sync(&mut self, inode: usize) -> io::Result<()> {
        let called = self.call();
        let inode = Arc::make_mut(&mut self.state.inodes[inode]);
        if called.is_ok() {
            inode.sync();
        } else {
            // As Linux does: the pages count as clean from now on, and are still read.
            inode.changes.clear();
        }
        self.record();
        called
    }
}

/// A directory in memory. Clones are the same directory.
#[derive(Clone, Default)]
pub struct MemoryFileSystem {
    inner: Arc<Mutex<Inner>>,
    is_locked: Arc<AtomicBool>,
}

impl MemoryFileSystem {
    /// Returns a directory with these files, which is not locked.
    pub fn new(state: State, seed: u64) -> Self {
        let inner = Inner { state, random: Some(Random(seed)), ..Inner::default() };
        Self { inner: Arc::new(Mutex::new(inner)), is_locked: Arc::default() }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the files as they are. What was not persisted may still get lost.
    pub fn state(&self) -> State {
        self.inner().state.clone()
    }

    /// Lets a call fail.
    pub fn fail(&self, fault: Fault) {
        self.inner().fault = Some(fault);
    }

    /// Returns the fault that is still to come.
    pub fn fault(&self) -> Option<Fault> {
        self.inner().fault
    }

    /// Returns the number of calls so far.
    pub fn calls(&self) -> u64 {
        self.inner().calls
    }

    /// Records the state after each change from now on.
    pub fn record(&self) {
        let mut inner = self.inner();
        inner.history = Some(vec![inner.state.clone()]);
    }

    /// Returns the number of the last state that was recorded.
    pub fn moment(&self) -> usize {
        self.inner().history.as_ref().map_or(0, |history| history.len() - 1)
    }

    /// Takes the recorded states, and ends the recording.
    pub fn take_history(&self) -> Vec<State> {
        self.inner().history.take().unwrap_or_default()
    }
}

struct Lock(Arc<AtomicBool>);

impl Drop for Lock {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl FileSystem for MemoryFileSystem {
    fn path(&self, name: &str) -> PathBuf {
        PathBuf::from("memory").join(name)
    }

    fn create_directory(&self) -> io::Result<()> {
        self.inner().call()
    }

    fn lock(&self, _name: &str) -> io::Result<Option<Box<dyn Any + Send>>> {
        self.inner().call()?;
        let was_locked = self.is_locked.swap(true, Ordering::AcqRel);
        Ok((!was_locked).then(|| Box::new(Lock(self.is_locked.clone())) as Box<dyn Any + Send>))
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let mut inner = self.inner();
        inner.call()?;
        Ok(inner.state.names.keys().cloned().collect())
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let mut inner = self.inner();
        inner.call()?;
        let inode = inner.inode(name)?;
        Ok(inner.state.inodes[inode].content.clone())
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn ReadFile>> {
        let mut inner = self.inner();
        inner.call()?;
        let inode = inner.inode(name)?;
        Ok(Box::new(File { directory: self.clone(), inode, position: 0 }))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn WriteFile>> {
        let mut inner = self.inner();
        inner.call()?;
        let inode = if let Ok(inode) = inner.inode(name) {
            inner.change(inode, Change::Truncate { length: 0 });
            inode
        } else {
            inner.state.inodes.push(Arc::default());
            let inode = inner.state.inodes.len() - 1;
            inner.change_name(NameChange::Link(name.to_owned(), inode));
            inode
        };
        Ok(Box::new(File { directory: self.clone(), inode, position: 0 }))
    }

    fn append(&self, name: &str, length: u64) -> io::Result<Box<dyn WriteFile>> {
        let mut inner = self.inner();
        inner.call()?;
        let inode = inner.inode(name)?;
        let position = usize::try_from(length).map_err(io::Error::other)?;
        if inner.state.inodes[inode].content.len() > position {
            inner.change(inode, Change::Truncate { length: position });
        }
        Ok(Box::new(File { directory: self.clone(), inode, position }))
    }

    fn overwrite(&self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut inner = self.inner();
        let inode = inner.inode(name)?;
        inner.call()?;
        let offset = usize::try_from(offset).map_err(io::Error::other)?;
        inner.change(inode, Change::Write { offset, bytes: bytes.into() });
        inner.sync(inode)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut inner = self.inner();
        inner.call()?;
        let inode = inner.inode(from)?;
        inner.change_name(NameChange::Rename(from.to_owned(), to.to_owned(), inode));
        Ok(())
    }

    fn delete(&self, name: &str) -> io::Result<()> {
        let mut inner = self.inner();
        inner.call()?;
        inner.inode(name)?;
        inner.change_name(NameChange::Unlink(name.to_owned()));
        Ok(())
    }

    fn sync_directory(&self) -> io::Result<()> {
        let mut inner = self.inner();
        inner.call()?;
        inner.state.persisted_names = inner.state.names.clone();
        inner.state.name_changes.clear();
        inner.record();
        Ok(())
    }

    fn random(&self) -> u64 {
        self.inner().random.get_or_insert(Random(0)).next()
    }
}

struct File {
    directory: MemoryFileSystem,
    inode: usize,
    position: usize,
}

impl WriteFile for File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut inner = self.directory.inner();
        let called = inner.call();
        // A write that fails has written some of it.
        let bytes = if called.is_ok() { bytes } else { &bytes[..bytes.len() / 2] };
        inner.change(self.inode, Change::Write { offset: self.position, bytes: bytes.into() });
        self.position += bytes.len();
        called
    }

    fn sync(&mut self) -> io::Result<()> {
        self.directory.inner().sync(self.inode)
    }
}

impl ReadFile for File {
    fn length(&self) -> io::Result<u64> {
        let mut inner = self.directory.inner();
        inner.call()?;
        Ok(inner.state.inodes[self.inode].content.len() as u64)
    }

    fn read(&mut self, size: usize) -> io::Result<Vec<u8>> {
        let mut inner = self.directory.inner();
        inner.call()?;
        let content = &inner.state.inodes[self.inode].content;
        let rest = content.get(self.position..).unwrap_or_default();
        let bytes = rest[..size.min(rest.len())].to_vec();
        self.position += bytes.len();
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    fn outcomes(directory: &MemoryFileSystem) -> BTreeSet<BTreeMap<String, Vec<u8>>> {
        (0..2000).map(|seed| directory.state().crash(&mut Random(seed)).files()).collect()
    }

    #[test]
    fn what_is_persisted_survives_a_crash() {
        let directory = MemoryFileSystem::default();
        let mut file = directory.create("a").unwrap();
        file.write(&[1; 700]).unwrap();
        file.sync().unwrap();
        directory.sync_directory().unwrap();
        assert_eq!(outcomes(&directory), BTreeSet::from([BTreeMap::from([("a".to_owned(), vec![1; 700])])]));
    }

    #[test]
    fn sectors_that_are_not_persisted_are_lost_in_any_combination() {
        let directory = MemoryFileSystem::default();
        let mut file = directory.create("a").unwrap();
        directory.sync_directory().unwrap();
        file.write(&[1; 1024]).unwrap();
        let contents: BTreeSet<_> = outcomes(&directory).into_iter().map(|mut files| files.remove("a")).collect();
        let sectors = |first: u8, second: u8| Some([[first; 512], [second; 512]].concat());
        for expected in [Some(vec![]), Some(vec![1; 512]), sectors(0, 1), sectors(1, 0), sectors(1, 1), sectors(0, 0)] {
            assert!(contents.contains(&expected));
        }
    }

    #[test]
    fn names_that_are_not_persisted_are_lost_one_by_one() {
        let directory = MemoryFileSystem::default();
        for name in ["a", "b"] {
            directory.create(name).unwrap();
        }
        directory.rename("b", "c").unwrap();
        let names: BTreeSet<String> =
            outcomes(&directory).into_iter().map(|files| files.into_keys().collect()).collect();
        assert_eq!(names, ["", "a", "ab", "ac", "b", "c"].map(str::to_owned).into());
    }

    #[test]
    fn what_a_failed_fsync_lost_is_read_until_the_crash() {
        let directory = MemoryFileSystem::default();
        let mut file = directory.create("a").unwrap();
        directory.sync_directory().unwrap();
        file.write(b"lost").unwrap();
        directory.fail(Fault { after: 0, kind: io::ErrorKind::Other });
        file.sync().unwrap_err();
        file.sync().unwrap();
        assert_eq!(directory.read("a").unwrap(), b"lost");
        assert_eq!(directory.state().crash(&mut Random(1)).files()["a"], b"");
    }
}
