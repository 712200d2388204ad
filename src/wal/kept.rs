//! `KeptEntry`: an entry in the memory of a log.

use bytes::Bytes;
use raft::eraftpb::{Entry, EntryType};

use crate::wal::format::entry_size;

/// An entry without its index, which follows from its place. Less than half as long as an [`Entry`]: with many groups,
/// a place was last used so long ago that it is in no near cache, and has to be fetched before it is written.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptEntry {
    /// The term.
    pub term: u64,
    /// `None` in a placeholder.
    data: Option<Bytes>,
    /// The other fields, if one of them is set. Its index is not used.
    rest: Option<Box<Entry>>,
}

impl KeptEntry {
    /// The place of an entry that was not found yet.
    pub const PLACEHOLDER: Self = Self { term: 0, data: None, rest: None };

    /// Returns whether it is the place of an entry that was not found yet.
    pub fn is_placeholder(&self) -> bool {
        self.data.is_none()
    }

    /// Returns the entry that has this index.
    pub fn to_entry(&self, index: u64) -> Entry {
        let data = self.data.clone().unwrap_or_default();
        match &self.rest {
            None => Entry { term: self.term, index, data, ..Entry::default() },
            Some(rest) => Entry { index, data, ..(**rest).clone() },
        }
    }

    /// Returns [`entry_size`].
    pub fn size(&self) -> u64 {
        self.data.as_ref().map_or(0, |data| data.len() as u64) + self.rest.as_deref().map_or(8, entry_size)
    }
}

impl From<Entry> for KeptEntry {
    #[inline]
    fn from(entry: Entry) -> Self {
        let is_plain = entry.entry_type == EntryType::EntryNormal
            && entry.context.is_empty()
            && !entry.sync_log
            && entry.unknown_fields.fields.is_none();
        if is_plain {
            return Self { term: entry.term, data: Some(entry.data), rest: None };
        }
        let Entry { term, data, .. } = entry;
        let rest = Entry { index: 0, data: Bytes::new(), ..entry };
        Self { term, data: Some(data), rest: Some(Box::new(rest)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries() -> [Entry; 5] {
        let plain = Entry { term: 2, index: 7, data: Bytes::from_static(b"data"), ..Entry::default() };
        [
            Entry { term: 2, index: 7, ..Entry::default() },
            Entry { entry_type: EntryType::EntryConfChangeV2, ..plain.clone() },
            Entry { context: Bytes::from_static(b"context"), ..plain.clone() },
            Entry { sync_log: true, ..plain.clone() },
            plain,
        ]
    }

    #[test]
    fn an_entry_comes_back() {
        for entry in entries() {
            assert_eq!(KeptEntry::from(entry.clone()).to_entry(7), entry);
        }
    }

    #[test]
    fn the_size_is_that_of_the_entry() {
        for entry in entries() {
            assert_eq!(KeptEntry::from(entry.clone()).size(), entry_size(&entry));
        }
    }

    #[test]
    fn an_empty_entry_is_no_placeholder() {
        assert!(!KeptEntry::from(Entry::default()).is_placeholder());
        assert!(KeptEntry::PLACEHOLDER.is_placeholder());
    }

    #[test]
    fn it_is_short() {
        assert_eq!((size_of::<KeptEntry>(), size_of::<Entry>()), (48, 104));
    }
}
