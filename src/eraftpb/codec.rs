//! Encoding and decoding, the same for every message.

use protobuf::{CodedInputStream, Message, ProtobufResult};

/// Merges `bytes` into `message`.
///
/// rust-protobuf takes a length that reaches past the end of the input for the end of the input; not with a limit.
pub fn merge(message: &mut impl Message, bytes: &[u8]) -> ProtobufResult<()> {
    let mut input = CodedInputStream::from_bytes(bytes);
    input.push_limit(bytes.len() as u64)?;
    message.merge_from(&mut input)
}

/// `encode`, `decode`, `merge_from_bytes`, `compute_size` and pickling by the encoding.
macro_rules! codec {
    ($Owner:ident / $Ref:ident) => {
        #[pymethods]
        impl $Owner {
            /// The message that `v` encodes.
            ///
            /// Fields that this version doesn't know are kept. Raises `CodecError` when `v` is malformed or holds an
            /// unknown enum number.
            #[staticmethod]
            fn decode(v: $crate::convert::BytesLike) -> PyResult<$crate::convert::Owned<$Ref>> {
                let mut value = Default::default();
                $crate::eraftpb::codec::merge(&mut value, &v.0).map_err($crate::errors::codec_error)?;
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
            /// Raises `CodecError` when `bytes` are malformed; nothing is changed then.
            fn merge_from_bytes(&self, bytes: $crate::convert::BytesLike) -> PyResult<()> {
                let merged = $crate::handle::Wrapper::write(self, |value| {
                    let mut merged = value.clone();
                    $crate::eraftpb::codec::merge(&mut merged, &bytes.0)?;
                    *value = merged;
                    Ok(())
                })?;
                merged.map_err($crate::errors::codec_error)
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
