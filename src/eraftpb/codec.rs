//! Encoding and decoding, the same for every message.

use protobuf::{CodedInputStream, Message};
use pyo3::prelude::*;

use crate::errors::{CodecError, codec_error};

/// The most bytes that are decoded at once.
const MOST_BYTES: usize = 1 << 28;
/// The most fields that a message may have, each element of a repeated field counted. An empty entry takes two bytes in
/// its encoding, and a hundred in memory.
const MOST_FIELDS: usize = 1 << 20;

/// Merges `bytes` into `message`, or raises `CodecError`.
///
/// rust-protobuf takes a length that reaches past the end of the input for the end of the input; not with a limit.
pub fn merge(message: &mut impl Message, bytes: &[u8]) -> PyResult<()> {
    if bytes.len() > MOST_BYTES {
        return Err(CodecError::new_err(format!("{} bytes are more than {MOST_BYTES}", bytes.len())));
    }
    let mut input = CodedInputStream::from_bytes(bytes);
    for count in 0.. {
        if input.eof().map_err(codec_error)? {
            break;
        }
        if count == MOST_FIELDS {
            return Err(CodecError::new_err(format!("the message has more than {MOST_FIELDS} fields")));
        }
        let (_, wire_type) = input.read_tag_unpack().map_err(codec_error)?;
        input.skip_field(wire_type).map_err(codec_error)?;
    }
    let mut input = CodedInputStream::from_bytes(bytes);
    input.push_limit(bytes.len() as u64).map_err(codec_error)?;
    message.merge_from(&mut input).map_err(codec_error)
}

/// `encode`, `decode`, `merge_from_bytes`, `compute_size` and pickling by the encoding.
macro_rules! codec {
    ($Owner:ident / $Ref:ident) => {
        #[pymethods]
        impl $Owner {
            /// The message that `v` encodes.
            ///
            /// Fields that this version doesn't know are kept. Raises `CodecError` when `v` is malformed, holds an
            /// unknown enum number, is longer than 2**28 bytes, or has more than 2**20 fields, each element of a
            /// repeated field counted.
            #[staticmethod]
            fn decode(v: $crate::convert::BytesLike) -> PyResult<$crate::convert::Owned<$Ref>> {
                let mut value = Default::default();
                $crate::eraftpb::codec::merge(&mut value, &v.0)?;
                Ok($crate::convert::Owned(value))
            }
        }

        #[pymethods]
        impl $Ref {
            /// The protobuf encoding. Fields at their default take no bytes.
            fn encode(&self) -> PyResult<$crate::convert::BytesOut<Vec<u8>>> {
                let bytes = $crate::handle::Wrapper::read(self, protobuf::Message::write_to_bytes)?;
                bytes.map($crate::convert::BytesOut).map_err($crate::errors::codec_error)
            }

            /// Merges an encoded message into this one, as protobuf does: fields that are present replace the values
            /// here, repeated fields are appended.
            ///
            /// Raises `CodecError` as `decode` does; nothing is changed then.
            fn merge_from_bytes(&self, bytes: $crate::convert::BytesLike) -> PyResult<()> {
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
            ) -> PyResult<(Bound<'py, pyo3::types::PyType>, (), $crate::convert::BytesOut<Vec<u8>>)> {
                Ok((py.get_type::<$Owner>(), (), self.encode()?))
            }

            fn __setstate__(&self, state: $crate::convert::BytesLike) -> PyResult<()> {
                self.merge_from_bytes(state)
            }
        }
    };
}

pub(crate) use codec;
