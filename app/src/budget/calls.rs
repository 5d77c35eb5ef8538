//! What one request may ask of the ledger: a resolver that counts.

use crate::{
    Fault, FaultKind, Studio,
    port::{
        Resolver,
        resolver::{Freshness, ResolvedDid, ResolvedResource, ResourceMetadata},
    },
};
use async_trait::async_trait;
use credentials::did_web::WebDid;
use domain::id::Did;
use serde_json::Value;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

domain::limits! {
    /// Questions to the ledger that one request may cause, whatever it holds. The longest chain with all its newer versions
    /// takes about 240.
    pub LEDGER_CALLS_PER_REQUEST_MAX: usize = 256, "questions";
}

/// Asks until the request's questions are used up. Fault then: `request/too-many-ledger-calls`.
pub struct CountedResolver {
    inner: Arc<dyn Resolver>,
    left: AtomicUsize,
}

impl CountedResolver {
    /// For one request.
    pub fn for_request(inner: Arc<dyn Resolver>) -> Self {
        Self { inner, left: AtomicUsize::new(LEDGER_CALLS_PER_REQUEST_MAX) }
    }

    /// All its questions are there again: for requests that are answered again and again.
    pub fn begin_again(&self) {
        self.left.store(LEDGER_CALLS_PER_REQUEST_MAX, Relaxed);
    }

    /// Notes a question, also one that goes past the resolver. Fault: `request/too-many-ledger-calls` (413).
    pub fn count(&self) -> Result<(), Fault> {
        let less = |left: usize| left.checked_sub(1);
        match self.left.fetch_update(Relaxed, Relaxed, less) {
            Ok(_) => Ok(()),
            Err(_) => Err(used_up()),
        }
    }
}

fn used_up() -> Fault {
    let sentence = format!(
        "The request needs more than {LEDGER_CALLS_PER_REQUEST_MAX} questions to the ledger. Ask for less at a time."
    );
    Fault::new(FaultKind::TooLarge, "request/too-many-ledger-calls", sentence)
}

#[async_trait]
impl Resolver for CountedResolver {
    async fn did(
        &self,
        did: &Did,
        version_id: Option<&str>,
        freshness: Freshness,
    ) -> Result<Option<ResolvedDid>, Fault> {
        self.count()?;
        self.inner.did(did, version_id, freshness).await
    }

    async fn did_versions(&self, did: &Did) -> Result<Vec<ResolvedDid>, Fault> {
        self.count()?;
        self.inner.did_versions(did).await
    }

    async fn resource(&self, did: &Did, id: &str) -> Result<Option<ResolvedResource>, Fault> {
        self.count()?;
        self.inner.resource(did, id).await
    }

    async fn latest_resource(
        &self,
        did: &Did,
        name: &str,
        resource_type: &str,
        freshness: Freshness,
    ) -> Result<Option<ResolvedResource>, Fault> {
        self.count()?;
        self.inner.latest_resource(did, name, resource_type, freshness).await
    }

    async fn resources(&self, did: &Did, freshness: Freshness) -> Result<Vec<ResourceMetadata>, Fault> {
        self.count()?;
        self.inner.resources(did, freshness).await
    }

    async fn web(&self, did: &WebDid) -> Result<Option<Value>, Fault> {
        self.count()?;
        self.inner.web(did).await
    }
}

impl Studio {
    /// The same for one request, which may ask the ledger so and so often and no more.
    #[must_use]
    pub fn for_request(&self) -> Self {
        let resolver = CountedResolver::for_request(Arc::clone(&self.resolver));
        Self { resolver: Arc::new(resolver), ..self.clone() }
    }
}
