//! Encoding and decoding, the same for every message.

use protobuf::{CodedInputStream, CodedOutputStream};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::checks::encoding::{self, Layout, check_encoding};
use crate::errors::codec_error;

/// Merges `bytes` into `message`. Returns `CodecError` if they are malformed.
///
/// Without a limit, rust-protobuf accepts a length that reaches past the end of the input and stops at the end.
pub fn merge<M: Layout>(message: &mut M, bytes: &[u8]) -> PyResult<()> {
    check_encoding::<M>(bytes)?;
    let mut input = CodedInputStream::from_bytes(bytes);
    input.push_limit(bytes.len() as u64).map_err(codec_error)?;
    message.merge_from(&mut input).map_err(codec_error)
}

/// Decodes a message from `bytes`. Returns `CodecError` if they are malformed.
pub fn decode<M: Layout>(bytes: &[u8]) -> PyResult<M> {
    let mut message = M::default();
    merge(&mut message, bytes)?;
    Ok(message)
}

/// Returns the protobuf encoding of `message`, or `CodecError` for a message that `decode` would reject.
pub fn encode<'py, M: Layout>(py: Python<'py>, message: &M) -> PyResult<Bound<'py, PyBytes>> {
    let length = encoding::size(message)?;
    let encoding = PyBytes::new_with(py, length, |buffer| {
        let mut output = CodedOutputStream::bytes(buffer);
        message.write_to_with_cached_sizes(&mut output).map_err(codec_error)
    })?;
    check_encoding::<M>(encoding.as_bytes())?;
    Ok(encoding)
}

/// The methods `encode`, `decode`, `merge_from_bytes` and `compute_size`, and pickling by the encoding.
macro_rules! codec {
    ($Owner:ident / $Ref:ident) => {
        #[pymethods]
        impl $Owner {
            /// Decodes a message from `v`.
            ///
            /// Unknown fields are preserved. Raises `CodecError` when `v` is malformed, holds an unknown enum number,
            /// is longer than 2**28 bytes, or would take more than 2**30 bytes of memory.
            #[staticmethod]
            fn decode<'py>(py: Python<'py>, v: $crate::binding::convert::ByteSlice<'_>) -> PyResult<Bound<'py, Self>> {
                <$Ref as $crate::binding::handle::Wrapper>::new_owner(py, $crate::eraftpb::codec::decode(&v.0)?)
            }
        }

        #[pymethods]
        impl $Ref {
            /// Returns the protobuf encoding. Fields that have their default value take no bytes.
            ///
            /// Raises `CodecError` for a message that is too large to be decoded.
            fn encode<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, pyo3::types::PyBytes>> {
                $crate::binding::handle::Wrapper::read(self, |value| $crate::eraftpb::codec::encode(py, value))?
            }

            /// Merges an encoded message into this one, with protobuf's semantics: fields that are present replace the
            /// current values, repeated fields are appended.
            ///
            /// Raises `CodecError` as `decode` does; the message is unchanged then.
            fn merge_from_bytes(&self, bytes: $crate::binding::convert::ByteSlice<'_>) -> PyResult<()> {
                $crate::binding::handle::Wrapper::write(self, |value| {
                    let mut merged = value.clone();
                    $crate::eraftpb::codec::merge(&mut merged, &bytes.0)?;
                    *value = merged;
                    Ok(())
                })?
            }

            /// Returns the length of the encoding in bytes.
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
