//! A durable log for many groups: segments of frames, in one directory.
//!
//! [`Wal`](log::Wal) is the log. [`Wal::submit`](log::Wal::submit) makes [writes](write::Write) readable, and
//! [`Wal::wait`](log::Wal::wait) makes them durable. [`WalGroup`](storage::WalGroup) is the storage of one group's
//! node. What is live is in memory, in [`group`]; the files are read once, by [`recovery`].
//!
//! ```text
//! LOCK                       locked while the log is open
//! CURRENT                    which segments are the log, and how much of the newest is known to be good
//! MARK                       how much of the newest is known to be good since
//! 00000000000000000007.seg   a checkpoint of all groups, and then frames
//! 00000000000000000003.snap  the data of a snapshot
//! ```
//!
//! `docs/pages/wal-format.md` describes the files byte by byte. This module uses nothing of Python.

pub mod current;
pub mod errors;
pub mod file_system;
pub mod format;
pub mod frame;
pub mod group;
mod kept;
pub mod log;
pub mod mark;
pub mod memory;
pub mod operation;
mod queue;
pub mod random;
pub mod real;
pub mod recovery;
mod rewrite;
pub mod segment;
pub mod snapshots;
pub mod storage;
pub mod write;
