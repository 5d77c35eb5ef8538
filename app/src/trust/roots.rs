//! Which roots of trust chains a caller trusts. A chain proves only that it reaches its root; trust in the root is the
//! caller's: the roots that the request names, those on the account's list, and the account's own.

use crate::{
    Act, Call, Fault, Studio, Written,
    act::{ROOTS_SET, Spec},
    port::{Execute, commands::Meta},
    write,
};
use credentials::did_url::{DidUrl, Pin, ResourceIdentity, ResourceRef, is_did, normalised_did};
use domain::{
    customer::{Customer, CustomerCommand, TRUSTED_ROOTS_MAX},
    did::DidRecord,
    id::{CustomerId, Did},
};
use serde::Serialize;

/// A root as somebody names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RootRef {
    /// Every root authorisation of a DID.
    Did(String),
    /// One line of root authorisations by name, or exactly one version by id.
    Resource(ResourceRef),
}

impl RootRef {
    /// From a DID, a DID URL, or its address at a resolver; fault `customer/root-invalid`. A version by label, time or checksum
    /// is refused: what it leads to can change.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        Self::read(text).map(|(root, _)| root)
    }

    /// With the form in which it is kept.
    fn read(text: &str) -> Result<(Self, String), Fault> {
        if is_did(text) {
            let did = normalised_did(text);
            return Ok((Self::Did(did.clone()), did));
        }
        let url = DidUrl::parse(text).map_err(|_| invalid(text))?.without_fragment();
        match url.resource() {
            Some(ResourceRef::ByName {
                pin: Some(Pin::Version(_) | Pin::VersionTime(_) | Pin::Checksum(_)),
                ..
            })
            | None => Err(invalid(text)),
            Some(resource) => Ok((Self::Resource(resource), url.canonical())),
        }
    }

    fn names(&self, root: &Root) -> bool {
        match self {
            Self::Did(did) => *did == normalised_did(&root.did),
            Self::Resource(resource) => root.identity.is_named_by(resource),
        }
    }
}

fn invalid(text: &str) -> Fault {
    let shown: String = text.chars().take(128).collect();
    Fault::invalid(
        "customer/root-invalid",
        format!("trustedRoots: '{shown}' is neither a DID nor the DID URL of a root authorisation by id or by name"),
    )
    .with("field", "trustedRoots")
}

/// The root that a chain ends at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    /// The DID that issued it, under which it is published.
    pub did: String,
    /// The root authorisation.
    pub identity: ResourceIdentity,
}

/// Who asks whether a root is trusted, and which roots the request itself names.
#[derive(Debug, Clone)]
pub struct RootsAsked {
    /// Whose list and whose own roots count.
    pub customer: CustomerId,
    /// Those of the request.
    pub given: Vec<RootRef>,
}

impl RootsAsked {
    /// With the roots that a request names; faults `customer/root-invalid`, `customer/roots-too-many`.
    pub fn of(customer: CustomerId, given: &[String]) -> Result<Self, Fault> {
        if given.len() > TRUSTED_ROOTS_MAX {
            return Err(Fault::invalid(
                "customer/roots-too-many",
                format!("trustedRoots: at most {TRUSTED_ROOTS_MAX} roots can be named"),
            )
            .with("field", "trustedRoots"));
        }
        let given = given.iter().map(|text| RootRef::parse(text)).collect::<Result<_, _>>()?;
        Ok(Self { customer, given })
    }
}

/// Whether the caller trusts the root.
pub(crate) async fn is_trusted(studio: &Studio, asked: &RootsAsked, root: &Root) -> Result<bool, Fault> {
    if asked.given.iter().any(|given| given.names(root)) {
        return Ok(true);
    }
    if let Ok(did) = Did::parse(&root.did) {
        let record = Execute::<DidRecord>::load(&*studio.commands, did.as_str()).await?.state;
        if record.customer == Some(asked.customer) {
            return Ok(true);
        }
    }
    let listed = trusted_roots(studio, asked.customer).await?;
    Ok(listed.iter().filter_map(|text| RootRef::parse(text).ok()).any(|listed| listed.names(root)))
}

/// The account's list.
pub async fn trusted_roots(studio: &Studio, customer: CustomerId) -> Result<Vec<String>, Fault> {
    let loaded = Execute::<Customer>::load(&*studio.commands, &customer.to_string()).await?;
    Ok(loaded.state.trusted_roots)
}

/// The whole list of roots to trust, as the caller names them.
#[derive(Debug, Clone, Serialize)]
pub struct SetTrustedRoots(pub Vec<String>);

/// Replaces the account's list; answers it as it is kept: in normal form, each root once. Faults `customer/root-invalid`,
/// `customer/roots-too-many`.
pub async fn set_trusted_roots(studio: &Studio, call: &Call, roots: &[String]) -> Result<Vec<String>, Fault> {
    let mut kept: Vec<String> = Vec::with_capacity(roots.len().min(TRUSTED_ROOTS_MAX));
    for text in roots.iter().take(TRUSTED_ROOTS_MAX.saturating_add(1)) {
        let (_, normal) = RootRef::read(text)?;
        if !kept.contains(&normal) {
            kept.push(normal);
        }
    }
    if roots.len() > TRUSTED_ROOTS_MAX {
        RootsAsked::of(call.who.customer, roots)?;
    }
    let command = CustomerCommand::TrustRoots { roots: kept.clone(), at: call.at };
    let (id, meta) = (call.who.customer.to_string(), Meta::of(call, "trusted-roots"));
    let done = Execute::<Customer>::execute(&*studio.commands, &id, command, meta).await?;
    write::visible(studio, done.token).await?;
    Ok(kept)
}

impl Act for SetTrustedRoots {
    type Done = Vec<String>;

    fn spec(&self) -> &'static Spec {
        &ROOTS_SET
    }

    async fn run(self, studio: &Studio, call: &Call) -> Result<Written<Vec<String>>, Fault> {
        set_trusted_roots(studio, call, &self.0).await.map(Written::Done)
    }
}

#[cfg(test)]
mod tests;
