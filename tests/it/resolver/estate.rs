//! The DIDs and resources that the cases ask about, written through Studio. Every write is dated a day after the one before.

use super::fill::{Words, exact, shown};
use crate::{
    house::TestHouse,
    node::{self, FAUCET, Node},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use credentials::{did_document::did_from_public_key, key::PublicKey};
use devnet::{DevnetConfig, Genesis};
use domain::id::{Did, Ncheq, Network};
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering::SeqCst},
};
use store::testing::TestDatabase;

/// The first day, with a fraction of a second as blocks have.
const FIRST_DAY: &str = "2025-03-01T09:36:56.562049030Z";
const K2018: &str = "Ed25519VerificationKey2018";
const K2020: &str = "Ed25519VerificationKey2020";
const JWK: &str = "JsonWebKey2020";
/// An identifier of each of the two old lengths.
const OLD_16: &str = "zRiverGateWest17";
const OLD_32: &str = "zHarbourGateNorthWestAndEastSide";
/// A picture of one pixel.
const PICTURE: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

pub struct Estate {
    pub house: TestHouse,
    pub words: Words,
    day: Arc<AtomicI64>,
    /// It lives as long as the estate.
    _mainnet: devnet::Handle,
    _database: TestDatabase,
}

/// What an identifier from before the ledger's first version became: base58 of half of its SHA-256, as a key's DID is made.
fn became(network: &str, old: &str) -> String {
    did_from_public_key(network, old.as_bytes())
}

impl Estate {
    /// None on a real node, whose clock nobody sets.
    pub async fn build() -> Option<Self> {
        if node::is_real() {
            return None;
        }
        let day = Arc::new(AtomicI64::new(0));
        let clock: devnet::chain::Clock = {
            let (first, day): (DateTime<Utc>, _) = (FIRST_DAY.parse().expect("an instant"), Arc::clone(&day));
            Arc::new(move || first + TimeDelta::days(day.load(SeqCst)))
        };
        let started = |config| async { devnet::start(config).await.expect("a devnet") };
        let testnet = started(DevnetConfig::new(Arc::clone(&clock))).await;
        let genesis = Genesis {
            chain_id: "cheqd-mainnet-of-a-test".to_owned(),
            did_namespace: "mainnet".to_owned(),
            ..Genesis::default()
        };
        let mainnet = started(DevnetConfig { genesis: Some(genesis), ..DevnetConfig::new(clock) }).await;
        let database = TestDatabase::create().await;
        let node = Node::Devnet(testnet);
        let house =
            TestHouse::on(node, database.pool.clone(), &[("MAINNET_RPC_URL", mainnet.url().as_str())]).await;
        let words = Words::default();
        let mut estate = Self { house, words, day, _mainnet: mainnet, _database: database };
        estate.fill_mainnet_purse().await;
        estate.strangers();
        estate.with_services().await;
        estate.with_versions().await;
        estate.with_keys().await;
        estate.once_of_another_form().await;
        estate.with_resources().await;
        estate.ended().await;
        Some(estate)
    }

    pub async fn stop(self) {
        self.house.stop().await;
    }

    async fn fill_mainnet_purse(&self) {
        let studio = &self.house.house.studio;
        let payer =
            studio.directory.payer(self.house.alice.customer, Network::Mainnet).await.expect("a directory");
        let (address, _) = payer.expect("a payer");
        let much = Ncheq(1_000_000_000_000_000);
        FAUCET.top_up(&*studio.chain, Network::Mainnet, &address, much, much).await.expect("money");
    }

    /// Identifiers of before, and one of nothing.
    fn strangers(&mut self) {
        for (name, id) in [("old16", OLD_16), ("old32", OLD_32)] {
            self.words.name(name, &format!("did:cheqd:testnet:{id}"));
        }
        self.words.tell("nothing", "0e9d3b1a-5f0c-4d2e-8a41-4b835f0c6d2e");
    }

    /// The next write is dated a day later.
    fn next_day(&self) {
        self.day.fetch_add(1, SeqCst);
    }

    async fn post(&self, path: &str, body: Value, status: u16) -> Value {
        self.next_day();
        self.house.post(path, body).await.expect(status)
    }

    /// A new DID with these members; tells what it and its key are called.
    async fn did(&mut self, name: &str, did: &str, method: &str, members: Value) {
        let mut document = json!({"id": did});
        document.as_object_mut().expect("an object").extend(members.as_object().expect("members").clone());
        let body = json!({"didDocument": document, "options": {"verificationMethodType": method}});
        let made = self.post("/did/create", body, 200).await;
        let kid = made["keys"][0]["kid"].as_str().expect("a key").to_owned();
        let bytes: [u8; 32] = hex::decode(&kid).expect("hex").try_into().expect("32 bytes");
        let key = PublicKey::Ed25519(bytes);
        let jwk = key.to_jwk();
        self.words.name(name, did);
        for (what, value) in [
            (".kid", kid.as_str()),
            (".base58", &key.to_base58()),
            (".multibase", &key.to_multibase()),
            (".x", jwk["x"].as_str().expect("a coordinate")),
        ] {
            self.words.tell(format!("{name}{what}"), value);
        }
        self.versions(name).await;
    }

    fn own(&self, name: &str) -> String {
        self.words.fill(&format!("{{{name}}}")).expect("a DID")
    }

    async fn update(&mut self, name: &str, mut sections: Value) {
        sections["did"] = json!(self.own(name));
        self.post("/did/update", sections, 200).await;
        self.versions(name).await;
    }

    /// A whole resource, its bytes as text.
    async fn resource(&mut self, label: &str, name: &str, kind: &str, version: &str, data: &[u8]) {
        let did = self.own(label.split('.').next().expect("a DID's name"));
        let body = json!({"name": name, "type": kind, "version": version, "encoding": "base64", "data": STANDARD.encode(data)});
        let made = self.post(&format!("/resource/create/{did}"), body, 201).await;
        let id = made["resource"]["resourceId"].as_str().expect("an id").to_owned();
        let resolver = &self.house.house.studio.resolver;
        let did = Did::parse(&did).expect("a DID");
        let found = resolver.resource(&did, &id).await.expect("a ledger").expect("the resource").metadata;
        self.words.tell(label, &id);
        self.words.tell(format!("{label}.sum"), &found.checksum);
        self.words.tell(format!("{label}.at"), exact(found.created));
        self.words.tell(format!("{label}.shown"), shown(found.created));
    }

    /// Tells the versions of a DID: `many.v1` is the first one's id, `many.v1.at` its time.
    async fn versions(&mut self, name: &str) {
        let did = Did::parse(&self.own(name)).expect("a DID");
        let history = self.house.house.studio.resolver.did_versions(&did).await.expect("a ledger");
        for (place, version) in history.iter().enumerate() {
            let began = version.updated.unwrap_or(version.created);
            let label = format!("{name}.v{}", place + 1);
            self.words.tell(&label, &version.version_id);
            self.words.tell(format!("{label}.at"), exact(began));
            self.words.tell(format!("{label}.shown"), shown(began));
        }
    }

    /// Services of every kind, on both networks.
    async fn with_services(&mut self) {
        for (name, network) in [("indy", "testnet"), ("main", "mainnet")] {
            let did = became(network, "orchard");
            let service = |fragment: &str, kind: &str, endpoints: &[&str]| json!({"id": format!("{did}#{fragment}"), "type": kind, "serviceEndpoint": endpoints});
            let services = json!([
                service("website", "LinkedDomains", &["https://orchard.example"]),
                service("mirrors", "Files", &["https://one.example/a/", "https://two.example/b/"]),
                service("files", "Files", &["https://files.example/a/b?q=1#f"]),
                service("deep", "Files", &["https://files.example:8443/d/"]),
                service("mail", "Contact", &["mailto:office@orchard.example"]),
                service(
                    "both",
                    "Contact",
                    &["mailto:office@orchard.example", "https://orchard.example/contact"]
                ),
                service(
                    "peer",
                    "Files",
                    &["ipfs://bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi/dir/"]
                ),
            ]);
            self.did(name, &did, K2020, json!({"service": services, "alsoKnownAs": ["urn:example:orchard"]}))
                .await;
        }
        self.did("mainuuid", "did:cheqd:mainnet:8f1c2a34-9f30-4a86-a4a7-0d2d5c1e7b11", K2020, json!({}))
            .await;
        // A service for messages has members of its own.
        let did = "did:cheqd:testnet:8f1c2a34-9f30-4a86-a4a7-0d2d5c1e7b12";
        let service = json!([{"id": format!("{did}#post"), "type": "DIDCommMessaging", "serviceEndpoint": ["https://post.example/in"],
            "accept": ["didcomm/v2"], "recipientKeys": [format!("{did}#key-1")], "routingKeys": ["did:example:router#key-1"], "priority": 1}]);
        self.did("post", did, K2020, json!({"service": service})).await;
    }

    /// Three versions with keys of three kinds, and resources between them.
    async fn with_versions(&mut self) {
        let did = "did:cheqd:testnet:3d0f6b52-51c4-4d0a-9f5c-2f7f5b6a1c01";
        self.did("many", did, K2018, json!({})).await;
        self.resource("many.early", "Early", "Note", "1", b"early").await;
        let service = json!([{"id": format!("{did}#bar"), "type": "LinkedDomains", "serviceEndpoint": ["https://bar.example.com"]}]);
        let method = |kind: &str, member: &str, value: Value| {
            let mut method = json!({"id": format!("{did}#key-1"), "type": kind, "controller": did});
            method[member] = value;
            json!([method])
        };
        self.update("many", json!({"service": service})).await;
        self.resource("many.middle", "Middle", "Note", "1", b"middle").await;
        let (multibase, x) = (self.own("many.multibase"), self.own("many.x"));
        let jwk = json!({"crv": "Ed25519", "kty": "OKP", "x": x});
        self.update("many", json!({"verificationMethod": method(JWK, "publicKeyJwk", jwk)})).await;
        let change = method(K2020, "publicKeyMultibase", json!(multibase));
        self.update("many", json!({"verificationMethod": change, "alsoKnownAs": ["urn:example:last"]})).await;
        self.resource("many.late", "Late", "Note", "1", b"late").await;
    }

    /// Keys of every kind and in every relationship.
    async fn with_keys(&mut self) {
        let did = "did:cheqd:testnet:3d0f6b52-51c4-4d0a-9f5c-2f7f5b6a1c02";
        self.did("k2018", did, K2018, json!({})).await;
        self.update("k2018", json!({"alsoKnownAs": ["urn:example:second"]})).await;
        self.did("jwk", "did:cheqd:testnet:3d0f6b52-51c4-4d0a-9f5c-2f7f5b6a1c03", JWK, json!({})).await;
        let did = "did:cheqd:testnet:3d0f6b52-51c4-4d0a-9f5c-2f7f5b6a1c04";
        let id = |fragment: &str| format!("{did}#{fragment}");
        self.did("keys", did, K2020, json!({})).await;
        let own = self.own("keys.multibase");
        let methods = json!([
            {"id": id("key-10"), "type": JWK, "controller": did, "publicKeyJwk": {"crv": "P-256", "kty": "EC",
                "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}},
            {"id": id("key-1"), "type": K2020, "controller": did, "publicKeyMultibase": own},
        ]);
        let inline = json!({"id": id("inline"), "type": "Bls12381G2Key2020", "controller": did, "publicKeyBase58": "3tMzZrqYdXbS"});
        self.update(
            "keys",
            json!({"verificationMethod": methods, "assertionMethod": [id("key-1"), inline], "capabilityInvocation": [id("key-1")],
                "capabilityDelegation": [id("key-1")], "keyAgreement": [id("key-10")]}),
        )
        .await;
    }

    /// DIDs whose identifiers were of another form once.
    async fn once_of_another_form(&mut self) {
        self.did("from16", &became("testnet", OLD_16), JWK, json!({})).await;
        self.did("from32", &became("testnet", OLD_32), K2020, json!({})).await;
        for number in 1..=3 {
            let data = json!({"entry": number}).to_string();
            self.resource(
                &format!("from32.entry{number}"),
                "Harbour entries",
                "CL-RevRegEntry",
                "",
                data.as_bytes(),
            )
            .await;
        }
        self.resource("from32.schema", "Harbour schema", "CL-Schema", "", br#"{"attr":["name","berth"]}"#)
            .await;
    }

    /// Resources of every kind.
    async fn with_resources(&mut self) {
        let did = "did:cheqd:testnet:a5b94d00-a417-48ed-86f5-4abc9e95888d";
        self.did("uuid", did, K2020, json!({"alsoKnownAs": ["urn:example:shelf"]})).await;
        self.resource("uuid.note", "FieldNotes", "Text", "", b"It rained.").await;
        self.resource("uuid.demo", "Demo Record", "Text", "", br#"{"rain":true,"drops":3}"#).await;
        let did = "did:cheqd:testnet:a5b94d00-a417-48ed-86f5-4abc9e95888e";
        self.did("shelf", did, K2020, json!({})).await;
        self.resource("shelf.pass1", "MuseumPass", "JsonSchema", "1.0", br#"{"pass":1}"#).await;
        self.resource("shelf.pass2", "MuseumPass", "JsonSchema", "2.0", br#"{"pass":2}"#).await;
        self.resource("shelf.pic", "Crest", "Picture", "", &STANDARD.decode(PICTURE).expect("base64")).await;
        self.resource("shelf.odd", "a&b=c+d %41", "semi;colon,comma/slash?#x", "1+1", b"odd").await;
        self.resource("shelf.uml", "Größe ☂", "Maß", "ü", "weit".as_bytes()).await;
        self.resource("shelf.same1", "Twin", "One", "", b"twin").await;
        self.resource("shelf.same2", "Twin", "Two", "", b"twin").await;
        self.resource("shelf.list", "Steps", "List", "", b"[1,2,3]").await;
        self.resource("shelf.page", "Page", "Html", "", b"<!DOCTYPE html><html><body>x</body></html>").await;
        self.resource("shelf.esc", "Another%20Harbour%20Name", "Harbour", "", b"written escaped").await;
        self.resource("shelf.more", "Drawing", "Picture", "", b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>")
            .await;
    }

    /// A DID that is no more, with a service and a resource from before.
    async fn ended(&mut self) {
        let did = "did:cheqd:testnet:dead94d0-a417-48ed-86f5-4abc9e95888f";
        let service = json!([{"id": format!("{did}#site"), "type": "LinkedDomains", "serviceEndpoint": ["https://gone.example"]}]);
        self.did("dead", did, K2020, json!({"service": service})).await;
        self.resource("dead.will", "Will", "Text", "", b"all to the cat").await;
        self.update("dead", json!({"alsoKnownAs": ["urn:example:late"]})).await;
        self.post(&format!("/did/deactivate/{did}"), json!({}), 200).await;
        self.versions("dead").await;
    }
}
