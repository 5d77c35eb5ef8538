//! Who acts, and what they may.

use super::{Scope, Spec};
use crate::{Fault, FaultKind, port::sessions::SessionId};
use domain::{
    customer::{AddressRange, ApiKeyGrant, RoleScopes},
    id::{CustomerId, Instant, Network, UserId, derived_uuid},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Who acts, as events name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "type", content = "id")]
pub enum Actor {
    /// A caller with an API key; the id is the key's id.
    ApiKey(Uuid),
    /// A person who is signed in; the id is the user's id.
    User(Uuid),
    /// A program that acts for the tenant with a token of the identity provider's; names the client, as the provider does.
    Machine(String),
    /// The operator's command line.
    Operator,
    /// Studio itself: outbox, process managers; names the part.
    Studio(String),
}

/// Who acts: made by the door that found it out, and carried everywhere. The tenant comes from here and nowhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The tenant.
    pub customer: CustomerId,
    /// Who acts for it.
    pub actor: Actor,
    /// What they may do.
    pub scopes: Scopes,
    /// Where they may do it.
    pub networks: Networks,
    /// The person behind it: the user himself, or who made the API key.
    pub person: Option<UserId>,
    /// The session it came with, if it did.
    pub session: Option<SessionId>,
    /// The only client addresses from which it may be used; none means from anywhere.
    pub addresses: Vec<AddressRange>,
    /// When the API key that they came with stops working, if it is one.
    pub ends_at: Option<Instant>,
    /// Until when the token of a provider is believed that they came with, if it is one.
    pub token_until: Option<Instant>,
}

/// What somebody may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scopes {
    /// Everything.
    All,
    /// These, by name: `read:key`, `create:did:testnet`.
    Only(BTreeSet<String>),
}

/// On which networks somebody may act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Networks {
    /// Any.
    All,
    /// These.
    Only(BTreeSet<Network>),
}

impl Principal {
    /// Somebody who may do whatever the tenant may.
    pub const fn unbounded(customer: CustomerId, actor: Actor) -> Self {
        Self {
            customer,
            actor,
            scopes: Scopes::All,
            networks: Networks::All,
            person: None,
            session: None,
            addresses: Vec::new(),
            ends_at: None,
            token_until: None,
        }
    }

    /// What opened the door for them, by its id: a session, an API key, or a token of a provider's, which has none and is named
    /// by whose it is and how long.
    pub fn credential(&self) -> Option<Uuid> {
        match (self.session, &self.actor, self.token_until) {
            (Some(session), _, _) => Some(session.0),
            (None, Actor::ApiKey(key), _) => Some(*key),
            (None, actor, Some(until)) => {
                Some(derived_uuid("provider-token", &[&format!("{actor:?}"), &until.to_rfc3339()]))
            }
            (None, _, None) => None,
        }
    }

    /// Whether they may do this, there. Something given per network that acts on none needs it for any of them; whoever is bound
    /// to no network at all does nothing. Fault `auth/forbidden`, naming the scope.
    pub fn may(&self, spec: &Spec, network: Option<Network>) -> Result<(), Fault> {
        let is_there = match (&self.networks, network) {
            (Networks::Only(networks), Some(network)) => networks.contains(&network),
            (Networks::Only(networks), None) => !networks.is_empty() && !spec.every_network,
            (Networks::All, _) => true,
        };
        if is_there && self.scopes.cover(spec.needs, network) {
            return Ok(());
        }
        Err(refused(spec, network))
    }
}

impl Principal {
    /// Whether they may give somebody, or take from somebody, all that this allows: nobody hands on more than he has, nor on a
    /// network or from an address where he has it not. Fault `auth/beyond-own-rights`.
    pub fn may_give(&self, grant: &ApiKeyGrant) -> Result<(), Fault> {
        let ApiKeyGrant { scopes, networks, addresses, maker: _ } = grant;
        let scopes_fit = match (&self.scopes, scopes) {
            (Scopes::All, _) => true,
            (Scopes::Only(_), None) => false,
            (Scopes::Only(own), Some(scopes)) => scopes.is_subset(own),
        };
        let networks_fit = match (&self.networks, networks) {
            (Networks::All, _) => true,
            (Networks::Only(_), None) => false,
            (Networks::Only(own), Some(networks)) => networks.is_subset(own),
        };
        let covered = |range: &AddressRange| self.addresses.iter().any(|own| own.covers(range));
        let addresses_fit =
            self.addresses.is_empty() || (!addresses.is_empty() && addresses.iter().all(covered));
        if scopes_fit && networks_fit && addresses_fit { Ok(()) } else { Err(beyond_own_rights()) }
    }

    /// Whether they may make something that opens doors until then: no API key hands on a longer life than it has. Fault
    /// `auth/beyond-own-rights`.
    pub fn may_last_until(&self, end: Instant) -> Result<(), Fault> {
        if self.ends_at.is_none_or(|own| end <= own) { Ok(()) } else { Err(beyond_own_rights()) }
    }
}

impl Principal {
    /// Whether things of this network do not exist for them: they are bound to others, or may see such things there only.
    pub fn hides(&self, spec: &Spec, network: Network) -> bool {
        let is_elsewhere = matches!(&self.networks, Networks::Only(networks) if !networks.contains(&network));
        is_elsewhere || (self.may(spec, None).is_ok() && self.may(spec, Some(network)).is_err())
    }

    /// The network to which a question must be narrowed: the one that was asked for, or the only one where this may be done;
    /// `None` if all of them may be looked at. Fault `auth/forbidden`.
    pub fn reach(&self, spec: &Spec, asked: Option<Network>) -> Result<Option<Network>, Fault> {
        if asked.is_some() {
            return self.may(spec, asked).map(|()| asked);
        }
        let may = |network: &Network| self.may(spec, Some(*network)).is_ok();
        let reached: Vec<Network> = Network::ALL.into_iter().filter(may).collect();
        match reached.as_slice() {
            [] => Err(refused(spec, None)),
            [only] => Ok(Some(*only)),
            _ => Ok(None),
        }
    }
}

/// As the contract says it.
const NOT_AUTHORIZED: &str = "Unauthorized error: Your account is not authorized to carry out this action.";

fn refused(spec: &Spec, network: Option<Network>) -> Fault {
    let scope = spec.needs.text(network);
    let needed = if network.is_none() { spec.scopes().join(" or ") } else { scope.clone() };
    let sentence = format!("{NOT_AUTHORIZED} It needs {needed}.");
    Fault::new(FaultKind::Forbidden, "auth/forbidden", sentence).with("scope", scope)
}

/// Somebody is to get more than who gives it has.
pub(crate) fn beyond_own_rights() -> Fault {
    Fault::new(
        FaultKind::Forbidden,
        "auth/beyond-own-rights",
        "You are not allowed to do this: it would give or take rights that you do not have yourself.",
    )
}

impl From<RoleScopes> for Scopes {
    fn from(scopes: RoleScopes) -> Self {
        scopes.map_or(Self::All, Self::Only)
    }
}

impl Scopes {
    fn cover(&self, needed: Scope, network: Option<Network>) -> bool {
        let Self::Only(names) = self else { return true };
        match network {
            _ if !needed.per_network => names.contains(needed.name),
            Some(_) => names.contains(&needed.text(network)),
            None => Network::ALL.iter().any(|network| names.contains(&needed.text(Some(*network)))),
        }
    }
}

impl Scope {
    /// As it is given: with the network, if there is one for each.
    pub fn text(self, network: Option<Network>) -> String {
        match network.filter(|_| self.per_network) {
            Some(network) => format!("{}:{network}", self.name),
            None => self.name.to_owned(),
        }
    }
}
