//! A file system in memory, that crashes and fails when it is told to.
//!
//! After a crash, what was persisted is there. Of what was not, each sector may have any of the contents that it has
//! had since, each file any of the lengths, and each name may have been changed or not. A run is a function of the
//! seed.

use std::any::Any;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::wal::file_system::{Ended, FileSystem, ReadFile, WriteFile};
use crate::wal::random::Random;

mod device;
mod state;

use device::Device;
pub use device::{Counters, Effect, Fault, Operation};
pub use state::State;
use state::{Change, NameChange};

/// A directory in memory, as one process has it. Clones are the same directory, of the same process.
#[derive(Clone)]
pub struct MemoryFileSystem {
    device: Arc<Mutex<Device>>,
    path: PathBuf,
    process: u64,
}

impl Default for MemoryFileSystem {
    fn default() -> Self {
        Self::of(Device::default())
    }
}

impl MemoryFileSystem {
    /// Returns a directory with these files, which is not locked.
    pub fn new(state: State, seed: u64) -> Self {
        Self::of(Device::new(state, Random(seed)))
    }

    fn of(device: Device) -> Self {
        Self { process: device.process, device: Arc::new(Mutex::new(device)), path: PathBuf::from("memory") }
    }

    /// Returns the directory for the next process, which calls it `path`.
    pub fn at(&self, path: &Path) -> Self {
        Self { device: self.device.clone(), path: path.to_owned(), process: self.device().process }
    }

    /// Returns another directory with the same content, of another device.
    pub fn copy(&self) -> Self {
        Self { path: self.path.clone(), ..Self::of(self.device().copy()) }
    }

    fn device(&self) -> MutexGuard<'_, Device> {
        self.device.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the device, unless the process has ended.
    fn alive(&self) -> io::Result<MutexGuard<'_, Device>> {
        let device = self.device();
        if device.process == self.process { Ok(device) } else { Err(Ended.into()) }
    }

    fn call(&self, operation: Operation) -> io::Result<MutexGuard<'_, Device>> {
        let mut device = self.alive()?;
        device.call(operation)?;
        Ok(device)
    }

    fn opened(&self, device: &mut Device, inode: usize, position: usize) -> File {
        device.open(inode);
        File { directory: self.clone(), inode, position }
    }

    /// Returns the files as they are. What was not persisted may still get lost.
    pub fn state(&self) -> State {
        self.device().state.clone()
    }

    /// Ends the process, and loses what was not persisted.
    pub fn crash(&self) {
        self.device().crash();
    }

    /// Replaces the content of a file, or deletes it, and persists that.
    pub fn replace(&self, name: &str, content: Option<Vec<u8>>) {
        let mut device = self.device();
        device.state.replace(name, content);
        device.record();
    }

    /// Limits the bytes of all files; `None` if there is no limit.
    pub fn set_capacity(&self, capacity: Option<u64>) {
        self.device().capacity = capacity;
    }

    /// Returns the limit of the bytes of all files.
    pub fn capacity(&self) -> Option<u64> {
        self.device().capacity
    }

    /// Sets whether an fsync succeeds and does nothing.
    pub fn ignore_syncs(&self, ignore: bool) {
        self.device().ignores_syncs = ignore;
    }

    /// Returns whether an fsync succeeds and does nothing.
    pub fn ignores_syncs(&self) -> bool {
        self.device().ignores_syncs
    }

    /// Returns the length of all files.
    pub fn size(&self) -> u64 {
        self.device().state.size()
    }

    /// Lets a call fail.
    pub fn fail(&self, fault: Fault) {
        self.device().faults.push(fault);
    }

    /// Returns the faults that are still to come.
    pub fn faults(&self) -> Vec<Fault> {
        self.device().faults.clone()
    }

    /// Forgets the faults that are still to come.
    pub fn clear_faults(&self) {
        self.device().faults.clear();
    }

    /// Returns what was done so far.
    pub fn counters(&self) -> Counters {
        self.device().counters
    }

    /// Records the state after each change from now on.
    pub fn record(&self) {
        let mut device = self.device();
        device.history = Some(vec![device.state.clone()]);
    }

    /// Returns the number of the last state that was recorded.
    pub fn moment(&self) -> usize {
        self.device().history.as_ref().map_or(0, |history| history.len() - 1)
    }

    /// Takes the recorded states, and ends the recording.
    pub fn take_history(&self) -> Vec<State> {
        self.device().history.take().unwrap_or_default()
    }
}

struct Lock(MemoryFileSystem);

impl Drop for Lock {
    fn drop(&mut self) {
        if let Ok(mut device) = self.0.alive() {
            device.is_locked = false;
        }
    }
}

impl FileSystem for MemoryFileSystem {
    fn path(&self, name: &str) -> PathBuf {
        if name.is_empty() { self.path.clone() } else { self.path.join(name) }
    }

    fn create_directory(&self) -> io::Result<()> {
        self.call(Operation::Open).map(drop)
    }

    fn lock(&self, _name: &str) -> io::Result<Option<Box<dyn Any + Send>>> {
        let mut device = self.call(Operation::Open)?;
        let was_locked = std::mem::replace(&mut device.is_locked, true);
        Ok((!was_locked).then(|| Box::new(Lock(self.clone())) as Box<dyn Any + Send>))
    }

    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.call(Operation::Read)?.state.names.keys().cloned().collect())
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let device = self.call(Operation::Read)?;
        let inode = device.inode(name)?;
        Ok(device.content(inode).to_vec())
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn ReadFile>> {
        let mut device = self.call(Operation::Open)?;
        let inode = device.inode(name)?;
        Ok(Box::new(self.opened(&mut device, inode, 0)))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn WriteFile>> {
        let mut device = self.call(Operation::Open)?;
        let inode = if let Ok(inode) = device.inode(name) {
            device.change(inode, Change::Truncate { length: 0 });
            inode
        } else {
            device.create(name)
        };
        Ok(Box::new(self.opened(&mut device, inode, 0)))
    }

    fn append(&self, name: &str, length: u64) -> io::Result<Box<dyn WriteFile>> {
        let mut device = self.call(Operation::Open)?;
        let inode = device.inode(name)?;
        let position = usize::try_from(length).map_err(io::Error::other)?;
        if device.content(inode).len() > position {
            device.change(inode, Change::Truncate { length: position });
        }
        Ok(Box::new(self.opened(&mut device, inode, position)))
    }

    fn overwrite(&self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut device = self.alive()?;
        let inode = device.inode(name)?;
        let offset = usize::try_from(offset).map_err(io::Error::other)?;
        device.write(inode, offset, bytes).1?;
        device.sync(inode)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut device = self.call(Operation::Rename)?;
        let inode = device.inode(from)?;
        device.change_name(NameChange::Rename(from.to_owned(), to.to_owned(), inode));
        Ok(())
    }

    fn delete(&self, name: &str) -> io::Result<()> {
        let mut device = self.call(Operation::Delete)?;
        device.inode(name)?;
        device.change_name(NameChange::Unlink(name.to_owned()));
        Ok(())
    }

    fn sync_directory(&self) -> io::Result<()> {
        self.call(Operation::Sync)?.sync_names();
        Ok(())
    }

    fn random(&self) -> u64 {
        // A process that has ended takes nothing from the sequence.
        self.alive().map_or(0, |mut device| device.random.next())
    }

    fn time(&self) -> Duration {
        Duration::ZERO
    }
}

struct File {
    directory: MemoryFileSystem,
    inode: usize,
    position: usize,
}

impl Drop for File {
    fn drop(&mut self) {
        if let Ok(mut device) = self.directory.alive() {
            device.close(self.inode);
        }
    }
}

impl WriteFile for File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let (written, result) = self.directory.alive()?.write(self.inode, self.position, bytes);
        self.position += written;
        result
    }

    fn sync(&mut self) -> io::Result<()> {
        self.directory.alive()?.sync(self.inode)
    }
}

impl ReadFile for File {
    fn length(&self) -> io::Result<u64> {
        Ok(self.directory.call(Operation::Read)?.content(self.inode).len() as u64)
    }

    fn read(&mut self, size: usize) -> io::Result<Vec<u8>> {
        let device = self.directory.call(Operation::Read)?;
        let rest = device.content(self.inode).get(self.position..).unwrap_or_default();
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
        directory.fail(Fault { operation: Some(Operation::Sync), after: 0, effect: Effect::Fail(5) });
        file.sync().unwrap_err();
        file.sync().unwrap();
        assert_eq!(directory.read("a").unwrap(), b"lost");
        assert_eq!(directory.state().crash(&mut Random(1)).files()["a"], b"");
    }

    #[test]
    fn a_process_that_has_ended_changes_nothing() {
        let before = MemoryFileSystem::default();
        let mut file = before.create("a").unwrap();
        file.write(b"lost").unwrap();
        let lock = before.lock("LOCK").unwrap();
        before.crash();
        let after = before.at(Path::new("after"));
        let new_lock = after.lock("LOCK").unwrap();
        let left = after.state().files();
        drop(lock);

        for error in [file.write(b"lost"), file.sync(), before.create("b").map(drop), before.read("a").map(drop)] {
            assert!(Ended::is_reason_of(&error.unwrap_err()));
        }
        assert!(new_lock.is_some() && after.lock("LOCK").unwrap().is_none());
        assert_eq!((after.state().files(), before.random()), (left, 0));
    }

    #[test]
    fn a_call_that_crashes_is_not_made() {
        for operation in [Operation::Write, Operation::Sync] {
            let directory = MemoryFileSystem::default();
            let mut file = directory.create("a").unwrap();
            directory.sync_directory().unwrap();
            directory.fail(Fault { operation: Some(operation), after: 0, effect: Effect::Crash });
            let result = file.write(b"lost").and_then(|()| file.sync());
            assert!(Ended::is_reason_of(&result.unwrap_err()));
            assert_eq!((directory.counters().crashes, directory.faults().len()), (1, 0));
            let left = directory.state().files().remove("a").unwrap();
            assert!(left.is_empty() || operation == Operation::Sync);
        }
    }

    #[test]
    fn faults_count_the_calls_of_their_kind() {
        let directory = MemoryFileSystem::default();
        directory.fail(Fault { operation: Some(Operation::Write), after: 1, effect: Effect::Fail(5) });
        directory.fail(Fault { operation: None, after: 3, effect: Effect::Fail(28) });
        let mut file = directory.create("a").unwrap();
        let results = [file.write(b"1"), file.sync(), file.write(b"23"), file.write(b"4"), file.write(b"5")];
        let errors = results.map(|result| result.err().and_then(|error| error.raw_os_error()));
        assert_eq!(errors, [None, None, Some(5), Some(28), None]);
        assert_eq!(directory.read("a").unwrap(), b"125");
    }

    #[test]
    fn a_full_disk_takes_what_fits() {
        let directory = MemoryFileSystem::default();
        directory.set_capacity(Some(5));
        let mut file = directory.create("a").unwrap();
        file.write(b"123").unwrap();
        assert_eq!(file.write(b"456").unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(directory.read("a").unwrap(), b"12345");
        directory.overwrite("a", 2, b"xyz").unwrap();
        directory.delete("a").unwrap();
        directory.create("b").unwrap().write(b"12345").unwrap();
    }

    #[test]
    fn a_sync_that_is_ignored_persists_nothing() {
        let directory = MemoryFileSystem::default();
        directory.ignore_syncs(true);
        let mut file = directory.create("a").unwrap();
        file.write(b"lost").unwrap();
        file.sync().unwrap();
        directory.sync_directory().unwrap();
        assert!(outcomes(&directory).contains(&BTreeMap::new()));
    }

    #[test]
    fn files_that_were_deleted_are_read_until_they_are_closed_and_then_freed() {
        let directory = MemoryFileSystem::default();
        let write = |name: &str| directory.create(name).unwrap().write(name.as_bytes()).unwrap();
        write("a");
        let mut opened = directory.open("a").unwrap();
        directory.delete("a").unwrap();
        for _ in 0..100 {
            write("b");
            directory.delete("b").unwrap();
            directory.sync_directory().unwrap();
        }
        assert_eq!(opened.read(10).unwrap(), b"a");
        assert_eq!(directory.state().inodes.len(), 2);
    }

    #[test]
    fn a_file_that_is_never_synced_is_written_back_in_the_end() {
        let directory = MemoryFileSystem::default();
        for _ in 0..10_000 {
            directory.create("a").unwrap().write(b"text").unwrap();
        }
        assert!(directory.state().inodes[0].changes.len() <= 1024);
    }

    #[test]
    fn a_copy_crashes_as_the_original_and_apart_from_it() {
        let directory = MemoryFileSystem::new(State::default(), 7);
        directory.create("a").unwrap().write(&[1; 4096]).unwrap();
        let copy = directory.copy();
        copy.crash();
        assert_eq!((directory.counters().crashes, directory.read("a").unwrap()), (0, vec![1; 4096]));
        directory.crash();
        assert_eq!(copy.state().files(), directory.state().files());
    }

    #[test]
    fn a_file_that_is_replaced_is_persisted() {
        let directory = MemoryFileSystem::default();
        directory.create("a").unwrap().write(b"old").unwrap();
        directory.create("b").unwrap();
        directory.replace("a", Some(b"new".to_vec()));
        directory.replace("b", None);
        directory.replace("c", Some(vec![]));
        let expected = BTreeMap::from([("a".to_owned(), b"new".to_vec()), ("c".to_owned(), vec![])]);
        assert_eq!(outcomes(&directory), BTreeSet::from([expected]));
    }
}
