//! What the authenticator saw (Web Authentication 6.1): a hash, flags, a count, and the public key when it was made.

use super::{Judged, cbor};
use app::port::authenticators::{Backup, Flaw};
use ciborium::Value;

domain::limits! {
    /// Longest name that an authenticator has for a passkey (Web Authentication 4, Credential ID).
    CREDENTIAL_BYTES_MAX: usize = 1_023, "bytes";
    /// Shortest one: it must be one that nobody guesses.
    CREDENTIAL_BYTES_MIN: usize = 16, "bytes";
}

pub(super) const USER_PRESENT: u8 = 1;
pub(super) const USER_VERIFIED: u8 = 1 << 2;
pub(super) const BACKUP_ELIGIBLE: u8 = 1 << 3;
pub(super) const BACKED_UP: u8 = 1 << 4;
pub(super) const ATTESTED: u8 = 1 << 6;
pub(super) const EXTENDED: u8 = 1 << 7;
/// What kind of authenticator it is, as it says itself: not looked at.
const AAGUID_BYTES: usize = 16;

/// What an authenticator saw, taken apart and not yet believed.
pub(super) struct AuthenticatorData<'a> {
    pub(super) party_hash: [u8; 32],
    pub(super) user_present: bool,
    pub(super) user_verified: bool,
    pub(super) backup: Backup,
    pub(super) counter: u32,
    pub(super) attested: Option<Attested<'a>>,
}

/// A public key, with the authenticator's name for it.
pub(super) struct Attested<'a> {
    pub(super) credential: &'a [u8],
    pub(super) public_key: &'a [u8],
}

impl<'a> AuthenticatorData<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Judged<Self> {
        const SHORT: Flaw = Flaw("what the authenticator saw is cut off");
        let (party_hash, rest) = bytes.split_first_chunk::<32>().ok_or(SHORT)?;
        let ([flags], rest) = rest.split_first_chunk::<1>().ok_or(SHORT)?;
        let (counter, rest) = rest.split_first_chunk::<4>().ok_or(SHORT)?;
        let has = |flag: u8| flags & flag != 0;
        let (attested, mut rest) = if has(ATTESTED) {
            let (attested, rest) = attested(rest)?;
            (Some(attested), rest)
        } else {
            (None, rest)
        };
        if has(EXTENDED) && !matches!(cbor::read(&mut rest)?, Value::Map(_)) {
            return Err(Flaw("its extensions cannot be read"));
        }
        if !rest.is_empty() {
            return Err(Flaw("something follows what the authenticator saw"));
        }
        Ok(Self {
            party_hash: *party_hash,
            user_present: has(USER_PRESENT),
            user_verified: has(USER_VERIFIED),
            backup: Backup { eligible: has(BACKUP_ELIGIBLE), backed_up: has(BACKED_UP) },
            counter: u32::from_be_bytes(*counter),
            attested,
        })
    }
}

fn attested(bytes: &[u8]) -> Judged<(Attested<'_>, &[u8])> {
    const SHORT: Flaw = Flaw("the public key is cut off");
    let (_, rest) = bytes.split_at_checked(AAGUID_BYTES).ok_or(SHORT)?;
    let (length, rest) = rest.split_first_chunk::<2>().ok_or(SHORT)?;
    let length = usize::from(u16::from_be_bytes(*length));
    if !(CREDENTIAL_BYTES_MIN..=CREDENTIAL_BYTES_MAX).contains(&length) {
        return Err(Flaw("the name of the key is too short or too long"));
    }
    let (credential, after) = rest.split_at_checked(length).ok_or(SHORT)?;
    let mut rest = after;
    cbor::read(&mut rest)?;
    let public_key = after.get(..after.len() - rest.len()).ok_or(SHORT)?;
    Ok((Attested { credential, public_key }, rest))
}
