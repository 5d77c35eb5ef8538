//! The master key: read from a setting or a file, and never written anywhere else.

use crate::{
    kdf::{self, Label},
    secret::{Secret, random_bytes},
};
use base64::{
    Engine as _,
    alphabet::{STANDARD, URL_SAFE},
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use std::{
    collections::BTreeSet,
    fmt,
    fs::{File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

domain::limits! {
    /// Longest master key file that is read, in bytes.
    MAX_KEY_FILE_BYTES: u64 = 1024, "bytes";
    /// Fewest different bytes in a master key. Random ones have about 30 of 32; fewer than this is a placeholder.
    MIN_DISTINCT_BYTES: usize = 8, "bytes";
}

/// Permission bits of a key file that must be off: everything of group and world.
const FORBIDDEN_MODE_BITS: u32 = 0o077;

/// Why there is no master key. No variant carries key material.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// Neither hex nor base64.
    #[error(
        "the master key must be 32 bytes written as 64 hex characters or as base64 (try: openssl rand -hex 32)"
    )]
    Encoding,
    /// Decodes, to another length.
    #[error("the master key must be 32 bytes, but this one is {found_bytes} (try: openssl rand -hex 32)")]
    Length {
        /// How many bytes it has.
        found_bytes: usize,
    },
    /// A placeholder, such as all zeros.
    #[error("the master key is a placeholder, not random bytes (try: openssl rand -hex 32)")]
    Placeholder,
    /// Others can read the key file.
    #[error(
        "{} can be read by other users (mode {mode:03o}); run: chmod 600 {}",
        path.display(),
        path.display()
    )]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Not a regular file, or a far too long one.
    #[error("{} is not a master key file", path.display())]
    NotAKeyFile {
        /// The file.
        path: PathBuf,
    },
    /// The key file holds something else.
    #[error("{} holds no master key: {why}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: Box<MasterKeyError>,
    },
    /// Cannot read or make the key file.
    #[error("cannot use the master key file {}: {why}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        why: io::Error,
    },
}

/// The key that wraps all others. Wiped on drop; `Debug` shows nothing.
pub struct MasterKey {
    wrap: Secret,
    check: [u8; 32],
    secret: Secret,
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey([redacted])")
    }
}

impl MasterKey {
    fn from_secret(secret: Secret) -> Self {
        let check = *kdf::derive(&secret, Label::MasterCheck).expose();
        Self { wrap: kdf::derive(&secret, Label::MasterWrap), check, secret }
    }

    /// A fresh one.
    pub fn generate() -> Self {
        Self::from_secret(Secret::random())
    }

    /// Reads 32 bytes as hex, or as base64 in either alphabet with or without padding. Surrounding white space is ignored.
    pub fn parse(text: &str) -> Result<Self, MasterKeyError> {
        let text = text.trim();
        let bytes = Zeroizing::new(decode(text).ok_or(MasterKeyError::Encoding)?);
        let secret = Secret::from_slice(&bytes).ok_or(MasterKeyError::Length { found_bytes: bytes.len() })?;
        if bytes.iter().collect::<BTreeSet<_>>().len() < MIN_DISTINCT_BYTES {
            return Err(MasterKeyError::Placeholder);
        }
        Ok(Self::from_secret(secret))
    }

    /// Reads the key file, which only its owner may be able to read; makes it (mode 0600, random key as hex) if there is
    /// none. Two processes that start together get the same key, and a crash leaves no half-written file behind.
    pub fn load_or_create(path: &Path) -> Result<Self, MasterKeyError> {
        let io = |why| MasterKeyError::Io { path: path.to_owned(), why };
        match File::open(path) {
            Ok(file) => return Self::load(path, file),
            Err(why) if why.kind() == io::ErrorKind::NotFound => {}
            Err(why) => return Err(io(why)),
        }
        create(path).map_err(io)?;
        Self::load(path, File::open(path).map_err(io)?)
    }

    fn load(path: &Path, file: File) -> Result<Self, MasterKeyError> {
        let io = |why| MasterKeyError::Io { path: path.to_owned(), why };
        let metadata = file.metadata().map_err(io)?;
        if !metadata.is_file() || metadata.len() > MAX_KEY_FILE_BYTES {
            return Err(MasterKeyError::NotAKeyFile { path: path.to_owned() });
        }
        let mode = metadata.permissions().mode() & 0o777;
        if mode & FORBIDDEN_MODE_BITS != 0 {
            return Err(MasterKeyError::Exposed { path: path.to_owned(), mode });
        }
        // Reserved at once: growing would leave copies of the key in freed memory.
        let mut text =
            Zeroizing::new(String::with_capacity(usize::try_from(MAX_KEY_FILE_BYTES).unwrap_or(0)));
        file.take(MAX_KEY_FILE_BYTES).read_to_string(&mut text).map_err(io)?;
        Self::parse(&text)
            .map_err(|why| MasterKeyError::Content { path: path.to_owned(), why: Box::new(why) })
    }

    /// The key that wraps customer keys.
    pub(crate) fn wrap(&self) -> &Secret {
        &self.wrap
    }

    /// Tells this key from others; says nothing about it.
    pub(crate) fn check(&self) -> &[u8; 32] {
        &self.check
    }

    /// Another handle on the same key.
    pub(crate) fn duplicate(&self) -> Self {
        Self::from_secret(Secret::copy_of(self.secret.expose()))
    }
}

fn decode(text: &str) -> Option<Vec<u8>> {
    const ANY_PADDING: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    if text.is_empty() {
        return None;
    }
    // Hex goes first: 64 characters of it would also be base64, of 48 bytes. 32 bytes of base64 are never taken for hex,
    // for they are 43 characters or end with `=`.
    if let Ok(bytes) = hex::decode(text) {
        return Some(bytes);
    }
    [STANDARD, URL_SAFE]
        .iter()
        .find_map(|alphabet| GeneralPurpose::new(alphabet, ANY_PADDING).decode(text).ok())
}

/// Writes a new key beside `path`, then links it to its name, which fails if the name was taken meanwhile: the first one
/// wins and nobody ever reads half a key.
fn create(path: &Path) -> io::Result<()> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let draft = directory.join(format!(".master-key-{}", hex::encode(random_bytes::<8>())));
    let written = (|| {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
        file.write_all(Secret::random().to_hex().as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        match std::fs::hard_link(&draft, path) {
            Err(why) if why.kind() != io::ErrorKind::AlreadyExists => Err(why),
            _ => Ok(()),
        }
    })();
    let removed = std::fs::remove_file(&draft);
    written.and(removed)?;
    File::open(directory)?.sync_all()
}

#[cfg(test)]
mod tests;
