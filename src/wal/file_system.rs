//! The operations on files that a log is made of.
//!
//! All file names are relative to the one directory of the log. There are two implementations: the
//! [real one](crate::wal::real) and one [in memory](crate::wal::memory) that crashes.

use std::any::Any;
use std::error;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// The error of a call that a process makes after its end, as only the code of a simulated one does.
#[derive(Debug)]
pub struct Ended;

impl Ended {
    /// Returns whether this is the reason of an error.
    pub fn is_reason_of(error: &io::Error) -> bool {
        matches!(error.get_ref(), Some(reason) if reason.is::<Self>())
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the process has ended")
    }
}

impl error::Error for Ended {}

impl From<Ended> for io::Error {
    fn from(ended: Ended) -> Self {
        Self::other(ended)
    }
}

/// The directory of a log.
pub trait FileSystem: Send + Sync {
    /// Returns the path of a file, or that of the directory if `name` is empty, for error messages.
    fn path(&self, name: &str) -> PathBuf;

    /// Creates the directory if it doesn't exist.
    fn create_directory(&self) -> io::Result<()>;

    /// Locks a file until the result is dropped; `None` if it is locked already.
    fn lock(&self, name: &str) -> io::Result<Option<Box<dyn Any + Send>>>;

    /// Returns the names of all files.
    fn list(&self) -> io::Result<Vec<String>>;

    /// Returns the content of a file.
    fn read(&self, name: &str) -> io::Result<Vec<u8>>;

    /// Opens a file for reading parts of it.
    fn open(&self, name: &str) -> io::Result<Box<dyn ReadFile>>;

    /// Creates an empty file, or empties it. The name persists with [`Self::sync_directory`].
    fn create(&self, name: &str) -> io::Result<Box<dyn WriteFile>>;

    /// Opens a file for appending after its first `length` bytes, and cuts off what follows them.
    fn append(&self, name: &str, length: u64) -> io::Result<Box<dyn WriteFile>>;

    /// Writes bytes at an offset of a file, and persists it.
    ///
    /// The bytes may be there already: after an fsync that failed, the system reads them, and the disk lacks them.
    fn overwrite(&self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Renames a file, and replaces one that has the new name. Persists with [`Self::sync_directory`].
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Deletes a file. Persists with [`Self::sync_directory`].
    fn delete(&self, name: &str) -> io::Result<()>;

    /// Persists the names of the directory: all files created, renamed and deleted before.
    fn sync_directory(&self) -> io::Result<()>;

    /// Returns a random number. It distinguishes a file from others that had its place.
    fn random(&self) -> u64;

    /// Returns the time since some moment, to measure how long an fsync takes.
    fn time(&self) -> Duration;
}

/// A file that is written at its end.
pub trait WriteFile: Send + Sync {
    /// Appends all bytes. After an error, any part of them may have been written.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Persists the content and the length of the file, but not its name.
    fn sync(&mut self) -> io::Result<()>;
}

/// A file that is read in parts.
pub trait ReadFile: Send + Sync {
    /// Returns the length of the file in bytes.
    fn length(&self) -> io::Result<u64>;

    /// Reads the next bytes; fewer than requested only at the end of the file.
    fn read(&mut self, size: usize) -> io::Result<Vec<u8>>;
}
