//! Execution of messages.

pub mod bank;
pub mod did;
pub mod grants;
pub mod resource;

use crate::failure::{Outcome, cheqd};
use crate::kv::Ctx;
use crate::tx::Msg;
use crate::validate::{self, SignatureRule};
use proto::cheqd::did::v2::DidDoc;
use proto::google::protobuf::Any;

/// Stateless checks, which also run when a transaction is offered. Only DID messages have any.
pub fn validate_basic(msg: &Msg) -> Outcome<()> {
    let missing = || Some(validate::report::Report::Text("cannot be blank".into()));
    let text = match msg {
        Msg::CreateDid(m) => {
            let payload = match &m.payload {
                None => missing(),
                Some(p) => validate::document(&did::create_doc(p), &p.version_id, None)?,
            };
            validate::message(payload, validate::signatures(&m.signatures, SignatureRule::UniqueIds, None))
        }
        Msg::UpdateDid(m) => {
            let payload = match &m.payload {
                None => missing(),
                Some(p) => validate::document(&did::update_doc(p), &p.version_id, None)?,
            };
            validate::message(
                payload,
                validate::signatures(&m.signatures, SignatureRule::UniqueEntries, None),
            )
        }
        Msg::DeactivateDid(m) => {
            let payload = match &m.payload {
                None => missing(),
                Some(p) => validate::deactivation(&p.id, &p.version_id, None),
            };
            validate::message(
                payload,
                validate::signatures(&m.signatures, SignatureRule::UniqueEntries, None),
            )
        }
        _ => None,
    };
    text.map_or(Ok(()), |t| Err(cheqd(1205, t)))
}

/// Executes one message; the answer goes into the transaction's data.
pub fn execute(ctx: &mut Ctx<'_>, msg: &Msg) -> Outcome<Any> {
    // The router asks the circuit breaker first.
    ctx.meter.consume(crate::gas::HAS, "Has")?;
    match msg {
        Msg::CreateDid(m) => did::create(ctx, m),
        Msg::UpdateDid(m) => did::update(ctx, m),
        Msg::DeactivateDid(m) => did::deactivate(ctx, m),
        Msg::CreateResource(m) => resource::create(ctx, m),
        Msg::Burn(m) => bank::burn(ctx, m),
        Msg::Send(m) => bank::send(ctx, m),
        Msg::MultiSend(m) => bank::multi_send(ctx, m),
        Msg::Grant(m) => grants::grant(ctx, m),
        Msg::Revoke(m) => grants::revoke(ctx, m),
    }
}

/// Name of the module in `message.module`: the second part of the type URL.
pub fn module(msg: &Msg) -> &'static str {
    msg.type_url().split('.').nth(1).unwrap_or("")
}

/// Lower-cases the UUIDs of a document; `None` where the ledger cannot split a DID and panics.
pub(crate) fn normal_document(doc: &DidDoc) -> Option<DidDoc> {
    use crate::validate::did::{normal_did, normal_did_url};
    let urls = |list: &[String]| list.iter().map(|u| normal_did_url(u)).collect::<Option<Vec<_>>>();
    let mut out = doc.clone();
    out.id = normal_did(&doc.id)?;
    out.controller = doc.controller.iter().map(|c| normal_did(c)).collect::<Option<_>>()?;
    for vm in &mut out.verification_method {
        vm.id = normal_did_url(&vm.id)?;
        vm.controller = normal_did(&vm.controller)?;
    }
    for service in &mut out.service {
        service.id = normal_did_url(&service.id)?;
    }
    out.authentication = urls(&doc.authentication)?;
    // Inline keys (escaped JSON) stay as they are.
    let assertion = |e: &String| if e.starts_with('"') { Some(e.clone()) } else { normal_did_url(e) };
    out.assertion_method = doc.assertion_method.iter().map(assertion).collect::<Option<_>>()?;
    out.capability_invocation = urls(&doc.capability_invocation)?;
    out.capability_delegation = urls(&doc.capability_delegation)?;
    out.key_agreement = urls(&doc.key_agreement)?;
    Some(out)
}
