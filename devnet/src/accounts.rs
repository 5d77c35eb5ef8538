//! The public accounts of cheqd's local network (their mnemonics are in its documentation; never fund them elsewhere).

use crate::ante::address_of_key;
use crate::bech32;
use bip32::{DerivationPath, XPrv};
use k256::ecdsa::SigningKey;

/// Derivation path of cheqd accounts.
pub const HD_PATH: &str = "m/44'/118'/0'/0/0";

/// A public account.
#[derive(Debug, Clone, Copy)]
pub struct PublicAccount {
    /// Bech32 address.
    pub address: &'static str,
    /// BIP 39 mnemonic.
    pub mnemonic: &'static str,
    /// Balance at genesis, in ncheq.
    pub balance_ncheq: u64,
}

const RICH: u64 = 100_001_000_000_000_000;

/// Accounts funded by the default genesis; the third has only 100 ncheq.
pub const PUBLIC_ACCOUNTS: [PublicAccount; 5] = [
    PublicAccount {
        address: "cheqd1rnr5jrt4exl0samwj0yegv99jeskl0hsxmcz96",
        mnemonic: "sketch mountain erode window enact net enrich smoke claim kangaroo another visual write meat latin bacon pulp similar forum guilt father state erase bright",
        balance_ncheq: RICH,
    },
    PublicAccount {
        address: "cheqd1l9sq0se0jd3vklyrrtjchx4ua47awug5vsyeeh",
        mnemonic: "ugly dirt sorry girl prepare argue door man that manual glow scout bomb pigeon matter library transfer flower clown cat miss pluck drama dizzy",
        balance_ncheq: RICH,
    },
    PublicAccount {
        address: "cheqd14wymr6h8a0rvynwayytssy5rhn3evltcpxh0zh",
        mnemonic: "fix wheel picnic about army scan table fence device trust alter erupt wear donkey wood slender gold reunion grant quiz absurd tragic reform attitude",
        balance_ncheq: 100,
    },
    PublicAccount {
        address: "cheqd1c8tq9wcfwtunkunng5pe442jlmwns9sgve42mf",
        mnemonic: "horn slim pigeon winner capable piano soul find ignore crawl arrow genuine magnet nasty basic lamp scissors treat stick arm dress elbow trash naive",
        balance_ncheq: RICH,
    },
    PublicAccount {
        address: "cheqd1xnx6fe4fg4etlaxm0ty25j3ae5thhadraskplv",
        mnemonic: "blue town hobby lens hawk deputy father tissue state choose another liquid license start push iron limb visa taste mother cause history tackle fiber",
        balance_ncheq: RICH,
    },
];

/// Mnemonic of the account that funds new payers (the fifth public account).
pub const FAUCET_MNEMONIC: &str = PUBLIC_ACCOUNTS[4].mnemonic;
/// Address of that account.
pub const FAUCET_ADDRESS: &str = PUBLIC_ACCOUNTS[4].address;

/// Why a mnemonic gives no key.
#[derive(Debug, thiserror::Error)]
#[error("the mnemonic gives no account key")]
pub struct KeyError;

/// The secp256k1 key of a mnemonic.
///
/// # Errors
/// When the mnemonic is not valid BIP 39.
pub fn key_of_mnemonic(mnemonic: &str) -> Result<SigningKey, KeyError> {
    let mnemonic = bip39::Mnemonic::parse(mnemonic).map_err(|_| KeyError)?;
    let path: DerivationPath = HD_PATH.parse().map_err(|_| KeyError)?;
    let key = XPrv::derive_from_path(mnemonic.to_seed(""), &path).map_err(|_| KeyError)?;
    SigningKey::from_slice(&key.to_bytes()).map_err(|_| KeyError)
}

/// The bech32 address of a key.
pub fn address_of(key: &SigningKey) -> String {
    bech32::account(&address_of_key(key.verifying_key().to_encoded_point(true).as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mnemonics_give_the_published_addresses() {
        for account in &PUBLIC_ACCOUNTS {
            assert_eq!(address_of(&key_of_mnemonic(account.mnemonic).unwrap()), account.address);
        }
    }
}
