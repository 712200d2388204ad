//! Which messages can be encoded and decoded: the limits of their size and of their memory.

use std::mem::{size_of, size_of_val};
use std::slice;

use protobuf::error::WireError;
use protobuf::wire_format::WireType;
use protobuf::{CodedInputStream, Message, ProtobufError, ProtobufResult};
use raft::eraftpb;

use crate::binding::exceptions::boundary;

/// The maximum length of an encoding in bytes.
pub const MAX_BYTES: usize = 1 << 28;
/// The maximum memory of a decoded message, as [`memory`] estimates it. An empty entry takes two bytes in its encoding,
/// and a hundred in memory.
const MAX_MEMORY: usize = 1 << 30;
/// The size reserved for the other fields of the message that carries an entry or a snapshot.
const RESERVED: usize = 1 << 10;
/// The maximum size of one proposal, one context, or one snapshot. Any message that carries it can be decoded.
pub const MAX_PAYLOAD: usize = MAX_BYTES - RESERVED;
/// The maximum size of the context of a message, which may be that of a read-only request with its token.
const MAX_CONTEXT: usize = MAX_PAYLOAD + RESERVED / 2;
/// The maximum size of an encoded entry without its data and its context.
const MAX_ENTRY_OVERHEAD: usize = 64;
/// An encoding of up to this length can't take more than `MAX_MEMORY`: each field takes two bytes or more.
const MAX_UNCHECKED: usize = 1 << 20;
/// The memory of an unknown field in addition to its value: a bucket of a hash map with four lists, and the memory of
/// one list.
const UNKNOWN_FIELD_MEMORY: usize = 256;

/// Why a message can't be encoded or decoded: the reason of a `CodecError`, or of an `InvalidMessageError`.
pub struct Rejected(pub String);

impl From<ProtobufError> for Rejected {
    fn from(error: ProtobufError) -> Self {
        Self(error.to_string())
    }
}

/// Rejects an encoding that is too long, or that would take too much memory when decoded.
pub fn check_encoding<M: Layout>(bytes: &[u8]) -> Result<(), Rejected> {
    check_length(bytes.len(), MAX_BYTES)?;
    if bytes.len() <= MAX_UNCHECKED { Ok(()) } else { check_memory::<M>(bytes, MAX_MEMORY) }
}

/// Rejects a message that no entry could carry as its data. Returns the length of the encoding.
pub fn check<M: Layout>(message: &M) -> Result<usize, Rejected> {
    let length = check_size(message)?;
    if length > MAX_UNCHECKED {
        check_memory::<M>(&message.write_to_bytes()?, MAX_MEMORY)?;
    }
    Ok(length)
}

/// Rejects a message that no other message could carry. Returns the length of the encoding.
pub fn check_size(message: &impl Message) -> Result<usize, Rejected> {
    let length = size(message)?;
    check_length(length, MAX_PAYLOAD)?;
    Ok(length)
}

/// Rejects data and context that exceed the maximum size of an entry.
pub fn check_payload(length: usize) -> Result<(), Rejected> {
    check_length(length, MAX_PAYLOAD)
}

/// Rejects a context that exceeds the maximum size of a message's context.
#[inline]
pub fn check_context(length: usize) -> Result<(), Rejected> {
    check_length(length, MAX_CONTEXT)
}

/// Rejects an entry that is too large for any message.
#[inline]
pub fn check_entry(entry: &eraftpb::Entry) -> Result<(), Rejected> {
    if weight(entry) <= MAX_PAYLOAD {
        return Ok(());
    }
    check_entries(slice::from_ref(entry))
}

/// Rejects entries that are too large for one message.
pub fn check_entries(entries: &[eraftpb::Entry]) -> Result<(), Rejected> {
    let payload = entries.iter().map(payload).sum::<usize>();
    check_payload(payload)?;
    let is_plain = entries.iter().all(|entry| entry.unknown_fields.fields.is_none());
    let (length, memory) = (payload + MAX_ENTRY_OVERHEAD * entries.len(), payload + size_of_val(entries));
    let (max_bytes, max_memory) = (MAX_CONTEXT, MAX_MEMORY - RESERVED);
    if is_plain && length <= max_bytes && memory <= max_memory {
        return Ok(());
    }
    let message = eraftpb::Message { entries: entries.to_vec().into(), ..Default::default() };
    check_length(size(&message)?, max_bytes)?;
    check_memory::<eraftpb::Message>(&message.write_to_bytes()?, max_memory)
}

/// Returns the size that an entry adds to a message in bytes, or the memory that it adds if that is more.
#[inline]
pub fn weight(entry: &eraftpb::Entry) -> usize {
    if entry.unknown_fields.fields.is_none() { payload(entry) } else { weight_with_unknown(entry) }
}

#[cold]
fn weight_with_unknown(entry: &eraftpb::Entry) -> usize {
    // An unknown field takes two bytes or more.
    size(entry).unwrap_or(MAX_BYTES).saturating_mul(UNKNOWN_FIELD_MEMORY / 2)
}

#[inline]
fn payload(entry: &eraftpb::Entry) -> usize {
    entry.data.len() + entry.context.len()
}

/// Returns the length of the encoding of `message`. Rejects an encoding that is too long.
pub fn size(message: &impl Message) -> Result<usize, Rejected> {
    // rust-protobuf computes the size with 32 bits, and panics on overflow.
    let length = boundary(|| message.compute_size())
        .map_err(|_| Rejected(format!("expected at most {MAX_BYTES} bytes, got 2**32 or more")))?;
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    check_length(length, MAX_BYTES)?;
    Ok(length)
}

fn check_length(length: usize, max: usize) -> Result<(), Rejected> {
    if length <= max { Ok(()) } else { Err(Rejected(format!("expected at most {max} bytes, got {length}"))) }
}

fn check_memory<M: Layout>(bytes: &[u8], max: usize) -> Result<(), Rejected> {
    let memory = memory(bytes, M::field)?;
    if memory <= max {
        return Ok(());
    }
    Err(Rejected(format!("expected at most {max} bytes of memory, the decoded message takes {memory}")))
}

/// Estimates the memory that an encoded message takes when decoded, in addition to its own fields. While its lists
/// grow, it may be twice as much.
fn memory(mut bytes: &[u8], field: fn(u32) -> Field) -> ProtobufResult<usize> {
    let mut sum = 0;
    while !bytes.is_empty() {
        let mut input = CodedInputStream::from_bytes(bytes);
        let (number, wire_type) = input.read_tag_unpack()?;
        let mut length = 0;
        if wire_type == WireType::WireTypeLengthDelimited {
            length = input.read_raw_varint32()?;
        } else {
            input.skip_field(wire_type)?;
        }
        // `skip_raw_bytes` is not used, since it copies the bytes.
        let start = usize::try_from(input.pos()).unwrap_or(usize::MAX);
        let content = bytes.get(start..).and_then(|rest| rest.split_at_checked(length as usize));
        let Some((content, rest)) = content else { return Err(ProtobufError::WireError(WireError::UnexpectedEof)) };
        sum += match field(number) {
            Field::Value => content.len(),
            Field::Ids if wire_type == WireType::WireTypeLengthDelimited => {
                size_of::<u64>() * content.iter().filter(|byte| **byte < 0x80).count()
            }
            Field::Ids => size_of::<u64>(),
            Field::Nested(size, field) => size + memory(content, field)?,
            Field::Unknown => UNKNOWN_FIELD_MEMORY + content.len(),
        };
        bytes = rest;
    }
    Ok(sum)
}

/// The content of a field.
pub enum Field {
    /// One value.
    Value,
    /// Numbers: one, or several, each of which ends with a byte below 0x80.
    Ids,
    /// A message of this size, whose fields have this layout.
    Nested(usize, fn(u32) -> Field),
    /// An unknown field, which is preserved.
    Unknown,
}

/// The layout of a message: the contents of its fields.
pub trait Layout: Message + Default {
    /// Returns the content of the field with this number.
    fn field(number: u32) -> Field;
}

macro_rules! layouts {
    ($($Message:ident { $($number:pat => $field:expr),* })*) => {$(
        impl Layout for eraftpb::$Message {
            fn field(number: u32) -> Field {
                match number {
                    $($number => $field,)*
                    _ => Field::Unknown,
                }
            }
        }
    )*};
}

/// Returns the content of a field that contains messages of a type.
fn nested<M: Layout>() -> Field {
    Field::Nested(size_of::<M>(), M::field)
}

layouts! {
    Message { 7 => nested::<eraftpb::Entry>(), 9 => nested::<eraftpb::Snapshot>(), 1..=16 => Field::Value }
    Entry { 1..=6 => Field::Value }
    Snapshot { 1 => Field::Value, 2 => nested::<eraftpb::SnapshotMetadata>() }
    SnapshotMetadata { 1 => nested::<eraftpb::ConfState>(), 2 | 3 => Field::Value }
    ConfState { 1..=4 => Field::Ids, 5 => Field::Value }
    HardState { 1..=3 => Field::Value }
    ConfChange { 1..=4 => Field::Value }
    ConfChangeSingle { 1 | 2 => Field::Value }
    ConfChangeV2 { 1 | 3 => Field::Value, 2 => nested::<eraftpb::ConfChangeSingle>() }
}
