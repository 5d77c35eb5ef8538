//! Documents of did:web, fetched from where their DIDs name them: over HTTPS, from the public internet, so large and so long.

mod guard;

use app::{
    Fault,
    port::{
        Resolver,
        resolver::{Freshness, ResolvedDid, ResolvedResource, ResourceMetadata},
    },
};
use async_trait::async_trait;
use credentials::did_web::WebDid;
use domain::id::Did;
use guard::Guard;
use moka::future::Cache;
use reqwest::{Client, StatusCode, header::ACCEPT, redirect::Policy};
use serde_json::Value;
use std::{sync::Arc, time::Duration};
use tokio::sync::Semaphore;

domain::limits! {
    /// Longest wait for a connection to the host of a did:web.
    WEB_CONNECT_SECONDS_MAX: u64 = 3, "seconds";
    /// Longest wait for a document of did:web, its host's connection included.
    WEB_ANSWER_SECONDS_MAX: u64 = 5, "seconds";
    /// Largest document of did:web.
    WEB_DOCUMENT_BYTES_MAX: usize = 64 * 1024, "bytes";
    /// How long a document of did:web, or its absence, is used without asking again.
    WEB_KEPT_SECONDS: u64 = 30, "seconds";
    /// How long a host of did:web that did not answer is left alone.
    WEB_AWAY_SECONDS: u64 = 5, "seconds";
    /// Documents of did:web that are remembered.
    WEB_KEPT_MAX: u64 = 200, "documents";
    /// Documents of did:web that are fetched at the same time.
    WEB_FETCHES_MAX: usize = 16, "requests";
    /// Longest wait for one of those places.
    WEB_PLACE_SECONDS_MAX: u64 = 3, "seconds";
}

const TYPES: &str = "application/did+json, application/did+ld+json, application/json;q=0.9";

/// Fetches documents of did:web.
pub struct WebDids {
    client: Client,
    places: Semaphore,
    kept: Cache<String, Option<Value>>,
    away: Cache<String, Fault>,
}

impl WebDids {
    /// From the public internet only.
    pub fn new() -> Result<Self, reqwest::Error> {
        Self::guarded(Guard::PUBLIC)
    }

    fn guarded(guard: Guard) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .https_only(true)
            .dns_resolver(Arc::new(guard))
            // A proxy would look the name up itself, and a redirection leads where nobody has looked.
            .no_proxy()
            .redirect(Policy::none())
            .connect_timeout(Duration::from_secs(WEB_CONNECT_SECONDS_MAX))
            .timeout(Duration::from_secs(WEB_ANSWER_SECONDS_MAX))
            .pool_max_idle_per_host(0)
            .user_agent(concat!("studio/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self {
            client,
            places: Semaphore::new(WEB_FETCHES_MAX),
            kept: lasting(WEB_KEPT_SECONDS),
            away: lasting(WEB_AWAY_SECONDS),
        })
    }

    /// The document, fetched once for all who ask at the same time; `None` if there is none, or one of another DID.
    async fn document(&self, did: &WebDid) -> Result<Option<Value>, Fault> {
        if let Some(fault) = self.away.get(did.as_str()).await {
            return Err(fault);
        }
        let found = self.kept.try_get_with(did.as_str().to_owned(), self.fetched(did)).await;
        match found {
            Ok(found) => Ok(found),
            Err(fault) => {
                self.away.insert(did.as_str().to_owned(), Fault::clone(&fault)).await;
                Err(Fault::clone(&fault))
            }
        }
    }

    async fn fetched(&self, did: &WebDid) -> Result<Option<Value>, Fault> {
        let place =
            tokio::time::timeout(Duration::from_secs(WEB_PLACE_SECONDS_MAX), self.places.acquire()).await;
        let _place = place.map_err(|_| unreachable(did, "no place"))?.map_err(Fault::bug)?;
        let answer = self.client.get(did.url()).header(ACCEPT, TYPES).send().await;
        let answer = answer.map_err(|error| unreachable(did, error.without_url()))?;
        match answer.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND | StatusCode::GONE => return Ok(None),
            status => return Err(unreachable(did, status)),
        }
        let body = bounded(did, answer).await?;
        let document = domain::json::read(&body).map_err(|why| unreachable(did, format!("{why:?}")))?;
        let is_its = document.get("id").and_then(Value::as_str) == Some(did.as_str());
        if !is_its {
            tracing::warn!(%did, "studio.web_did.of_another");
        }
        Ok(is_its.then_some(document))
    }
}

fn lasting<V: Clone + Send + Sync + 'static>(seconds: u64) -> Cache<String, V> {
    Cache::builder().max_capacity(WEB_KEPT_MAX).time_to_live(Duration::from_secs(seconds)).build()
}

async fn bounded(did: &WebDid, mut answer: reqwest::Response) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| unreachable(did, error.without_url()))? {
        if bytes.len() + chunk.len() > WEB_DOCUMENT_BYTES_MAX {
            return Err(unreachable(did, format!("more than {WEB_DOCUMENT_BYTES_MAX} bytes")));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// One sentence for whatever it was: nobody learns from it what answers in which network.
fn unreachable(did: &WebDid, why: impl std::fmt::Display) -> Fault {
    let sentence = format!("The document of {did} cannot be fetched at the moment.");
    Fault::unavailable("did/web-unreachable", sentence, why)
}

/// The ledger, and did:web beside it.
pub struct WithWeb {
    ledger: Arc<dyn Resolver>,
    web: WebDids,
}

impl WithWeb {
    /// Both.
    pub const fn new(ledger: Arc<dyn Resolver>, web: WebDids) -> Self {
        Self { ledger, web }
    }
}

#[async_trait]
impl Resolver for WithWeb {
    async fn did(
        &self,
        did: &Did,
        version_id: Option<&str>,
        freshness: Freshness,
    ) -> Result<Option<ResolvedDid>, Fault> {
        self.ledger.did(did, version_id, freshness).await
    }

    async fn did_versions(&self, did: &Did) -> Result<Vec<ResolvedDid>, Fault> {
        self.ledger.did_versions(did).await
    }

    async fn resource(&self, did: &Did, id: &str) -> Result<Option<ResolvedResource>, Fault> {
        self.ledger.resource(did, id).await
    }

    async fn latest_resource(
        &self,
        did: &Did,
        name: &str,
        resource_type: &str,
        freshness: Freshness,
    ) -> Result<Option<ResolvedResource>, Fault> {
        self.ledger.latest_resource(did, name, resource_type, freshness).await
    }

    async fn resources(&self, did: &Did, freshness: Freshness) -> Result<Vec<ResourceMetadata>, Fault> {
        self.ledger.resources(did, freshness).await
    }

    async fn web(&self, did: &WebDid) -> Result<Option<Value>, Fault> {
        self.web.document(did).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
    use tokio::net::TcpListener;

    /// A server that counts who comes, and says nothing.
    async fn counting() -> (u16, Arc<AtomicUsize>) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let (port, came) = (listener.local_addr().unwrap().port(), Arc::new(AtomicUsize::new(0)));
        let counted = Arc::clone(&came);
        tokio::spawn(async move {
            while listener.accept().await.is_ok() {
                counted.fetch_add(1, SeqCst);
            }
        });
        (port, came)
    }

    /// Its name leads to this machine.
    const GUARD: Guard = Guard::PUBLIC.finding(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));

    fn did(port: u16) -> WebDid {
        WebDid::parse(&format!("did:web:issuer.example%3A{port}")).unwrap()
    }

    #[tokio::test]
    async fn nobody_inside_is_called() {
        let (port, came) = counting().await;
        let fault = WebDids::guarded(GUARD).unwrap().document(&did(port)).await.unwrap_err();
        assert_eq!(fault.code, "did/web-unreachable");
        assert_eq!(came.load(SeqCst), 0, "not even a connection");
    }

    #[tokio::test]
    async fn a_host_that_does_not_speak_tls_is_asked_once_for_all_and_left_alone() {
        let (port, came) = counting().await;
        // The guard lets this machine through, as only a test can.
        let web = WebDids::guarded(GUARD.allowing(|ip| ip.is_loopback())).unwrap();
        let did = did(port);
        let (one, other) = tokio::join!(web.document(&did), web.document(&did));
        let (Err(one), Err(other)) = (one, other) else { panic!("nothing was said") };
        assert_eq!((one.code, other.code), ("did/web-unreachable", "did/web-unreachable"));
        web.document(&did).await.unwrap_err();
        assert_eq!(came.load(SeqCst), 1, "{came:?}");
    }
}
