//! What a new API key may do: no more than whoever makes it.

use crate::{
    Call, Fault, Principal, Studio,
    act::{
        Networks, Scopes, beyond_own_rights,
        role::{every_scope, scopes_of},
    },
    port::{
        Execute,
        commands::{Committed, Meta},
    },
};
use domain::{
    customer::{AddressRange, ApiKeyGrant, Customer, CustomerCommand},
    id::{ApiKeyId, Instant, Network},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What somebody wants an API key to be bound to. What is not said is as it is for whoever asks.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Bounds {
    /// Only these scopes, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<BTreeSet<String>>,
    /// Only these networks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub networks: Option<BTreeSet<Network>>,
    /// Only from these client addresses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub addresses: Option<Vec<AddressRange>>,
}

impl Bounds {
    /// The grant of a key that `who` makes; none if it may do everything and is of nobody. Faults: `customer/scope-unknown`,
    /// `auth/beyond-own-rights`.
    pub(super) fn within(self, who: &Principal) -> Result<Option<ApiKeyGrant>, Fault> {
        let Self { scopes, networks, addresses } = self;
        if let Some(scopes) = &scopes {
            known(scopes)?;
        }
        let own = ApiKeyGrant {
            scopes: match &who.scopes {
                Scopes::All => None,
                Scopes::Only(scopes) => Some(scopes.clone()),
            },
            networks: match &who.networks {
                Networks::All => None,
                Networks::Only(networks) => Some(networks.clone()),
            },
            addresses: who.addresses.clone(),
            maker: who.person,
        };
        let grant = ApiKeyGrant {
            scopes: scopes.or_else(|| own.scopes.clone()),
            networks: networks.or_else(|| own.networks.clone()),
            addresses: addresses.unwrap_or_else(|| own.addresses.clone()),
            maker: own.maker,
        };
        who.may_give(&grant)?;
        Ok((!grant.is_unlimited()).then_some(grant))
    }
}

/// Whether a key that was just made is within what its maker may, as the tenant stood when it was recorded: his role may have
/// become a lesser one since he was asked for it. It is ended again if not. Fault `auth/beyond-own-rights`.
pub(super) async fn still_within(
    studio: &Studio,
    call: &Call,
    done: &Committed<Customer>,
    key: ApiKeyId,
) -> Result<(), Fault> {
    let state = &done.state;
    let Some(known) = state.api_keys.get(&key) else { return Ok(()) };
    let Some(maker) = known.grant.as_ref().and_then(|grant| grant.maker) else { return Ok(()) };
    let member = state.members.get(&maker).filter(|member| !member.suspended);
    let may = member.and_then(|member| scopes_of(&member.role, state.roles.get(&member.role)));
    if may.is_some_and(|may| !known.exceeds(&may)) {
        return Ok(());
    }
    let command = CustomerCommand::RevokeApiKey { key, at: call.at };
    let meta = Meta::of(call, &format!("api-key/{key}/beyond"));
    let id = call.who.customer.to_string();
    Execute::<Customer>::execute(&*studio.commands, &id, command, meta).await?;
    Err(beyond_own_rights())
}

/// Whether the caller may do all that this key of the tenant may: whoever replaces it is shown a secret for it. What a key may do
/// never changes; when it ends does, and `end` is when it is to. Fault `auth/beyond-own-rights`.
pub(super) async fn may_take_over(
    studio: &Studio,
    call: &Call,
    key: ApiKeyId,
    end: Option<Instant>,
) -> Result<(), Fault> {
    let loaded = Execute::<Customer>::load(&*studio.commands, &call.who.customer.to_string()).await?;
    // There may be nothing to take over, which the tenant itself says.
    let Some(known) = loaded.state.api_keys.get(&key) else { return Ok(()) };
    call.who.may_give(&known.grant.clone().unwrap_or_default())?;
    end.filter(|end| *end > known.expires_at).map_or(Ok(()), |end| call.who.may_last_until(end))
}

/// Whether all of these are scopes. Fault `customer/scope-unknown`, naming the first that is none.
pub(crate) fn known(scopes: &BTreeSet<String>) -> Result<(), Fault> {
    let every = every_scope();
    match scopes.difference(&every).next() {
        None => Ok(()),
        Some(unknown) => {
            let shown: String = unknown.chars().take(64).collect();
            let sentence = format!("There is no scope {shown}.");
            Err(Fault::invalid("customer/scope-unknown", sentence).with("scope", shown))
        }
    }
}
