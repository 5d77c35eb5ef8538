//! The append-only block file: a genesis record, then one record per block, each with length and checksum.
//!
//! A record is synced to disk before anybody hears that its block exists. A torn record at the end (power cut while
//! writing) is cut off at the next start with a warning; damage anywhere else stops the start.

use prost::Message;
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

const FILE_NAME: &str = "blocks.log";
const MAGIC: &[u8; 16] = b"cheqd-devnet-1\r\n";
const CHECKSUM_BYTES: usize = 8;
const LENGTH_BYTES: usize = 4;
/// Largest record, in bytes: a full block and its frame.
const MAX_RECORD_BYTES: usize = 64 << 20;

/// First record.
#[derive(Clone, PartialEq, Message)]
pub struct GenesisRecord {
    /// The genesis as JSON.
    #[prost(string, tag = "1")]
    pub genesis_json: String,
}

/// One block: everything needed to execute it again.
#[derive(Clone, PartialEq, Message)]
pub struct BlockRecord {
    /// Height.
    #[prost(uint64, tag = "1")]
    pub height: u64,
    /// Block time: seconds since 1970.
    #[prost(int64, tag = "2")]
    pub seconds: i64,
    /// Block time: nanoseconds.
    #[prost(int32, tag = "3")]
    pub nanos: i32,
    /// Transactions in order.
    #[prost(bytes = "vec", repeated, tag = "4")]
    pub txs: Vec<Vec<u8>>,
    /// Changes made from outside before the transactions, as JSON.
    #[prost(string, repeated, tag = "5")]
    pub operations: Vec<String>,
    /// Digest of the chain after this block.
    #[prost(bytes = "vec", tag = "6")]
    pub app_hash: Vec<u8>,
}

/// Why the block file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// Reading or writing failed.
    #[error("block file: {0}")]
    Io(#[from] io::Error),
    /// Another process has it open.
    #[error("the devnet data directory is in use by another process")]
    InUse,
    /// Not a block file.
    #[error("{FILE_NAME} is not a devnet block file of this version")]
    Foreign,
    /// Damage in the middle.
    #[error(
        "{FILE_NAME} is damaged at byte {0}; restore it from a copy or start with an empty data directory"
    )]
    Damaged(u64),
}

/// An open block file.
#[derive(Debug)]
pub struct BlockLog {
    file: File,
    /// Where the next record goes; after a failed write the file is cut back to here.
    end: u64,
}

fn checksum(payload: &[u8]) -> Vec<u8> {
    Sha256::digest(payload).iter().take(CHECKSUM_BYTES).copied().collect()
}

enum Next<'a> {
    Record(&'a [u8], usize),
    Torn,
    Damaged,
}

/// The record at the start of `bytes`, when it is whole: payload and size with its frame.
fn whole(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let (head, rest) = bytes.split_first_chunk::<LENGTH_BYTES>()?;
    let size = usize::try_from(u32::from_le_bytes(*head)).ok().filter(|s| *s <= MAX_RECORD_BYTES)?;
    let (sum, payload) = rest.get(..CHECKSUM_BYTES + size)?.split_at(CHECKSUM_BYTES);
    (sum == checksum(payload)).then_some((payload, LENGTH_BYTES + CHECKSUM_BYTES + size))
}

/// What stands at the start of `bytes`. A record that was being written when the power went may hold anything, but
/// nothing whole can follow it.
fn next(bytes: &[u8]) -> Next<'_> {
    match whole(bytes) {
        Some((payload, size)) => Next::Record(payload, size),
        None if (1..bytes.len()).any(|at| bytes.get(at..).and_then(whole).is_some()) => Next::Damaged,
        None => Next::Torn,
    }
}

impl BlockLog {
    /// Opens (or creates) the file and hands back its records, the torn end removed.
    ///
    /// # Errors
    /// See [`LogError`].
    pub fn open(dir: &Path) -> Result<(Self, Vec<Vec<u8>>), LogError> {
        std::fs::create_dir_all(dir)?;
        let path = dir.join(FILE_NAME);
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => return Err(LogError::InUse),
            Err(std::fs::TryLockError::Error(e)) => return Err(e.into()),
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        if bytes.len() < MAGIC.len() && MAGIC.starts_with(&bytes) {
            file.set_len(0)?;
            file.seek(SeekFrom::Start(0))?;
            file.write_all(MAGIC)?;
            file.sync_all()?;
            File::open(dir)?.sync_all()?;
            bytes = MAGIC.to_vec();
        }
        let Some(mut rest) = bytes.strip_prefix(MAGIC.as_slice()) else { return Err(LogError::Foreign) };
        let mut records = Vec::new();
        let mut end = MAGIC.len();
        while !rest.is_empty() {
            match next(rest) {
                Next::Record(payload, size) => {
                    records.push(payload.to_vec());
                    end += size;
                    rest = rest.get(size..).unwrap_or_default();
                }
                Next::Damaged => return Err(LogError::Damaged(u64::try_from(end).unwrap_or(u64::MAX))),
                Next::Torn => {
                    tracing::warn!(bytes = rest.len(), "dropped a torn record at the end of the block file");
                    break;
                }
            }
        }
        let end = u64::try_from(end).unwrap_or(u64::MAX);
        file.set_len(end)?;
        file.seek(SeekFrom::Start(end))?;
        Ok((Self { file, end }, records))
    }

    /// Appends a record and syncs it.
    ///
    /// # Errors
    /// When the disk refuses; the file is then cut back to what it was.
    pub fn append(&mut self, payload: &[u8]) -> Result<(), LogError> {
        let size = u32::try_from(payload.len()).map_err(|_| io::Error::other("record too large"))?;
        let mut frame = Vec::with_capacity(LENGTH_BYTES + CHECKSUM_BYTES + payload.len());
        frame.extend(size.to_le_bytes());
        frame.extend(checksum(payload));
        frame.extend_from_slice(payload);
        if let Err(e) = self.file.write_all(&frame).and_then(|()| self.file.sync_data()) {
            self.file.set_len(self.end)?;
            self.file.seek(SeekFrom::Start(self.end))?;
            return Err(e.into());
        }
        self.end += u64::try_from(frame.len()).unwrap_or(0);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
