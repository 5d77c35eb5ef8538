//! Messages: a line of JSON, and behind it the data of a resource.

use super::Ledger;
use crate::{
    Fault,
    port::{
        Composer,
        chain::{ChainMessage, IdentitySignature, Payload},
    },
};
use credentials::did_document::{DidDoc, Signer, public_keys};
use domain::{id::Did, resource::ResourceDescription};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

/// Most bytes of a resource's name, type and version, as at cheqd.
const LABEL_BYTES: usize = 64;

#[derive(Serialize, Deserialize)]
pub(super) enum Said {
    CreateDid { document: Value, version: String },
    UpdateDid { document: Value, version: String },
    DeactivateDid { did: Did, version: String },
    CreateResource { description: ResourceDescription },
}

#[derive(Serialize, Deserialize)]
struct Signed {
    verification_method: String,
    signature: String,
}

/// A message taken apart.
pub(super) struct Message {
    pub(super) did: Did,
    pub(super) said: Said,
    pub(super) data: Vec<u8>,
    signatures: Vec<Signed>,
}

impl Message {
    pub(super) fn decode(value: &[u8]) -> Result<Self, String> {
        let end = value.iter().position(|byte| *byte == b'\n').ok_or("no end of the line")?;
        let (line, data) = value.split_at(end);
        let data = data.get(1..).unwrap_or_default().to_vec();
        let (said, signatures): (Said, Vec<Signed>) =
            serde_json::from_slice(line).map_err(|error| error.to_string())?;
        let did = match &said {
            Said::CreateDid { document, .. } | Said::UpdateDid { document, .. } => {
                let id = document.get("id").and_then(Value::as_str).unwrap_or_default();
                Did::parse(id).map_err(|error| error.to_string())?
            }
            Said::DeactivateDid { did, .. } => did.clone(),
            Said::CreateResource { description } => description.did.clone(),
        };
        Ok(Self { did, said, data, signatures })
    }

    /// Every signature holds, and everybody who must has signed. `stored` is the document on the ledger, `new` the one that
    /// counts afterwards.
    pub(super) fn is_signed_by(
        &self,
        required: &BTreeSet<Signer>,
        stored: Option<&Value>,
        new: &Value,
        document_of: impl Fn(&Did) -> Option<Value>,
    ) -> Result<(), String> {
        let bytes = sign_bytes(&self.said, &self.data);
        let mut signed = BTreeSet::new();
        for Signed { verification_method, signature } in &self.signatures {
            let signature = hex::decode(signature).map_err(|error| error.to_string())?;
            let holds = |document: &Value| {
                let keys = public_keys(document).into_iter();
                let mut named = keys.filter(|(id, _)| id == verification_method);
                named.any(|(_, key)| key.verify(&bytes, &signature).is_ok())
            };
            let of = verification_method.split('#').next().unwrap_or_default();
            let mut by: Vec<Signer> = Vec::new();
            if of == self.did.as_str() {
                by.extend(holds(new).then_some(Signer::New));
                by.extend(stored.is_some_and(holds).then_some(Signer::Stored));
            } else if let Ok(other) = Did::parse(of) {
                let holds = document_of(&other).is_some_and(|document| holds(&document));
                by.extend(holds.then(|| Signer::Other(of.to_owned())));
            }
            if by.is_empty() {
                return Err(format!("the signature of {verification_method} does not hold"));
            }
            signed.extend(by);
        }
        match required.difference(&signed).next() {
            Some(missing) => Err(format!("{missing:?} has not signed")),
            None => Ok(()),
        }
    }
}

fn sign_bytes(said: &Said, data: &[u8]) -> Vec<u8> {
    let line = serde_json::to_vec(said).expect("what is said has a JSON form");
    [line.as_slice(), b"\n", data].concat()
}

fn said(payload: &Payload) -> Result<(Said, &[u8], &'static str), Fault> {
    let holdable = |document: &Value| {
        DidDoc::from_json(document).map(|_| document.clone()).map_err(|why| {
            Fault::invalid("did/invalid", format!("The DID document cannot be published: {why}."))
        })
    };
    Ok(match payload {
        Payload::CreateDid { document, version } => {
            let said = Said::CreateDid { document: holdable(document)?, version: version.to_string() };
            (said, &[], "/cheqd.did.v2.MsgCreateDidDoc")
        }
        Payload::UpdateDid { document, version } => {
            let said = Said::UpdateDid { document: holdable(document)?, version: version.to_string() };
            (said, &[], "/cheqd.did.v2.MsgUpdateDidDoc")
        }
        Payload::DeactivateDid { did, version } => {
            let said = Said::DeactivateDid { did: did.clone(), version: version.to_string() };
            (said, &[], "/cheqd.did.v2.MsgDeactivateDidDoc")
        }
        Payload::CreateResource { description, data } => {
            let labels = [&description.name, &description.resource_type, &description.version];
            if labels.iter().any(|label| label.len() > LABEL_BYTES) || description.name.is_empty() {
                return Err(Fault::invalid(
                    "resource/invalid",
                    "A label of the resource is empty or too long.",
                ));
            }
            let said = Said::CreateResource { description: description.clone() };
            (said, data.as_slice(), "/cheqd.resource.v2.MsgCreateResource")
        }
    })
}

impl Composer for Ledger {
    fn sign_bytes(&self, payload: &Payload) -> Result<Vec<u8>, Fault> {
        let (said, data, _) = said(payload)?;
        Ok(sign_bytes(&said, data))
    }

    fn message(&self, payload: &Payload, signatures: &[IdentitySignature]) -> Result<ChainMessage, Fault> {
        let (said, data, type_url) = said(payload)?;
        let signed = signatures.iter().map(|one| Signed {
            verification_method: one.verification_method.clone(),
            signature: hex::encode(&one.signature),
        });
        let line = serde_json::to_vec(&(said, signed.collect::<Vec<_>>())).map_err(Fault::bug)?;
        Ok(ChainMessage { type_url: type_url.to_owned(), value: [line.as_slice(), b"\n", data].concat() })
    }
}
