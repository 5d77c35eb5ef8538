//! BIP-39 mnemonics of payer accounts.

use crate::secret::Secret;
use zeroize::Zeroizing;

/// Where the payer key of a mnemonic is (BIP-44, Cosmos coin type 118).
pub const PAYER_PATH: &str = "m/44'/118'/0'/0/0";

/// Why a mnemonic gives no key. Never quotes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MnemonicError {
    /// Wrong number of words, unknown word, or wrong checksum.
    #[error(
        "the mnemonic is not a valid English BIP-39 phrase (check the words, their number and their order)"
    )]
    Phrase,
    /// The derivation hit an invalid key, which practically does not happen.
    #[error("no payer key can be derived from the mnemonic")]
    Derivation,
}

/// The secp256k1 private key at [`PAYER_PATH`], without passphrase.
pub(crate) fn payer_secret(phrase: &str) -> Result<Secret, MnemonicError> {
    let words = Zeroizing::new(phrase.split_whitespace().collect::<Vec<_>>().join(" "));
    let mnemonic = Zeroizing::new(
        bip39::Mnemonic::parse_in_normalized(bip39::Language::English, &words)
            .map_err(|_| MnemonicError::Phrase)?,
    );
    let seed = Zeroizing::new(mnemonic.to_seed_normalized(""));
    let path: bip32::DerivationPath = PAYER_PATH.parse().map_err(|_| MnemonicError::Derivation)?;
    let key = bip32::XPrv::derive_from_path(seed.as_slice(), &path).map_err(|_| MnemonicError::Derivation)?;
    let bytes = Zeroizing::new(key.to_bytes());
    Secret::from_slice(bytes.as_slice()).ok_or(MnemonicError::Derivation)
}
