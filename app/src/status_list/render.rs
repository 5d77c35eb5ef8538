//! From our record of a list to the bytes that go on the ledger.

use crate::{Call, Fault, Studio};
use credentials::{
    jwt,
    status_list::{
        BitOrder, BitstringInput, BitstringMetadata, Encoding, StatusList, bitstring_credential,
        bitstring_payload, status_list_2021_payload,
    },
    vc,
};
use domain::{
    did::{ControllerKey, DidRecord},
    status_list::{ListDescription, ListType},
};
use serde_json::Value;
use std::collections::BTreeMap;

/// The resource of a list whose entries say `entries` (all others zero).
pub(super) async fn render(
    studio: &Studio,
    call: &Call,
    issuer: &DidRecord,
    description: &ListDescription,
    entries: &BTreeMap<u32, u8>,
) -> Result<(Value, Vec<u8>), Fault> {
    let list = encode(description, entries)?;
    let payload = match description.list_type {
        ListType::StatusList2021 => {
            let purpose = description.purposes.first().ok_or_else(|| Fault::bug("a list without purpose"))?;
            let encoding = encoding(description)?;
            status_list_2021_payload(*purpose, &list, encoding, call.at, None)
        }
        ListType::BitstringStatusList => {
            let credential = bitstring_credential(&BitstringInput {
                issuer_did: description.did.as_str(),
                purposes: &description.purposes,
                ttl_milliseconds: description.ttl_milliseconds,
                issuance_date: call.at,
                expiration_date: None,
                list: &list,
            });
            let signed = sign_credential(studio, call, issuer, &credential, description.did.as_str()).await?;
            let metadata = BitstringMetadata {
                length: description.length as usize,
                messages: &description.messages,
                status_reference: None,
            };
            bitstring_payload(&signed, &list, &metadata)
        }
    }
    .map_err(|error| Fault::invalid("status-list/invalid", error.to_string()))?;
    let bytes = serde_json::to_vec(&payload).map_err(Fault::bug)?;
    Ok((payload, bytes))
}

fn encode(description: &ListDescription, entries: &BTreeMap<u32, u8>) -> Result<StatusList, Fault> {
    let invalid = |error: credentials::status_list::StatusListError| {
        Fault::invalid("status-list/invalid", error.to_string())
    };
    let mut list = StatusList::empty(
        description.length as usize,
        description.status_size_bits,
        BitOrder::LeastSignificantFirst,
    )
    .map_err(invalid)?;
    for (index, value) in entries {
        list.set(*index as usize, *value).map_err(invalid)?;
    }
    Ok(list)
}

fn encoding(description: &ListDescription) -> Result<Encoding, Fault> {
    match description.encoding.as_deref() {
        None | Some("base64url") => Ok(Encoding::Base64Url),
        Some("hex") => Ok(Encoding::Hex),
        Some(_) => Err(Fault::invalid(
            "status-list/encoding-unsupported",
            format!("{:?} lists are encoded as base64url or hex.", description.list_type),
        )),
    }
}

/// Signs a credential with the issuer's first assertion key and gives back its normalised JSON (with `proof.jwt`).
pub(crate) async fn sign_credential(
    studio: &Studio,
    call: &Call,
    issuer: &DidRecord,
    credential: &Value,
    issuer_did: &str,
) -> Result<Value, Fault> {
    let key = assertion_key(issuer)?;
    let invalid = |error: vc::VcError| Fault::invalid("credential/invalid", error.to_string());
    let claims = vc::jwt_claims(credential, issuer_did).map_err(invalid)?;
    let input = jwt::signing_input(&jwt::header(jwt::Algorithm::EdDsa, None), &claims);
    let signature = studio.vault.sign(call.who.customer, &key.kid, input.as_bytes()).await?;
    vc::normalise(&jwt::assemble(&input, &signature)).map_err(invalid)
}

/// The first verification method that may sign credentials and whose key is ours.
fn assertion_key(issuer: &DidRecord) -> Result<&ControllerKey, Fault> {
    let allowed = issuer.document.get("assertionMethod").and_then(Value::as_array);
    issuer
        .keys
        .iter()
        .find(|key| {
            allowed.is_none_or(|methods| {
                methods.iter().any(|m| m.as_str() == Some(key.verification_method.as_str()))
            })
        })
        .ok_or_else(|| {
            Fault::invalid("did/no-signing-key", "No assertion key of the issuer DID is in the vault.")
        })
}
