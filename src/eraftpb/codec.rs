//! Encoding and decoding, the same for every message.

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
                let value = protobuf::Message::parse_from_bytes(&v.0).map_err($crate::errors::codec_error)?;
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
                    protobuf::Message::merge_from_bytes(&mut merged, &bytes.0)?;
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
