//! Ports without a world: one tenant with one key, commands that always take effect, a vault that hides nothing.

use crate::{House, asking::Asking};
use app::{
    Actor, Fault, Settings, Studio,
    port::{
        Chain, Clock, Composer, Directory, Estate, Execute, Ids, Interventions, Outcomes, Places, Replies,
        Resolver, Vault,
        chain::{
            ChainAccount, ChainFault, ChainMessage, ChainStatus, EffectFound, FeeQuote, IdentitySignature,
            Payload, SignedTx, TxCode, TxDraft, TxFound, UnsignedTx,
        },
        commands::{Committed, Loaded, Meta, Token},
        directory::ApiKeyOwner,
        estate::Holding,
        interventions::{Intervened, Intervention},
        outcomes::Waited,
        replies::{Begun, Reply},
        resolver::{Freshness, ResolvedDid, ResolvedResource, ResourceMetadata},
        vault::{ApiKeys, NewApiKey, PublicKey},
    },
};
use async_trait::async_trait;
use domain::{
    Aggregate,
    accreditation::Accreditation,
    credential::Credential,
    customer::Customer,
    did::DidRecord,
    id::{
        ApiKeyId, CredentialId, CustomerId, Did, Instant, KeyId, Ncheq, Network, OperationId, Sealed,
        StatusListId,
    },
    key::{Key, KeyAlgorithm, KeyPurpose},
    ledger::Effect,
    resource::ResourceLine,
    status_list::StatusList,
};
use sqlx::postgres::PgPoolOptions;
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};
use uuid::Uuid;

pub(crate) const KEY: &str = "caas_test";
pub(crate) const CUSTOMER: CustomerId = CustomerId(Uuid::from_u128(7));

type Kept = HashMap<(CustomerId, String), Started>;

/// A request that began under a key.
struct Started {
    hash: String,
    answer: Option<Reply>,
    is_held: bool,
}

#[derive(Clone, Default)]
pub(crate) struct World(Arc<State>);

#[derive(Default)]
struct State {
    ids: AtomicU64,
    broken: AtomicBool,
    panics: AtomicBool,
    key_requests: Mutex<Vec<Uuid>>,
    keys: Mutex<HashMap<String, Key>>,
    replies: Mutex<Kept>,
}

impl World {
    /// The requests for keys the vault saw.
    pub(crate) fn key_requests(&self) -> Vec<Uuid> {
        self.0.key_requests.lock().unwrap().clone()
    }

    /// Commands fail as if the database were away.
    pub(crate) fn break_commands(&self, broken: bool) {
        self.0.broken.store(broken, Ordering::SeqCst);
    }

    /// Commands panic.
    pub(crate) fn panic_at_commands(&self, panics: bool) {
        self.0.panics.store(panics, Ordering::SeqCst);
    }

    fn works(&self) -> Result<(), Fault> {
        assert!(!self.0.panics.load(Ordering::SeqCst), "the detail");
        if self.0.broken.load(Ordering::SeqCst) {
            return Err(Fault::unavailable(
                "store/unavailable",
                "The database cannot be reached.",
                "the detail",
            ));
        }
        Ok(())
    }
}

/// A house whose database is nowhere.
pub(crate) fn house(world: World) -> House {
    let pool = PgPoolOptions::new()
        .acquire_timeout(Duration::from_millis(20))
        .connect_lazy("postgres://nobody@127.0.0.1:1/nothing")
        .unwrap();
    let world = Arc::new(world);
    let studio = Studio {
        commands: world.clone(),
        vault: world.clone(),
        api_keys: world.clone(),
        places: world.clone(),
        composer: world.clone(),
        chain: world.clone(),
        resolver: world.clone(),
        directory: world.clone(),
        outcomes: world.clone(),
        estate: world.clone(),
        interventions: world.clone(),
        replies: world.clone(),
        clock: world.clone(),
        ids: world,
        status_turns: Arc::default(),
        settings: Settings { resolver_url: "https://resolver.example/".to_owned(), api_key_days: 30 },
    };
    House { studio, views: projections::Views::new(pool), write_wait_seconds: 1, budget: Arc::default() }
}

/// A request of the tenant, outside any door.
pub(crate) fn asking(world: World) -> Arc<Asking> {
    let caller = app::Principal::unbounded(CUSTOMER, Actor::ApiKey(Uuid::nil()));
    Asking::new(&Arc::new(house(world)), &Arc::default(), caller, Uuid::nil(), None)
}

impl Clock for World {
    fn now(&self) -> Instant {
        Instant::from_timestamp(1_800_000_000, 0).unwrap()
    }
}

impl Ids for World {
    fn next(&self) -> Uuid {
        Uuid::from_u128(self.0.ids.fetch_add(1, Ordering::SeqCst).into())
    }
    fn random(&self) -> u32 {
        4
    }
}

impl ApiKeys for World {
    fn generate(&self) -> NewApiKey {
        NewApiKey { secret: KEY.to_owned(), hash: KEY.to_owned() }
    }
    fn hash(&self, secret: &str) -> String {
        secret.to_owned()
    }
}

impl Places for World {
    fn seal(&self, customer: CustomerId, list: &str, place: i64) -> String {
        hex::encode(format!("{customer} {list} {place}"))
    }
    fn open(&self, customer: CustomerId, list: &str, text: &str) -> Option<i64> {
        let text = String::from_utf8(hex::decode(text).ok()?).ok()?;
        text.strip_prefix(&format!("{customer} {list} "))?.parse().ok()
    }
}

#[async_trait]
impl Directory for World {
    async fn api_key(&self, hash: &str) -> Result<Option<ApiKeyOwner>, Fault> {
        let expires_at = self.now() + Duration::from_mins(1);
        let owner =
            ApiKeyOwner { customer: CUSTOMER, key: ApiKeyId(Uuid::nil()), expires_at, revoked: false };
        Ok((hash == KEY).then_some(owner))
    }
    async fn credential_by_fingerprint(&self, _: CustomerId, _: &str) -> Result<Option<CredentialId>, Fault> {
        Ok(None)
    }
    async fn credential_by_entry(
        &self,
        _: CustomerId,
        _: StatusListId,
        _: u32,
    ) -> Result<Option<CredentialId>, Fault> {
        Ok(None)
    }
    async fn status_lists(&self, _: CustomerId, _: &str, _: &str) -> Result<Vec<StatusListId>, Fault> {
        Ok(Vec::new())
    }
    async fn payer(&self, _: CustomerId, _: Network) -> Result<Option<(String, String)>, Fault> {
        Ok(None)
    }
}

macro_rules! empty_streams {
    ($($aggregate:ty),+) => {
        $(#[async_trait]
        impl Execute<$aggregate> for World {
            async fn execute(
                &self,
                _: &str,
                _: <$aggregate as Aggregate>::Command,
                _: Meta,
            ) -> Result<Committed<$aggregate>, Fault> {
                Err(Fault::bug("no test asks for this"))
            }
            async fn load(&self, _: &str) -> Result<Loaded<$aggregate>, Fault> {
                Ok(Loaded { state: Default::default(), version: 0 })
            }
        })+
    };
}
empty_streams!(Customer, DidRecord, ResourceLine, StatusList, Credential, Accreditation);

#[async_trait]
impl Execute<Key> for World {
    async fn execute(
        &self,
        id: &str,
        command: <Key as Aggregate>::Command,
        _: Meta,
    ) -> Result<Committed<Key>, Fault> {
        self.works()?;
        let mut keys = self.0.keys.lock().unwrap();
        let state = keys.entry(id.to_owned()).or_default();
        let events = state.decide(command).map_err(|refusal| Fault::refused(&refusal))?;
        for event in &events {
            state.evolve(event);
        }
        Ok(Committed { state: state.clone(), events, version: 1, token: Token(1) })
    }
    async fn load(&self, id: &str) -> Result<Loaded<Key>, Fault> {
        let state = self.0.keys.lock().unwrap().get(id).cloned().unwrap_or_default();
        Ok(Loaded { state, version: 1 })
    }
}

#[async_trait]
impl Vault for World {
    async fn create_key(
        &self,
        _: CustomerId,
        request: Uuid,
        algorithm: KeyAlgorithm,
        _: KeyPurpose,
    ) -> Result<PublicKey, Fault> {
        self.0.key_requests.lock().unwrap().push(request);
        let bytes = [request.into_bytes(), request.into_bytes()].concat();
        Ok(PublicKey { kid: KeyId(hex::encode(&bytes)), algorithm, bytes })
    }
    async fn sign(&self, _: CustomerId, _: &KeyId, _: &[u8]) -> Result<Vec<u8>, Fault> {
        Ok(vec![0; 64])
    }
    async fn seal(&self, _: CustomerId, _: &str, plaintext: &[u8]) -> Result<Sealed, Fault> {
        Ok(Sealed(hex::encode(plaintext)))
    }
    async fn open(&self, _: CustomerId, sealed: &Sealed) -> Result<Option<Vec<u8>>, Fault> {
        Ok(hex::decode(&sealed.0).ok())
    }
    async fn erase(&self, _: CustomerId, _: &str) -> Result<u64, Fault> {
        Ok(0)
    }
    async fn fingerprint(&self, _: CustomerId, bytes: &[u8]) -> Result<String, Fault> {
        Ok(hex::encode(bytes))
    }
}

#[async_trait]
impl Replies for World {
    async fn forget_running(&self, _: CustomerId) -> Result<(), Fault> {
        Ok(())
    }
    async fn begin(&self, customer: CustomerId, key: &str, hash: &str, _: Instant) -> Result<Begun, Fault> {
        let mut replies = self.0.replies.lock().unwrap();
        Ok(match replies.get_mut(&(customer, key.to_owned())) {
            None => {
                let begun = Started { hash: hash.to_owned(), answer: None, is_held: false };
                replies.insert((customer, key.to_owned()), begun);
                Begun::Go
            }
            Some(known) if known.hash != hash => Begun::Mismatch,
            Some(known) => match &known.answer {
                Some(reply) => Begun::Answered(reply.clone()),
                None if std::mem::take(&mut known.is_held) => Begun::Go,
                None => Begun::InFlight,
            },
        })
    }
    async fn finish(&self, customer: CustomerId, key: &str, reply: &Reply) -> Result<(), Fault> {
        if let Some(begun) = self.0.replies.lock().unwrap().get_mut(&(customer, key.to_owned())) {
            begun.answer = Some(reply.clone());
        }
        Ok(())
    }
    async fn release(&self, customer: CustomerId, key: &str, _: Uuid) -> Result<(), Fault> {
        self.0.replies.lock().unwrap().remove(&(customer, key.to_owned()));
        Ok(())
    }
    async fn hold(&self, customer: CustomerId, key: &str) -> Result<(), Fault> {
        if let Some(begun) = self.0.replies.lock().unwrap().get_mut(&(customer, key.to_owned())) {
            begun.is_held = true;
        }
        Ok(())
    }
}

#[async_trait]
impl Outcomes for World {
    async fn known(&self, _operation: OperationId) -> Result<bool, Fault> {
        Ok(false)
    }

    async fn ended(&self, _: OperationId, _: Duration) -> Result<Waited, Fault> {
        Ok(Waited::Pending { code: None, reason: None })
    }
    async fn visible(&self, _: Token) -> Result<bool, Fault> {
        Ok(true)
    }
    async fn all_visible(&self) -> Result<bool, Fault> {
        Ok(true)
    }
}

#[async_trait]
impl Estate for World {
    async fn holdings(&self, _: Network, _: Option<&Did>, _: u32) -> Result<Vec<Holding>, Fault> {
        Err(Fault::bug("no test asks for this"))
    }

    async fn is_ours(&self, _: &Did) -> Result<bool, Fault> {
        Ok(true)
    }
}

#[async_trait]
impl Interventions for World {
    async fn intervene(
        &self,
        _: OperationId,
        _: Option<CustomerId>,
        _: Intervention,
    ) -> Result<Intervened, Fault> {
        Err(Fault::bug("no test asks for this"))
    }
}

impl Composer for World {
    fn sign_bytes(&self, _: &Payload) -> Result<Vec<u8>, Fault> {
        Err(Fault::bug("no test asks for this"))
    }
    fn message(&self, _: &Payload, _: &[IdentitySignature]) -> Result<ChainMessage, Fault> {
        Err(Fault::bug("no test asks for this"))
    }
}

fn away<T>(network: Network) -> Result<T, ChainFault> {
    Err(ChainFault::NotConfigured(network))
}

#[async_trait]
impl Chain for World {
    async fn status(&self, network: Network) -> Result<ChainStatus, ChainFault> {
        away(network)
    }
    async fn account(&self, network: Network, _: &str) -> Result<Option<ChainAccount>, ChainFault> {
        away(network)
    }
    async fn balance(&self, network: Network, _: &str) -> Result<Ncheq, ChainFault> {
        away(network)
    }
    async fn quote(
        &self,
        network: Network,
        _: &[ChainMessage],
        _: Option<u64>,
    ) -> Result<FeeQuote, ChainFault> {
        away(network)
    }
    async fn simulate(&self, network: Network, _: &[u8]) -> Result<Result<u64, TxCode>, ChainFault> {
        away(network)
    }
    async fn broadcast(&self, network: Network, _: &[u8]) -> Result<TxCode, ChainFault> {
        away(network)
    }
    async fn lookup(&self, network: Network, _: &str) -> Result<Option<TxFound>, ChainFault> {
        away(network)
    }
    async fn effect(&self, network: Network, _: &Effect) -> Result<EffectFound, ChainFault> {
        away(network)
    }
    fn unsigned(&self, _: &TxDraft) -> Result<UnsignedTx, ChainFault> {
        away(Network::Testnet)
    }
    fn signed(&self, _: &UnsignedTx, _: &[u8]) -> SignedTx {
        SignedTx { bytes: Vec::new(), hash: String::new() }
    }
}

#[async_trait]
impl Resolver for World {
    async fn did(&self, _: &Did, _: Option<&str>, _: Freshness) -> Result<Option<ResolvedDid>, Fault> {
        Ok(None)
    }
    async fn did_versions(&self, _: &Did) -> Result<Vec<ResolvedDid>, Fault> {
        Ok(Vec::new())
    }
    async fn resource(&self, _: &Did, _: &str) -> Result<Option<ResolvedResource>, Fault> {
        Ok(None)
    }
    async fn latest_resource(
        &self,
        _: &Did,
        _: &str,
        _: &str,
        _: Freshness,
    ) -> Result<Option<ResolvedResource>, Fault> {
        Ok(None)
    }
    async fn resources(&self, _: &Did, _: Freshness) -> Result<Vec<ResourceMetadata>, Fault> {
        Ok(Vec::new())
    }
}
