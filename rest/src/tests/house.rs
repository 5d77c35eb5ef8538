//! A house with nothing in it but an API key, saved replies and a clock: enough for everything before the handlers.

use crate::{Check, House, Readiness, RestSettings, VersionInfo};
use app::{
    Fault, Settings, Studio,
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
    id::{CredentialId, CustomerId, Did, Instant, KeyId, Ncheq, Network, OperationId, Sealed, StatusListId},
    key::{KeyAlgorithm, KeyPurpose},
    ledger::Effect,
};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};
use uuid::Uuid;

/// The one secret that works.
pub(super) const SECRET: &str = "caas_0123456789";
/// Whose it is.
pub(super) const CUSTOMER: Uuid = Uuid::from_u128(7);

/// By customer and key.
type Saved = HashMap<(CustomerId, String), Started>;

/// A request that began under a key.
struct Started {
    hash: String,
    answer: Option<Reply>,
    is_held: bool,
}

#[derive(Default)]
pub(super) struct Nothing {
    ids: AtomicU64,
    replies: Mutex<Saved>,
    pub(super) ready: Mutex<Vec<Check>>,
    /// Questions to the ledger.
    pub(super) questions: AtomicUsize,
}

fn away<T>() -> Result<T, Fault> {
    Err(Fault::unavailable("test/away", "Not here.", "a secret detail"))
}

fn unreachable<T>(network: Network) -> Result<T, ChainFault> {
    Err(ChainFault::Unreachable { network, detail: "a secret detail".to_owned() })
}

#[async_trait]
impl<A: Aggregate> Execute<A> for Nothing
where
    A::Command: Send + 'static,
{
    async fn execute(&self, _: &str, _: A::Command, _: Meta) -> Result<Committed<A>, Fault> {
        away()
    }
    async fn load(&self, _: &str) -> Result<Loaded<A>, Fault> {
        Ok(Loaded { state: A::default(), version: 0 })
    }
}

#[async_trait]
impl Vault for Nothing {
    async fn create_key(
        &self,
        _: CustomerId,
        _: Uuid,
        _: KeyAlgorithm,
        _: KeyPurpose,
    ) -> Result<PublicKey, Fault> {
        away()
    }
    async fn sign(&self, _: CustomerId, _: &KeyId, _: &[u8]) -> Result<Vec<u8>, Fault> {
        away()
    }
    async fn seal(&self, _: CustomerId, subject: &str, plaintext: &[u8]) -> Result<Sealed, Fault> {
        Ok(Sealed(format!("{subject}.{}", hex::encode(plaintext))))
    }
    async fn open(&self, _: CustomerId, sealed: &Sealed) -> Result<Option<Vec<u8>>, Fault> {
        let text = sealed.0.split_once('.').map_or("", |(_, text)| text);
        Ok(Some(hex::decode(text).map_err(Fault::bug)?))
    }
    async fn erase(&self, _: CustomerId, _: &str) -> Result<u64, Fault> {
        away()
    }
    async fn fingerprint(&self, _: CustomerId, _: &[u8]) -> Result<String, Fault> {
        away()
    }
}

impl ApiKeys for Nothing {
    fn generate(&self) -> NewApiKey {
        NewApiKey { secret: SECRET.to_owned(), hash: self.hash(SECRET) }
    }
    fn hash(&self, secret: &str) -> String {
        secret.chars().rev().collect()
    }
}

impl Composer for Nothing {
    fn sign_bytes(&self, _: &Payload) -> Result<Vec<u8>, Fault> {
        away()
    }
    fn message(&self, _: &Payload, _: &[IdentitySignature]) -> Result<ChainMessage, Fault> {
        away()
    }
}

#[async_trait]
impl Chain for Nothing {
    async fn status(&self, network: Network) -> Result<ChainStatus, ChainFault> {
        unreachable(network)
    }
    async fn account(&self, network: Network, _: &str) -> Result<Option<ChainAccount>, ChainFault> {
        unreachable(network)
    }
    async fn balance(&self, network: Network, _: &str) -> Result<Ncheq, ChainFault> {
        unreachable(network)
    }
    async fn quote(
        &self,
        network: Network,
        _: &[ChainMessage],
        _: Option<u64>,
    ) -> Result<FeeQuote, ChainFault> {
        unreachable(network)
    }
    async fn simulate(&self, network: Network, _: &[u8]) -> Result<Result<u64, TxCode>, ChainFault> {
        unreachable(network)
    }
    async fn broadcast(&self, network: Network, _: &[u8]) -> Result<TxCode, ChainFault> {
        unreachable(network)
    }
    async fn lookup(&self, network: Network, _: &str) -> Result<Option<TxFound>, ChainFault> {
        unreachable(network)
    }
    async fn effect(&self, network: Network, _: &Effect) -> Result<EffectFound, ChainFault> {
        unreachable(network)
    }
    fn unsigned(&self, _: &TxDraft) -> Result<UnsignedTx, ChainFault> {
        unreachable(Network::Testnet)
    }
    fn signed(&self, _: &UnsignedTx, _: &[u8]) -> SignedTx {
        SignedTx { bytes: Vec::new(), hash: String::new() }
    }
}

#[async_trait]
impl Resolver for Nothing {
    async fn did(&self, _: &Did, _: Option<&str>, _: Freshness) -> Result<Option<ResolvedDid>, Fault> {
        self.questions.fetch_add(1, Ordering::SeqCst);
        Ok(None)
    }
    async fn did_versions(&self, _: &Did) -> Result<Vec<ResolvedDid>, Fault> {
        self.questions.fetch_add(1, Ordering::SeqCst);
        Ok(Vec::new())
    }
    async fn resource(&self, _: &Did, _: &str) -> Result<Option<ResolvedResource>, Fault> {
        self.questions.fetch_add(1, Ordering::SeqCst);
        Ok(None)
    }
    async fn latest_resource(
        &self,
        _: &Did,
        _: &str,
        _: &str,
        _: Freshness,
    ) -> Result<Option<ResolvedResource>, Fault> {
        self.questions.fetch_add(1, Ordering::SeqCst);
        Ok(None)
    }
    async fn resources(&self, _: &Did, _: Freshness) -> Result<Vec<ResourceMetadata>, Fault> {
        self.questions.fetch_add(1, Ordering::SeqCst);
        Ok(Vec::new())
    }
}

#[async_trait]
impl Directory for Nothing {
    async fn api_key(&self, hash: &str) -> Result<Option<ApiKeyOwner>, Fault> {
        Ok((hash == self.hash(SECRET)).then(|| ApiKeyOwner {
            customer: CUSTOMER.into(),
            key: CUSTOMER.into(),
            expires_at: Instant::MAX_UTC,
            revoked: false,
        }))
    }
    async fn credential_by_fingerprint(&self, _: CustomerId, _: &str) -> Result<Option<CredentialId>, Fault> {
        away()
    }
    async fn credential_by_entry(
        &self,
        _: CustomerId,
        _: StatusListId,
        _: u32,
    ) -> Result<Option<CredentialId>, Fault> {
        away()
    }
    async fn status_lists(&self, _: CustomerId, _: &str, _: &str) -> Result<Vec<StatusListId>, Fault> {
        away()
    }
    async fn payer(&self, _: CustomerId, _: Network) -> Result<Option<(String, String)>, Fault> {
        away()
    }
}

#[async_trait]
impl Outcomes for Nothing {
    async fn known(&self, _operation: OperationId) -> Result<bool, Fault> {
        Ok(false)
    }

    async fn ended(&self, _: OperationId, _: Duration) -> Result<Waited, Fault> {
        away()
    }
    async fn visible(&self, _: Token) -> Result<bool, Fault> {
        away()
    }
    async fn all_visible(&self) -> Result<bool, Fault> {
        away()
    }
}

#[async_trait]
impl Estate for Nothing {
    async fn holdings(&self, _: Network, _: Option<&Did>, _: u32) -> Result<Vec<Holding>, Fault> {
        away()
    }

    async fn is_ours(&self, _: &Did) -> Result<bool, Fault> {
        Ok(true)
    }
}

#[async_trait]
impl Interventions for Nothing {
    async fn intervene(
        &self,
        _: OperationId,
        _: Option<CustomerId>,
        _: Intervention,
    ) -> Result<Intervened, Fault> {
        away()
    }
}

#[async_trait]
impl Replies for Nothing {
    async fn forget_running(&self, _: CustomerId) -> Result<(), Fault> {
        away()
    }
    async fn begin(&self, customer: CustomerId, key: &str, hash: &str, _: Instant) -> Result<Begun, Fault> {
        let mut replies = self.replies.lock().unwrap();
        match replies.get_mut(&(customer, key.to_owned())) {
            None => {
                let begun = Started { hash: hash.to_owned(), answer: None, is_held: false };
                replies.insert((customer, key.to_owned()), begun);
                Ok(Begun::Go)
            }
            Some(known) if known.hash != hash => Ok(Begun::Mismatch),
            Some(known) => Ok(match &known.answer {
                Some(reply) => Begun::Answered(reply.clone()),
                None if std::mem::take(&mut known.is_held) => Begun::Go,
                None => Begun::InFlight,
            }),
        }
    }
    async fn finish(&self, customer: CustomerId, key: &str, reply: &Reply) -> Result<(), Fault> {
        let mut replies = self.replies.lock().unwrap();
        replies.get_mut(&(customer, key.to_owned())).unwrap().answer = Some(reply.clone());
        Ok(())
    }
    async fn release(&self, customer: CustomerId, key: &str, _: Uuid) -> Result<(), Fault> {
        self.replies.lock().unwrap().remove(&(customer, key.to_owned()));
        Ok(())
    }
    async fn hold(&self, customer: CustomerId, key: &str) -> Result<(), Fault> {
        self.replies.lock().unwrap().get_mut(&(customer, key.to_owned())).unwrap().is_held = true;
        Ok(())
    }
}

impl Clock for Nothing {
    fn now(&self) -> Instant {
        Instant::UNIX_EPOCH
    }
}

impl Ids for Nothing {
    fn next(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.ids.fetch_add(1, Ordering::Relaxed)) + 1_000)
    }
    fn random(&self) -> u32 {
        4
    }
}

impl Places for Nothing {
    fn seal(&self, customer: CustomerId, list: &str, place: i64) -> String {
        format!("{customer}-{}-{place}", list.replace('/', "."))
    }
    fn open(&self, customer: CustomerId, list: &str, text: &str) -> Option<i64> {
        text.strip_prefix(&format!("{customer}-{}-", list.replace('/', ".")))?.parse().ok()
    }
}

#[async_trait]
impl Readiness for Nothing {
    async fn checks(&self) -> Vec<Check> {
        self.ready.lock().unwrap().clone()
    }
}

/// The house, and what is in it.
pub(super) fn house() -> (House, Arc<Nothing>) {
    let nothing = Arc::new(Nothing::default());
    let pool = sqlx::postgres::PgPoolOptions::new()
        .acquire_timeout(Duration::from_millis(50))
        .connect_lazy("postgres://nobody@127.0.0.1:1/none")
        .unwrap();
    let studio = Studio {
        commands: nothing.clone(),
        vault: nothing.clone(),
        api_keys: nothing.clone(),
        places: nothing.clone(),
        composer: nothing.clone(),
        chain: nothing.clone(),
        resolver: nothing.clone(),
        directory: nothing.clone(),
        outcomes: nothing.clone(),
        estate: nothing.clone(),
        interventions: nothing.clone(),
        replies: nothing.clone(),
        clock: nothing.clone(),
        ids: nothing.clone(),
        status_turns: Arc::default(),
        settings: Settings {
            resolver_url: "https://resolver.example/1.0/identifiers/".to_owned(),
            api_key_days: 365,
        },
    };
    let settings = RestSettings {
        write_wait_seconds: 30,
        swagger: true,
        base_url: None,
        version: VersionInfo { name: "studio".to_owned(), version: "0.0.0".to_owned(), commit: None },
    };
    let views = projections::Views::new(pool);
    let budget = Arc::default();
    let visitors = nothing.clone();
    (House { studio, views, settings, readiness: nothing.clone(), budget, visitors }, nothing)
}
