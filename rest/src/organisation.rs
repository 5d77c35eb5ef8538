//! `/admin/organisation/*`, `POST /account/create` and `GET /account/analytics`: what the account is, and what it has.

use crate::{Answer, Ask, Problem, check, key::milliseconds, openapi::Tagged, route::Endpoint};
use app::{Fault, act, customer::ChangeOrganisation};
use axum::{
    http::StatusCode,
    routing::{get, post},
};
use domain::{
    id::{CustomerId, Network, Sealed},
    user::EmailAddress,
};
use projections::CustomerRow;
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};

/// What the account is called, and how it is reached.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Organisation {
    /// Its name; `null` once erased.
    pub name: Option<String>,
    /// Its contact e-mail.
    pub email: Option<String>,
    /// What it says about itself.
    pub description: Option<String>,
    /// Bech32 addresses of the accounts that pay for ledger writes.
    pub cosmos_address: Addresses,
}

/// An address per network; `null` where there is none.
#[derive(Debug, Serialize, ToSchema)]
pub struct Addresses {
    /// On testnet.
    pub testnet: Option<String>,
    /// On mainnet.
    pub mainnet: Option<String>,
}

/// What to change; what is absent or empty stays.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct OrganisationBody {
    /// Its name.
    pub name: Option<String>,
    /// Its contact e-mail.
    pub email: Option<String>,
    /// What it says about itself.
    pub description: Option<String>,
}

/// The account as a row.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreatedAccount {
    /// Its id.
    #[schema(value_type = String, format = Uuid)]
    pub customer_id: CustomerId,
    /// Its name; empty if it was erased.
    pub name: String,
    /// Its contact e-mail.
    pub email: Option<String>,
    /// When it was made.
    pub created_at: String,
    /// When it was last changed.
    pub updated_at: Option<String>,
    /// What it says about itself.
    pub description: Option<String>,
    /// Always `null`: there is no payment provider.
    pub payment_provider_id: Option<String>,
}

/// For whom the account is.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct CreateAccountBody {
    /// An e-mail address.
    pub primary_email: String,
    /// A name.
    pub name: Option<String>,
}

/// How many things the account has.
#[derive(Debug, Serialize, ToSchema)]
pub struct Analytics {
    /// DIDs.
    pub dids: u64,
    /// Credentials it issued.
    pub credentials: u64,
    /// Accreditations it issued.
    pub accreditations: u64,
    /// Versions of resources.
    pub resources: u64,
}

#[derive(OpenApi)]
#[openapi(paths(read, update, create, analytics))]
struct Docs;

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/admin/organisation/get", &act::ORGANISATION_READ, get(read)),
        Endpoint::post("/admin/organisation/update", &act::ORGANISATION_UPDATE, post(update)),
        Endpoint::post("/account/create", &act::ACCOUNT_CREATE, post(create)),
        Endpoint::get("/account/analytics", &act::ACCOUNT_READ, get(analytics)),
    ]
}

pub(crate) fn docs() -> Tagged {
    Tagged { tag: "Account", api: Docs::openapi() }
}

async fn row(ask: &Ask) -> Result<CustomerRow, Problem> {
    const SENTENCE: &str =
        "Customer for current user was not found or did not setup properly. Please contact administrator.";
    let row = ask.house.views.accounts().customer(ask.call.who.customer).await?;
    Ok(row.ok_or_else(|| Fault::not_found("customer/not-found", SENTENCE))?)
}

async fn opened(ask: &Ask, sealed: Option<&Sealed>) -> Result<Option<String>, Problem> {
    let Some(sealed) = sealed else { return Ok(None) };
    let bytes = ask.house.studio.vault.open(ask.call.who.customer, sealed).await?;
    let text = bytes.map(String::from_utf8).transpose();
    Ok(text.map_err(|_| Fault::bug("a sealed text is not UTF-8"))?)
}

async fn organisation(ask: &Ask) -> Result<Answer, Problem> {
    let row = row(ask).await?;
    let address = |network| row.payer(network).map(|payer| payer.address.clone());
    let cosmos_address = Addresses { testnet: address(Network::Testnet), mainnet: address(Network::Mainnet) };
    Answer::ok(&Organisation {
        name: opened(ask, Some(&row.name)).await?,
        email: opened(ask, row.email.as_ref()).await?,
        description: opened(ask, row.description.as_ref()).await?,
        cosmos_address,
    })
}

/// What the account is called, and how it is reached.
#[utoipa::path(get, path = "/admin/organisation/get",
    responses((status = 200, body = Organisation), (status = 404, body = crate::problem::ProblemBody)))]
pub(crate) async fn read(ask: Ask) -> Result<Answer, Problem> {
    organisation(&ask).await
}

/// Changes what is given of it.
#[utoipa::path(post, path = "/admin/organisation/update",
    request_body(content((OrganisationBody = "application/json"), (OrganisationBody = "application/x-www-form-urlencoded"))),
    responses((status = 200, body = Organisation), (status = 404, body = crate::problem::ProblemBody)))]
pub(crate) async fn update(ask: Ask) -> Result<Answer, Problem> {
    let text = |field: &str, sentence: &str| -> Result<Option<String>, Problem> {
        Ok(ask.input.text(field, sentence)?.map(str::to_owned))
    };
    let act = ChangeOrganisation {
        name: text("name", "name should be a valid string")?,
        email: text("email", "email value should a well-formatted string")?,
        description: text("description", "description should be a valid string")?,
    };
    ask.done(act).await?;
    organisation(&ask).await
}

/// The account of the caller: it was made, with an account on each ledger, before it had its first key. For clients that expect
/// to make it themselves; the members of the body are looked at and change nothing.
#[utoipa::path(post, path = "/account/create",
    request_body(content((CreateAccountBody = "application/json"), (CreateAccountBody = "application/x-www-form-urlencoded"))),
    responses((status = 201, body = CreatedAccount)))]
pub(crate) async fn create(ask: Ask) -> Result<Answer, Problem> {
    const EMAIL: &str = "Invalid email id";
    ask.input.text("name", "name should be a valid string")?;
    let email =
        check::required("primaryEmail", ask.input.text("primaryEmail", EMAIL)?, "primaryEmail is required")?;
    if EmailAddress::parse(email).is_none() {
        return Err(Fault::about("primaryEmail", EMAIL).into());
    }
    let row = row(&ask).await?;
    let view = CreatedAccount {
        customer_id: row.customer,
        name: opened(&ask, Some(&row.name)).await?.unwrap_or_default(),
        email: opened(&ask, row.email.as_ref()).await?,
        created_at: milliseconds(row.created_at),
        updated_at: row.updated_at.map(milliseconds),
        description: opened(&ask, row.description.as_ref()).await?,
        payment_provider_id: None,
    };
    Answer::new(StatusCode::CREATED, &view)
}

/// How many DIDs, credentials, accreditations and resource versions the account has, as its lists count them.
#[utoipa::path(get, path = "/account/analytics",
    params(("network" = Option<String>, Query, description = "Only on `mainnet` or `testnet`.")),
    responses((status = 200, body = Analytics)))]
pub(crate) async fn analytics(ask: Ask) -> Result<Answer, Problem> {
    let network = ask.network(&act::ACCOUNT_READ)?;
    let counted = ask.house.views.analytics(ask.call.who.customer, network).await?;
    let projections::Analytics { dids, credentials, accreditations, resources } = counted;
    Answer::ok(&Analytics { dids, credentials, accreditations, resources })
}
