//! Who acts, and what they may.

use super::{Scope, Spec};
use crate::{Fault, FaultKind};
use domain::id::{CustomerId, Network};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Who acts, as events name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "type", content = "id")]
pub enum Actor {
    /// A caller with an API key; the id is the key's id.
    ApiKey(Uuid),
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
        Self { customer, actor, scopes: Scopes::All, networks: Networks::All }
    }

    /// Whether they may do this, there. Something given per network that acts on none needs it for any of them. Fault
    /// `auth/forbidden`, naming the scope.
    pub fn may(&self, spec: &Spec, network: Option<Network>) -> Result<(), Fault> {
        let is_there = match (&self.networks, network) {
            (Networks::Only(networks), Some(network)) => networks.contains(&network),
            _ => true,
        };
        if is_there && self.scopes.cover(spec.needs, network) {
            return Ok(());
        }
        let scope = spec.needs.text(network);
        let sentence = format!("You are not allowed to do this: it needs {scope}.");
        Err(Fault::new(FaultKind::Forbidden, "auth/forbidden", sentence).with("scope", scope))
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
