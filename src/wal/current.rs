//! `CURRENT`: which segments are the log, how much of the newest is known to be good, and whose log it is.

use crate::wal::errors::{Error, Result};
use crate::wal::file_system::FileSystem;
use crate::wal::format::{Reader, VERSION, array, put_u32, put_u64, put_u64s, put_varint};

/// The name of the file.
pub const NAME: &str = "CURRENT";
/// The file that becomes `CURRENT`.
pub const NEW_NAME: &str = "CURRENT.new";

const MAGIC: &[u8; 8] = b"rraftcur";
/// The longest name of a cluster in bytes.
pub const MOST_CLUSTER: usize = 255;

/// Whose log it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// The id of the host.
    pub host: Option<u64>,
    /// The name of the cluster.
    pub cluster: Option<String>,
}

impl Identity {
    /// Returns this identity with what the other one adds, or what contradicts it.
    pub fn merge(&self, asked: &Self) -> std::result::Result<Self, String> {
        let differs = |what, has: &dyn std::fmt::Debug, asked: &dyn std::fmt::Debug| {
            Err(format!("the log belongs to {what} {has:?}, and was opened for {asked:?}"))
        };
        match (self.host, asked.host) {
            (Some(has), Some(asked)) if has != asked => return differs("host", &has, &asked),
            _ => {}
        }
        match (&self.cluster, &asked.cluster) {
            (Some(has), Some(asked)) if has != asked => return differs("cluster", has, asked),
            _ => {}
        }
        let cluster = self.cluster.as_ref().or(asked.cluster.as_ref());
        Ok(Self { host: self.host.or(asked.host), cluster: cluster.cloned() })
    }
}

/// The content of `CURRENT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Current {
    /// The number of the oldest segment.
    pub oldest: u64,
    /// The number of the newest segment.
    pub newest: u64,
    /// The salt of the newest segment.
    pub salt: u64,
    /// How many bytes of the newest segment are persisted for certain.
    pub good: u64,
    /// Whose log it is.
    pub identity: Identity,
}

impl Current {
    /// Replaces the file. After this, all names in the directory are persisted.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`].
    pub fn write(&self, files: &dyn FileSystem) -> Result<()> {
        let mut bytes = MAGIC.to_vec();
        put_u32(&mut bytes, VERSION);
        put_u64s(&mut bytes, [self.oldest, self.newest, self.salt, self.good]);
        bytes.push(u8::from(self.identity.host.is_some()));
        put_u64(&mut bytes, self.identity.host.unwrap_or_default());
        bytes.push(u8::from(self.identity.cluster.is_some()));
        let cluster = self.identity.cluster.as_deref().unwrap_or_default();
        put_varint(&mut bytes, cluster.len() as u64);
        bytes.extend_from_slice(cluster.as_bytes());
        let checksum = crc32c::crc32c(&bytes);
        put_u32(&mut bytes, checksum);

        let failed = |operation, name| move |error| Error::failed(operation, &files.path(name), &error);
        let mut file = files.create(NEW_NAME).map_err(failed("create", NEW_NAME))?;
        file.write(&bytes).map_err(failed("write", NEW_NAME))?;
        file.sync().map_err(failed("fsync", NEW_NAME))?;
        drop(file);
        files.rename(NEW_NAME, NAME).map_err(failed("rename to", NAME))?;
        files.sync_directory().map_err(failed("fsync", ""))
    }

    /// Reads the content of the file. The error is the offset and what is wrong there.
    pub fn decode(bytes: &[u8]) -> std::result::Result<Self, (u64, &'static str)> {
        if !bytes.starts_with(MAGIC) {
            return Err((0, "the file doesn't begin as a CURRENT file"));
        }
        let Some((content, checksum)) = bytes.split_last_chunk::<4>() else { return Err((8, "the file is too short")) };
        if crc32c::crc32c(content) != u32::from_le_bytes(*checksum) {
            return Err((0, "the checksum of the file is wrong"));
        }
        if u32::from_le_bytes(array(content, 8)) != VERSION {
            return Err((8, "the log has another version of the format"));
        }
        Self::decode_fields(content.get(12..).unwrap_or_default()).map_err(|reason| (12, reason))
    }

    fn decode_fields(bytes: &[u8]) -> std::result::Result<Self, &'static str> {
        let mut reader = Reader::new(bytes);
        let mut next = || reader.take(8).map(|bytes| u64::from_le_bytes(array(bytes, 0)));
        let (oldest, newest, salt, good) = (next()?, next()?, next()?, next()?);
        let has_host = reader.byte()? != 0;
        let host = u64::from_le_bytes(array(reader.take(8)?, 0));
        let has_cluster = reader.byte()? != 0;
        let length = reader.varint()?;
        let cluster = String::from_utf8(reader.take(length)?.to_vec()).map_err(|_| "the cluster is not UTF-8")?;
        if oldest == 0 || oldest > newest || !reader.rest().is_empty() {
            return Err("the fields of the file are impossible");
        }
        let identity = Identity { host: has_host.then_some(host), cluster: has_cluster.then_some(cluster) };
        Ok(Self { oldest, newest, salt, good, identity })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(host: Option<u64>, cluster: Option<&str>) -> Identity {
        Identity { host, cluster: cluster.map(str::to_owned) }
    }

    #[test]
    fn an_identity_is_kept_and_completed() {
        let nobody = identity(None, None);
        let host = identity(Some(1), None);
        let both = identity(Some(1), Some("jobs"));
        for (has, asked, expected) in [
            (&nobody, &nobody, Ok(&nobody)),
            (&nobody, &both, Ok(&both)),
            (&both, &nobody, Ok(&both)),
            (&host, &both, Ok(&both)),
            (&both, &identity(Some(2), None), Err("the log belongs to host 1, and was opened for 2")),
            (&both, &identity(None, Some("x")), Err("the log belongs to cluster \"jobs\", and was opened for \"x\"")),
        ] {
            assert_eq!(has.merge(asked), expected.cloned().map_err(str::to_owned));
        }
    }
}
