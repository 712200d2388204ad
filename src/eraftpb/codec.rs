//! Encoding and decoding, the same for every message.

use protobuf::error::WireError;
use protobuf::wire_format::WireType;
use protobuf::{CodedInputStream, CodedOutputStream, Message, ProtobufError, ProtobufResult};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use raft::eraftpb;

use crate::errors::{CodecError, codec_error};

/// The most bytes that are decoded at once.
const MOST_BYTES: usize = 1 << 28;
/// The most fields that a message may have, with those of the messages in it, and each element of a repeated field
/// counted. An empty entry takes two bytes in its encoding, and a hundred in memory.
const MOST_FIELDS: usize = 1 << 20;

/// Merges `bytes` into `message`, or raises `CodecError`.
///
/// rust-protobuf takes a length that reaches past the end of the input for the end of the input; not with a limit.
pub fn merge<M: Layout>(message: &mut M, bytes: &[u8]) -> PyResult<()> {
    if bytes.len() > MOST_BYTES {
        return Err(CodecError::new_err(format!("{} bytes are more than {MOST_BYTES}", bytes.len())));
    }
    // A field takes a byte at least.
    if bytes.len() > MOST_FIELDS && count_fields(bytes, M::inside).map_err(codec_error)? > MOST_FIELDS {
        return Err(CodecError::new_err(format!("the message has more than {MOST_FIELDS} fields")));
    }
    let mut input = CodedInputStream::from_bytes(bytes);
    input.push_limit(bytes.len() as u64).map_err(codec_error)?;
    message.merge_from(&mut input).map_err(codec_error)
}

/// The message that `bytes` encode, or `CodecError`.
pub fn decode<M: Layout>(bytes: &[u8]) -> PyResult<M> {
    let mut message = M::default();
    merge(&mut message, bytes)?;
    Ok(message)
}

/// The protobuf encoding of `message`.
pub fn encode<'py>(py: Python<'py>, message: &impl Message) -> PyResult<Bound<'py, PyBytes>> {
    let length = message.compute_size();
    PyBytes::new_with(py, length as usize, |buffer| {
        let mut output = CodedOutputStream::bytes(buffer);
        message.write_to_with_cached_sizes(&mut output).map_err(codec_error)
    })
}

/// The number of fields in an encoded message and in those inside it.
fn count_fields(mut bytes: &[u8], inside: fn(u32) -> Inside) -> ProtobufResult<usize> {
    let mut count = 0;
    while !bytes.is_empty() {
        let mut input = CodedInputStream::from_bytes(bytes);
        let (field, wire_type) = input.read_tag_unpack()?;
        let mut length = 0;
        if wire_type == WireType::WireTypeLengthDelimited {
            length = input.read_raw_varint32()?;
        } else {
            input.skip_field(wire_type)?;
        }
        // Not by `skip_raw_bytes`, which copies them.
        let start = usize::try_from(input.pos()).unwrap_or(usize::MAX);
        let content = bytes.get(start..).and_then(|rest| rest.split_at_checked(length as usize));
        let Some((content, rest)) = content else { return Err(ProtobufError::WireError(WireError::UnexpectedEof)) };
        count += 1;
        count += match inside(field) {
            Inside::Value => 0,
            Inside::Ids => content.iter().filter(|byte| **byte < 0x80).count(),
            Inside::Fields(inside) => count_fields(content, inside)?,
        };
        bytes = rest;
    }
    Ok(count)
}

/// What a field with a length holds.
pub enum Inside {
    /// Bytes that are one value.
    Value,
    /// Numbers, each of which ends with a byte below 0x80.
    Ids,
    /// A message whose fields hold this.
    Fields(fn(u32) -> Inside),
}

/// What the fields of a message hold.
pub trait Layout: Message + Default {
    /// What the field of this number holds.
    fn inside(field: u32) -> Inside;
}

macro_rules! layouts {
    ($($Message:ident { $($number:pat => $inside:expr),* })*) => {$(
        impl Layout for eraftpb::$Message {
            fn inside(field: u32) -> Inside {
                match field {
                    $($number => $inside,)*
                    _ => Inside::Value,
                }
            }
        }
    )*};
}

layouts! {
    Message { 7 => Inside::Fields(eraftpb::Entry::inside), 9 => Inside::Fields(eraftpb::Snapshot::inside) }
    Entry {}
    Snapshot { 2 => Inside::Fields(eraftpb::SnapshotMetadata::inside) }
    SnapshotMetadata { 1 => Inside::Fields(eraftpb::ConfState::inside) }
    ConfState { 1..=4 => Inside::Ids }
    HardState {}
    ConfChange {}
    ConfChangeSingle {}
    ConfChangeV2 { 2 => Inside::Fields(eraftpb::ConfChangeSingle::inside) }
}

/// `encode`, `decode`, `merge_from_bytes`, `compute_size` and pickling by the encoding.
macro_rules! codec {
    ($Owner:ident / $Ref:ident) => {
        #[pymethods]
        impl $Owner {
            /// The message that `v` encodes.
            ///
            /// Fields that this version doesn't know are kept. Raises `CodecError` when `v` is malformed, holds an
            /// unknown enum number, is longer than 2**28 bytes, or has more than 2**20 fields, with those of the messages
            /// in it, and each element of a repeated field counted.
            #[staticmethod]
            fn decode<'py>(py: Python<'py>, v: $crate::convert::ByteSlice<'_>) -> PyResult<Bound<'py, Self>> {
                <$Ref as $crate::handle::Wrapper>::new_owner(py, $crate::eraftpb::codec::decode(&v.0)?)
            }
        }

        #[pymethods]
        impl $Ref {
            /// The protobuf encoding. Fields at their default take no bytes.
            fn encode<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, pyo3::types::PyBytes>> {
                $crate::handle::Wrapper::read(self, |value| $crate::eraftpb::codec::encode(py, value))?
            }

            /// Merges an encoded message into this one, as protobuf does: fields that are present replace the values
            /// here, repeated fields are appended.
            ///
            /// Raises `CodecError` as `decode` does; nothing is changed then.
            fn merge_from_bytes(&self, bytes: $crate::convert::ByteSlice<'_>) -> PyResult<()> {
                $crate::handle::Wrapper::write(self, |value| {
                    let mut merged = value.clone();
                    $crate::eraftpb::codec::merge(&mut merged, &bytes.0)?;
                    *value = merged;
                    Ok(())
                })?
            }

            /// The length of the encoding in bytes.
            fn compute_size(&self) -> PyResult<u32> {
                $crate::handle::Wrapper::read(self, protobuf::Message::compute_size)
            }

            #[allow(clippy::type_complexity, reason = "pickle's protocol")]
            fn __reduce__<'py>(
                &self,
                py: Python<'py>,
            ) -> PyResult<(Bound<'py, pyo3::types::PyType>, (), Bound<'py, pyo3::types::PyBytes>)> {
                Ok((py.get_type::<$Owner>(), (), self.encode(py)?))
            }

            fn __setstate__(&self, state: $crate::convert::ByteSlice<'_>) -> PyResult<()> {
                self.merge_from_bytes(state)
            }
        }
    };
}

pub(crate) use codec;
