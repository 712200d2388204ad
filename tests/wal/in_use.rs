//! A log that is read while its process writes to it.

use std::any::Any;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use raft::eraftpb::Entry;

use crate::wal::errors::Error;
use crate::wal::file_system::{FileSystem, ReadFile, WriteFile};
use crate::wal::log::Wal;
use crate::wal::memory::MemoryFileSystem;
use crate::wal::segment;
use crate::wal::write::Write;
use crate::workload::options;

/// A directory to which another process appends five entries after each of the next `writes` files that are read.
struct InUse {
    files: MemoryFileSystem,
    wal: Arc<Wal>,
    writes: AtomicU64,
}

/// Appends an entry, and makes those before it obsolete.
fn append(wal: &Wal) {
    let index = wal.group(1).read().last_index() + 1;
    let entries = vec![Entry { index, term: 1, data: vec![1; 500].into(), ..Entry::default() }];
    let ticket = wal.submit([Write { group: 1, entries, compact: Some(index), ..Write::default() }]).unwrap();
    wal.wait(ticket).unwrap();
    wal.mark().unwrap();
}

impl FileSystem for InUse {
    fn path(&self, name: &str) -> PathBuf {
        self.files.path(name)
    }

    fn create_directory(&self) -> io::Result<()> {
        unreachable!("it is read")
    }

    fn lock(&self, _name: &str) -> io::Result<Option<Box<dyn Any + Send>>> {
        unreachable!("it is read")
    }

    fn list(&self) -> io::Result<Vec<String>> {
        self.files.list()
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let content = self.files.read(name);
        if self.writes.load(Ordering::Relaxed) > 0 {
            self.writes.fetch_sub(1, Ordering::Relaxed);
            (0..5).for_each(|_| append(&self.wal));
        }
        content
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn ReadFile>> {
        self.files.open(name)
    }

    fn create(&self, _name: &str) -> io::Result<Box<dyn WriteFile>> {
        unreachable!("it is read")
    }

    fn append(&self, _name: &str, _length: u64) -> io::Result<Box<dyn WriteFile>> {
        unreachable!("it is read")
    }

    fn overwrite(&self, _name: &str, _offset: u64, _bytes: &[u8]) -> io::Result<()> {
        unreachable!("it is read")
    }

    fn rename(&self, _from: &str, _to: &str) -> io::Result<()> {
        unreachable!("it is read")
    }

    fn delete(&self, _name: &str) -> io::Result<()> {
        unreachable!("it is read")
    }

    fn sync_directory(&self) -> io::Result<()> {
        unreachable!("it is read")
    }

    fn random(&self) -> u64 {
        self.files.random()
    }

    fn time(&self) -> Duration {
        self.files.time()
    }
}

fn in_use(writes: u64, segment_size: u64) -> InUse {
    let files = MemoryFileSystem::default();
    let wal = Arc::new(Wal::open(Arc::new(files.clone()), &options(segment_size)).unwrap());
    (0..10).for_each(|_| append(&wal));
    InUse { files, wal, writes: AtomicU64::new(writes) }
}

/// Segments are deleted between two reads, or the newest one is marked as longer than it was when it was read.
#[test]
fn a_log_in_use_is_not_damaged() {
    for (writes, segment_size) in (0..30).flat_map(|writes| [(writes, 1000), (writes, 100_000)]) {
        let directory = in_use(writes, segment_size);
        let wal = directory.wal.clone();
        let read = Wal::read(Arc::new(directory)).unwrap();
        assert_eq!(read.groups(), [1]);
        assert!(read.group(1).read().last_index() <= wal.group(1).read().last_index());
    }
}

#[test]
fn damage_of_a_log_in_use_is_found() {
    let directory = in_use(0, 1000);
    let newest =
        directory.files.list().unwrap().into_iter().filter(|name| segment::number_of(name).is_some()).max().unwrap();
    let mut content = directory.files.read(&newest).unwrap();
    content[100] ^= 1;
    directory.files.replace(&newest, Some(content));

    let Err(Error::Corrupted { path, .. }) = Wal::read(Arc::new(directory)) else { panic!("not found") };
    assert!(path.ends_with(newest));
}
