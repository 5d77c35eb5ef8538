//! The caller's account, its API keys and its keys.
#![expect(clippy::unused_async, reason = "resolvers are async, whether they wait or not")]

use super::{
    browser::{self, BrowserSession},
    key_use::KeyUse,
    kind::{KeyAlgorithm, KeyPurpose, Network, VerificationMethodType},
    passkey::{self, Passkey},
};
use crate::{
    asking::asking,
    fault::Result,
    limits::{REMOTE_COST, page_cost},
    loader::{LastUse, Text},
    page::{Listed, Rooted, Window},
    reference::Kind,
    scalar::Amount,
};
use app::{
    Fault, act,
    did::cheqd_did,
    key::{self, MethodForm},
    port::chain::ChainFault,
};
use async_graphql::{ComplexObject, Context, ID, Object, SimpleObject};
use domain::{
    customer::{ApiKeyGrant, PayerAccount},
    id::{ApiKeyId, CustomerId, Instant, Sealed},
};
use projections::{ApiKeyRow, CustomerRow, KeyRow, KeyUseFilter, Page, Paging, ProjectionError, Views};
use serde_json::Value;

/// The account of the API key's owner.
pub(crate) struct Account(pub(crate) CustomerRow);

/// The account of the API key's owner.
#[Object]
impl Account {
    /// Global id.
    pub(crate) async fn id(&self) -> ID {
        Kind::Account.id(self.0.customer)
    }

    /// Id of the customer.
    async fn customer_id(&self) -> ID {
        ID(self.0.customer.to_string())
    }

    /// Its name; null once erased.
    #[graphql(complexity = "REMOTE_COST")]
    async fn name(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        opened(ctx, Some(&self.0.name)).await
    }

    /// Its contact e-mail; null if there is none, or once erased.
    #[graphql(complexity = "REMOTE_COST")]
    async fn email(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        opened(ctx, self.0.email.as_ref()).await
    }

    /// What it says about itself; null if that is nothing, or once erased.
    #[graphql(complexity = "REMOTE_COST")]
    async fn description(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        opened(ctx, self.0.description.as_ref()).await
    }

    /// The accounts on the ledger that pay the fees, one per network; only where the caller may act.
    async fn payers(&self, ctx: &Context<'_>) -> Result<Vec<Payer>> {
        let caller = &asking(ctx)?.caller;
        let seen = self.0.payers.iter().filter(|payer| !caller.hides(&act::ACCOUNT_READ, payer.network));
        Ok(seen.cloned().map(Payer).collect())
    }

    /// Its API keys, newest first, revoked and expired ones too. Secrets are shown once, when a key is issued.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn api_keys(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many; 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor: older ones.")] after: Option<String>,
        #[graphql(desc = "The last so many, instead of the first.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor: newer ones.")] before: Option<String>,
    ) -> Result<Listed<ApiKey>> {
        let window = Window { first, after: after.as_deref(), last, before: before.as_deref() };
        Listed::root(asking(ctx)?, "Account.apiKeys", ApiKeysOfAccount, window)
    }

    /// Browsers in which the caller is signed in, newest first; none for an API key.
    async fn sessions(&self, ctx: &Context<'_>) -> Result<Vec<BrowserSession>> {
        browser::of_caller(ctx).await
    }

    /// Passkeys by which the caller signs in, oldest first; none for an API key.
    #[graphql(complexity = "REMOTE_COST + child_complexity")]
    async fn passkeys(&self, ctx: &Context<'_>) -> Result<Vec<Passkey>> {
        passkey::of_caller(ctx).await
    }

    /// When it was registered.
    async fn created_at(&self) -> Instant {
        self.0.created_at
    }
}

/// The API keys of the account.
struct ApiKeysOfAccount;

impl Rooted for ApiKeysOfAccount {
    type Row = ApiKeyRow;
    async fn page(
        &self,
        views: &Views,
        customer: CustomerId,
        paging: Paging,
    ) -> Result<Page<ApiKeyRow>, ProjectionError> {
        views.accounts().api_keys(customer, paging).await
    }
    async fn count(&self, views: &Views, customer: CustomerId) -> Result<u64, ProjectionError> {
        views.accounts().api_key_count(customer).await
    }
}

async fn opened(ctx: &Context<'_>, sealed: Option<&Sealed>) -> Result<Option<String>> {
    let Some(sealed) = sealed else { return Ok(None) };
    let asking = asking(ctx)?;
    let bytes = asking.studio().vault.open(asking.customer(), sealed).await?;
    Ok(bytes.map(String::from_utf8).transpose().map_err(Fault::bug)?)
}

/// An account on the ledger that pays fees.
pub(crate) struct Payer(PayerAccount);

/// An account on the ledger that pays fees.
#[Object]
impl Payer {
    /// Its network.
    async fn network(&self) -> Network {
        self.0.network.into()
    }

    /// Bech32 address, `cheqd1…`.
    async fn address(&self) -> &str {
        &self.0.address
    }

    /// What it holds now, asked from the ledger; null if this Studio has no ledger of that network.
    #[graphql(complexity = "REMOTE_COST")]
    async fn balance(&self, ctx: &Context<'_>) -> Result<Option<Amount>> {
        let asking = asking(ctx)?;
        asking.count_question()?;
        match asking.studio().chain.balance(self.0.network, &self.0.address).await {
            Ok(balance) => Ok(Some(Amount(balance))),
            Err(ChainFault::NotConfigured(_)) => Ok(None),
            Err(fault) => Err(Fault::from(fault).into()),
        }
    }
}

/// An API key; its secret is nowhere.
#[derive(SimpleObject)]
#[graphql(complex)]
pub(crate) struct ApiKey {
    #[graphql(skip)]
    key: ApiKeyId,
    /// Its id.
    #[graphql(name = "apiKeyId")]
    id: ID,
    /// What the customer calls it.
    name: String,
    /// Last four characters of the secret.
    last_four: String,
    /// When it stops working.
    expires_at: Instant,
    /// When it was revoked, if it was.
    revoked_at: Option<Instant>,
    /// Since when it opens nothing because who made it is suspended in the account. Whom the operator suspended has no key that
    /// opens anything either.
    held_at: Option<Instant>,
    /// What it may do, by scopes; null is everything.
    scopes: Option<Vec<String>>,
    /// On which networks; null is any.
    networks: Option<Vec<Network>>,
    /// From which client addresses; empty is from anywhere.
    allowed_addresses: Vec<String>,
    /// The user who made it, if it was one.
    maker: Option<ID>,
    /// When it was issued.
    created_at: Instant,
}

impl From<ApiKeyRow> for ApiKey {
    fn from(row: ApiKeyRow) -> Self {
        let ApiKeyRow { key, name, last_four, expires_at, revoked_at, held_at, granted, created_at, .. } =
            row;
        let ApiKeyGrant { scopes, networks, addresses, maker } = granted.unwrap_or_default();
        Self {
            key,
            id: ID(key.to_string()),
            name,
            last_four,
            expires_at,
            revoked_at,
            held_at,
            scopes: scopes.map(|scopes| scopes.into_iter().collect()),
            networks: networks.map(|networks| networks.into_iter().map(Into::into).collect()),
            allowed_addresses: addresses.iter().map(ToString::to_string).collect(),
            maker: maker.map(|user| ID(user.to_string())),
            created_at,
        }
    }
}

#[ComplexObject]
impl ApiKey {
    /// When it last opened a door, to the minute; null if it never did.
    async fn last_used_at(&self, ctx: &Context<'_>) -> Result<Option<Instant>> {
        Ok(asking(ctx)?.loaders.0.load_one(LastUse(self.key)).await?)
    }
}

/// A key pair in the vault, by its public half.
pub(crate) struct Key(pub(crate) KeyRow);

shows!(Key: KeyRow);

/// A key pair in the vault, by its public half.
#[Object]
impl Key {
    /// Global id.
    pub(crate) async fn id(&self) -> ID {
        Kind::Key.id(&self.0.kid)
    }

    /// The vault's id of the key.
    async fn kid(&self) -> &str {
        &self.0.kid.0
    }

    /// Its curve.
    async fn algorithm(&self) -> KeyAlgorithm {
        self.0.algorithm.into()
    }

    /// What it may sign.
    async fn purpose(&self) -> KeyPurpose {
        self.0.purpose.into()
    }

    /// Lower-case hex of the public key.
    async fn public_key_hex(&self) -> &str {
        &self.0.public_key_hex
    }

    /// The customer's name for it; null if it has none, or once erased.
    async fn alias(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        match self.0.sealed_alias.clone() {
            Some(sealed) => Ok(asking(ctx)?.loaders.0.load_one(Text(sealed)).await?),
            // Noted before such names were sealed.
            None => Ok(self.0.alias.clone()),
        }
    }

    /// The key as a verification method of a DID document that is written elsewhere: `id`, `type`, `controller` and the key.
    async fn verification_method(
        &self,
        #[graphql(desc = "Which type, and with it which encoding.")] method_type: VerificationMethodType,
        #[graphql(desc = "The DID that controls it; one made of the key without.")] controller: Option<
            String,
        >,
        #[graphql(desc = "The fragment of its id; `key-1` without.")] id: Option<String>,
    ) -> Result<Value> {
        let controller = controller.as_deref().map(|did| cheqd_did("controller", did)).transpose()?;
        let (kind, controller) = (method_type.into(), controller.as_ref());
        let form = MethodForm { kind, controller, fragment: id.as_deref() };
        Ok(key::method_of(self.0.algorithm, &self.0.public_key_hex, &form)?)
    }

    /// What it has signed for, newest first: every signature of an identity key that is in the history.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn uses(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many; 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor: older ones.")] after: Option<String>,
        #[graphql(desc = "The last so many, instead of the first.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor: newer ones.")] before: Option<String>,
    ) -> Result<Listed<KeyUse>> {
        let window = Window { first, after: after.as_deref(), last, before: before.as_deref() };
        let asking = asking(ctx)?;
        let network = asking.network(&act::EVENT_LIST, None)?;
        Listed::root(asking, "Key.uses", KeyUseFilter { kid: self.0.kid.0.clone(), network }, window)
    }

    /// When it was created.
    async fn created_at(&self) -> Instant {
        self.0.created_at
    }
}
