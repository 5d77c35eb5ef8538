//! Validation of documents and resource payloads with the ledger's error texts (docs/ledger.md#did-documents).

pub mod assertion;
pub mod did;
pub mod report;

use crate::failure::Failure;
use crate::keys;
use did::{check_did, check_did_url, check_unique_id, check_uuid};
use proto::cheqd::did::v2::{DidDoc, Service, SignInfo, VerificationMethod};
use proto::cheqd::resource::v2::{AlternativeUri, MsgCreateResourcePayload};
use report::{Report, each};
use std::collections::BTreeSet;

const BLANK: &str = "cannot be blank";
/// Longest service type, in bytes.
const MAX_SERVICE_TYPE_BYTES: usize = 255;
/// Longest resource name, version and type, in bytes.
const MAX_RESOURCE_TEXT_BYTES: usize = 64;
/// Longest alternative URI, in bytes.
const MAX_URI_BYTES: usize = 256;
/// Longest description of an alternative URI, in bytes.
const MAX_DESCRIPTION_BYTES: usize = 128;
/// Largest resource, in bytes.
const MAX_RESOURCE_DATA_BYTES: usize = 2_097_152;

/// How lists of signatures must be unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureRule {
    /// No verification method twice (create).
    UniqueIds,
    /// No identical entry twice (update, deactivate, resource).
    UniqueEntries,
}

/// Namespaces a DID may have; `None` checks the syntax only.
pub type Namespace<'a> = Option<&'a str>;

/// First text that is there.
fn first(checks: &[&dyn Fn() -> Option<String>]) -> Option<String> {
    checks.iter().find_map(|check| check())
}

fn required(text: &str) -> Option<String> {
    text.is_empty().then(|| BLANK.to_owned())
}

fn length(size: usize, min: usize, max: usize) -> Option<String> {
    (size < min || size > max).then(|| format!("the length must be between {min} and {max}"))
}

/// Ozzo's length rule passes empty values.
fn optional_length(text: &str, min: usize, max: usize) -> Option<String> {
    if text.is_empty() { None } else { length(text.len(), min, max) }
}

fn prefix(url: &str, did: &str) -> Option<String> {
    (!url.starts_with(did)).then(|| format!("must have prefix: {did}"))
}

fn duplicates<T: Ord>(items: impl IntoIterator<Item = T>) -> bool {
    let mut seen = BTreeSet::new();
    items.into_iter().any(|item| !seen.insert(item))
}

fn unique(items: &[String], text: &str) -> Option<String> {
    duplicates(items).then(|| text.to_owned())
}

fn local_url(url: &str, did: &str, ns: Namespace<'_>) -> Option<String> {
    first(&[&|| check_did_url(url, ns), &|| prefix(url, did)])
}

fn url_list(urls: &[String], did: &str, ns: Namespace<'_>) -> Option<Report> {
    unique(urls, "there should be no duplicates")
        .map(Report::Text)
        .or_else(|| each(urls, |url| local_url(url, did, ns).map(Report::Text)))
}

fn method(vm: &VerificationMethod, did: &str, ns: Namespace<'_>) -> Result<Option<Report>, Failure> {
    let mut report = Report::map();
    report.text("id", first(&[&|| required(&vm.id), &|| local_url(&vm.id, did, ns)]));
    let known = keys::KeyType::parse(&vm.verification_method_type);
    let kind = required(&vm.verification_method_type)
        .or_else(|| known.is_none().then(|| "must be a valid value".to_owned()));
    report.text("type", kind);
    report.text("controller", first(&[&|| required(&vm.controller), &|| check_did(&vm.controller, ns)]));
    let material = match (required(&vm.verification_material), known) {
        (Some(text), _) => Some(text),
        (None, Some(kind)) => keys::check_material(kind, &vm.verification_material)?,
        (None, None) => None,
    };
    report.text("verification_material", material);
    Ok(report.done())
}

fn methods(list: &[VerificationMethod], did: &str, ns: Namespace<'_>) -> Result<Option<Report>, Failure> {
    if duplicates(list.iter().map(|vm| &vm.id)) {
        return Ok(Some(Report::Text("there are verification method duplicates".into())));
    }
    let mut report = Report::map();
    for (index, vm) in list.iter().enumerate() {
        report.nested(&index.to_string(), method(vm, did, ns)?);
    }
    Ok(report.done())
}

fn service(entry: &Service, did: &str, ns: Namespace<'_>) -> Option<Report> {
    let mut report = Report::map();
    report.text("id", first(&[&|| required(&entry.id), &|| local_url(&entry.id, did, ns)]));
    let kind = &entry.service_type;
    report.text("type", first(&[&|| required(kind), &|| length(kind.len(), 1, MAX_SERVICE_TYPE_BYTES)]));
    report.nested("service_endpoint", each(&entry.service_endpoint, |e| required(e).map(Report::Text)));
    report.done()
}

fn services(list: &[Service], did: &str, ns: Namespace<'_>) -> Option<Report> {
    if duplicates(list.iter().map(|s| &s.id)) {
        return Some(Report::Text("there are service duplicates".into()));
    }
    each(list, |entry| service(entry, did, ns))
}

/// A DID document payload of create or update, with its version id.
pub fn document(doc: &DidDoc, version: &str, ns: Namespace<'_>) -> Result<Option<Report>, Failure> {
    let no_duplicates = "there should be no duplicates";
    let mut report = Report::map();
    report.text("id", first(&[&|| required(&doc.id), &|| check_did(&doc.id, ns)]));
    let controllers = unique(&doc.controller, no_duplicates)
        .map(Report::Text)
        .or_else(|| each(&doc.controller, |c| check_did(c, ns).map(Report::Text)));
    report.nested("controller", controllers);
    report.nested("verification_method", methods(&doc.verification_method, &doc.id, ns)?);
    report.nested("authentication", url_list(&doc.authentication, &doc.id, ns));
    let assertions = unique(&doc.assertion_method, no_duplicates)
        .map(Report::Text)
        .or_else(|| each(&doc.assertion_method, |entry| assertion::check(entry, doc, ns).map(Report::Text)));
    report.nested("assertion_method", assertions);
    report.nested("capability_invocation", url_list(&doc.capability_invocation, &doc.id, ns));
    report.nested("capability_delegation", url_list(&doc.capability_delegation, &doc.id, ns));
    report.nested("key_agreement", url_list(&doc.key_agreement, &doc.id, ns));
    report.nested("service", services(&doc.service, &doc.id, ns));
    report.text("also_known_as", unique(&doc.also_known_as, no_duplicates));
    if let Some(report) = report.done() {
        return Ok(Some(report));
    }
    // The ledger looks at the version id only when the document itself is valid.
    let mut report = Report::map();
    report.text("version_id", required(version));
    Ok(report.done())
}

/// A deactivation payload.
pub fn deactivation(id: &str, version: &str, ns: Namespace<'_>) -> Option<Report> {
    let mut report = Report::map();
    report.text("id", first(&[&|| required(id), &|| check_did(id, ns)]));
    report.text("version_id", first(&[&|| required(version), &|| check_uuid(version)]));
    report.done()
}

fn signature(info: &SignInfo, ns: Namespace<'_>) -> Option<Report> {
    let mut report = Report::map();
    let id = &info.verification_method_id;
    report.text("verification_method_id", first(&[&|| required(id), &|| check_did_url(id, ns)]));
    report.text("signature", info.signature.is_empty().then(|| BLANK.to_owned()));
    report.done()
}

/// The list of identity signatures.
pub fn signatures(list: &[SignInfo], rule: SignatureRule, ns: Namespace<'_>) -> Option<Report> {
    if rule == SignatureRule::UniqueIds && duplicates(list.iter().map(|s| &s.verification_method_id)) {
        return Some(Report::Text("there are sign info records with the same ID".into()));
    }
    if duplicates(list.iter().map(|s| (&s.verification_method_id, &s.signature))) {
        return Some(Report::Text("there are full sign info duplicates".into()));
    }
    each(list, |info| signature(info, ns))
}

fn alternative_uri(entry: &AlternativeUri) -> Option<Report> {
    let mut report = Report::map();
    let uri = &entry.uri;
    report.text("uri", first(&[&|| required(uri), &|| length(uri.len(), 1, MAX_URI_BYTES)]));
    report.text("description", optional_length(&entry.description, 1, MAX_DESCRIPTION_BYTES));
    report.done()
}

/// A resource payload.
pub fn resource(payload: &MsgCreateResourcePayload) -> Option<Report> {
    let mut report = Report::map();
    let collection = &payload.collection_id;
    report.text("resourceCollectionId", first(&[&|| required(collection), &|| check_unique_id(collection)]));
    report.text("resourceId", first(&[&|| required(&payload.id), &|| check_uuid(&payload.id)]));
    let (name, kind) = (&payload.name, &payload.resource_type);
    let text = |t: &String| first(&[&|| required(t), &|| length(t.len(), 1, MAX_RESOURCE_TEXT_BYTES)]);
    report.text("resourceName", text(name));
    report.text("resourceVersion", optional_length(&payload.version, 1, MAX_RESOURCE_TEXT_BYTES));
    report.text("resourceType", text(kind));
    report.nested("resourceAlternativeUri", each(&payload.also_known_as, alternative_uri));
    let size = payload.data.len();
    let data = payload.data.is_empty().then(|| BLANK.to_owned());
    report.text("data", data.or_else(|| length(size, 1, MAX_RESOURCE_DATA_BYTES)));
    report.done()
}

/// Joins the reports of payload and signatures; `None` when all is valid.
pub fn message(payload: Option<Report>, signatures: Option<Report>) -> Option<String> {
    let mut report = Report::map();
    report.nested("payload", payload);
    report.nested("signatures", signatures);
    report.done().map(|r| r.to_string())
}
