//! `/admin/api-key/*`: the caller's API keys. A secret is in the answer of the request that made it, and nowhere else.

mod change;
mod create;
mod read;
mod revoke;
mod rotate;

pub use change::UpdateApiKeyBody;
pub use create::CreateApiKeyBody;
pub use read::ApiKeyList;
pub use revoke::RevokeApiKeyBody;
pub use rotate::RotateApiKeyBody;

use crate::{
    Answer, Ask, Problem, check,
    input::{Input, invalid},
    key::milliseconds,
    openapi::Tagged,
    route::Endpoint,
};
use app::act;
use app::customer::{self, Bounds, IssuedApiKey};
use axum::{
    http::{Method, StatusCode},
    routing::{delete, get, post},
};
use domain::{
    customer::{AddressRange, ApiKeyGrant},
    id::{ApiKeyId, Instant, Network, UserId},
};
use projections::ApiKeyRow;
use serde::Serialize;
use std::collections::BTreeSet;
use utoipa::{OpenApi, ToSchema};

/// What stands before the last characters of a secret that is not shown.
const MASK: &str = "caas_…";

/// An API key.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ApiKey)]
pub struct ApiKeyView {
    /// Its id: names it wherever a key must be named, and opens no door.
    pub id: String,
    /// The secret in the answer that made it; from then on `caas_…` and its last four characters.
    pub api_key: String,
    /// What the customer calls it.
    pub name: String,
    /// When it was issued.
    pub created_at: String,
    /// When it stops working.
    pub expires_at: String,
    /// When it last opened a door, to the minute; `null` if it never did.
    pub last_used_at: Option<String>,
    /// Whether it was revoked.
    pub revoked: bool,
    /// When it was revoked, if it was.
    pub revoked_at: Option<String>,
    /// Whether it opens nothing as long as who made it is suspended in the account. Whom the operator suspended has no key that
    /// opens anything either.
    pub held: bool,
    /// What it may do, by scopes; `null` is everything.
    pub scopes: Option<BTreeSet<String>>,
    /// On which networks; `null` is any.
    #[schema(value_type = Option<Vec<String>>)]
    pub networks: Option<BTreeSet<Network>>,
    /// From which client addresses; empty is from anywhere.
    #[schema(value_type = Vec<String>)]
    pub allowed_addresses: Vec<AddressRange>,
    /// The user who made it, if it was one.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub maker: Option<UserId>,
}

impl ApiKeyView {
    fn of(row: ApiKeyRow, last_used_at: Option<Instant>) -> Self {
        let ApiKeyGrant { scopes, networks, addresses, maker } = row.granted.clone().unwrap_or_default();
        Self {
            held: row.held_at.is_some(),
            scopes,
            networks,
            allowed_addresses: addresses,
            maker,
            id: row.key.to_string(),
            api_key: format!("{MASK}{}", row.last_four),
            revoked: row.revoked(),
            name: row.name,
            created_at: milliseconds(row.created_at),
            expires_at: milliseconds(row.expires_at),
            last_used_at: last_used_at.map(milliseconds),
            revoked_at: row.revoked_at.map(milliseconds),
        }
    }
}

/// A bound that is misspelt, or meant where none is taken, must not leave a key without it.
fn only_known(input: &Input, known: &[&str]) -> Result<(), app::Fault> {
    crate::credential::known::members(input, known, &["scopes", "networks", "allowedAddresses"])
}

#[derive(OpenApi)]
#[openapi(paths(
    create::create,
    change::change,
    revoke::revoke,
    revoke::revoke_by_post,
    rotate::rotate,
    read::list,
    read::read
))]
struct Docs;

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post("/admin/api-key/create", &act::API_KEY_CREATE, post(create::create)),
        Endpoint::post("/admin/api-key/update", &act::API_KEY_UPDATE, post(change::change)),
        Endpoint::act(Method::DELETE, "/admin/api-key/revoke", &act::API_KEY_REVOKE, delete(revoke::revoke)),
        Endpoint::post("/admin/api-key/revoke", &act::API_KEY_REVOKE, post(revoke::revoke_by_post)),
        Endpoint::post("/admin/api-key/rotate", &act::API_KEY_ROTATE, post(rotate::rotate)),
        Endpoint::get("/admin/api-key/list", &act::API_KEY_LIST, get(read::list)),
        Endpoint::get("/admin/api-key/get", &act::API_KEY_READ, get(read::read)),
    ]
}

pub(crate) fn docs() -> Tagged {
    Tagged { tag: "API keys", api: Docs::openapi() }
}

/// The key that the body names by `apiKey`: its id or its secret.
async fn named(ask: &Ask) -> Result<ApiKeyId, Problem> {
    let text = ask.input.text("apiKey", "Invalid API key")?;
    let text = check::required("apiKey", text, "API key is not specified")?;
    Ok(customer::find_api_key(&ask.house.studio, ask.call.who.customer, text).await?)
}

/// `expiresAt` of the body.
fn expires_at(input: &Input) -> Result<Option<Instant>, Problem> {
    const SENTENCE: &str = "Invalid date format";
    let text = input.text("expiresAt", SENTENCE)?;
    Ok(text.map(|text| check::instant("expiresAt", text, SENTENCE)).transpose()?)
}

/// The key as the read models show it, which every write waits for.
async fn view(ask: &Ask, key: ApiKeyId) -> Result<ApiKeyView, Problem> {
    let row = ask.house.views.accounts().api_key(ask.call.who.customer, key).await?;
    let row = row.ok_or_else(customer::no_such_api_key)?;
    shown(ask, row).await
}

async fn shown(ask: &Ask, row: ApiKeyRow) -> Result<ApiKeyView, Problem> {
    let used_at = ask.house.studio.last_uses.of(&[row.key]).await?.get(&row.key).copied();
    Ok(ApiKeyView::of(row, used_at))
}

/// The answer that tells a new key's secret; a repeat is told all but that. The first is not asked of the read models: the secret
/// must not be lost because they are behind.
async fn told_once(ask: &Ask, issued: IssuedApiKey) -> Result<Answer, Problem> {
    let Some(secret) = issued.secret else {
        return Answer::new(StatusCode::CREATED, &view(ask, issued.key).await?);
    };
    let ApiKeyGrant { scopes, networks, addresses, maker } = issued.grant.unwrap_or_default();
    let view = ApiKeyView {
        held: false,
        scopes,
        networks,
        allowed_addresses: addresses,
        maker,
        id: issued.key.to_string(),
        api_key: secret,
        name: issued.name,
        created_at: milliseconds(ask.call.at),
        expires_at: milliseconds(issued.expires_at),
        last_used_at: None,
        revoked: false,
        revoked_at: None,
    };
    Answer::secret(StatusCode::CREATED, &view)
}

/// A name, if one is given.
fn name(input: &Input) -> Result<Option<String>, Problem> {
    Ok(input.text("name", "Invalid name")?.map(str::to_owned))
}

fn not_specified() -> Problem {
    invalid("name", "Name is not specified").into()
}

/// What the body binds a key to: `scopes`, `networks` and `allowedAddresses`.
fn bounds(input: &Input) -> Result<Bounds, Problem> {
    const SCOPES: &str = "scopes should be an array of strings";
    const NETWORKS: &str = "networks should be an array of mainnet and testnet";
    const ADDRESSES: &str =
        "allowedAddresses should be an array of IP addresses and ranges, as 192.0.2.0/24 or 2001:db8::/32";
    let texts = |name: &str, sentence: &str| -> Result<Option<Vec<String>>, Problem> {
        let values = input.array(name, sentence)?;
        Ok(values.map(|values| check::texts(name, &values, sentence)).transpose()?)
    };
    let parsed = |texts: Option<Vec<String>>| texts.map(|texts| texts.into_iter().collect());
    let networks = texts("networks", NETWORKS)?.map(|texts| texts.iter().map(|text| text.parse()).collect());
    let addresses =
        texts("allowedAddresses", ADDRESSES)?.map(|texts| texts.iter().map(|text| text.parse()).collect());
    Ok(Bounds {
        scopes: parsed(texts("scopes", SCOPES)?),
        networks: networks.transpose().map_err(|_| invalid("networks", NETWORKS))?,
        addresses: addresses.transpose().map_err(|_| invalid("allowedAddresses", ADDRESSES))?,
    })
}
