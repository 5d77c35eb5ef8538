//! The whole client against a running chain: pay, write, confirm, read back. The chain is a devnet, or the node that
//! `CHEQD_RPC_URL` names with the money of `CHEQD_MNEMONIC`; then what only a devnet can be told to do is skipped.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::explicit_write,
    reason = "a test may panic, its helpers too; a skip must be seen past the runner, which hides what eprintln prints"
)]

use app::{
    port::{
        Chain, Composer, Resolver,
        chain::{
            ChainFault, ChainMessage, EffectFound, IdentitySignature, Payload, SignedTx, TxCode, TxDraft,
            TxFound,
        },
        resolver::Freshness,
    },
    resolve,
};
use devnet::{BlockMode, DevnetConfig, Fault};
use domain::{
    id::{Did, Ncheq, Network, ResourceId, VersionId},
    ledger::Effect,
    resource::ResourceDescription,
};
use ed25519_dalek::{Signer as _, SigningKey};
use ledger::{
    CheqdComposer, CheqdLedger, CheqdResolver, Faucet, LedgerConfig, NetworkConfig,
    faucet::{FaucetError, TopUp},
    fee, message,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::{
    io::Write as _,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicI64, Ordering::Relaxed},
    },
    time::Duration,
};
use uuid::Uuid;

const NET: Network = Network::Testnet;
const CHEQ: u128 = 1_000_000_000;
/// A new payer's money.
const FUNDS: Ncheq = Ncheq(1_000 * CHEQ);

/// Pause between two looks for a transaction on a chain that takes its time.
const LOOK_PAUSE: Duration = Duration::from_millis(50);
/// Looks before a transaction counts as lost (two minutes).
const LOOKS_MAX: u32 = 2_400;

/// Pays for every test of this process, one at a time: its transfers share a sequence.
static FAUCET: LazyLock<Faucet> = LazyLock::new(|| {
    let mnemonic = real().map_or_else(|| devnet::FAUCET_MNEMONIC.to_owned(), |(_, mnemonic)| mnemonic);
    Faucet::from_mnemonic(&mnemonic).unwrap()
});

/// Address and funded mnemonic of a real node, if the tests are to use one.
#[expect(clippy::disallowed_methods, reason = "which ledger the suite runs on is the caller's choice")]
fn real() -> Option<(String, String)> {
    let url = std::env::var("CHEQD_RPC_URL").ok().filter(|url| !url.is_empty())?;
    Some((
        url,
        std::env::var("CHEQD_MNEMONIC").expect("CHEQD_RPC_URL is set: CHEQD_MNEMONIC must name who pays"),
    ))
}

/// Whether there is no devnet to do `what`. Says so past the test runner, which hides what a passing test prints.
fn skipped(what: &str) -> bool {
    let skipped = real().is_some();
    if skipped {
        writeln!(std::io::stderr(), "SKIPPED on a real node, which cannot {what}").unwrap();
    }
    skipped
}

/// A new key of a test's own, so that runs on one chain do not meet.
#[expect(clippy::disallowed_methods, reason = "keys of tests, ids too")]
fn dice() -> [u8; 32] {
    let halves = [Uuid::new_v4().into_bytes(), Uuid::new_v4().into_bytes()];
    halves.concat().try_into().unwrap()
}

/// A chain, a payer with money, and everything of the client.
struct House {
    /// None on a real node.
    chain: Option<devnet::Handle>,
    ledger: Arc<CheqdLedger>,
    payer: k256::ecdsa::SigningKey,
    identity: SigningKey,
}

impl House {
    async fn new(blocks: BlockMode) -> Self {
        if let Some((url, _)) = real() {
            return Self::on(None, NetworkConfig { rpc_urls: vec![url], chain_id: None }).await;
        }
        // One second per look, so that every block has a time of its own and no test reads a real clock.
        let seconds = AtomicI64::new(1_767_225_600);
        let clock = move || chrono::DateTime::from_timestamp(seconds.fetch_add(1, Relaxed), 0).unwrap();
        let mut config = DevnetConfig::new(Arc::new(clock));
        config.blocks = blocks;
        let chain = devnet::start(config).await.unwrap();
        let config = NetworkConfig { rpc_urls: vec![chain.url()], chain_id: Some(chain.chain_id()) };
        Self::on(Some(chain), config).await
    }

    async fn on(chain: Option<devnet::Handle>, config: NetworkConfig) -> Self {
        let ledger = Arc::new(CheqdLedger::new(&LedgerConfig { networks: [(NET, config)].into() }).unwrap());
        let payer = k256::ecdsa::SigningKey::from_slice(&dice()).unwrap();
        let house = Self { chain, ledger, payer, identity: SigningKey::from_bytes(&dice()) };
        house.fund(FUNDS).await;
        house
    }

    async fn fund(&self, amount: Ncheq) {
        match &self.chain {
            Some(devnet) => {
                devnet.fund(&self.address(), u64::try_from(amount.0).unwrap()).unwrap();
            }
            None => {
                FAUCET.top_up(&*self.ledger, NET, &self.address(), amount, amount).await.unwrap();
            }
        }
    }

    /// The devnet, of which there is one in tests that ask for its faults.
    fn devnet(&self) -> &devnet::Handle {
        self.chain.as_ref().unwrap()
    }

    /// The fee of one message: told by the chain, and on the devnet exactly `cheq`.
    async fn price(&self, message: &ChainMessage, cheq: u128) -> Ncheq {
        let quote = self.ledger.quote(NET, std::slice::from_ref(message), None).await.unwrap();
        if self.chain.is_some() {
            assert_eq!(quote.expected, Ncheq(cheq * CHEQ));
        }
        quote.expected
    }

    async fn instant() -> Self {
        Self::new(BlockMode::Instant { heartbeat: None }).await
    }

    fn public_key(&self) -> Vec<u8> {
        self.payer.verifying_key().to_encoded_point(true).as_bytes().to_vec()
    }

    fn address(&self) -> String {
        ledger::tx::address_of(&self.public_key()).unwrap()
    }

    #[expect(clippy::disallowed_methods, reason = "ids of a test")]
    fn uuid() -> Uuid {
        Uuid::new_v4()
    }

    fn key_id(did: &str) -> String {
        format!("{did}#key-1")
    }

    fn document(&self, did: &str) -> Value {
        let key = bs58_key(&self.identity);
        json!({
            "@context": ["https://www.w3.org/ns/did/v1"],
            "id": did,
            "controller": [did],
            "verificationMethod": [{"id": Self::key_id(did), "type": "Ed25519VerificationKey2020",
                "controller": did, "publicKeyMultibase": key}],
            "authentication": [Self::key_id(did)],
            "assertionMethod": [Self::key_id(did)]
        })
    }

    fn composed(&self, did: &str, payload: &Payload) -> ChainMessage {
        let bytes = CheqdComposer.sign_bytes(payload).unwrap();
        let signature = self.identity.sign(&bytes).to_bytes().to_vec();
        let signature = IdentitySignature { verification_method: Self::key_id(did), signature };
        CheqdComposer.message(payload, &[signature]).unwrap()
    }

    async fn signed(&self, messages: Vec<ChainMessage>, timeout_height: u64) -> SignedTx {
        let account = self.ledger.account(NET, &self.address()).await.unwrap().unwrap();
        let chain_id = self.ledger.status(NET).await.unwrap().chain_id;
        let quote = self.ledger.quote(NET, &messages, None).await.unwrap();
        let mut draft = TxDraft {
            chain_id,
            payer: self.address(),
            payer_public_key: self.public_key(),
            account_number: account.number,
            sequence: account.sequence,
            messages,
            fee: quote.offer,
            gas_limit: quote.gas_limit,
            timeout_height,
            memo: String::new(),
        };
        // As the outbox does: simulate, then quote again with the gas that takes.
        let rehearsal = self.ledger.unsigned(&draft).unwrap();
        let rehearsal = self.ledger.signed(&rehearsal, &[]);
        if let Ok(gas) = self.ledger.simulate(NET, &rehearsal.bytes).await.unwrap() {
            draft.gas_limit = self.ledger.quote(NET, &draft.messages, Some(gas)).await.unwrap().gas_limit;
        }
        let unsigned = self.ledger.unsigned(&draft).unwrap();
        let signature: k256::ecdsa::Signature =
            k256::ecdsa::signature::Signer::sign(&self.payer, &unsigned.sign_bytes);
        self.ledger.signed(&unsigned, &signature.to_bytes())
    }

    async fn write(&self, messages: Vec<ChainMessage>) -> TxFound {
        let tx = self.signed(messages, 0).await;
        let answer = self.ledger.broadcast(NET, &tx.bytes).await.unwrap();
        assert_eq!(answer.code, 0, "{}", answer.log);
        self.found(&tx.hash).await
    }

    /// At once on the devnet; when there is a block on others.
    async fn found(&self, hash: &str) -> TxFound {
        for _ in 0..LOOKS_MAX {
            match self.ledger.lookup(NET, hash).await.unwrap() {
                Some(found) => return found,
                None if self.chain.is_some() => break,
                None => tokio::time::sleep(LOOK_PAUSE).await,
            }
        }
        panic!("{hash} is in no block");
    }

    fn create(&self, did: &Did) -> (VersionId, ChainMessage) {
        let version = VersionId(Self::uuid());
        let payload = Payload::CreateDid { document: self.document(did.as_str()), version };
        (version, self.composed(did.as_str(), &payload))
    }

    fn new_did() -> Did {
        format!("did:cheqd:testnet:{}", Self::uuid()).parse().unwrap()
    }

    fn new_resource(&self, did: &Did, data: &[u8]) -> (ResourceId, ChainMessage) {
        let resource = ResourceId(Self::uuid());
        let payload = Payload::CreateResource {
            description: ResourceDescription {
                did: did.clone(),
                resource,
                name: "List".to_owned(),
                resource_type: "TestList".to_owned(),
                version: "1".to_owned(),
                also_known_as: Vec::new(),
                size_bytes: data.len() as u64,
                checksum: hex::encode(Sha256::digest(data)),
                media_type: "application/json".to_owned(),
            },
            data: data.to_vec(),
        };
        (resource, self.composed(did.as_str(), &payload))
    }

    fn resolver(&self) -> CheqdResolver {
        CheqdResolver::new(Arc::clone(&self.ledger))
    }
}

/// `z` and base58btc of the key behind its Ed25519 prefix; written out here because bs58 is no dependency of the client.
fn bs58_key(key: &SigningKey) -> String {
    const ALPHABET: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let bytes = [&[0xed, 0x01], key.verifying_key().as_bytes().as_slice()].concat();
    let mut digits: Vec<u32> = Vec::new();
    for byte in bytes {
        let mut carry = u32::from(byte);
        for digit in &mut digits {
            carry += *digit << 8;
            *digit = carry % 58;
            carry /= 58;
        }
        while carry > 0 {
            digits.push(carry % 58);
            carry /= 58;
        }
    }
    let text: String = digits.iter().rev().map(|digit| char::from(ALPHABET[*digit as usize])).collect();
    format!("z{text}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_did_and_its_resource_are_paid_for_written_and_read_back() {
    let house = House::instant().await;
    let did = House::new_did();
    let (version, create) = house.create(&did);
    let quote = house.ledger.quote(NET, std::slice::from_ref(&create), None).await.unwrap();
    if house.chain.is_some() {
        let told = (quote.expected.0, quote.offer.0, quote.usd.as_deref());
        assert_eq!(told, (40 * CHEQ, 44 * CHEQ, Some("2")));
    }
    let found = house.write(vec![create]).await;
    assert_eq!((found.result.code, found.fee_charged), (0, Some(quote.expected)));
    assert!(found.gas_used > 0 && found.gas_used <= found.gas_wanted);
    assert_eq!(house.ledger.balance(NET, &house.address()).await.unwrap(), Ncheq(FUNDS.0 - quote.expected.0));

    let resolver = house.resolver();
    let written = resolver.did(&did, None, Freshness::Fresh).await.unwrap().unwrap();
    assert_eq!(written.version_id, version.to_string());
    assert_eq!(written.created, found.block_time);
    let mut document = house.document(did.as_str());
    document["@context"] =
        json!(["https://www.w3.org/ns/did/v1", "https://w3id.org/security/suites/ed25519-2020/v1"]);
    assert_eq!(written.document, document);

    let (id, message) = house.new_resource(&did, b"{\"a\":1}");
    let quote = house.ledger.quote(NET, std::slice::from_ref(&message), None).await.unwrap();
    let found = house.write(vec![message]).await;
    assert_eq!((found.result.code, found.fee_charged), (0, Some(quote.expected)));
    let resource = resolver.resource(&did, &id.to_string()).await.unwrap().unwrap();
    assert_eq!(
        (resource.data.as_slice(), resource.metadata.media_type.as_str()),
        (b"{\"a\":1}".as_slice(), "application/json")
    );
    let latest = resolver.latest_resource(&did, "List", "TestList", Freshness::Fresh).await.unwrap();
    assert_eq!(latest, Some(resource.clone()));
    assert_eq!(resolver.resources(&did, Freshness::Fresh).await.unwrap(), [resource.metadata]);
    assert!(resolver.latest_resource(&did, "List", "Other", Freshness::Fresh).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_did_lives_from_creation_to_its_end() {
    let house = House::instant().await;
    let did = House::new_did();
    let (first, create) = house.create(&did);
    house.write(vec![create]).await;
    let second = VersionId(House::uuid());
    let mut document = house.document(did.as_str());
    document["service"] = json!([{"id": format!("{did}#web"), "type": "LinkedDomains", "serviceEndpoint": "https://example.com"}]);
    let update = Payload::UpdateDid { document: document.clone(), version: second };
    let update = house.composed(did.as_str(), &update);
    let price = house.price(&update, 20).await;
    let found = house.write(vec![update]).await;
    assert_eq!((found.result.code, found.fee_charged), (0, Some(price)));
    let third = VersionId(House::uuid());
    let end = Payload::DeactivateDid { did: did.clone(), version: third };
    let end = house.composed(did.as_str(), &end);
    let price = house.price(&end, 8).await;
    let found = house.write(vec![end]).await;
    assert_eq!((found.result.code, found.fee_charged), (0, Some(price)));

    let resolver = house.resolver();
    let history = resolver.did_versions(&did).await.unwrap();
    let ids: Vec<_> = history.iter().map(|version| version.version_id.clone()).collect();
    assert_eq!(ids, [first, second, third].map(|version| version.to_string()));
    assert!(history.iter().all(|version| version.deactivated));
    let middle = resolver.did(&did, Some(&second.to_string()), Freshness::Fresh).await.unwrap().unwrap();
    assert_eq!(middle.document["service"], document["service"]);

    let request = resolve::Request {
        path: &format!("{did}"),
        query: Some(&format!("versionId={first}")),
        accept: Some("*/*"),
        options: None,
        freshness: Freshness::Fresh,
    };
    let answer = resolve::resolve(&resolver, history[0].created, &request).await;
    let answer: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(answer["didDocumentMetadata"]["versionId"], first.to_string());
    assert_eq!(answer["didDocumentMetadata"]["deactivated"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_effect_is_ours_absent_or_foreign() {
    let house = House::instant().await;
    let did = House::new_did();
    let effect = |version: VersionId, deactivates| Effect::DidVersion {
        did: did.clone(),
        version_id: version.to_string(),
        deactivates,
    };
    let (version, create) = house.create(&did);
    assert_eq!(house.ledger.effect(NET, &effect(version, false)).await.unwrap(), EffectFound::Absent);
    let block_time = Some(house.write(vec![create]).await.block_time);
    assert_eq!(
        house.ledger.effect(NET, &effect(version, false)).await.unwrap(),
        EffectFound::Ours { block_time }
    );
    assert_eq!(house.ledger.effect(NET, &effect(version, true)).await.unwrap(), EffectFound::Foreign);
    let other = VersionId(House::uuid());
    assert_eq!(house.ledger.effect(NET, &effect(other, false)).await.unwrap(), EffectFound::Absent);

    let (id, message) = house.new_resource(&did, b"[]");
    let effect = |data: &[u8]| Effect::Resource {
        did: did.clone(),
        resource_id: id.to_string(),
        checksum: hex::encode(Sha256::digest(data)),
    };
    assert_eq!(house.ledger.effect(NET, &effect(b"[]")).await.unwrap(), EffectFound::Absent);
    let block_time = Some(house.write(vec![message]).await.block_time);
    assert_eq!(house.ledger.effect(NET, &effect(b"[]")).await.unwrap(), EffectFound::Ours { block_time });
    assert_eq!(house.ledger.effect(NET, &effect(b"{}")).await.unwrap(), EffectFound::Foreign);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rehearsal_tells_the_verdict_of_the_block_for_free() {
    let house = House::instant().await;
    let did = House::new_did();
    let (_, create) = house.create(&did);
    house.write(vec![create]).await;
    let before = house.ledger.balance(NET, &house.address()).await.unwrap();
    let (_, again) = house.create(&did);
    let tx = house.signed(vec![again], 0).await;
    let refused: TxCode = house.ledger.simulate(NET, &tx.bytes).await.unwrap().unwrap_err();
    assert_eq!((refused.codespace.as_str(), refused.code), ("cheqd", 1200));
    let (_, orphan) = house.new_resource(&House::new_did(), b"{}");
    let tx = house.signed(vec![orphan], 0).await;
    let refused = house.ledger.simulate(NET, &tx.bytes).await.unwrap().unwrap_err();
    assert_eq!((refused.codespace.as_str(), refused.code), ("sdk", 38));
    assert_eq!(house.ledger.balance(NET, &house.address()).await.unwrap(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_write_is_found_with_its_code_and_costs_nothing() {
    let house = House::instant().await;
    let did = House::new_did();
    let (_, create) = house.create(&did);
    house.write(vec![create]).await;
    let (_, again) = house.create(&did);
    let found = house.write(vec![again]).await;
    assert_eq!((found.result.codespace.as_str(), found.result.code), ("cheqd", 1200));
    assert_eq!(found.fee_charged, Some(Ncheq(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_reply_says_nothing_and_the_hash_tells_what_happened() {
    if skipped("lose a reply") {
        return;
    }
    let house = House::instant().await;
    let did = House::new_did();
    let (_, create) = house.create(&did);
    let tx = house.signed(vec![create], 0).await;
    house.devnet().inject(Fault::DropReply { count: 1 }).unwrap();
    let fault = house.ledger.broadcast(NET, &tx.bytes).await;
    assert!(matches!(fault, Err(ChainFault::Unreachable { .. })), "{fault:?}");
    assert_eq!(house.ledger.lookup(NET, &tx.hash).await.unwrap().unwrap().result.code, 0);
    let again = house.ledger.broadcast(NET, &tx.bytes).await.unwrap();
    assert_eq!(again.code, 0, "already in cache is a yes: {}", again.log);
    let account = house.ledger.account(NET, &house.address()).await.unwrap().unwrap();
    assert_eq!(account.sequence, 1, "executed once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_without_a_block_is_not_found_until_there_is_one() {
    if skipped("hold its blocks back") {
        return;
    }
    let house = House::new(BlockMode::Manual).await;
    let (_, create) = house.create(&House::new_did());
    let height = house.ledger.status(NET).await.unwrap().height;
    let tx = house.signed(vec![create], height + 2).await;
    assert_eq!(house.ledger.broadcast(NET, &tx.bytes).await.unwrap().code, 0);
    assert_eq!(house.ledger.lookup(NET, &tx.hash).await.unwrap(), None);
    house.devnet().inject(Fault::Evict).unwrap();
    house.devnet().advance_blocks(3).unwrap();
    assert_eq!(house.ledger.lookup(NET, &tx.hash).await.unwrap(), None);
    let late = house.ledger.broadcast(NET, &tx.bytes).await.unwrap();
    assert_eq!((late.codespace.as_str(), late.code), ("sdk", 30), "past its timeout height: {}", late.log);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_charged_the_sum_for_one_offer() {
    let house = House::instant().await;
    let did = House::new_did();
    let (_, create) = house.create(&did);
    let (_, resource) = house.new_resource(&did, b"{}");
    let messages = vec![create, resource];
    let quote = house.ledger.quote(NET, &messages, None).await.unwrap();
    assert!(quote.may_batch);
    let found = house.write(messages).await;
    assert_eq!((found.result.code, found.fee_charged), (0, Some(quote.expected)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_price_that_fell_after_the_quote_is_told_by_the_node() {
    if skipped("be given a price") {
        return;
    }
    let house = House::instant().await;
    let (_, create) = house.create(&House::new_did());
    let tx = house.signed(vec![create], 0).await;
    house.devnet().inject(Fault::SetPrice { cheq_usd: "0.01".to_owned() }).unwrap();
    house.devnet().advance_blocks(1).unwrap();
    let answer = house.ledger.broadcast(NET, &tx.bytes).await.unwrap();
    assert_eq!((answer.codespace.as_str(), answer.code), ("undefined", 1));
    assert!(answer.log.contains("insufficient fee"), "{}", answer.log);
    house.devnet().inject(Fault::SetPrice { cheq_usd: "0".to_owned() }).unwrap();
    house.devnet().advance_blocks(1).unwrap();
    let (_, create) = house.create(&House::new_did());
    assert!(house.ledger.quote(NET, &[create], None).await.is_err(), "dollars without a price");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_node_is_unreachable_and_the_next_call_works() {
    if skipped("be told to be busy") {
        return;
    }
    let house = House::instant().await;
    house.devnet().inject(Fault::Http503 { count: 1 }).unwrap();
    assert!(matches!(house.ledger.status(NET).await, Err(ChainFault::Unreachable { .. })));
    let found = house.write(vec![house.create(&House::new_did()).1]).await;
    assert_eq!(found.result.code, 0);
    let resolver = house.resolver();
    house.devnet().inject(Fault::Http503 { count: 1 }).unwrap();
    let fault = resolver.did(&House::new_did(), None, Freshness::Fresh).await.unwrap_err();
    assert_eq!(fault.code, "ledger/unreachable");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_falls_behind_may_not_deny_a_transaction() {
    if skipped("fall behind") {
        return;
    }
    let house = House::instant().await;
    let tx = house.signed(vec![house.create(&House::new_did()).1], 0).await;
    assert_eq!(house.ledger.broadcast(NET, &tx.bytes).await.unwrap().code, 0);
    house.ledger.status(NET).await.unwrap();
    house.devnet().inject(Fault::Lag { blocks: 1 }).unwrap();
    let denied = house.ledger.lookup(NET, &tx.hash).await;
    assert!(matches!(denied, Err(ChainFault::Unreachable { .. })), "{denied:?}");
    house.devnet().inject(Fault::Clear).unwrap();
    assert!(house.ledger.lookup(NET, &tx.hash).await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_kilobytes_need_no_gas_from_the_caller() {
    let house = House::instant().await;
    let did = House::new_did();
    house.write(vec![house.create(&did).1]).await;
    let data = format!("{{\"list\":\"{}\"}}", "a".repeat(100_000));
    let message = house.new_resource(&did, data.as_bytes()).1;
    let estimate = house.ledger.quote(NET, std::slice::from_ref(&message), None).await.unwrap().gas_limit;
    let found = house.write(vec![message]).await;
    assert_eq!(found.result.code, 0, "{}", found.result.log);
    assert!(
        found.gas_used < estimate && found.gas_used > fee::RESOURCE_GAS,
        "{} of {estimate}",
        found.gas_used
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_faucet_fills_an_account_once() {
    let house = House::instant().await;
    let to = k256::ecdsa::SigningKey::from_slice(&dice()).unwrap();
    let to = &ledger::tx::address_of(to.verifying_key().to_encoded_point(true).as_bytes()).unwrap();
    if house.chain.is_some() {
        assert_eq!(FAUCET.address(), devnet::FAUCET_ADDRESS);
    }
    assert_eq!(house.ledger.account(NET, to).await.unwrap(), None);
    let sent = FAUCET.top_up(house.ledger.as_ref(), NET, to, Ncheq(CHEQ), Ncheq(5 * CHEQ)).await.unwrap();
    assert!(matches!(sent, TopUp::Sent(_)), "{sent:?}");
    assert_eq!(house.ledger.balance(NET, to).await.unwrap(), Ncheq(5 * CHEQ));
    let again = FAUCET.top_up(house.ledger.as_ref(), NET, to, Ncheq(CHEQ), Ncheq(5 * CHEQ)).await.unwrap();
    assert_eq!(again, TopUp::Enough(Ncheq(5 * CHEQ)));

    let poor = Faucet::from_mnemonic("test test test test test test test test test test test junk").unwrap();
    let refused = poor
        .top_up(house.ledger.as_ref(), NET, "cheqd14wymr6h8a0rvynwayytssy5rhn3evltcpxh0zh", FUNDS, FUNDS)
        .await;
    assert!(matches!(refused, Err(FaucetError::Unfunded(_))), "{refused:?}");
    let wrong = Faucet::from_mnemonic("test test secret").unwrap_err().to_string();
    assert!(!wrong.contains("secret"), "{wrong}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_is_charged_what_it_offers() {
    let house = House::instant().await;
    let send = message::bank::send(&house.address(), devnet::FAUCET_ADDRESS, Ncheq(7));
    let quote = house.ledger.quote(NET, std::slice::from_ref(&send), None).await.unwrap();
    let found = house.write(vec![send]).await;
    assert_eq!((found.result.code, found.fee_charged), (0, Some(quote.offer)));
    let left = house.ledger.balance(NET, &house.address()).await.unwrap();
    assert_eq!(left, Ncheq(FUNDS.0 - quote.offer.0 - 7));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fee_is_enough_to_have_although_more_is_offered() {
    let rich = House::instant().await;
    let payer = k256::ecdsa::SigningKey::from_slice(&dice()).unwrap();
    let poor = House { payer, identity: SigningKey::from_bytes(&dice()), ..rich };
    let (_, create) = poor.create(&House::new_did());
    let quote = poor.ledger.quote(NET, std::slice::from_ref(&create), None).await.unwrap();
    assert!(quote.offer > quote.expected && quote.may_batch, "prices are fixed in dollars: {quote:?}");
    poor.fund(quote.expected).await;
    let found = poor.write(vec![create]).await;
    assert_eq!((found.result.code, found.fee_charged), (0, Some(quote.expected)), "{}", found.result.log);
    assert_eq!(poor.ledger.balance(NET, &poor.address()).await.unwrap(), Ncheq(0));
}
