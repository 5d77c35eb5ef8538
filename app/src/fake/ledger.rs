//! A ledger that takes what is signed rightly and shows what it took. Its messages are JSON where cheqd's are protobuf; who
//! must sign is decided as there (docs/ledger.md#who-must-sign).

mod chain;
mod message;
mod resolver;

use super::{Time, lock};
use crate::port::resolver::{ResolvedResource, ResourceMetadata};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use credentials::did_document::{DidDoc, signers_of, signers_of_update};
use domain::{
    id::{Did, Instant, Ncheq, Network},
    ledger::{Inclusion, LedgerWrite},
    resource::ResourceDescription,
};
use message::{Message, Said};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

/// What a write costs until somebody says otherwise, in ncheq.
const PRICE_NCHEQ: u128 = 5_000_000_000;
/// What a payer has until somebody says otherwise, in ncheq.
const BALANCE_NCHEQ: u128 = 1_000_000_000_000_000;
const GAS: u64 = 200_000;
const FIRST_HEIGHT: u64 = 1_000;

/// A version of a DID document.
#[derive(Debug, Clone)]
struct Version {
    id: String,
    document: Value,
    at: Instant,
    deactivated: bool,
}

#[derive(Debug, Clone)]
struct Stored {
    did: Did,
    resource: ResolvedResource,
}

struct State {
    height: u64,
    catching_up: bool,
    nodes_away: bool,
    reads_away: bool,
    without: BTreeSet<Network>,
    price: Ncheq,
    message_bytes_max: Option<usize>,
    balances: BTreeMap<String, Ncheq>,
    dids: BTreeMap<Did, Vec<Version>>,
    web: BTreeMap<String, Value>,
    resources: Vec<Stored>,
    questions: usize,
}

/// Composer, chain and resolver of all networks.
pub struct Ledger {
    time: Arc<Time>,
    state: Mutex<State>,
}

impl Ledger {
    pub(super) fn new(time: Arc<Time>) -> Self {
        let state = State {
            height: FIRST_HEIGHT,
            catching_up: false,
            nodes_away: false,
            reads_away: false,
            without: BTreeSet::new(),
            price: Ncheq(PRICE_NCHEQ),
            message_bytes_max: None,
            balances: BTreeMap::new(),
            dids: BTreeMap::new(),
            web: BTreeMap::new(),
            resources: Vec::new(),
            questions: 0,
        };
        Self { time, state: Mutex::new(state) }
    }

    /// No node answers, or they do again.
    pub fn away(&self, is_away: bool) {
        let mut state = lock(&self.state);
        (state.nodes_away, state.reads_away) = (is_away, is_away);
    }

    /// Prices are told, but nothing can be read, or it can again.
    pub fn reads_away(&self, is_away: bool) {
        lock(&self.state).reads_away = is_away;
    }

    /// This Studio has no ledger of this network.
    pub fn without(&self, network: Network) {
        lock(&self.state).without.insert(network);
    }

    /// What a write costs.
    pub fn price(&self, price: u128) {
        lock(&self.state).price = Ncheq(price);
    }

    /// What its blocks hold.
    pub fn message_bytes_max(&self, bytes: usize) {
        lock(&self.state).message_bytes_max = Some(bytes);
    }

    /// What a payer has.
    pub fn balance_of(&self, address: &str, balance: u128) {
        lock(&self.state).balances.insert(address.to_owned(), Ncheq(balance));
    }

    /// The node is behind, at this height.
    pub fn behind(&self, height: u64) {
        let mut state = lock(&self.state);
        (state.height, state.catching_up) = (height, true);
    }

    /// How often it was asked for something to read.
    pub fn questions(&self) -> usize {
        lock(&self.state).questions
    }

    /// Somebody else writes a document: the first, or a new version.
    pub fn put_did(&self, document: &Value, version: &str) {
        self.put_version(document, version, false);
    }

    /// The document of a did:web; without any, did:web is off.
    pub fn put_web(&self, did: &str, document: Value) {
        lock(&self.state).web.insert(did.to_owned(), document);
    }

    /// Somebody else ends a DID.
    pub fn end_did(&self, did: &Did, version: &str) {
        let document = lock(&self.state).document(did);
        self.put_version(&document.expect("a DID that is there"), version, true);
    }

    /// A DID is as if it had never been there: a restored or another chain.
    pub fn forget_did(&self, did: &Did) {
        lock(&self.state).dids.remove(did);
    }

    /// A resource is as if it had never been there.
    pub fn forget_resource(&self, id: &str) {
        lock(&self.state).resources.retain(|stored| stored.resource.metadata.id != id);
    }

    /// Somebody else writes a resource.
    pub fn put_resource(&self, description: &ResourceDescription, data: &[u8]) {
        let at = self.time.present();
        lock(&self.state).put_resource(description, data.to_vec(), at);
    }

    fn put_version(&self, document: &Value, version: &str, deactivated: bool) {
        let did = document.get("id").and_then(Value::as_str).and_then(|id| Did::parse(id).ok());
        let (at, did) = (self.time.present(), did.expect("a document with a DID"));
        lock(&self.state).put_version(did, document.clone(), version.to_owned(), at, deactivated);
    }

    /// Takes a message into a block, if it is signed by whoever must sign it and nothing stands in its way; else why not.
    pub(super) fn include(&self, write: &LedgerWrite) -> Result<Inclusion, String> {
        let at = self.time.present();
        let value = STANDARD.decode(&write.value).map_err(|error| error.to_string())?;
        let message = Message::decode(&value)?;
        let mut state = lock(&self.state);
        state.admits(&message)?;
        let data = message.data.clone();
        match message.said {
            Said::CreateDid { document, version } | Said::UpdateDid { document, version } => {
                state.put_version(message.did, document, version, at, false);
            }
            Said::DeactivateDid { version, .. } => {
                let document = state.document(&message.did).ok_or("the DID is not there")?;
                state.put_version(message.did, document, version, at, true);
            }
            Said::CreateResource { description } => state.put_resource(&description, data, at),
        }
        state.height += 1;
        let (price, payer) = (state.price, write.payer.clone());
        let balance = state.balance(&payer);
        state.balances.insert(payer, Ncheq(balance.0.saturating_sub(price.0)));
        Ok(Inclusion {
            tx_hash: Some(hex::encode_upper(Sha256::digest(&value))),
            height: state.height,
            block_time: at,
            fee_paid: price,
            gas_used: GAS,
        })
    }
}

impl State {
    fn balance(&self, address: &str) -> Ncheq {
        self.balances.get(address).copied().unwrap_or(Ncheq(BALANCE_NCHEQ))
    }

    fn latest(&self, did: &Did) -> Option<&Version> {
        self.dids.get(did)?.last()
    }

    fn document(&self, did: &Did) -> Option<Value> {
        self.latest(did).map(|version| version.document.clone())
    }

    /// Whether the message may be written.
    fn admits(&self, message: &Message) -> Result<(), String> {
        let stored = self.latest(&message.did);
        if stored.is_some_and(|version| version.deactivated) {
            return Err(format!("{} is deactivated", message.did));
        }
        let stored = stored.map(|version| &version.document);
        let (new, required) = match (&message.said, stored) {
            (Said::CreateDid { .. }, Some(_)) => return Err(format!("{} is there already", message.did)),
            (Said::CreateDid { document, .. }, None) => (document, signers_of(document)),
            (_, None) => return Err(format!("{} is not there", message.did)),
            (Said::UpdateDid { document, .. }, Some(stored)) => {
                (document, signers_of_update(stored, document))
            }
            (_, Some(stored)) => (stored, signers_of(stored)),
        };
        message.is_signed_by(&required, stored, new, |other| self.document(other))
    }

    fn put_version(&mut self, did: Did, document: Value, id: String, at: Instant, deactivated: bool) {
        // What the ledger's form cannot hold does not come back from it.
        let document = DidDoc::from_json(&document).map_or(document, |doc| doc.to_json());
        self.dids.entry(did).or_default().push(Version { id, document, at, deactivated });
    }

    fn put_resource(&mut self, description: &ResourceDescription, data: Vec<u8>, at: Instant) {
        let is_before = |stored: &&mut Stored| {
            let metadata = &stored.resource.metadata;
            stored.did == description.did
                && metadata.name == description.name
                && metadata.resource_type == description.resource_type
        };
        let (id, mut previous) = (description.resource.to_string(), None);
        if let Some(before) = self.resources.iter_mut().rfind(is_before) {
            before.resource.metadata.next_version_id = Some(id.clone());
            previous = Some(before.resource.metadata.id.clone());
        }
        let also = description.also_known_as.iter();
        let metadata = ResourceMetadata {
            collection_id: description.did.unique_id().to_owned(),
            id,
            name: description.name.clone(),
            resource_type: description.resource_type.clone(),
            version: description.version.clone(),
            also_known_as: also.map(|other| (other.uri.clone(), other.description.clone())).collect(),
            media_type: description.media_type.clone(),
            created: at,
            checksum: hex::encode(Sha256::digest(&data)),
            previous_version_id: previous,
            next_version_id: None,
        };
        let resource = ResolvedResource { data, metadata };
        self.resources.push(Stored { did: description.did.clone(), resource });
    }
}
