//! Length-delimited messages in a stream.

use protobuf::{CodedInputStream, ProtobufError, error::WireError};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::checks::encoding::Layout;
use crate::eraftpb::codec::decode;
use crate::errors::codec_error;

/// Decodes the length-delimited message at `offset` in `bytes`. Returns it, and the offset past its end.
pub fn decode_at<M: Layout>(bytes: &[u8], offset: usize) -> PyResult<(M, usize)> {
    let Some(rest) = bytes.get(offset..) else {
        return Err(PyValueError::new_err(format!("offset: {offset} is greater than the length, {}", bytes.len())));
    };
    let mut input = CodedInputStream::from_bytes(rest);
    let length = input.read_raw_varint32().map_err(codec_error)?;
    let start = usize::try_from(input.pos())?;
    let message = usize::try_from(length).ok().and_then(|length| rest.get(start..)?.get(..length));
    let Some(message) = message else { return Err(codec_error(ProtobufError::WireError(WireError::UnexpectedEof))) };
    Ok((decode(message)?, offset + start + message.len()))
}

/// The methods `write_length_delimited_to_bytes` and `decode_length_delimited`.
macro_rules! delimited {
    ($Owner:ident / $Ref:ident) => {
        #[pymethods]
        impl $Ref {
            /// Returns the protobuf encoding, preceded by its length as a varint. Use it for consecutive messages in a
            /// stream.
            ///
            /// Mirrors `protobuf::Message::write_length_delimited_to_bytes`.
            fn write_length_delimited_to_bytes(&self) -> PyResult<$crate::binding::convert::BytesOut<Vec<u8>>> {
                let bytes =
                    $crate::binding::handle::Wrapper::read(self, protobuf::Message::write_length_delimited_to_bytes)?;
                bytes.map($crate::binding::convert::BytesOut).map_err($crate::errors::codec_error)
            }
        }

        #[pymethods]
        impl $Owner {
            /// Decodes the length-delimited message at `offset` in `v`. Returns it, and the offset past its end.
            ///
            /// Raises `CodecError` as `decode` does, or when the length is malformed or reaches past the end;
            /// `ValueError` when `offset` is past the end.
            #[staticmethod]
            #[pyo3(signature = (v, offset = 0))]
            fn decode_length_delimited(
                v: $crate::binding::convert::ByteSlice<'_>,
                offset: usize,
            ) -> PyResult<($crate::binding::convert::Owned<$Ref>, usize)> {
                let (message, next) = $crate::eraftpb::delimited::decode_at(&v.0, offset)?;
                Ok(($crate::binding::convert::Owned(message), next))
            }
        }
    };
}

pub(crate) use delimited;
