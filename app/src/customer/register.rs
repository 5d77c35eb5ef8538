//! `studio customer create` and the first start.

use super::{CUSTOMER_SUBJECT, IssuedApiKey, issue_api_key};
use crate::{
    Call, Fault, Studio, key,
    port::{
        Execute,
        commands::{Meta, Token},
    },
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

/// Makes a tenant with a payer account on each network, and a first API key. Faults: `customer/name-invalid`, the refusals of
/// the customer.
pub async fn register(
    studio: &Studio,
    call: &Call,
    name: &str,
    networks: &[Network],
) -> Result<Registered, Fault> {
    let name = name.trim();
    if !is_name(name) {
        return Err(Fault::invalid(
            "customer/name-invalid",
            format!("A customer's name must have 1 to {NAME_CHARS_MAX} printable characters."),
        ));
    }
    let (payers, _) = found(studio, call, name, None, networks).await?;
    let api_key = issue_api_key(studio, call, "first key", None).await?;
    write::visible(studio, api_key.token).await?;
    Ok(Registered { customer: call.who.customer, payers, api_key })
}

/// Whether a text without white space around it can be what somebody is called.
pub(crate) fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().count() <= NAME_CHARS_MAX && !name.chars().any(char::is_control)
}

/// Makes a tenant with a payer account on each network. A repeat of the call finishes what it left, and makes nothing twice.
pub(crate) async fn found(
    studio: &Studio,
    call: &Call,
    name: &str,
    email: Option<&str>,
    networks: &[Network],
) -> Result<(Vec<PayerAccount>, Token), Fault> {
    let mut payers = Vec::with_capacity(networks.len());
    for network in networks {
        let what = format!("payer/{network}");
        let (public, _) =
            key::mint(studio, call, &what, KeyAlgorithm::Secp256k1, KeyPurpose::Payer, None).await?;
        let address = studio.vault.payer_address(&public.bytes)?;
        payers.push(PayerAccount { network: *network, address, kid: public.kid });
    }
    let customer = call.who.customer;
    let name = studio.vault.seal(customer, CUSTOMER_SUBJECT, name.as_bytes()).await?;
    let email = match email {
        Some(email) => Some(studio.vault.seal(customer, CUSTOMER_SUBJECT, email.as_bytes()).await?),
        None => None,
    };
    let command = CustomerCommand::Register { customer, name, email, payers: payers.clone(), at: call.at };
    let meta = Meta::of(call, "register");
    let done = Execute::<Customer>::execute(&*studio.commands, &customer.to_string(), command, meta).await?;
    Ok((payers, done.token))
}
