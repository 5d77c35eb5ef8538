//! Customers with their payer accounts, API keys and keys.

use crate::{
    error::Result,
    model::{Fact, ReadModel, placed},
    page::{Filter, Page, Paging},
    rows::{Rows, Tables},
    table::{Generation, ModelId, Row as _, TableDef, table},
    views::Views,
};
use async_trait::async_trait;
use domain::{
    Aggregate as _,
    customer::{ApiKey, ApiKeyGrant, Customer, CustomerEvent, PayerAccount},
    id::{ApiKeyId, CustomerId, Instant, KeyId, Network, Sealed},
    key::{Key, KeyAlgorithm, KeyEvent, KeyPurpose},
    register::AnyEvent,
};
use std::collections::BTreeSet;

table! {
    /// A tenant.
    pub struct CustomerRow {
        /// The tenant.
        pub customer: CustomerId = "uuid",
        /// Its name, sealed.
        pub name: Sealed = "text not null",
        /// Its contact e-mail, sealed.
        pub email: Option<Sealed> = "text",
        /// What it says about itself, sealed.
        pub description: Option<Sealed> = "text",
        /// One fee payer per network.
        pub payers: Vec<PayerAccount> = "json not null",
        /// When it was registered.
        pub created_at: Instant = "timestamptz not null",
        /// When it was last called or reached otherwise.
        pub updated_at: Option<Instant> = "timestamptz",
        /// Log position of its first event.
        pub position: i64 = "bigint not null",
    }
    key |row| CustomerKey { customer: CustomerId = row.customer };
    unique "(position)";
}

impl CustomerRow {
    /// Its payer on a network.
    pub fn payer(&self, network: Network) -> Option<&PayerAccount> {
        self.payers.iter().find(|payer| payer.network == network)
    }
}

table! {
    /// An API key; its secret is nowhere.
    pub struct ApiKeyRow in "api_key" {
        /// The key's id.
        pub key: ApiKeyId = "uuid",
        /// Whose it is.
        pub customer: CustomerId = "uuid not null",
        /// Keyed hash of its secret, lower-case hex.
        pub hash: String = "text not null",
        /// Last four characters of the secret.
        pub last_four: String = "text not null",
        /// What the customer calls it.
        pub name: String = "text not null",
        /// When it stops working.
        pub expires_at: Instant = "timestamptz not null",
        /// When it was revoked, if it was.
        pub revoked_at: Option<Instant> = "timestamptz",
        /// Since when it opens nothing because who made it is suspended.
        pub held_at: Option<Instant> = "timestamptz",
        /// What it may do; everything without.
        pub granted: Option<ApiKeyGrant> = "json",
        /// When its end is to be said ahead; nothing once that was done.
        pub reminder_at: Option<Instant> = "timestamptz",
        /// When it was issued.
        pub created_at: Instant = "timestamptz not null",
        /// Log position of its first event.
        pub position: i64 = "bigint not null",
    }
    key |row| ApiKeyKey { key: ApiKeyId = row.key };
    index "(hash, position)";
    index "(customer, position)";
    index "(reminder_at)";
}

impl ApiKeyRow {
    /// Whether it was revoked.
    pub fn revoked(&self) -> bool {
        self.revoked_at.is_some()
    }
}

table! {
    /// A key pair in the vault, by its public half.
    pub struct KeyRow in "key" {
        /// The vault's id of the key; more than one tenant may have brought the same.
        pub kid: KeyId = "text",
        /// Whose it is.
        pub customer: CustomerId = "uuid not null",
        /// Which curve.
        pub algorithm: KeyAlgorithm = "text not null",
        /// What it may sign.
        pub purpose: KeyPurpose = "text not null",
        /// Lower-case hex of the public key.
        pub public_key_hex: String = "text not null",
        /// The customer's name for it, if it was noted before such names were sealed.
        pub alias: Option<String> = "text",
        /// The customer's name for it, sealed.
        pub sealed_alias: Option<Sealed> = "text",
        /// When it was created.
        pub created_at: Instant = "timestamptz not null",
        /// Whether it is out of use.
        pub deleted: bool = "boolean not null",
        /// Log position of its first event.
        pub position: i64 = "bigint not null",
    }
    key |row| KeyKey { customer: CustomerId = row.customer, kid: KeyId = row.kid.clone() };
    index "(customer, deleted, position)";
}

placed!(CustomerRow, ApiKeyRow, KeyRow);

pub(crate) struct Model;

pub(crate) const MODEL: ModelId = ModelId { name: "account", revision: 6 };

#[async_trait]
impl ReadModel for Model {
    fn id(&self) -> ModelId {
        MODEL
    }
    fn tables(&self) -> &'static [TableDef] {
        &[CustomerRow::TABLE, ApiKeyRow::TABLE, KeyRow::TABLE]
    }
    fn streams(&self) -> &'static [&'static str] {
        &[Customer::TYPE, Key::TYPE]
    }

    async fn fold(&self, generation: Generation, db: &mut Tables<'_>, facts: &[Fact<'_>]) -> Result<()> {
        let (mut changed, mut renamed, mut deleted) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for fact in facts {
            if let AnyEvent::Key(
                KeyEvent::KeyDeleted { kid, customer, .. } | KeyEvent::KeyRestored { kid, customer, .. },
            ) = &fact.event
            {
                deleted.insert(KeyKey { customer: *customer, kid: kid.clone() });
            }
            let AnyEvent::Customer(event) = &fact.event else { continue };
            changed.extend(changed_keys(event).iter().map(|key| ApiKeyKey { key: *key }));
            if matches!(event, CustomerEvent::OrganisationChanged { .. }) {
                renamed.insert(customer_of(fact));
            }
        }
        let mut customers: Rows<CustomerRow> = Rows::load(db, generation, renamed).await?;
        let mut api_keys: Rows<ApiKeyRow> = Rows::load(db, generation, changed).await?;
        let mut keys: Rows<KeyRow> = Rows::load(db, generation, deleted).await?;
        for fact in facts {
            match &fact.event {
                AnyEvent::Customer(event) => of_customer(&mut customers, &mut api_keys, fact, event),
                AnyEvent::Key(event) => of_key(&mut keys, fact, event),
                _ => {}
            }
        }
        customers.save(db, generation).await?;
        api_keys.save(db, generation).await?;
        keys.save(db, generation).await
    }
}

/// Customers tell of themselves in their own name only.
fn customer_of(fact: &Fact<'_>) -> CustomerKey {
    CustomerKey { customer: fact.entry.metadata.customer }
}

fn changed_keys(event: &CustomerEvent) -> &[ApiKeyId] {
    match event {
        CustomerEvent::ApiKeyRevoked { key, .. }
        | CustomerEvent::ApiKeyChanged { key, .. }
        | CustomerEvent::ApiKeyEndsSoon { key, .. } => std::slice::from_ref(key),
        CustomerEvent::MemberSuspended { held: keys, .. }
        | CustomerEvent::MemberReinstated { released: keys, .. } => keys,
        _ => &[],
    }
}

fn of_customer(
    customers: &mut Rows<CustomerRow>,
    api_keys: &mut Rows<ApiKeyRow>,
    fact: &Fact<'_>,
    event: &CustomerEvent,
) {
    match event.clone() {
        CustomerEvent::CustomerRegistered { customer, name, email, payers, at } => {
            let position = fact.position();
            let (description, updated_at) = (None, None);
            customers.put(CustomerRow {
                customer,
                name,
                email,
                description,
                payers,
                created_at: at,
                updated_at,
                position,
            });
        }
        CustomerEvent::ApiKeyIssued { key, customer, hash, last_four, name, expires_at, grant, at } => {
            api_keys.put(ApiKeyRow {
                key,
                customer,
                hash,
                last_four,
                name,
                expires_at,
                revoked_at: None,
                held_at: None,
                granted: grant,
                reminder_at: ApiKey::reminder(at, expires_at),
                created_at: at,
                position: fact.position(),
            });
        }
        CustomerEvent::OrganisationChanged { name, email, description, at } => {
            customers.change(&customer_of(fact), |row| {
                row.name = name.unwrap_or_else(|| row.name.clone());
                row.email = email.or_else(|| row.email.clone());
                row.description = description.or_else(|| row.description.clone());
                row.updated_at = Some(at);
            });
        }
        // The aggregate itself is asked for the roots: a verdict must not depend on how far a read model has come. What the
        // vault no longer opens reads as nothing by itself. A reveal is a deed and no property: the activities show it.
        CustomerEvent::TrustedRootsChanged { .. }
        | CustomerEvent::SubjectErased { .. }
        | CustomerEvent::PersonalDataRevealed { .. }
        // Members, invitations and roles have a read model of their own.
        | CustomerEvent::MemberInvited { .. }
        | CustomerEvent::InvitationRevoked { .. }
        | CustomerEvent::MemberJoined { .. }
        | CustomerEvent::MemberRoleChanged { .. }
        | CustomerEvent::MemberRemoved { .. }
        | CustomerEvent::RoleDefined { .. }
        | CustomerEvent::RoleRemoved { .. } => {}
        of_keys @ (CustomerEvent::ApiKeyChanged { .. }
        | CustomerEvent::ApiKeyEndsSoon { .. }
        | CustomerEvent::ApiKeyRevoked { .. }
        | CustomerEvent::MemberSuspended { .. }
        | CustomerEvent::MemberReinstated { .. }) => of_api_key(api_keys, of_keys),
    }
}

/// What becomes of API keys that are there.
fn of_api_key(api_keys: &mut Rows<ApiKeyRow>, event: CustomerEvent) {
    match event {
        CustomerEvent::ApiKeyChanged { key, name, expires_at, at } => {
            api_keys.change(&ApiKeyKey { key }, |row| {
                row.name = name;
                if row.expires_at != expires_at {
                    row.expires_at = expires_at;
                    row.reminder_at = ApiKey::reminder(at, expires_at);
                }
            });
        }
        CustomerEvent::ApiKeyEndsSoon { key, .. } => {
            api_keys.change(&ApiKeyKey { key }, |row| row.reminder_at = None);
        }
        CustomerEvent::ApiKeyRevoked { key, at } => {
            api_keys.change(&ApiKeyKey { key }, |row| {
                row.revoked_at = Some(at);
                row.reminder_at = None;
            });
        }
        CustomerEvent::MemberSuspended { held, at, .. } => hold(api_keys, &held, Some(at)),
        CustomerEvent::MemberReinstated { released, .. } => hold(api_keys, &released, None),
        _ => {}
    }
}

fn hold(api_keys: &mut Rows<ApiKeyRow>, held: &[ApiKeyId], at: Option<Instant>) {
    for key in held {
        api_keys.change(&ApiKeyKey { key: *key }, |row| row.held_at = at);
    }
}

fn of_key(keys: &mut Rows<KeyRow>, fact: &Fact<'_>, event: &KeyEvent) {
    match event.clone() {
        KeyEvent::KeyCreated {
            kid,
            customer,
            algorithm,
            purpose,
            public_key_hex,
            alias,
            sealed_alias,
            // A deed, which the activities tell; to whoever uses the key it makes no difference.
            imported: _,
            at,
        } => keys.put(KeyRow {
            kid,
            customer,
            algorithm,
            purpose,
            public_key_hex,
            alias,
            sealed_alias,
            created_at: at,
            deleted: false,
            position: fact.position(),
        }),
        KeyEvent::KeyDeleted { kid, customer, .. } => {
            keys.change(&KeyKey { customer, kid }, |row| row.deleted = true);
        }
        KeyEvent::KeyRestored { kid, customer, .. } => {
            keys.change(&KeyKey { customer, kid }, |row| row.deleted = false);
        }
    }
}

/// Queries about customers, API keys and keys.
#[derive(Debug, Clone, Copy)]
pub struct Accounts<'a>(&'a Views);

impl Views {
    /// Customers, API keys and keys.
    pub fn accounts(&self) -> Accounts<'_> {
        Accounts(self)
    }
}

fn keys(customer: CustomerId, purpose: Option<KeyPurpose>) -> Filter {
    let purposes: Vec<KeyPurpose> = purpose.into_iter().collect();
    Filter::of(customer).is("deleted", Some(false)).one_of("purpose", &purposes)
}

/// API keys that open doors at `at`.
fn working(keys: Filter, at: Instant) -> Filter {
    keys.when("coalesce(revoked_at, held_at, 'infinity'::timestamptz)", ">", Some(at)).when(
        "expires_at",
        ">",
        Some(at),
    )
}

impl Accounts<'_> {
    /// A customer.
    pub async fn customer(&self, customer: CustomerId) -> Result<Option<CustomerRow>> {
        self.0.one(&Filter::of(customer)).await
    }

    /// All customers, newest first. For the operator only: it crosses tenants.
    pub async fn list_for_operator(&self, paging: Paging) -> Result<Page<CustomerRow>> {
        self.0.list(&Filter::default(), paging).await
    }

    /// The customer's payer on a network.
    pub async fn payer(&self, customer: CustomerId, network: Network) -> Result<Option<PayerAccount>> {
        Ok(self.customer(customer).await?.and_then(|row| row.payer(network).cloned()))
    }

    /// Whose API key has this keyed hash? Asked before the tenant is known; the hash is the proof.
    pub async fn api_key_by_hash(&self, hash: &str) -> Result<Option<ApiKeyRow>> {
        self.0.one(&Filter::default().is("hash", Some(hash))).await
    }

    /// API keys of all customers that work at `now` and whose end is to be said ahead by then. A held one may be due again when it
    /// is released. For the operator only: it crosses tenants.
    pub async fn api_keys_due(&self, now: Instant, paging: Paging) -> Result<Page<ApiKeyRow>> {
        self.0.list(&working(Filter::default().when("reminder_at", "<=", Some(now)), now), paging).await
    }

    /// An API key of the customer.
    pub async fn api_key(&self, customer: CustomerId, key: ApiKeyId) -> Result<Option<ApiKeyRow>> {
        self.0.one(&Filter::of(customer).is("key", Some(key.0))).await
    }

    /// The API keys of the customer, revoked and expired ones too.
    pub async fn api_keys(&self, customer: CustomerId, paging: Paging) -> Result<Page<ApiKeyRow>> {
        self.0.list(&Filter::of(customer), paging).await
    }

    /// The newest API key of the customer that works at `at`.
    pub async fn newest_working_api_key(
        &self,
        customer: CustomerId,
        at: Instant,
    ) -> Result<Option<ApiKeyRow>> {
        let working = working(Filter::of(customer), at);
        let page: Page<ApiKeyRow> = self.0.list(&working, Paging::first(1, None)).await?;
        Ok(page.rows.into_iter().next())
    }

    /// A key of the customer.
    pub async fn key(&self, customer: CustomerId, kid: &str) -> Result<Option<KeyRow>> {
        self.0.one(&keys(customer, None).is("kid", Some(kid))).await
    }

    /// The keys of the customer, maybe only those for one purpose.
    pub async fn keys(
        &self,
        customer: CustomerId,
        purpose: Option<KeyPurpose>,
        paging: Paging,
    ) -> Result<Page<KeyRow>> {
        self.0.list(&keys(customer, purpose), paging).await
    }

    /// How many keys the customer has.
    pub async fn key_count(&self, customer: CustomerId, purpose: Option<KeyPurpose>) -> Result<u64> {
        self.0.count::<KeyRow>(&keys(customer, purpose)).await
    }

    /// How many API keys the customer has.
    pub async fn api_key_count(&self, customer: CustomerId) -> Result<u64> {
        self.0.count::<ApiKeyRow>(&Filter::of(customer)).await
    }
}
