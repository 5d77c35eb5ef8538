//! The keys of a round: one that pays, and some that sign for DIDs.

use devnet::accounts::address_of;
use devnet::bech32;
use devnet::chain::Chain;
use devnet::genesis::Account;
use devnet::state::accounts;
use ed25519_dalek::Signer as _;
use k256::ecdsa::{Signature, SigningKey};
use proto::cosmos::base::v1beta1::Coin;
use proto::cosmos::crypto::secp256k1::PubKey;
use proto::cosmos::tx::v1beta1::{AuthInfo, Fee, ModeInfo, SignDoc, SignerInfo, TxBody, TxRaw, mode_info};
use proto::google::protobuf::Any;
use proto::{Message, to_any};

/// Offered for every transaction, in ncheq: more than any operation costs.
const FEE_NCHEQ: u64 = 900_000_000_000;
/// What the payer starts with, in ncheq: enough for a million offers.
const BALANCE_NCHEQ: u64 = 1_000_000_000_000_000_000;

/// An Ed25519 key by its number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IdentityKey(u8);

impl IdentityKey {
    pub(crate) fn new(number: usize) -> Self {
        Self(u8::try_from(number).unwrap() + 1)
    }

    fn key(self) -> ed25519_dalek::SigningKey {
        ed25519_dalek::SigningKey::from_bytes(&[self.0; 32])
    }

    pub(crate) fn sign(self, bytes: &[u8]) -> Vec<u8> {
        self.key().sign(bytes).to_bytes().to_vec()
    }

    pub(crate) fn multibase(self) -> String {
        let mut bytes = vec![0xed, 0x01];
        bytes.extend(self.key().verifying_key().to_bytes());
        format!("z{}", bs58::encode(bytes).into_string())
    }
}

pub(crate) struct Payer {
    key: SigningKey,
    address: String,
}

impl Payer {
    pub(crate) fn new() -> Self {
        let key = SigningKey::from_slice(&[7; 32]).unwrap();
        let address = address_of(&key);
        Self { key, address }
    }

    pub(crate) fn account(&self) -> Account {
        Account { address: self.address.clone(), balance: BALANCE_NCHEQ.to_string() }
    }

    pub(crate) fn body(messages: Vec<Any>) -> Vec<u8> {
        TxBody { messages, ..TxBody::default() }.encode_to_vec()
    }

    fn numbers(&self, chain: &Chain) -> (u64, u64) {
        let address = bech32::decode_account(&self.address).unwrap();
        let account = chain.read(|ctx| accounts::peek(ctx, &address)).unwrap();
        (account.account_number, account.sequence)
    }

    pub(crate) fn auth(&self, chain: &Chain, gas_limit: u64) -> Vec<u8> {
        let public = self.key.verifying_key().to_encoded_point(true).as_bytes().to_vec();
        let signer = SignerInfo {
            public_key: Some(to_any(&PubKey { key: public })),
            mode_info: Some(ModeInfo { sum: Some(mode_info::Sum::Single(mode_info::Single { mode: 1 })) }),
            sequence: self.numbers(chain).1,
        };
        let fee = Fee {
            amount: vec![Coin { denom: "ncheq".into(), amount: FEE_NCHEQ.to_string() }],
            gas_limit,
            payer: self.address.clone(),
            granter: String::new(),
        };
        AuthInfo { signer_infos: vec![signer], fee: Some(fee), tip: None }.encode_to_vec()
    }

    pub(crate) fn sign(&self, chain: &Chain, body_bytes: Vec<u8>, auth_info_bytes: Vec<u8>) -> Vec<u8> {
        let (account_number, _) = self.numbers(chain);
        let chain_id = chain.env().chain_id.clone();
        let doc = SignDoc { body_bytes, auth_info_bytes, chain_id, account_number };
        let signature: Signature = self.key.sign(&doc.encode_to_vec());
        let signature = signature.normalize_s().unwrap_or(signature);
        TxRaw {
            body_bytes: doc.body_bytes,
            auth_info_bytes: doc.auth_info_bytes,
            signatures: vec![signature.to_bytes().to_vec()],
        }
        .encode_to_vec()
    }
}
