//! A small client: signs transactions and talks JSON-RPC.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use devnet::accounts::{address_of, key_of_mnemonic};
use devnet::{Handle, PUBLIC_ACCOUNTS};
use k256::ecdsa::signature::Signer;
use k256::ecdsa::{Signature, SigningKey};
use proto::cheqd::did::v2::{MsgCreateDidDoc, MsgCreateDidDocPayload, SignInfo, VerificationMethod};
use proto::cosmos::auth::v1beta1::{BaseAccount, QueryAccountRequest, QueryAccountResponse};
use proto::cosmos::bank::v1beta1::MsgSend;
use proto::cosmos::base::v1beta1::Coin;
use proto::cosmos::crypto::secp256k1::PubKey;
use proto::cosmos::tx::v1beta1::{AuthInfo, Fee, ModeInfo, SignDoc, SignerInfo, TxBody, TxRaw, mode_info};
use proto::google::protobuf::Any;
use proto::{Message, to_any};
use serde_json::{Value, json};

/// One CHEQ in ncheq.
pub(crate) const CHEQ: u64 = 1_000_000_000;

/// What a transaction offers.
#[derive(Clone, Copy)]
pub(crate) struct Offer {
    pub(crate) fee: u64,
    pub(crate) gas: u64,
    pub(crate) sequence: u64,
    pub(crate) timeout_height: u64,
}

impl Offer {
    /// Enough for a DID at the default price, or for a transfer.
    pub(crate) fn at(sequence: u64) -> Self {
        Self { fee: 44 * CHEQ, gas: 360_000, sequence, timeout_height: 0 }
    }
}

pub(crate) struct Client {
    pub(crate) url: String,
    pub(crate) address: String,
    http: reqwest::Client,
    key: SigningKey,
    chain_id: String,
}

pub(crate) fn ncheq(amount: u64) -> Vec<Coin> {
    vec![Coin { denom: "ncheq".into(), amount: amount.to_string() }]
}

impl Client {
    /// For one of the public accounts.
    pub(crate) fn new(devnet: &Handle, account: usize) -> Self {
        let key = key_of_mnemonic(PUBLIC_ACCOUNTS[account].mnemonic).unwrap();
        Self {
            url: devnet.url(),
            address: address_of(&key),
            http: reqwest::Client::new(),
            key,
            chain_id: devnet.chain_id(),
        }
    }

    pub(crate) async fn post(&self, body: &Value) -> Result<Value, reqwest::Error> {
        let response = self.http.post(&self.url).json(body).send().await?.error_for_status()?;
        response.json().await
    }

    pub(crate) async fn call(&self, method: &str, params: Value) -> Value {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        self.post(&body).await.unwrap()
    }

    /// Posts a fault; the answer's status and body.
    pub(crate) async fn fault(&self, fault: &Value) -> (u16, Value) {
        let url = format!("{}/devnet/fault", self.url);
        let response = self.http.post(url).json(fault).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    pub(crate) async fn query(&self, path: &str, request: &impl Message) -> (Value, Vec<u8>) {
        let params = json!({"path": path, "data": hex::encode(request.encode_to_vec())});
        let response = self.call("abci_query", params).await["result"]["response"].clone();
        let value = STANDARD.decode(response["value"].as_str().unwrap_or("")).unwrap();
        (response, value)
    }

    pub(crate) async fn account(&self, address: &str) -> Option<BaseAccount> {
        let request = QueryAccountRequest { address: address.to_owned() };
        let (response, value) = self.query("/cosmos.auth.v1beta1.Query/Account", &request).await;
        if response["code"] != 0 {
            return None;
        }
        let any = QueryAccountResponse::decode(value.as_slice()).unwrap().account.unwrap();
        Some(BaseAccount::decode(any.value.as_slice()).unwrap())
    }

    pub(crate) async fn sign(&self, messages: Vec<Any>, offer: Offer) -> Vec<u8> {
        let account_number = self.account(&self.address).await.unwrap().account_number;
        let body = TxBody { messages, timeout_height: offer.timeout_height, ..TxBody::default() };
        let public = self.key.verifying_key().to_encoded_point(true).as_bytes().to_vec();
        let signer = SignerInfo {
            public_key: Some(to_any(&PubKey { key: public })),
            mode_info: Some(ModeInfo { sum: Some(mode_info::Sum::Single(mode_info::Single { mode: 1 })) }),
            sequence: offer.sequence,
        };
        let fee = Fee {
            amount: ncheq(offer.fee),
            gas_limit: offer.gas,
            payer: self.address.clone(),
            granter: String::new(),
        };
        let auth = AuthInfo { signer_infos: vec![signer], fee: Some(fee), tip: None };
        let doc = SignDoc {
            body_bytes: body.encode_to_vec(),
            auth_info_bytes: auth.encode_to_vec(),
            chain_id: self.chain_id.clone(),
            account_number,
        };
        let signature: Signature = self.key.sign(&doc.encode_to_vec());
        let signature = signature.normalize_s().unwrap_or(signature);
        TxRaw {
            body_bytes: doc.body_bytes,
            auth_info_bytes: doc.auth_info_bytes,
            signatures: vec![signature.to_vec()],
        }
        .encode_to_vec()
    }

    /// A transfer.
    pub(crate) async fn send(&self, to: &str, amount: u64, offer: Offer) -> Vec<u8> {
        let from_address = self.address.clone();
        let message = MsgSend { from_address, to_address: to.into(), amount: ncheq(amount) };
        self.sign(vec![to_any(&message)], offer).await
    }

    /// A new DID whose id is made of one repeated hex digit.
    pub(crate) async fn create_did(&self, digit: char, offer: Offer) -> Vec<u8> {
        self.sign(vec![to_any(&create_message(digit))], offer).await
    }

    pub(crate) async fn broadcast(&self, bytes: &[u8]) -> Value {
        self.call("broadcast_tx_sync", json!({"tx": STANDARD.encode(bytes)})).await
    }

    /// The transaction in its block.
    pub(crate) async fn find(&self, bytes: &[u8]) -> Option<Value> {
        let hash = STANDARD.encode(devnet::tx::hash(bytes));
        self.call("tx", json!({"hash": hash, "prove": false})).await.get("result").cloned()
    }
}

pub(crate) fn did_of(digit: char) -> String {
    let run = |n: usize| digit.to_string().repeat(n);
    format!("did:cheqd:testnet:{}-{}-{}-{}-{}", run(8), run(4), run(4), run(4), run(12))
}

fn create_message(digit: char) -> MsgCreateDidDoc {
    let did = did_of(digit);
    let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    let mut public = vec![0xed, 0x01];
    public.extend(key.verifying_key().as_bytes());
    let id = format!("{did}#key-1");
    let payload = MsgCreateDidDocPayload {
        id: did.clone(),
        controller: vec![did.clone()],
        verification_method: vec![VerificationMethod {
            id: id.clone(),
            verification_method_type: "Ed25519VerificationKey2020".into(),
            controller: did,
            verification_material: format!("z{}", bs58::encode(public).into_string()),
        }],
        authentication: vec![id.clone()],
        version_id: "11111111-1111-4111-8111-111111111111".into(),
        ..MsgCreateDidDocPayload::default()
    };
    let signature = key.sign(&payload.encode_to_vec()).to_bytes().to_vec();
    MsgCreateDidDoc {
        payload: Some(payload),
        signatures: vec![SignInfo { verification_method_id: id, signature }],
    }
}
