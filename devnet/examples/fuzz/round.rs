//! One round: a fresh chain, some recorded history, then many inputs. The same seed gives the same round.

use super::corpus::Corpus;
use super::mutate::{NUMBERS, Rng, damage, mutate};
use super::payer::{IdentityKey, Payer};
use chrono::DateTime;
use devnet::chain::Chain;
use devnet::rpc::params::Params;
use devnet::{query, rpc, tx};
use proto::cheqd::did::v2::{
    MsgCreateDidDoc, MsgCreateDidDocPayload, MsgDeactivateDidDoc, MsgDeactivateDidDocPayload,
    MsgUpdateDidDoc, MsgUpdateDidDocPayload, Service, SignInfo, VerificationMethod,
};
use proto::cheqd::resource::v2::{MsgCreateResource, MsgCreateResourcePayload};
use proto::cosmos::tx::v1beta1::TxRaw;
use proto::google::protobuf::Any;
use proto::{Message, to_any};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// What is fuzzed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    Transactions,
    Queries,
    Rpc,
}

/// Every path that is answered, and some that are not.
const PATHS: [&str; 37] = [
    "/cheqd.did.v2.Query/DidDoc",
    "/cheqd.did.v2.Query/DidDocVersion",
    "/cheqd.did.v2.Query/AllDidDocVersionsMetadata",
    "/cheqd.did.v2.Query/Params",
    "/cheqd.resource.v2.Query/Resource",
    "/cheqd.resource.v2.Query/ResourceMetadata",
    "/cheqd.resource.v2.Query/LatestResourceVersion",
    "/cheqd.resource.v2.Query/LatestResourceVersionMetadata",
    "/cheqd.resource.v2.Query/CollectionResources",
    "/cheqd.resource.v2.Query/Params",
    "/cheqd.oracle.v2.Query/Params",
    "/cheqd.oracle.v2.Query/WMA",
    "/cheqd.oracle.v2.Query/SMA",
    "/cheqd.oracle.v2.Query/EMA",
    "/cheqd.oracle.v2.Query/ExchangeRates",
    "/cheqd.oracle.v2.Query/ConvertUSDCtoCHEQ",
    "/feemarket.feemarket.v1.Query/GasPrice",
    "/feemarket.feemarket.v1.Query/GasPrices",
    "/feemarket.feemarket.v1.Query/Params",
    "/feemarket.feemarket.v1.Query/State",
    "/cosmos.auth.v1beta1.Query/Account",
    "/cosmos.auth.v1beta1.Query/Params",
    "/cosmos.bank.v1beta1.Query/Balance",
    "/cosmos.bank.v1beta1.Query/AllBalances",
    "/cosmos.bank.v1beta1.Query/SupplyOf",
    "/cosmos.tx.v1beta1.Service/Simulate",
    "/cosmos.tx.v1beta1.Service/GetTx",
    "/cosmos.base.tendermint.v1beta1.Service/GetNodeInfo",
    "/cosmos.consensus.v1.Query/Params",
    "/store/cheqd/key",
    "/app/version",
    "/cheqd.did.v2.Query/",
    "/cosmos.staking.v1beta1.Query/Params",
    "/",
    "//",
    "",
    "é/é",
];

const METHODS: [&str; 22] = [
    "health",
    "status",
    "abci_info",
    "abci_query",
    "net_info",
    "genesis",
    "block",
    "block_by_hash",
    "block_results",
    "blockchain",
    "block_search",
    "header",
    "commit",
    "validators",
    "consensus_params",
    "unconfirmed_txs",
    "num_unconfirmed_txs",
    "tx",
    "tx_search",
    "check_tx",
    "broadcast_tx_sync",
    "broadcast_tx_commit",
];

const NAMES: [&str; 14] = [
    "path",
    "data",
    "height",
    "query",
    "page",
    "per_page",
    "order_by",
    "hash",
    "prove",
    "tx",
    "limit",
    "minHeight",
    "maxHeight",
    "x",
];

const SEARCHES: [&str; 12] = [
    "tx.height",
    "tx.hash",
    "block.height",
    "message.sender",
    "message.action",
    "=",
    ">=",
    "<",
    " AND ",
    " CONTAINS ",
    " EXISTS",
    "'",
];

pub(crate) struct Round<'a> {
    corpus: &'a Corpus,
    target: Target,
    pub(crate) rng: Rng,
    chain: Chain,
    payer: Payer,
    /// DIDs of this round's own, with the key that signs for them.
    dids: Vec<(String, IdentityKey)>,
    /// Inputs that the chain took into a block and executed without an error.
    pub(crate) accepted: u64,
}

/// An input, complete enough to be run again by hand.
#[derive(Debug, Clone)]
pub(crate) enum Input {
    Transaction(Vec<u8>),
    Query(String, Vec<u8>, u64),
    Call(String, Value),
}

impl std::fmt::Display for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Transaction(bytes) => write!(f, "transaction {}", hex::encode(bytes)),
            Self::Query(path, data, height) => {
                write!(f, "query {path:?} at {height}: {}", hex::encode(data))
            }
            Self::Call(method, params) => write!(f, "call {method} {params}"),
        }
    }
}

impl<'a> Round<'a> {
    pub(crate) fn new(corpus: &'a Corpus, target: Target, seed: u64, most_history: usize) -> Self {
        let mut rng = Rng::new(seed);
        let payer = Payer::new();
        let mut genesis = corpus.genesis.clone();
        genesis.accounts.push(payer.account());
        let clock = Arc::new(|| DateTime::from_timestamp(1_750_000_000, 0).unwrap());
        let mut chain = Chain::open(Some(genesis), None, clock).unwrap();
        let history = rng.below(most_history.min(corpus.txs.len()) + 1);
        for bytes in corpus.txs.iter().take(history) {
            // Some of the recorded ones are refused; that is part of the recording.
            if chain.offer(bytes).is_ok() {
                chain.make_block(true).unwrap();
            }
        }
        Self { corpus, target, rng, chain, payer, dids: Vec::new(), accepted: 0 }
    }

    /// Makes the next input.
    pub(crate) fn input(&mut self) -> Input {
        match self.target {
            Target::Transactions => Input::Transaction(self.transaction()),
            Target::Queries => self.query(),
            Target::Rpc => self.call(),
        }
    }

    /// Runs it; a panic is what is looked for.
    pub(crate) fn run(&mut self, input: &Input) {
        match input {
            Input::Transaction(bytes) => self.run_transaction(bytes),
            Input::Query(path, data, height) => {
                let answer = query::run(&self.chain, path, data, *height);
                assert!(answer.code == 0 || !answer.log.is_empty(), "a refusal without a reason");
                self.accepted += u64::from(answer.code == 0);
            }
            Input::Call(method, params) => {
                let Ok(params) = Params::from_json(Some(params)) else { return };
                let outcome = rpc::call(&mut self.chain, method, &params);
                self.accepted += u64::from(matches!(outcome, rpc::Outcome::Done(Ok(_))));
                if rpc::is_broadcast(method) {
                    self.chain.make_block(true).unwrap();
                }
            }
        }
    }

    fn run_transaction(&mut self, bytes: &[u8]) {
        let simulated = self.chain.simulate(bytes);
        assert!(simulated.code == 0 || !simulated.log.is_empty(), "a refusal without a reason");
        self.chain.check_only(bytes);
        if self.chain.offer(bytes).is_err() {
            return;
        }
        self.chain.make_block(true).unwrap();
        let result = self.chain.find(&tx::hash(bytes)).map(|hit| hit.result.code);
        self.accepted += u64::from(result == Some(0));
        if result != Some(0) {
            self.dids.retain(|(did, _)| {
                let mut request = vec![10, u8::try_from(did.len()).unwrap()];
                request.extend(did.as_bytes());
                query::run(&self.chain, "/cheqd.did.v2.Query/DidDoc", &request, 0).code == 0
            });
        }
    }

    fn mutated(&mut self, bytes: &[u8]) -> Vec<u8> {
        mutate(&mut self.rng, bytes, &self.corpus.words)
    }

    fn word(&mut self) -> String {
        String::from_utf8_lossy(self.rng.pick(&self.corpus.words).as_slice()).into_owned()
    }

    fn transaction(&mut self) -> Vec<u8> {
        let recorded = self.rng.pick(&self.corpus.txs).clone();
        match self.rng.below(10) {
            0 => self.rng.bytes(300),
            1 => {
                let mut bytes = recorded;
                for _ in 0..=self.rng.below(4) {
                    damage(&mut self.rng, &mut bytes, &self.corpus.words);
                }
                bytes
            }
            2 => self.mutated(&recorded),
            // A recorded body, changed and paid for anew: past the signature check.
            3 | 4 => {
                let body = TxRaw::decode(recorded.as_slice()).unwrap_or_default().body_bytes;
                let body = self.mutated(&body);
                self.pay(body)
            }
            _ => {
                let messages = (0..=self.rng.below(2)).map(|_| self.identity_message()).collect();
                self.pay(Payer::body(messages))
            }
        }
    }

    /// Signs for the payer, sometimes with a strange fee or signer information.
    fn pay(&mut self, body: Vec<u8>) -> Vec<u8> {
        let gas = if self.rng.percent(85) { 20_000_000 } else { *self.rng.pick(&NUMBERS) };
        let mut auth = self.payer.auth(&self.chain, gas);
        if self.rng.percent(15) {
            auth = self.mutated(&auth);
        }
        self.payer.sign(&self.chain, body, auth)
    }

    fn uuid(&mut self) -> String {
        let mut text =
            hex::encode(self.rng.next().to_be_bytes()) + &hex::encode(self.rng.next().to_be_bytes());
        for at in [20, 16, 12, 8] {
            text.insert(at, '-');
        }
        text
    }

    /// The payload, changed most of the time, as the node will see it after decoding.
    fn perhaps_changed<M: Message + Default>(&mut self, payload: M) -> M {
        if self.rng.percent(35) {
            return payload;
        }
        let bytes = self.mutated(&payload.encode_to_vec());
        M::decode(bytes.as_slice()).unwrap_or(payload)
    }

    fn signatures(&mut self, did: &str, key: IdentityKey, payload: &impl Message) -> Vec<SignInfo> {
        let verification_method_id = if self.rng.percent(95) { format!("{did}#key-1") } else { self.word() };
        let mut info = SignInfo { verification_method_id, signature: key.sign(&payload.encode_to_vec()) };
        if self.rng.percent(5) {
            damage(&mut self.rng, &mut info.signature, &self.corpus.words);
        }
        vec![info]
    }

    fn document(&mut self, did: &str, key: IdentityKey) -> MsgCreateDidDocPayload {
        let id = format!("{did}#key-1");
        let services = self.rng.below(2);
        let service = (0..services).map(|n| Service {
            id: format!("{did}#service-{n}"),
            service_type: "LinkedDomains".into(),
            service_endpoint: vec!["https://example.com".into()],
            ..Service::default()
        });
        MsgCreateDidDocPayload {
            id: did.to_owned(),
            controller: vec![did.to_owned()],
            verification_method: vec![VerificationMethod {
                id: id.clone(),
                verification_method_type: "Ed25519VerificationKey2020".into(),
                controller: did.to_owned(),
                verification_material: key.multibase(),
            }],
            authentication: vec![id],
            service: service.collect(),
            version_id: self.uuid(),
            ..MsgCreateDidDocPayload::default()
        }
    }

    fn identity_message(&mut self) -> Any {
        let known =
            (!self.dids.is_empty() && self.rng.percent(70)).then(|| self.rng.pick(&self.dids).clone());
        let Some((did, key)) = known else {
            let key = IdentityKey::new(self.rng.below(3));
            let did = format!("did:cheqd:testnet:{}", self.uuid());
            let document = self.document(&did, key);
            let payload = self.perhaps_changed(document);
            if payload.id == did {
                self.dids.push((did.clone(), key));
            }
            let signatures = self.signatures(&did, key, &payload);
            return to_any(&MsgCreateDidDoc { payload: Some(payload), signatures });
        };
        match self.rng.below(8) {
            0 => {
                let payload = MsgDeactivateDidDocPayload { id: did.clone(), version_id: self.uuid() };
                let payload = self.perhaps_changed(payload);
                let signatures = self.signatures(&did, key, &payload);
                to_any(&MsgDeactivateDidDoc { payload: Some(payload), signatures })
            }
            1..=4 => {
                let document = self.document(&did, key).encode_to_vec();
                let payload = MsgUpdateDidDocPayload::decode(document.as_slice()).unwrap();
                let payload = self.perhaps_changed(payload);
                let signatures = self.signatures(&did, key, &payload);
                to_any(&MsgUpdateDidDoc { payload: Some(payload), signatures })
            }
            _ => {
                let payload = MsgCreateResourcePayload {
                    collection_id: did.rsplit(':').next().unwrap().to_owned(),
                    id: self.uuid(),
                    name: self.word(),
                    resource_type: "Type".into(),
                    data: self.rng.pick(&self.corpus.words).clone(),
                    ..MsgCreateResourcePayload::default()
                };
                let payload = self.perhaps_changed(payload);
                let signatures = self.signatures(&did, key, &payload);
                to_any(&MsgCreateResource { payload: Some(payload), signatures })
            }
        }
    }

    fn query(&mut self) -> Input {
        let height = if self.rng.percent(90) { 0 } else { *self.rng.pick(&NUMBERS) };
        let (mut path, mut data) = if self.rng.percent(50) {
            let (path, data) = self.rng.pick(&self.corpus.queries).clone();
            (path, if self.rng.percent(80) { self.mutated(&data) } else { data })
        } else {
            ((*self.rng.pick(&PATHS)).to_owned(), self.request())
        };
        if path.ends_with("/Simulate") && self.rng.percent(80) {
            let transaction = self.transaction();
            data = field(2, &transaction);
        }
        if self.rng.percent(3) {
            let mut bytes = path.into_bytes();
            damage(&mut self.rng, &mut bytes, &self.corpus.words);
            path = String::from_utf8_lossy(&bytes).into_owned();
        }
        Input::Query(path, data, height)
    }

    /// Some fields of texts and numbers, or anything.
    fn request(&mut self) -> Vec<u8> {
        if self.rng.percent(15) {
            return self.rng.bytes(80);
        }
        let mut out = Vec::new();
        for number in 1..=1 + u8::try_from(self.rng.below(4)).unwrap() {
            if self.rng.percent(75) {
                let word = self.rng.pick(&self.corpus.words).clone();
                out.extend(field(number, &word));
            } else {
                out.push(number << 3);
                let mut value = *self.rng.pick(&NUMBERS);
                while value > 127 {
                    out.push(u8::try_from(value & 127).unwrap() | 128);
                    value >>= 7;
                }
                out.push(u8::try_from(value).unwrap());
            }
        }
        if self.rng.percent(10) { self.mutated(&out) } else { out }
    }

    fn search(&mut self) -> String {
        (0..=self.rng.below(8))
            .map(|_| match self.rng.below(4) {
                0 => self.word(),
                1 => self.rng.below(400).to_string(),
                _ => (*self.rng.pick(&SEARCHES)).to_owned(),
            })
            .collect()
    }

    fn value(&mut self) -> Value {
        match self.rng.below(8) {
            0 => json!(self.rng.pick(&NUMBERS)),
            1 => json!(self.rng.pick(&NUMBERS).to_string()),
            2 => json!(hex::encode(self.rng.bytes(40))),
            3 => json!(self.search()),
            4 => json!([null, true, -1.5, {"a": []}]),
            5 => json!(i64::try_from(self.rng.below(500)).unwrap() - 3),
            6 => json!((i64::try_from(self.rng.below(500)).unwrap() - 3).to_string()),
            _ => json!(self.word()),
        }
    }

    fn call(&mut self) -> Input {
        use base64::Engine;
        use base64::engine::general_purpose::STANDARD;
        let (method, mut params) = if self.rng.percent(40) {
            self.rng.pick(&self.corpus.calls).clone()
        } else {
            ((*self.rng.pick(&METHODS)).to_owned(), Value::Object(Map::new()))
        };
        if let Value::Object(map) = &mut params {
            for _ in 0..self.rng.below(4) {
                let name = *self.rng.pick(&NAMES);
                let value = match (name, self.rng.below(3)) {
                    ("query", 0) => json!(self.search()),
                    ("tx", 0) => json!(STANDARD.encode(self.transaction())),
                    ("data", 0) => json!(hex::encode(self.request())),
                    ("path", 0) => json!(self.rng.pick(&PATHS)),
                    _ => self.value(),
                };
                map.insert(name.to_owned(), value);
            }
            if self.rng.percent(15) {
                params = Value::Array(map.values().cloned().collect());
            }
        }
        Input::Call(method, params)
    }
}

fn field(number: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    let mut length = content.len();
    while length > 127 {
        out.push(u8::try_from(length & 127).unwrap() | 128);
        length >>= 7;
    }
    out.push(u8::try_from(length).unwrap());
    out.extend_from_slice(content);
    out
}
