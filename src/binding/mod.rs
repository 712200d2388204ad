//! The binding: how Rust values become Python objects. It is independent of Raft.

pub mod arguments;
pub mod classes;
pub mod convert;
pub mod enums;
pub mod exceptions;
pub mod fields;
pub mod handle;
pub mod kinds;
pub mod live_list;
pub mod process;
pub mod projection;
pub mod sequence;
pub mod view;
