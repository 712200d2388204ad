//! Encoding and decoding, the same for every message.

use protobuf::{CodedInputStream, CodedOutputStream};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::checks::encoding::{self, Layout, check_encoding};
use crate::errors::codec_error;

/// Merges `bytes` into `message`, or raises `CodecError`.
///
/// rust-protobuf takes a length that reaches past the end of the input for the end of the input; not with a limit.
pub fn merge<M: Layout>(message: &mut M, bytes: &[u8]) -> PyResult<()> {
    check_encoding::<M>(bytes)?;
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

/// The protobuf encoding of `message`, or `CodecError` for one that `decode` would reject.
pub fn encode<'py, M: Layout>(py: Python<'py>, message: &M) -> PyResult<Bound<'py, PyBytes>> {
    let length = encoding::size(message)?;
    let encoding = PyBytes::new_with(py, length, |buffer| {
        let mut output = CodedOutputStream::bytes(buffer);
        message.write_to_with_cached_sizes(&mut output).map_err(codec_error)
    })?;
    check_encoding::<M>(encoding.as_bytes())?;
    Ok(encoding)
}

/// `encode`, `decode`, `merge_from_bytes`, `compute_size` and pickling by the encoding.
macro_rules! codec {
    ($Owner:ident / $Ref:ident) => {
        #[pymethods]
        impl $Owner {
            /// The message that `v` encodes.
            ///
            /// Fields that this version doesn't know are kept. Raises `CodecError` when `v` is malformed, holds an
            /// unknown enum number, is longer than 2**28 bytes, or would take more than 2**30 bytes of memory.
            #[staticmethod]
            fn decode<'py>(py: Python<'py>, v: $crate::binding::convert::ByteSlice<'_>) -> PyResult<Bound<'py, Self>> {
                <$Ref as $crate::binding::handle::Wrapper>::new_owner(py, $crate::eraftpb::codec::decode(&v.0)?)
            }
        }

        #[pymethods]
        impl $Ref {
            /// The protobuf encoding. Fields at their default take no bytes.
            ///
            /// Raises `CodecError` for a message that is too large to be decoded.
            fn encode<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, pyo3::types::PyBytes>> {
                $crate::binding::handle::Wrapper::read(self, |value| $crate::eraftpb::codec::encode(py, value))?
            }

            /// Merges an encoded message into this one, as protobuf does: fields that are present replace the values
            /// here, repeated fields are appended.
            ///
            /// Raises `CodecError` as `decode` does; nothing is changed then.
            fn merge_from_bytes(&self, bytes: $crate::binding::convert::ByteSlice<'_>) -> PyResult<()> {
                $crate::binding::handle::Wrapper::write(self, |value| {
                    let mut merged = value.clone();
                    $crate::eraftpb::codec::merge(&mut merged, &bytes.0)?;
                    *value = merged;
                    Ok(())
                })?
            }

            /// The length of the encoding in bytes.
            fn compute_size(&self) -> PyResult<u32> {
                $crate::binding::handle::Wrapper::read(self, protobuf::Message::compute_size)
            }

            #[allow(clippy::type_complexity, reason = "pickle's protocol")]
            fn __reduce__<'py>(
                &self,
                py: Python<'py>,
            ) -> PyResult<(Bound<'py, pyo3::types::PyType>, (), Bound<'py, pyo3::types::PyBytes>)> {
                Ok((py.get_type::<$Owner>(), (), self.encode(py)?))
            }

            fn __setstate__(&self, state: $crate::binding::convert::ByteSlice<'_>) -> PyResult<()> {
                self.merge_from_bytes(state)
            }
        }
    };
}

pub(crate) use codec;
