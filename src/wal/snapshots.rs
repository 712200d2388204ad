//! Snapshots: files of their own, written and read in blocks.
//!
//! A snapshot is written beside the log, persisted, and then named by a frame. A file that no frame names is deleted
//! when the log is opened.

use std::io;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use bytes::Bytes;

use crate::fault;
use crate::wal::errors::{Error, Result};
use crate::wal::file_system::{FileSystem, ReadFile, WriteFile};
use crate::wal::format::{SnapshotFile, VERSION, array, put_u32, put_u64};

/// The length of a block's data; the last one may be shorter.
pub const BLOCK: usize = 64 << 10;

const MAGIC: &[u8; 8] = b"rraftsnp";
const HEADER: usize = 32;
const CHECKSUM: usize = 4;
const SUFFIX: &str = ".snap";
const NEW_SUFFIX: &str = ".snap.new";

/// Returns the name of the file with this number.
pub fn name(number: u64) -> String {
    format!("{number:020}{SUFFIX}")
}

/// Returns the number in the name of a snapshot's file, whether complete or not.
pub fn number_of(name: &str) -> Option<u64> {
    name.strip_suffix(SUFFIX).or(name.strip_suffix(NEW_SUFFIX))?.parse().ok()
}

fn header(file: &SnapshotFile) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    put_u32(&mut bytes, VERSION);
    put_u64(&mut bytes, file.number);
    put_u64(&mut bytes, file.salt);
    let checksum = crc32c::crc32c(&bytes);
    put_u32(&mut bytes, checksum);
    bytes
}

/// The checksum of a block: it includes which block of which file it is.
fn checksum(salt: u64, position: u64, data: &[u8]) -> u32 {
    let place = [salt.to_le_bytes(), position.to_le_bytes()].concat();
    crc32c::crc32c_append(crc32c::crc32c(&place), data)
}

/// Returns the length of the file with so much data; `None` if it is no number.
fn file_length(data: u64) -> Option<u64> {
    data.div_ceil(BLOCK as u64).checked_mul(CHECKSUM as u64)?.checked_add(data)?.checked_add(HEADER as u64)
}

/// Whether the directory of a log is its own: after the log was closed, another one may have files of the same names.
#[derive(Default)]
pub struct Access(RwLock<bool>);

impl Access {
    /// Keeps the log from being closed.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`].
    pub fn begin(&self) -> Result<RwLockReadGuard<'_, bool>> {
        let is_closed = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if *is_closed { Err(Error::Closed) } else { Ok(is_closed) }
    }

    /// Waits for those who have access, and ends it.
    pub fn end(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = true;
    }
}

/// A snapshot that is being written.
pub struct SnapshotWriter {
    files: Arc<dyn FileSystem>,
    access: Arc<Access>,
    new_name: String,
    writer: Box<dyn WriteFile>,
    file: SnapshotFile,
    block: Vec<u8>,
    is_finished: bool,
}

impl SnapshotWriter {
    /// Creates a file.
    ///
    /// # Errors
    ///
    /// [`Error::Io`]. The log itself goes on. [`Error::Closed`].
    pub fn create(files: Arc<dyn FileSystem>, access: Arc<Access>, number: u64) -> Result<Self> {
        let new_name = format!("{number:020}{NEW_SUFFIX}");
        let file = SnapshotFile { number, length: 0, salt: files.random() };
        let open = access.begin()?;
        let writer = files.create(&new_name).map_err(|error| Error::io(&files.path(&new_name), &error))?;
        drop(open);
        Ok(Self { files, access, new_name, writer, file, block: header(&file), is_finished: false })
    }

    fn position(&self) -> u64 {
        self.file.length / BLOCK as u64
    }

    /// Appends data.
    ///
    /// # Errors
    ///
    /// [`Error::Io`]. The log itself goes on. [`Error::Closed`].
    pub fn write(&mut self, mut data: &[u8]) -> Result<()> {
        let access = self.access.clone();
        let _open = access.begin()?;
        while !data.is_empty() {
            let start = if self.position() == 0 { HEADER } else { 0 };
            let free = (start + BLOCK).saturating_sub(self.block.len());
            let (part, rest) = data.split_at(free.min(data.len()));
            self.block.extend_from_slice(part);
            data = rest;
            if self.block.len() == start + BLOCK {
                self.write_block(start)?;
            }
        }
        Ok(())
    }

    /// Writes what was collected: the data after the file's header, if this is the first block.
    fn write_block(&mut self, start: usize) -> Result<()> {
        let data = &self.block[start..];
        let length = data.len() as u64;
        if !data.is_empty() {
            let checksum = checksum(self.file.salt, self.position(), data);
            put_u32(&mut self.block, checksum);
        }
        self.writer.write(&self.block).map_err(|error| self.error(&error))?;
        self.file.length += length;
        self.block.clear();
        Ok(())
    }

    fn error(&self, error: &io::Error) -> Error {
        Error::io(&self.files.path(&self.new_name), error)
    }

    /// Persists the file. It is deleted again when the result is dropped without having been submitted.
    ///
    /// # Errors
    ///
    /// [`Error::Io`]. The log itself goes on. [`Error::Closed`].
    pub fn finish(mut self) -> Result<StoredSnapshot> {
        let access = self.access.clone();
        let open = access.begin()?;
        if !self.block.is_empty() {
            self.write_block(if self.position() == 0 { HEADER } else { 0 })?;
        }
        let name = name(self.file.number);
        let synced = if fault::is_back("torn_snapshot") { Ok(()) } else { self.writer.sync() };
        let persisted = synced.and_then(|()| self.files.rename(&self.new_name, &name));
        persisted.map_err(|error| self.error(&error))?;
        self.is_finished = true;
        let synced = self.files.sync_directory().map_err(|error| self.error(&error));
        drop(open);
        let (files, file) = (self.files.clone(), self.file);
        let stored = StoredSnapshot { files, access: self.access.clone(), file, is_submitted: false };
        synced.map(|()| stored)
    }
}

impl Drop for SnapshotWriter {
    fn drop(&mut self) {
        if let (false, Ok(_open)) = (self.is_finished, self.access.begin()) {
            // If it can't be deleted, it is when the log is opened the next time.
            let _ = self.files.delete(&self.new_name);
        }
    }
}

/// A persisted snapshot that no frame names yet.
pub struct StoredSnapshot {
    files: Arc<dyn FileSystem>,
    access: Arc<Access>,
    file: SnapshotFile,
    is_submitted: bool,
}

impl StoredSnapshot {
    /// Returns what the frame says of the file, which is kept from now on.
    pub fn submit(mut self) -> SnapshotFile {
        self.is_submitted = true;
        self.file
    }
}

impl Drop for StoredSnapshot {
    fn drop(&mut self) {
        if let (false, Ok(_open)) = (self.is_submitted, self.access.begin()) {
            let _ = self.files.delete(&name(self.file.number));
        }
    }
}

/// Reads the data of a snapshot, block by block. Data is returned only after its checksum was compared.
pub struct SnapshotReader {
    files: Arc<dyn FileSystem>,
    reader: Option<Box<dyn ReadFile>>,
    file: SnapshotFile,
    /// How much data was returned.
    read: u64,
}

impl SnapshotReader {
    /// Opens a snapshot, and checks its length and its header.
    ///
    /// # Errors
    ///
    /// [`Error::Corrupted`], or [`Error::Io`].
    pub fn open(files: Arc<dyn FileSystem>, file: SnapshotFile) -> Result<Self> {
        let mut opened = Self { files, reader: None, file, read: 0 };
        if file.number == 0 {
            return Ok(opened);
        }
        let reader = opened.files.open(&name(file.number)).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => opened.corrupted("the file is missing"),
            _ => opened.io(&error),
        })?;
        let length = reader.length().map_err(|error| opened.io(&error))?;
        if Some(length) != file_length(file.length) && !fault::is_back("torn_snapshot") {
            return Err(opened.corrupted("the file has another length than the log says"));
        }
        opened.reader = Some(reader);
        if opened.read_bytes(HEADER)? != header(&file) && !fault::is_back("torn_snapshot") {
            return Err(opened.corrupted("the header of the file is another than the log says"));
        }
        Ok(opened)
    }

    /// Returns the length of all of the data in bytes.
    pub fn length(&self) -> u64 {
        self.file.length
    }

    /// Returns an error of the file as a whole.
    fn corrupted(&self, reason: &str) -> Error {
        self.corrupted_at(0, reason)
    }

    fn corrupted_at(&self, offset: u64, reason: &str) -> Error {
        Error::corrupted(self.files.path(&name(self.file.number)), offset, reason)
    }

    fn io(&self, error: &io::Error) -> Error {
        Error::io(&self.files.path(&name(self.file.number)), error)
    }

    fn read_bytes(&mut self, size: usize) -> Result<Vec<u8>> {
        let Some(reader) = &mut self.reader else { return Ok(Vec::new()) };
        reader.read(size).map_err(|error| self.io(&error))
    }

    fn next_block(&mut self) -> Result<Option<Bytes>> {
        let left = self.file.length.saturating_sub(self.read);
        if left == 0 {
            return Ok(None);
        }
        #[allow(clippy::cast_possible_truncation, reason = "at most a block")]
        let size = left.min(BLOCK as u64) as usize;
        let mut block = self.read_bytes(size + CHECKSUM)?;
        let expected = checksum(self.file.salt, self.read / BLOCK as u64, block.get(..size).unwrap_or_default());
        let is_whole = block.len() >= size + CHECKSUM && u32::from_le_bytes(array(&block, size)) == expected;
        if !is_whole && !fault::is_back("torn_snapshot") {
            let blocks = self.read / BLOCK as u64;
            let offset = HEADER as u64 + self.read + blocks * CHECKSUM as u64;
            return Err(self.corrupted_at(offset, "the checksum of a block is wrong"));
        }
        block.truncate(size);
        self.read += size as u64;
        Ok(Some(block.into()))
    }
}

impl Iterator for SnapshotReader {
    type Item = Result<Bytes>;

    fn next(&mut self) -> Option<Self::Item> {
        let block = self.next_block();
        if block.is_err() {
            self.read = self.file.length;
        }
        block.transpose()
    }
}
