//! The file system of the operating system.

use std::any::Any;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, ErrorKind, Seek, SeekFrom, Write};
#[cfg(unix)]
use std::os::unix::fs::FileExt;
#[cfg(windows)]
use std::os::windows::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use crate::wal::current;
use crate::wal::file_system::{FileSystem, ReadFile, WriteFile};

/// A directory on a disk.
#[derive(Debug, Clone)]
pub struct RealFileSystem {
    directory: PathBuf,
    start: Instant,
}

impl RealFileSystem {
    /// Returns the directory at a path, which need not exist.
    pub fn new(directory: &Path) -> Self {
        Self { directory: directory.to_owned(), start: Instant::now() }
    }
}

impl FileSystem for RealFileSystem {
    fn path(&self, name: &str) -> PathBuf {
        if name.is_empty() { self.directory.clone() } else { self.directory.join(name) }
    }

    fn create_directory(&self) -> io::Result<()> {
        if self.path(current::NAME).exists() {
            return Ok(());
        }
        fs::create_dir_all(&self.directory)?;
        // The name of the directory must persist as well: it may be new, though it exists, and so may its parents.
        for parent in self.directory.ancestors().skip(1) {
            let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
            match sync_directory(parent) {
                Err(error) if is_not_ours(error.kind()) => break,
                result => result?,
            }
        }
        Ok(())
    }

    fn lock(&self, name: &str) -> io::Result<Option<Box<dyn Any + Send>>> {
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(self.path(name))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Box::new(Lock::new(file)))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let names = fs::read_dir(&self.directory)?.map(|entry| Ok(entry?.file_name().into_string().ok()));
        names.filter_map(Result::transpose).collect()
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        fs::read(self.path(name))
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn ReadFile>> {
        Ok(Box::new(Reading { file: File::open(self.path(name))?, position: 0 }))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn WriteFile>> {
        Ok(Box::new(Writing(File::create(self.path(name))?)))
    }

    fn append(&self, name: &str, length: u64) -> io::Result<Box<dyn WriteFile>> {
        let mut file = OpenOptions::new().write(true).open(self.path(name))?;
        if file.metadata()?.len() > length {
            file.set_len(length)?;
        }
        file.seek(SeekFrom::Start(length))?;
        Ok(Box::new(Writing(file)))
    }

    fn overwrite(&self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).open(self.path(name))?;
        file.seek(SeekFrom::Start(offset))?;
        file.write_all(bytes)?;
        file.sync_data()
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path(from), self.path(to))
    }

    fn delete(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path(name))
    }

    fn sync_directory(&self) -> io::Result<()> {
        sync_directory(&self.directory)
    }

    fn random(&self) -> u64 {
        RandomState::new().hash_one(process::id())
    }

    fn time(&self) -> Duration {
        self.start.elapsed()
    }
}

/// Whether this error of the fsync of a directory says that no directory in it is new.
fn is_not_ours(kind: ErrorKind) -> bool {
    use ErrorKind::{InvalidInput, PermissionDenied, ReadOnlyFilesystem, Unsupported};
    matches!(kind, PermissionDenied | ReadOnlyFilesystem | InvalidInput | Unsupported)
}

/// Persists the names in a directory. Windows has no such operation: its file systems journal names in order.
fn sync_directory(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}

/// The files that this process has locked.
static LOCKED: Mutex<Vec<Weak<Mutex<Option<File>>>>> = Mutex::new(Vec::new());

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Closes the files that the parent of this process has locked: a child of a fork shares their locks, and would keep
/// them after the end of its parent.
pub fn close_locked_files() {
    for file in lock(&LOCKED).drain(..).filter_map(|file| file.upgrade()) {
        drop(lock(&file).take());
    }
}

/// A locked file.
struct Lock {
    file: Arc<Mutex<Option<File>>>,
    process: u32,
}

impl Lock {
    fn new(file: File) -> Self {
        let file = Arc::new(Mutex::new(Some(file)));
        let mut locked = lock(&LOCKED);
        locked.retain(|file| file.strong_count() > 0);
        locked.push(Arc::downgrade(&file));
        drop(locked);
        Self { file, process: process::id() }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // A child of a fork that did not call `close_locked_files` must not release the lock of its parent.
        if let Some(file) = lock(&self.file).take()
            && self.process == process::id()
        {
            // Closing the file releases the lock as well, unless such a child has it.
            let _ = file.unlock();
        }
    }
}

struct Writing(File);

impl WriteFile for Writing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_data()
    }
}

/// A file with a position of its own: the one that the system keeps is shared with a child of a fork.
struct Reading {
    file: File,
    position: u64,
}

impl Reading {
    fn read_some(&self, bytes: &mut [u8]) -> io::Result<usize> {
        #[cfg(unix)]
        return self.file.read_at(bytes, self.position);
        #[cfg(windows)]
        return self.file.seek_read(bytes, self.position);
    }
}

impl ReadFile for Reading {
    fn length(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    fn read(&mut self, size: usize) -> io::Result<Vec<u8>> {
        let (mut bytes, mut length) = (vec![0; size], 0);
        while length < size {
            match self.read_some(&mut bytes[length..]) {
                Ok(0) => break,
                Ok(count) => {
                    length += count;
                    self.position += count as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        bytes.truncate(length);
        Ok(bytes)
    }
}
