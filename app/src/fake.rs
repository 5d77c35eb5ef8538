//! A whole Studio in memory, for tests: one log with the real rules, keys that really sign, a ledger that checks the
//! signatures and shows what was written, and a clock that stands until it is told to move. Nothing waits and nothing is
//! random, so a test says what was given, what is asked, and what has happened then:
//!
//! ```text
//! let world = World::new();
//! let (studio, call) = (world.studio(), world.call());
//! world.when(key::create(&studio, &call, key::CreateKey { algorithm: KeyAlgorithm::Ed25519, alias: None })).await.then_events(["KeyCreated"]).then();
//! ```
//!
//! A [`World`] begins with one tenant that has an API key and payer accounts with enough money. What happens outside is set
//! at its parts: [`Ledger`] (price, balance, absence, other people's writes), [`Outbox`] (how operations end), [`Log`]
//! (absence, deaths), [`Index`] (readers that lag).
#![expect(clippy::expect_used, reason = "a world for tests fails loudly")]

mod entrance;
mod given;
mod index;
mod kept;
mod ledger;
mod log;
mod outbox;
mod passkeys;
mod people;
mod safe;
mod time;
mod told;
mod uses;

pub use entrance::Entrance;
pub use given::Chain;
pub use index::Index;
pub use kept::Kept;
pub use ledger::Ledger;
pub use log::{Appended, Log};
pub use outbox::{End, Outbox, Standing};
pub use passkeys::{Device, Keychain};
pub use safe::{Safe, address};
pub use time::{Bookmarks, Numbers, Time};
pub use told::Told;
pub use uses::Uses;

use crate::{
    Actor, Call, Fault, Principal, Settings, Studio,
    customer::LastUses,
    port::vault::KeyRequest,
    studio::{SessionLimits, SignIn},
};
use domain::{
    Aggregate,
    customer::{Customer, CustomerEvent, PayerAccount},
    id::{ApiKeyId, CustomerId, Network},
    key::{Key, KeyAlgorithm, KeyEvent, KeyPurpose},
};
use std::{
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use uuid::Uuid;

/// The tenant that every world begins with.
pub const CUSTOMER: CustomerId = CustomerId(Uuid::from_u128(7));
/// Another one, once it was asked for ([`World::stranger`]).
pub const STRANGER: CustomerId = CustomerId(Uuid::from_u128(8));
/// The secret of the tenant's API key.
pub const SECRET: &str = "caas_0123456789";
/// That key.
pub const API_KEY: ApiKeyId = ApiKeyId(Uuid::from_u128(7));
/// How long an API key lives here, in days.
pub const API_KEY_DAYS: u32 = 30;
/// How long calls wait, in seconds.
const WAIT_SECONDS: u64 = 30;

/// A Studio in memory. Clones share everything.
#[derive(Clone)]
pub struct World {
    /// Everything that happened.
    pub log: Arc<Log>,
    /// Keys and sealed texts.
    pub safe: Arc<Safe>,
    /// The ledger, all networks.
    pub ledger: Arc<Ledger>,
    /// Operations between the two.
    pub outbox: Arc<Outbox>,
    /// What readers know.
    pub index: Arc<Index>,
    /// Answers kept for repeats.
    pub kept: Arc<Kept>,
    /// Who is signed in.
    pub entrance: Arc<Entrance>,
    /// When API keys were last used, as it is written down.
    pub uses: Arc<Uses>,
    /// Passkeys.
    pub keychain: Arc<Keychain>,
    /// The clock.
    pub time: Arc<Time>,
    /// Ids.
    pub numbers: Arc<Numbers>,
    studio: Studio,
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl World {
    /// With one tenant.
    pub fn new() -> Self {
        let (log, time) = (Arc::new(Log::default()), Arc::new(Time::default()));
        let (safe, ledger) = (Arc::new(Safe::default()), Arc::new(Ledger::new(Arc::clone(&time))));
        let outbox = Arc::new(Outbox::new(Arc::clone(&log), Arc::clone(&ledger), Arc::clone(&time)));
        let index = Arc::new(Index::new(Arc::clone(&log)));
        let (entrance, uses) = (Arc::new(Entrance::new(Arc::clone(&time))), Arc::new(Uses::default()));
        let keychain = Arc::new(Keychain::default());
        let (kept, numbers) = (Arc::new(Kept::new(Arc::clone(&log))), Arc::new(Numbers::default()));
        let studio = Studio {
            commands: log.clone(),
            vault: safe.clone(),
            api_keys: safe.clone(),
            hashes: safe.clone(),
            places: Arc::new(Bookmarks),
            composer: ledger.clone(),
            chain: ledger.clone(),
            resolver: ledger.clone(),
            directory: index.clone(),
            people: index.clone(),
            outcomes: outbox.clone(),
            estate: outbox.clone(),
            interventions: outbox.clone(),
            replies: kept.clone(),
            sign_in: SignIn {
                sessions: entrance.clone(),
                identities: entrance.clone(),
                passwords: entrance.clone(),
                passkeys: keychain.clone(),
                authenticators: keychain.clone(),
                attempts: entrance.clone(),
                links: entrance.clone(),
                cookies: entrance.clone(),
                provider: None,
                provider_users: None,
            },
            clock: time.clone(),
            ids: numbers.clone(),
            key_ring: Arc::default(),
            last_uses: Arc::new(LastUses::new(uses.clone())),
            status_turns: Arc::default(),
            settings: Settings {
                resolver_url: "https://resolver.example/1.0/identifiers/".to_owned(),
                api_key_days: API_KEY_DAYS,
                base_url: None,
                trusted_origins: vec!["https://console.example".to_owned()],
                sessions: SessionLimits::default(),
                open_to: None,
            },
        };
        let world =
            Self { log, safe, ledger, outbox, index, kept, entrance, uses, keychain, time, numbers, studio };
        world.register(CUSTOMER, API_KEY, SECRET);
        world
    }

    /// The ports, as use cases get them.
    pub fn studio(&self) -> Studio {
        self.studio.clone()
    }

    /// A new request of the tenant.
    pub fn call(&self) -> Call {
        self.call_of(CUSTOMER)
    }

    /// A new request of a tenant.
    pub fn call_of(&self, customer: CustomerId) -> Call {
        Call {
            who: Principal::unbounded(customer, Actor::ApiKey(customer.0)),
            command_id: self.numbers.request(),
            correlation_id: self.numbers.request(),
            traceparent: None,
            at: self.time.present(),
            wait_seconds: WAIT_SECONDS,
            dry_run: false,
            fee_max: None,
            desk: crate::Desk::default(),
        }
    }

    /// Another tenant, like the first. Asking again is the same one.
    pub fn stranger(&self) -> CustomerId {
        if self.log.state::<Customer>(&STRANGER.to_string()).customer.is_none() {
            self.register(STRANGER, ApiKeyId(STRANGER.0), "caas_stranger");
        }
        STRANGER
    }

    /// These events happened to this aggregate.
    pub fn given<A: Aggregate>(&self, id: &str, events: impl IntoIterator<Item = A::Event>) {
        self.log.given::<A>(id, events);
    }

    /// What came of an act, and what it appended to the log.
    pub fn when<T>(&self, act: impl Future<Output = Result<T, Fault>>) -> impl Future<Output = Told<T>> {
        let act = Box::pin(act);
        async move {
            let before = self.log.len();
            let answer = act.await;
            Told::new(answer, self.log.since(before))
        }
    }

    fn register(&self, customer: CustomerId, key: ApiKeyId, secret: &str) {
        let at = self.time.present();
        let mut payers = Vec::with_capacity(Network::ALL.len());
        for network in Network::ALL {
            let request = domain::id::derived_uuid("payer", &[&customer.to_string(), network.as_str()]);
            let (algorithm, purpose) = (KeyAlgorithm::Secp256k1, KeyPurpose::Payer);
            let wanted = KeyRequest { customer, request, algorithm, purpose };
            let public = self.safe.make(wanted).expect("a key can be made");
            let created = KeyEvent::KeyCreated {
                kid: public.kid.clone(),
                customer,
                algorithm,
                purpose,
                public_key_hex: public.kid.0.clone(),
                alias: None,
                sealed_alias: None,
                imported: false,
                at,
            };
            self.given::<Key>(&public.kid.0, [created]);
            payers.push(PayerAccount { network, address: address(&public.bytes), kid: public.kid });
        }
        let name = self.safe.put(customer, crate::customer::CUSTOMER_SUBJECT, b"Example Ltd");
        let registered = CustomerEvent::CustomerRegistered { customer, name, email: None, payers, at };
        let issued = CustomerEvent::ApiKeyIssued {
            key,
            customer,
            hash: safe::hash(secret),
            last_four: secret.get(secret.len().saturating_sub(4)..).unwrap_or_default().to_owned(),
            name: "first key".to_owned(),
            expires_at: at + chrono::Days::new(API_KEY_DAYS.into()),
            grant: None,
            at,
        };
        self.given::<Customer>(&customer.to_string(), [registered, issued]);
    }
}

/// Whoever held it and panicked did so on purpose.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
