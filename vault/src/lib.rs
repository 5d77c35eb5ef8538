//! The safe: envelope encryption, signing keys and API key secrets. The only crate where secret bytes exist.
//!
//! ```text
//! master key (given at start, never stored)
//! └─ wraps one data key per customer         vault.customer_keys
//!    ├─ wraps one data key per subject       vault.subject_keys   erase = forget this one
//!    │  └─ encrypts personal data            `Sealed` texts in events
//!    └─ wraps private keys                   vault.keys
//! └─ wraps the secret of keyed hashes          vault.master
//!    └─ seals slow hashes of passwords        vault.passwords      erase = delete the row
//! ```
//!
//! Everything wrapped is bound, as associated data, to the place it belongs: table, customer, row and purpose. Secrets live
//! in memory that is wiped when it is let go, have no revealing `Debug`, and never appear in an error.
//!
//! An erasure counts at once in every process. The erased key's bytes leave the live database with the next vacuum, and
//! backups and archived write-ahead log when those expire: keep them no longer than an erasure may take.

mod address;
mod aead;
mod api_key;
mod cookie;
mod export;
mod fault;
mod kdf;
mod lookup;
mod master;
mod mnemonic;
mod password;
mod pg;
mod place;
mod secret;
mod self_test;
mod signer;
mod unlock;

pub use address::{AddressError, payer_address};
pub use master::{MasterKey, MasterKeyError};
pub use mnemonic::{MnemonicError, PAYER_PATH};
pub use pg::{MAX_PLAINTEXT_BYTES, MAX_SUBJECT_BYTES, OperatorSecrets, PgVault, Rewrapped, StartError};
pub use self_test::{SelfTestFailed, self_test};

/// Every limit of this room.
pub fn limits() -> Vec<domain::limit::Limit> {
    [export::LIMITS, master::LIMITS, password::LIMITS, place::LIMITS, unlock::LIMITS, pg::limits().as_slice()]
        .concat()
}
