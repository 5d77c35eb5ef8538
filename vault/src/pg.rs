//! The vault over Postgres.

mod customer;
mod key;
mod master;
mod password;
mod rotate;
mod subject;

pub use master::StartError;
pub use rotate::Rewrapped;
pub use subject::{MAX_PLAINTEXT_BYTES, MAX_SUBJECT_BYTES};

use crate::{
    MasterKey,
    address::payer_address,
    api_key,
    cookie::CookieKeys,
    export::{self, Unopened},
    kdf::{self, Label},
    lookup,
    password::PASSWORD_TURNS,
    place::PlaceKeys,
    secret::Secret,
    signer::SigningKey,
    unlock::{UNLOCK_TURNS, unlock},
};
use app::{
    Fault,
    port::{
        Places,
        passwords::Password,
        vault::{
            ApiKeys, Cookies, ExportedKey, Hashed, Hashes, KeyRequest, LockedKey, NewApiKey, PrivateKey,
            PublicKey, Vault,
        },
    },
};
use async_trait::async_trait;
use customer::CustomerKeys;
use domain::{
    id::{CustomerId, KeyId, Sealed},
    key::KeyAlgorithm,
};
use moka::future::Cache;
use sqlx::PgPool;
use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

/// The limits of these modules.
pub(crate) fn limits() -> Vec<domain::limit::Limit> {
    [LIMITS, customer::LIMITS, key::LIMITS, subject::LIMITS].concat()
}

domain::limits! {
    /// Most unwrapped signing keys kept in memory.
    MAX_CACHED_SIGNING_KEYS: u64 = 4096, "keys";
    /// Most unwrapped customer keys kept in memory.
    MAX_CACHED_CUSTOMER_KEYS: u64 = 4096, "keys";
    /// How long an unwrapped key stays in memory, in seconds.
    CACHE_TTL_SECONDS: u64 = 600, "seconds";
}

/// Keys and ciphertext in the schema `vault` of one database. Cheap to clone; clones share their caches.
///
/// Unwrapped customer and signing keys are cached, bounded in number and time. Subject keys never are, so that an erasure
/// counts at once in every process.
#[derive(Clone)]
pub struct PgVault(Arc<Inner>);

struct Inner {
    pool: PgPool,
    ring: RwLock<Ring>,
    api_key_secret: Secret,
    places: PlaceKeys,
    cookies: CookieKeys,
    password_key: Secret,
    password_turns: Arc<Semaphore>,
    import_secret: Option<Arc<Zeroizing<String>>>,
    unlock_turns: Arc<Semaphore>,
    /// Whose keys are being unlocked: of each customer one waits for a turn.
    unlocking: Cache<CustomerId, Arc<Semaphore>>,
    customers: Cache<CustomerId, Arc<CustomerKeys>>,
    signers: Cache<(CustomerId, KeyId), Arc<SigningKey>>,
}

/// The master keys this process has, and which one the database is under.
struct Ring {
    keys: Vec<Arc<MasterKey>>,
    active: Active,
}

#[derive(Clone)]
struct Active {
    version: i32,
    key: Arc<MasterKey>,
}

impl fmt::Debug for PgVault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PgVault([redacted])")
    }
}

/// Secrets that the operator sets, beside the master key.
#[derive(Clone, Copy, Default)]
pub struct OperatorSecrets<'a> {
    /// What browsers keep for us is sealed under the first of these and opened under any; without, under one of the database.
    pub cookies: &'a [String],
    /// Private keys may come under this one; without, none comes locked.
    pub imports: Option<&'a str>,
}

impl PgVault {
    /// Runs the self-test and opens the vault of a migrated database with its master key; the first start ever puts the
    /// database under `master`.
    ///
    /// `standby` are further master keys this process may use: give every process the next key here before rotating, and
    /// [`PgVault::rewrap`] interrupts nobody.
    pub async fn connect(
        pool: PgPool,
        master: MasterKey,
        standby: Vec<MasterKey>,
    ) -> Result<Self, StartError> {
        Self::connect_with(pool, master, standby, OperatorSecrets::default()).await
    }

    /// The same, with secrets of the operator's.
    pub async fn connect_with(
        pool: PgPool,
        master: MasterKey,
        standby: Vec<MasterKey>,
        secrets: OperatorSecrets<'_>,
    ) -> Result<Self, StartError> {
        crate::self_test()?;
        let keys: Vec<_> = std::iter::once(master).chain(standby).map(Arc::new).collect();
        let (active, api_key_secret) = master::open_or_found(&pool, &keys).await?;
        let ttl = Duration::from_secs(CACHE_TTL_SECONDS);
        Ok(Self(Arc::new(Inner {
            pool,
            ring: RwLock::new(Ring { keys, active }),
            places: PlaceKeys::new(&api_key_secret),
            cookies: CookieKeys::new(secrets.cookies, &api_key_secret),
            password_key: kdf::derive(&api_key_secret, Label::Password),
            password_turns: Arc::new(Semaphore::new(PASSWORD_TURNS)),
            import_secret: secrets.imports.map(|text| Arc::new(Zeroizing::new(text.to_owned()))),
            unlock_turns: Arc::new(Semaphore::new(UNLOCK_TURNS)),
            unlocking: Cache::builder().max_capacity(MAX_CACHED_CUSTOMER_KEYS).time_to_idle(ttl).build(),
            api_key_secret,
            customers: Cache::builder().max_capacity(MAX_CACHED_CUSTOMER_KEYS).time_to_live(ttl).build(),
            signers: Cache::builder().max_capacity(MAX_CACHED_SIGNING_KEYS).time_to_live(ttl).build(),
        })))
    }

    fn pool(&self) -> &PgPool {
        &self.0.pool
    }

    /// Computes something that takes a moment: not among what must answer at once, and one of each customer's.
    async fn computed<T: Send + 'static>(
        &self,
        customer: CustomerId,
        compute: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Fault> {
        let own = self.0.unlocking.get_with(customer, async { Arc::new(Semaphore::new(1)) }).await;
        let own = own.acquire_owned().await.map_err(Fault::bug)?;
        let turn = Arc::clone(&self.0.unlock_turns).acquire_owned().await.map_err(Fault::bug)?;
        let computed = tokio::task::spawn_blocking(move || {
            let _turns = (own, turn);
            compute()
        });
        computed.await.map_err(Fault::bug)
    }

    fn active(&self) -> Active {
        // A panic while holding the lock cannot leave the ring half-changed: it is changed by single assignments.
        self.0.ring.read().unwrap_or_else(PoisonError::into_inner).active.clone()
    }

    fn activate(&self, active: Active) {
        let mut ring = self.0.ring.write().unwrap_or_else(PoisonError::into_inner);
        if active.version > ring.active.version {
            // The key that was rotated away is of no more use here: let it be wiped.
            let old = *ring.active.key.check();
            ring.keys.retain(|key| *key.check() != old && key.check() != active.key.check());
            ring.keys.push(Arc::clone(&active.key));
            ring.active = active;
        }
    }
}

#[async_trait]
impl Vault for PgVault {
    async fn create_key(&self, wanted: KeyRequest) -> Result<PublicKey, Fault> {
        self.create(wanted).await
    }

    fn public_half(&self, algorithm: KeyAlgorithm, private: &PrivateKey) -> Result<PublicKey, Fault> {
        key::given(algorithm, private.expose()).map(|(_, key)| key::public(&key))
    }

    async fn unlock(&self, customer: CustomerId, locked: &LockedKey) -> Result<PrivateKey, Fault> {
        let secret = self.0.import_secret.clone().ok_or_else(|| {
            let sentence =
                "This Studio takes no encrypted keys: its operator has set no CREDS_DECRYPTION_SECRET.";
            Fault::invalid("key/no-import-secret", sentence)
        })?;
        let locked = locked.clone();
        let opened = self.computed(customer, move || unlock(&secret, &locked)).await?;
        opened.ok_or_else(|| {
            let sentence =
                "The private key was not encrypted with this ivHex, this salt and the secret of this Studio.";
            Fault::invalid("key/not-decrypted", sentence)
        })
    }

    async fn lock_keys(
        &self,
        customer: CustomerId,
        keys: &[(String, KeyId)],
        password: &Password,
    ) -> Result<String, Fault> {
        let mut opened = Vec::with_capacity(keys.len());
        for (name, kid) in keys {
            opened.push((name.clone(), self.signer(customer, kid).await?));
            tracing::info!(target: "vault::audit", %customer, %kid, "exported");
        }
        let password = password.duplicate();
        let locked = self.computed(customer, move || export::lock(password.expose(), &opened)).await?;
        locked.ok_or_else(|| Fault::bug("vault: cannot lock an export"))
    }

    async fn unlock_keys(
        &self,
        customer: CustomerId,
        locked: &str,
        password: &Password,
    ) -> Result<Vec<ExportedKey>, Fault> {
        let (locked, password) = (locked.to_owned(), password.duplicate());
        let opened = self.computed(customer, move || export::open(password.expose(), &locked)).await?;
        opened.map_err(|why| match why {
            Unopened::Unknown => Fault::invalid(
                "key/export-unknown",
                "This is no export of keys: a compact JWE of PBES2-HS512+A256KW and A256GCM is wanted.",
            ),
            Unopened::Locked => {
                Fault::invalid("key/not-decrypted", "The exported keys were not locked with this password.")
            }
            Unopened::Content => Fault::invalid(
                "key/export-unknown",
                "What was exported is no set of private keys on curves that are known here.",
            ),
        })
    }

    async fn import_key(&self, wanted: KeyRequest, private: &PrivateKey) -> Result<PublicKey, Fault> {
        self.import(wanted, private.expose()).await
    }

    async fn delete_key(&self, customer: CustomerId, kid: &KeyId) -> Result<(), Fault> {
        self.delete(customer, kid).await
    }

    fn payer_address(&self, public_key: &[u8]) -> Result<String, Fault> {
        payer_address(public_key).map_err(|error| Fault::invalid("key/malformed", error.to_string()))
    }

    async fn sign(&self, customer: CustomerId, kid: &KeyId, bytes: &[u8]) -> Result<Vec<u8>, Fault> {
        let signature = self.signer(customer, kid).await?.sign(bytes);
        // The signature identifies what was signed without saying anything about it.
        let trace = signature.get(..8).map(hex::encode).unwrap_or_default();
        tracing::info!(target: "vault::audit", %customer, %kid, signature = %trace, "signed");
        Ok(signature)
    }

    async fn seal(&self, customer: CustomerId, subject: &str, plaintext: &[u8]) -> Result<Sealed, Fault> {
        self.seal_for(customer, subject, plaintext).await
    }

    async fn open(&self, customer: CustomerId, sealed: &Sealed) -> Result<Option<Vec<u8>>, Fault> {
        let mut opened = self.open_each(customer, std::slice::from_ref(sealed)).await?;
        Ok(opened.pop().flatten())
    }

    async fn open_all(&self, customer: CustomerId, sealed: &[Sealed]) -> Result<Vec<Option<Vec<u8>>>, Fault> {
        self.open_each(customer, sealed).await
    }

    async fn erase(&self, customer: CustomerId, subject: &str) -> Result<u64, Fault> {
        self.erase_for(customer, subject).await
    }

    async fn fingerprint(&self, customer: CustomerId, bytes: &[u8]) -> Result<String, Fault> {
        let keys = self.customer_or_new(customer).await?;
        Ok(hex::encode(kdf::hmac_sha256(keys.fingerprint.expose(), &[bytes])))
    }
}

impl ApiKeys for PgVault {
    fn generate(&self) -> NewApiKey {
        api_key::generate(&self.0.api_key_secret)
    }

    fn hash(&self, secret: &str) -> String {
        api_key::hash(&self.0.api_key_secret, secret)
    }
}

impl Hashes for PgVault {
    fn keyed_hash(&self, of: Hashed, text: &str) -> String {
        lookup::hash(&self.0.api_key_secret, of, text)
    }

    fn token(&self) -> String {
        Secret::random().to_hex().to_string()
    }
}

impl Cookies for PgVault {
    fn seal(&self, plaintext: &[u8]) -> Result<String, Fault> {
        self.0.cookies.seal(plaintext).ok_or_else(|| Fault::bug("vault: cannot seal"))
    }

    fn open(&self, text: &str) -> Option<Vec<u8>> {
        self.0.cookies.open(text)
    }
}

impl Places for PgVault {
    fn seal(&self, customer: CustomerId, list: &str, place: i64) -> String {
        self.0.places.seal(customer, list, place, None)
    }

    fn open(&self, customer: CustomerId, list: &str, text: &str) -> Option<i64> {
        self.0.places.open(customer, list, text, false).map(|(place, _)| place)
    }

    fn seal_sorted(&self, customer: CustomerId, list: &str, place: i64, value: &str) -> String {
        self.0.places.seal(customer, list, place, Some(value))
    }

    fn open_sorted(&self, customer: CustomerId, list: &str, text: &str) -> Option<(i64, String)> {
        self.0.places.open(customer, list, text, true)
    }
}
