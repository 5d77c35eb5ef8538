//! `GET /account` and what goes with it.

mod id_token;
mod leave;

pub use id_token::IdToken;
pub use leave::LeftAccount;

use crate::{Answer, Ask, Problem, openapi::Tagged, route::Endpoint};
use app::{Fault, act};
use axum::routing::{get, post};
use domain::id::{CustomerId, Network};
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};

/// A customer and its payment accounts.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// The customer.
    pub customer: AccountCustomer,
    /// Bech32 addresses of the accounts that pay for ledger writes; empty where there is none, or where the caller may not act.
    pub payment_account: PerNetwork,
    /// Spendable ncheq; only with `balances=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub balances: Option<Balances>,
}

/// Who the customer is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountCustomer {
    /// Its id.
    #[schema(value_type = String, format = Uuid)]
    pub customer_id: CustomerId,
    /// Its name; empty if it was erased.
    pub name: String,
}

/// A text per network.
#[derive(Debug, Serialize, ToSchema)]
pub struct PerNetwork {
    /// On mainnet.
    pub mainnet: String,
    /// On testnet.
    pub testnet: String,
}

/// Spendable ncheq per network; `null` where there is no account or the ledger gives no answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct Balances {
    /// On mainnet.
    pub mainnet: Option<String>,
    /// On testnet.
    pub testnet: Option<String>,
}

#[derive(OpenApi)]
#[openapi(paths(read, id_token::id_token, leave::leave))]
struct Docs;

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/account", &act::ACCOUNT_READ, get(read)).asks_with("balances"),
        Endpoint::get("/account/idtoken", &act::ACCOUNT_READ, get(id_token::id_token)),
        Endpoint::post("/account/leave", &act::ACCOUNT_LEAVE, post(leave::leave)),
    ]
}

pub(crate) fn docs() -> Tagged {
    Tagged { tag: "Account", api: Docs::openapi() }
}

/// The caller's customer and payment accounts.
#[utoipa::path(get, path = "/account",
    params(("balances" = Option<bool>, Query, description = "Also ask the ledgers for the balances.")),
    responses((status = 200, body = Account)))]
pub(crate) async fn read(ask: Ask) -> Result<Answer, Problem> {
    let studio = &ask.house.studio;
    let wants_balances = ask.query.flag("balances")?.unwrap_or(false);
    let row = ask.house.views.accounts().customer(ask.call.who.customer).await?;
    let row = row.ok_or_else(|| Fault::not_found("customer/not-found", "This customer does not exist."))?;
    let name = studio.vault.open(ask.call.who.customer, &row.name).await?.unwrap_or_default();
    let who = &ask.call.who;
    let seen = |network| row.payer(network).filter(|_| !who.hides(&act::ACCOUNT_READ, network));
    let address = |network| seen(network).map_or_else(String::new, |payer| payer.address.clone());
    let payment_account =
        PerNetwork { mainnet: address(Network::Mainnet), testnet: address(Network::Testnet) };
    let balances = if wants_balances {
        let (mainnet, testnet) = tokio::join!(
            balance(&ask, Network::Mainnet, &payment_account.mainnet),
            balance(&ask, Network::Testnet, &payment_account.testnet)
        );
        Some(Balances { mainnet, testnet })
    } else {
        None
    };
    let name = String::from_utf8(name).map_err(|_| Fault::bug("a customer's name is not UTF-8"))?;
    let customer = AccountCustomer { customer_id: ask.call.who.customer, name };
    Answer::ok(&Account { customer, payment_account, balances })
}

async fn balance(ask: &Ask, network: Network, address: &str) -> Option<String> {
    if address.is_empty() {
        return None;
    }
    let balance = ask.house.studio.chain.balance(network, address).await;
    balance
        .inspect_err(|why| tracing::warn!(%why, "a balance is not known"))
        .ok()
        .map(|amount| amount.to_string())
}
