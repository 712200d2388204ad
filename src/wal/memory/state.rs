//! The files of a file system in memory: what they contain, and what may be left of them after a crash.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::wal::frame::SECTOR;
use crate::wal::random::Random;

/// After so many changes of a file, the system persists the first half of them by itself.
const MOST_CHANGES: usize = 1024;

/// A change of a file that was not persisted yet.
#[derive(Debug, Clone)]
pub enum Change {
    Write { offset: usize, bytes: Arc<[u8]> },
    Truncate { length: usize },
}

impl Change {
    pub fn apply(&self, content: &mut Vec<u8>) {
        match self {
            Self::Write { offset, bytes } if *offset == content.len() => content.extend_from_slice(bytes),
            Self::Write { offset, bytes } => {
                let end = offset + bytes.len();
                if content.len() < end {
                    content.resize(end, 0);
                }
                content[*offset..end].copy_from_slice(bytes);
            }
            Self::Truncate { length } => content.truncate(*length),
        }
    }

    /// Returns the length of a file after this change.
    fn length_after(&self, before: usize) -> usize {
        match self {
            Self::Write { offset, bytes } => before.max(offset + bytes.len()),
            Self::Truncate { length } => before.min(*length),
        }
    }

    /// Applies what concerns one sector to a content in which the bytes after the end of the file are 0.
    fn apply_to_sector(&self, content: &mut [u8], sector: &Range<usize>) {
        match self {
            Self::Write { offset, bytes } => {
                let (start, end) = (sector.start.max(*offset), sector.end.min(offset + bytes.len()));
                if start < end {
                    content[start..end].copy_from_slice(&bytes[start - offset..end - offset]);
                }
            }
            Self::Truncate { length } => content[sector.start.max(*length).min(sector.end)..sector.end].fill(0),
        }
    }

    /// Returns the bytes of a file that this change concerns, of which there are `longest`.
    fn range(&self, longest: usize) -> Range<usize> {
        match self {
            Self::Write { offset, bytes } => *offset..offset + bytes.len(),
            Self::Truncate { length } => *length..longest,
        }
    }
}

/// A file, whatever its name.
#[derive(Debug, Clone, Default)]
pub struct Inode {
    /// What a read returns.
    pub content: Vec<u8>,
    /// What is there after a crash, at least.
    pub persisted: Vec<u8>,
    /// What leads from the second to the first.
    pub changes: Vec<Change>,
}

impl Inode {
    /// Returns a file that is persisted.
    pub fn persisted(content: Vec<u8>) -> Self {
        Self { persisted: content.clone(), content, changes: Vec::new() }
    }

    pub fn change(&mut self, change: Change) {
        change.apply(&mut self.content);
        self.changes.push(change);
    }

    pub fn sync(&mut self) {
        self.persist(self.changes.len());
    }

    /// Persists the first changes if there are many, as a system does after a while.
    pub fn write_back(&mut self) {
        if self.changes.len() > MOST_CHANGES {
            self.persist(MOST_CHANGES / 2);
        }
    }

    fn persist(&mut self, count: usize) {
        self.changes.drain(..count).for_each(|change| change.apply(&mut self.persisted));
    }

    /// Returns what is there after a crash.
    pub fn crash(&self, random: &mut Random) -> Vec<u8> {
        let mut content = self.persisted.clone();
        if self.changes.is_empty() {
            return content;
        }
        let complete = random.below(self.changes.len() + 1);
        if random.below(2) == 0 {
            // In order, up to one of them.
            self.changes[..complete].iter().for_each(|change| change.apply(&mut content));
            return content;
        }
        let mut lengths = vec![content.len()];
        for change in &self.changes {
            lengths.push(change.length_after(lengths[lengths.len() - 1]));
        }
        let longest = lengths.iter().copied().max().unwrap_or_default();
        content.resize(longest, 0);
        // Each sector as of another moment: after so many of the changes.
        let moments: Vec<usize> = (0..longest).step_by(SECTOR).map(|_| random.below(lengths.len())).collect();
        for (position, change) in self.changes.iter().enumerate() {
            let range = change.range(longest);
            for sector in range.start / SECTOR..range.end.div_ceil(SECTOR) {
                if moments.get(sector).is_some_and(|moment| position < *moment) {
                    let sector = sector * SECTOR..((sector + 1) * SECTOR).min(longest);
                    change.apply_to_sector(&mut content, &sector);
                }
            }
        }
        let shortest = lengths.iter().copied().min().unwrap_or_default();
        let length = match random.below(3) {
            0 => lengths[random.below(lengths.len())],
            1 => longest,
            _ => (random.below(longest + 1) / SECTOR * SECTOR).max(shortest),
        };
        content.truncate(length);
        content
    }
}

pub type Names = BTreeMap<String, usize>;

/// A change of the directory that was not persisted yet.
#[derive(Debug, Clone)]
pub enum NameChange {
    Link(String, usize),
    Unlink(String),
    Rename(String, String, usize),
}

impl NameChange {
    /// Returns whether the name is another one after this.
    fn leads_to(&self, name: &str) -> bool {
        match self {
            Self::Link(changed, _) | Self::Unlink(changed) | Self::Rename(_, changed, _) => changed == name,
        }
    }

    pub fn apply(&self, names: &mut Names) {
        match self {
            Self::Link(name, inode) => drop(names.insert(name.clone(), *inode)),
            Self::Unlink(name) => drop(names.remove(name)),
            Self::Rename(from, to, inode) => {
                names.remove(from);
                names.insert(to.clone(), *inode);
            }
        }
    }
}

/// The state of all files at one moment.
#[derive(Debug, Clone, Default)]
pub struct State {
    pub inodes: Vec<Arc<Inode>>,
    pub names: Names,
    pub persisted_names: Names,
    pub name_changes: Vec<NameChange>,
}

impl State {
    /// Returns what is there after a crash of the machine.
    pub fn crash(&self, random: &mut Random) -> Self {
        let mut names = self.persisted_names.clone();
        let complete = random.below(self.name_changes.len() + 1);
        let in_order = random.below(2) == 0;
        for (position, change) in self.name_changes.iter().enumerate() {
            if if in_order { position < complete } else { random.below(2) == 0 } {
                change.apply(&mut names);
            }
        }
        let mut inodes = Vec::with_capacity(names.len());
        for inode in names.values_mut() {
            let persisted = self.inodes[*inode].crash(random);
            *inode = inodes.len();
            inodes.push(Arc::new(Inode::persisted(persisted)));
        }
        Self { inodes, persisted_names: names.clone(), names, name_changes: Vec::new() }
    }

    /// Returns the length of all files.
    pub fn size(&self) -> u64 {
        self.names.values().map(|inode| self.inodes[*inode].content.len() as u64).sum()
    }

    /// Replaces the content of a file, or deletes it, and persists that.
    pub fn replace(&mut self, name: &str, content: Option<Vec<u8>>) {
        self.name_changes.retain(|change| !change.leads_to(name));
        match (self.names.get(name), content) {
            (Some(inode), Some(content)) => {
                self.inodes[*inode] = Arc::new(Inode::persisted(content));
                self.persisted_names.insert(name.to_owned(), *inode);
            }
            (None, Some(content)) => {
                self.inodes.push(Arc::new(Inode::persisted(content)));
                self.names.insert(name.to_owned(), self.inodes.len() - 1);
                self.persisted_names.insert(name.to_owned(), self.inodes.len() - 1);
            }
            (_, None) => {
                self.names.remove(name);
                self.persisted_names.remove(name);
            }
        }
    }

    /// Returns the names of the files, and their contents.
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        self.names.iter().map(|(name, inode)| (name.clone(), self.inodes[*inode].content.clone())).collect()
    }
}

impl FromIterator<(String, Vec<u8>)> for State {
    /// Returns a state in which everything is persisted.
    fn from_iter<I: IntoIterator<Item = (String, Vec<u8>)>>(files: I) -> Self {
        let mut state = Self::default();
        for (position, (name, content)) in files.into_iter().enumerate() {
            state.inodes.push(Arc::new(Inode::persisted(content)));
            state.names.insert(name, position);
        }
        state.persisted_names = state.names.clone();
        state
    }
}
