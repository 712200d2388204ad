//! The methods with which a storage in Rust is read.

/// Defines the methods of `raft::Storage`, except `snapshot`, for a class whose value is one.
macro_rules! read_methods {
    ($Ref:ident) => {
        #[pymethods]
        impl $Ref {
            /// Returns the initial `RaftState`: the hard state and the configuration.
            ///
            /// Mirrors `raft::Storage::initial_state`.
            fn initial_state(&self) -> PyResult<Owned<$crate::storage::raft_state::PyRaftStateRef>> {
                self.read(Storage::initial_state)?.map(Owned).map_err(raft_error)
            }

            /// Returns the entries in the index range `[low, high)`, up to `max_size` bytes but at least one entry.
            ///
            /// Consumes `context`. Raises `StoreError`: of `CompactedError` when `low` is below the first index, of
            /// `UnavailableError` when `high` is past the last index plus one. Raises `ValueError` when `low` is above
            /// `high`. Mirrors `raft::Storage::entries`.
            #[pyo3(signature = (low, high, context, max_size = None))]
            fn entries(
                &self,
                low: u64,
                high: u64,
                context: &Bound<'_, $crate::storage::get_entries_context::PyGetEntriesContextRef>,
                max_size: Option<u64>,
            ) -> PyResult<Vec<Owned<$crate::eraftpb::entry::PyEntryRef>>> {
                if low > high {
                    let text = format!("low: {low} is greater than high, {high}");
                    return Err(pyo3::exceptions::PyValueError::new_err(text));
                }
                let context = context.get().consume()?;
                let entries = self.read(|storage| storage.entries(low, high, max_size, context))?;
                entries.map($crate::binding::convert::owned_list).map_err(raft_error)
            }

            /// Returns the term of the entry at index `idx`.
            ///
            /// Raises `StoreError`: of `CompactedError` below the first index, except at the index before it if its
            /// term is known; of `UnavailableError` past the last index. Mirrors `raft::Storage::term`.
            fn term(&self, idx: u64) -> PyResult<u64> {
                self.read(|storage| storage.term(idx))?.map_err(raft_error)
            }

            /// Returns the index of the first entry; the last index plus one when there are no entries.
            ///
            /// Mirrors `raft::Storage::first_index`.
            fn first_index(&self) -> PyResult<u64> {
                self.read(Storage::first_index)?.map_err(raft_error)
            }

            /// Returns the index of the last entry, or of the one before the first when there are no entries.
            ///
            /// Mirrors `raft::Storage::last_index`.
            fn last_index(&self) -> PyResult<u64> {
                self.read(Storage::last_index)?.map_err(raft_error)
            }
        }
    };
}
pub(crate) use read_methods;
