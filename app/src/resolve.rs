//! DID resolution and DID URL dereferencing as `/1.0/identifiers/{did-url}` speaks it (W3C DID Resolution, in the shapes of
//! cheqd's resolver; docs/resolver.md). A door hands the request in and forwards what comes out.
//!
//! Some things are not as at cheqd's resolver: a fragment names exactly one id (there it is a substring), the document
//! says `capabilityDelegation` (there snake case), a ledger that cannot be reached is 503 with Retry-After (there 404 or
//! 500), `metadata=false` does not hide that a DID is deactivated, and a relative reference stays on its service's origin.
//! As there, and unlike the standard's HTTP binding, a deactivated DID answers 200 with `deactivated: true`: that is what
//! clients of did:cheqd rely on.

mod accept;
mod answer;
mod endpoint;
mod keys;
mod locator;
mod select;
mod time;

use crate::{
    Fault, FaultKind,
    port::{
        Resolver,
        resolver::{Freshness, ResolvedDid, ResourceMetadata},
    },
};
pub use accept::takes;
use accept::{Accept, Envelope};
use answer::Answering;
use credentials::{did_web::WebDid, status_list::Token};
use domain::id::{Did, Instant};
use endpoint::Place;
use locator::{Locator, Parameter, Target};
use select::{Chosen, Parameters};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

/// Seconds after which a client may try again when the ledger is away.
pub const RETRY_AFTER_SECONDS: u32 = 5;
/// Options that change nothing here: answers come from the ledger, and documents have no relative URLs.
const IGNORED_OPTIONS: [&str; 2] = ["noCache", "expandRelativeUrls"];
/// Where this is served; redirects point into it.
pub const IDENTIFIERS_PATH: &str = "/1.0/identifiers/";

/// The limits of resolution.
pub(crate) fn limits() -> Vec<domain::limit::Limit> {
    [accept::LIMITS, keys::LIMITS, locator::LIMITS].concat()
}

/// A request for a DID or DID URL.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The path after [`IDENTIFIERS_PATH`], as received (percent-encoded), without the query.
    pub path: &'a str,
    /// The query as received, without `?`.
    pub query: Option<&'a str>,
    /// The `Accept` header.
    pub accept: Option<&'a str>,
    /// The resolution or dereferencing options of a request by POST: parameters, `accept`, and those of
    /// [`IGNORED_OPTIONS`].
    pub options: Option<&'a Map<String, Value>>,
    /// Whether the latest state may come from the cache (a door passes `Fresh` for `Cache-Control: no-cache`).
    pub freshness: Freshness,
}

/// What goes back, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Value of `Content-Type`.
    pub content_type: String,
    /// Further headers (`Location`, `Retry-After`), names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The body: JSON, or the bytes of a resource.
    pub body: Vec<u8>,
}

/// Why there is no document or content; each is an HTTP status and a DIF error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Problem {
    InvalidDid,
    InvalidDidUrl,
    InvalidOptions,
    NotFound,
    NotAcceptable,
    MethodNotSupported,
    Away,
    Internal,
    /// Not a failure: look elsewhere.
    Elsewhere(u16, String),
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        match (fault.kind, fault.code) {
            (_, "ledger/not-configured") => Self::InvalidDid,
            (_, "did/method-unsupported") => Self::MethodNotSupported,
            (FaultKind::Unavailable, _) => {
                tracing::warn!(detail = fault.private, code = fault.code, "app.resolve.unavailable");
                Self::Away
            }
            _ => {
                tracing::error!(detail = fault.private, code = fault.code, "app.resolve.failed");
                Self::Internal
            }
        }
    }
}

/// Resolves or dereferences. Never fails: every failure is a response.
pub async fn resolve(resolver: &dyn Resolver, now: Instant, request: &Request<'_>) -> Response {
    let mut locator = Locator::read(request.path, request.query);
    let options = request.options.map_or(Ok(None), |options| take_options(&mut locator, options));
    let mut answering = Answering::new(&locator.did, now, locator.envelope());
    let header = match options {
        Ok(accept) => accept.or(request.accept),
        Err(problem) => return answering.problem(&problem),
    };
    match Accept::negotiate(header, &locator) {
        Err(problem) => answering.problem(&problem),
        Ok(accept) => {
            answering.accept = accept;
            if accept.is_dereferencing_asked_for() {
                answering.envelope = Envelope::Dereferencing;
            }
            let resolving =
                Resolving { resolver, freshness: request.freshness, accept, answering: &answering };
            let found = resolving.locate(&locator).await.and_then(|mut found| {
                // The ledger does not know the type of a status list's token; who asks for it by that type gets it.
                let token = if accept.is_foreign() { Token::of(&found.body) } else { None };
                if let Some(token) = token.filter(|token| takes(header, token.media_type())) {
                    token.media_type().clone_into(&mut found.content_type);
                }
                let is_taken = !accept.is_foreign() || takes(header, &found.content_type);
                if is_taken { Ok(found) } else { Err(Problem::NotAcceptable) }
            });
            found.unwrap_or_else(|problem| answering.problem(&problem))
        }
    }
}

/// Puts options beside the parameters of the DID URL; gives the media type that they ask for.
fn take_options<'a>(
    locator: &mut Locator,
    options: &'a Map<String, Value>,
) -> Result<Option<&'a str>, Problem> {
    let mut accept = None;
    for (name, value) in options {
        let text = match value {
            Value::String(text) => text.as_str(),
            Value::Bool(true) => "true",
            Value::Bool(false) => "false",
            _ => return Err(Problem::InvalidOptions),
        };
        match name.as_str() {
            "accept" if value.is_string() => accept = Some(text),
            name if IGNORED_OPTIONS.contains(&name) && value.is_boolean() => {}
            name if select::is_parameter(name) => locator.query.push(Parameter::new(name, text)),
            _ => return Err(Problem::InvalidOptions),
        }
    }
    Ok(accept)
}

struct Resolving<'a> {
    resolver: &'a dyn Resolver,
    freshness: Freshness,
    accept: Accept,
    answering: &'a Answering,
}

impl Resolving<'_> {
    async fn locate(&self, locator: &Locator) -> Result<Response, Problem> {
        if !locator.has_did() {
            return Err(Problem::InvalidDid);
        }
        if credentials::did_key::is_local(&locator.did) {
            return self.local(locator);
        }
        if locator.method() == "web" {
            let did = WebDid::parse(&locator.did).ok_or(Problem::InvalidDid)?;
            let document = self.resolver.web(&did).await?.ok_or(Problem::NotFound)?;
            return self.alone(document, locator);
        }
        if locator.method() != "cheqd" {
            return Err(Problem::MethodNotSupported);
        }
        if let Some(migrated) = migrated(&locator.did) {
            return Err(Problem::Elsewhere(301, locator.address_under(&migrated)));
        }
        let did = Did::parse(&locator.did).map_err(|_| Problem::InvalidDid)?;
        match &locator.target {
            Target::Unknown => Err(Problem::InvalidDidUrl),
            _ if locator.has_query() && !matches!(locator.target, Target::Did) => Err(Problem::InvalidDidUrl),
            Target::Fragment(fragment) => self.fragment(&did, fragment).await,
            Target::Did => {
                let parameters = Parameters::read(&locator.query, self.accept)?;
                self.resolved(&did, &parameters).await
            }
            Target::Metadata => self.version(&did, None, false).await,
            Target::Version(version) => self.version(&did, Some(version), true).await,
            Target::VersionMetadata(version) => self.version(&did, Some(version), false).await,
            Target::Versions => self.versions(&did).await,
            Target::Resource(id) => self.resource(&did, id).await,
            Target::ResourceMetadata(id) => self.resource_metadata(&did, id).await,
        }
    }

    /// did:key and did:jwk, which are their own documents.
    fn local(&self, locator: &Locator) -> Result<Response, Problem> {
        let document = credentials::did_key::resolve(&locator.did).map_err(|_| Problem::InvalidDid)?;
        self.alone(document, locator)
    }

    /// A document that has neither versions nor resources.
    fn alone(&self, document: Value, locator: &Locator) -> Result<Response, Problem> {
        match &locator.target {
            Target::Did if !locator.has_query() => Ok(self.document(document, &json!({}))),
            Target::Fragment(fragment) if !locator.has_query() => {
                let part = part_of(&document, &locator.did, fragment).ok_or(Problem::NotFound)?;
                Ok(self.answering.part(&document, part, &json!({})))
            }
            _ => Err(Problem::InvalidDidUrl),
        }
    }

    async fn fragment(&self, did: &Did, fragment: &str) -> Result<Response, Problem> {
        let found = self.resolver.did(did, None, self.freshness).await?.ok_or(Problem::NotFound)?;
        let part = part_of(&found.document, did.as_str(), fragment).ok_or(Problem::NotFound)?;
        Ok(self.answering.part(&found.document, part, &answer::did_metadata(&found, None)))
    }

    /// `/:did`, with or without a query.
    async fn resolved(&self, did: &Did, parameters: &Parameters) -> Result<Response, Problem> {
        let Chosen { mut found, until } = self.chosen(did, parameters).await?;
        if let Some(kind) = parameters.transform_keys() {
            keys::transform(&mut found.document, kind);
        }
        if let Some(service) = parameters.service() {
            let reference = parameters.relative_ref();
            return match endpoint::place(&found.document, did.as_str(), service, reference)? {
                Place::Web(address) => Err(Problem::Elsewhere(303, address)),
                Place::Other(addresses) => Ok(Answering::addresses(&addresses)),
            };
        }
        let mut resources = self.resources(did, until).await?;
        if parameters.is_empty() {
            // The ledger's order; with a query, newest first.
            resources.sort_by(|a, b| a.id.cmp(&b.id));
        } else {
            resources.reverse();
        }
        if parameters.asks_for_resources() {
            return self.selected(did, parameters, &found, &resources).await;
        }
        let list = answer::resource_items(did, &resources);
        let with_list = answer::did_metadata(&found, Some(&list));
        Ok(match (parameters.metadata(), parameters.resource_metadata()) {
            (Some(true), _) => self.answering.resolution(None, &with_list),
            (_, Some(true)) if self.accept.is_dereferencing_asked_for() => {
                self.answering.described(&json!({"linkedResourceMetadata": list}))
            }
            (_, Some(true)) => self.answering.resolution(Some(&found.document), &with_list),
            (_, Some(false)) => {
                self.answering.resolution(Some(&found.document), &answer::did_metadata(&found, None))
            }
            (_, None) => self.document(found.document, &with_list),
        })
    }

    /// The document alone or the whole result, as asked for.
    fn document(&self, mut document: Value, metadata: &Value) -> Response {
        if self.accept.wants_result() || self.accept.is_dereferencing_asked_for() {
            return self.answering.resolution(Some(&document), metadata);
        }
        answer::fit_context(&mut document, self.accept.kind);
        self.answering.bare(&document)
    }

    /// The version that the query names, and the instant at which the next one took over.
    async fn chosen(&self, did: &Did, parameters: &Parameters) -> Result<Chosen, Problem> {
        if parameters.version_id().is_none() && parameters.version_time().is_none() {
            let found = self.resolver.did(did, None, self.freshness).await?.ok_or(Problem::NotFound)?;
            return Ok(Chosen { found, until: None });
        }
        let history = self.resolver.did_versions(did).await?;
        let (version, until) = select::version(&history, parameters.version_id(), parameters.version_time())
            .ok_or(Problem::NotFound)?;
        let found = self.resolver.did(did, Some(version), Freshness::Cached).await?;
        Ok(Chosen { found: found.ok_or(Problem::NotFound)?, until })
    }

    /// Resources created before `until`, oldest first.
    async fn resources(&self, did: &Did, until: Option<Instant>) -> Result<Vec<ResourceMetadata>, Problem> {
        let mut resources = self.resolver.resources(did, self.freshness).await?;
        resources.retain(|resource| until.is_none_or(|until| resource.created < until));
        Ok(resources)
    }

    /// A query for resources: their metadata, or the data of the newest that fits.
    async fn selected(
        &self,
        did: &Did,
        parameters: &Parameters,
        found: &ResolvedDid,
        newest_first: &[ResourceMetadata],
    ) -> Result<Response, Problem> {
        let fitting = select::resources(parameters, newest_first)?;
        let list = answer::resource_items(did, &fitting);
        if self.accept.is_resolution_asked_for() {
            return Ok(self
                .answering
                .resolution(Some(&found.document), &answer::did_metadata(found, Some(&list))));
        }
        if parameters.resource_metadata() == Some(true) {
            return Ok(self.answering.described(&json!({"linkedResourceMetadata": list})));
        }
        let newest = select::newest(parameters, &fitting)?;
        self.resource(did, &newest.id).await
    }

    /// `/version/…` and `/metadata`: the whole result, with or without the document.
    async fn version(
        &self,
        did: &Did,
        version: Option<&str>,
        with_document: bool,
    ) -> Result<Response, Problem> {
        let parameters = match version {
            Some(version) => Parameters::of_version(version)?,
            None => Parameters::default(),
        };
        let Chosen { found, until } = self.chosen(did, &parameters).await?;
        let mut resources = self.resources(did, until).await?;
        resources.sort_by(|a, b| a.id.cmp(&b.id));
        let list = answer::resource_items(did, &resources);
        let document = with_document.then_some(&found.document);
        Ok(self.answering.resolution(document, &answer::did_metadata(&found, Some(&list))))
    }

    async fn versions(&self, did: &Did) -> Result<Response, Problem> {
        let history = self.resolver.did_versions(did).await?;
        if history.is_empty() {
            return Err(Problem::NotFound);
        }
        let mut resources = self.resolver.resources(did, self.freshness).await?;
        resources.sort_by(|a, b| a.id.cmp(&b.id));
        let versions: Vec<Value> = history
            .iter()
            .enumerate()
            .rev()
            .map(|(place, version)| {
                let until = history.get(place + 1).map(select::began);
                let is_shown =
                    |resource: &&ResourceMetadata| until.is_none_or(|until| resource.created < until);
                let shown: Vec<Value> = resources
                    .iter()
                    .filter(is_shown)
                    .map(|resource| answer::resource_item(did, resource))
                    .collect();
                answer::did_metadata(version, Some(&shown))
            })
            .collect();
        Ok(self.answering.dereferenced(self.accept.part_type(), &json!({"versions": versions}), &json!({})))
    }

    async fn resource(&self, did: &Did, id: &str) -> Result<Response, Problem> {
        let id = select::uuid(id).ok_or(Problem::InvalidDidUrl)?;
        let found = self.resolver.resource(did, &id).await?.ok_or(Problem::NotFound)?;
        if self.accept.is_dereferencing_asked_for() {
            let item = answer::resource_item(did, &self.described(did, &id).await?);
            let content = answer::content(&found);
            return Ok(self.answering.dereferenced(&found.metadata.media_type, &content, &item));
        }
        Ok(answer::raw(found))
    }

    async fn resource_metadata(&self, did: &Did, id: &str) -> Result<Response, Problem> {
        let id = select::uuid(id).ok_or(Problem::InvalidDidUrl)?;
        let metadata = self.described(did, &id).await?;
        Ok(self.answering.described(&answer::resource_item(did, &metadata)))
    }

    /// What the ledger says of a resource now. Its bytes never change, so they may be from a cache; what follows it may have been
    /// written a moment ago.
    async fn described(&self, did: &Did, id: &str) -> Result<ResourceMetadata, Problem> {
        let all = self.resolver.resources(did, self.freshness).await?;
        all.into_iter().find(|resource| resource.id == id).ok_or(Problem::NotFound)
    }
}

/// Where parts of a document stand. Relationships may have methods of their own instead of references.
const PARTS: [&str; 7] = [
    "verificationMethod",
    "service",
    "authentication",
    "assertionMethod",
    "capabilityInvocation",
    "capabilityDelegation",
    "keyAgreement",
];

/// The verification method or service with exactly this fragment.
fn part_of(document: &Value, did: &str, fragment: &str) -> Option<Map<String, Value>> {
    PARTS
        .iter()
        .filter_map(|member| document.get(member)?.as_array())
        .flatten()
        .find(|part| select::has_fragment(part, did, fragment))
        .and_then(Value::as_object)
        .cloned()
}

/// The DID that a pre-v1 identifier (16 or 32 characters, Indy style) became: base58 of the first 16 bytes of its
/// SHA-256. Identifiers that are valid today are left alone.
fn migrated(did: &str) -> Option<String> {
    let (prefix, id) = did.rsplit_once(':')?;
    let is_legacy = matches!(id.len(), 16 | 32)
        && bs58::decode(id).into_vec().is_ok()
        && Did::parse(did).is_err()
        && matches!(prefix, "did:cheqd:mainnet" | "did:cheqd:testnet");
    let digest = Sha256::digest(id.as_bytes());
    is_legacy
        .then(|| format!("{prefix}:{}", bs58::encode(digest.get(..16).unwrap_or_default()).into_string()))
}

#[cfg(test)]
mod tests;
