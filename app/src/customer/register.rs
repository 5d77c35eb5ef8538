//! `studio customer create` and the first start.

use super::{CUSTOMER_SUBJECT, IssuedApiKey, issue_api_key};
use crate::{
    Call, Fault, Studio, key,
    port::{Execute, commands::Meta},
    write,
};
use domain::{
    customer::{Customer, CustomerCommand, PayerAccount},
    id::{CustomerId, Network},
    key::{KeyAlgorithm, KeyPurpose},
};

/// A new tenant, with its first API key in the clear for the only time.
#[derive(Clone)]
pub struct Registered {
    /// The tenant.
    pub customer: CustomerId,
    /// Its payer accounts; they have no money yet.
    pub payers: Vec<PayerAccount>,
    /// Its first API key.
    pub api_key: IssuedApiKey,
}

domain::limits! {
    /// Longest name of a tenant.
    pub NAME_CHARS_MAX: usize = 200, "characters";
}

/// Makes a tenant with a payer account on each network. `address` turns a compressed secp256k1 public key into the
/// account's bech32 address. Faults: `customer/name-invalid`, the refusals of the customer.
pub async fn register(
    studio: &Studio,
    call: &Call,
    name: &str,
    networks: &[Network],
    address: &(dyn Fn(&[u8]) -> String + Sync),
) -> Result<Registered, Fault> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || name.chars().any(char::is_control) {
        return Err(Fault::invalid(
            "customer/name-invalid",
            format!("A customer's name must have 1 to {NAME_CHARS_MAX} printable characters."),
        ));
    }
    let mut payers = Vec::with_capacity(networks.len());
    for network in networks {
        let what = format!("payer/{network}");
        let (public, _) =
            key::mint(studio, call, &what, KeyAlgorithm::Secp256k1, KeyPurpose::Payer, None).await?;
        payers.push(PayerAccount { network: *network, address: address(&public.bytes), kid: public.kid });
    }
    let sealed = studio.vault.seal(call.who.customer, CUSTOMER_SUBJECT, name.as_bytes()).await?;
    let command = CustomerCommand::Register {
        customer: call.who.customer,
        name: sealed,
        email: None,
        payers: payers.clone(),
        at: call.at,
    };
    let id = call.who.customer.to_string();
    Execute::<Customer>::execute(&*studio.commands, &id, command, Meta::of(call, "register")).await?;
    let api_key = issue_api_key(studio, call, "first key", None).await?;
    write::visible(studio, api_key.token).await?;
    Ok(Registered { customer: call.who.customer, payers, api_key })
}
