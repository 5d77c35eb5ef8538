//! Parts of a document that are added and taken out, as clients of the registrar ask for it (docs/registrar.md).

use super::{
    GivenDocument, GivenSections,
    changes::{CHANGES_PER_REQUEST_MAX, asked_before, told},
    document::SECTIONS,
    update::Next,
};
use crate::{Call, Fault, Studio, write::Price};
use credentials::did_document::{Parts, apply_parts, normalised};
use domain::{did::DidRecord, id::Did};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The member that holds them.
const FIELD: &str = "didDocument";

/// Parts of a caller's that have passed every rule which needs no document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GivenParts {
    did: Did,
    /// What they are parts of; the present document without.
    whole: Option<GivenDocument>,
    parts: Vec<Parts>,
}

impl GivenParts {
    /// One to [`CHANGES_PER_REQUEST_MAX`], in their order, of this document or of the present one. Fault `request/invalid`, which says
    /// by the member `item` which of them it is about, counted from 0.
    pub fn new(did: Did, whole: Option<GivenDocument>, parts: Vec<Parts>) -> Result<Self, Fault> {
        if !(1..=CHANGES_PER_REQUEST_MAX).contains(&parts.len()) {
            let sentence =
                format!("didDocument should be an array of 1 to {CHANGES_PER_REQUEST_MAX} documents");
            return Err(Fault::about(FIELD, sentence));
        }
        let skipped = usize::from(whole.is_some());
        let numbered = parts.into_iter().enumerate();
        let parts = numbered
            .map(|(number, parts)| checked(&did, parts).map_err(|fault| about(Some(number + skipped), fault)))
            .collect::<Result<_, _>>()?;
        Ok(Self { did, whole, parts })
    }

    /// The DID whose document changes.
    pub fn did(&self) -> &Did {
        &self.did
    }
}

fn checked(did: &Did, parts: Parts) -> Result<Parts, Fault> {
    Ok(match parts {
        Parts::Add(sections) => Parts::Add(GivenSections::new(did.clone(), &sections)?.sections().clone()),
        Parts::Remove(sections) => {
            named(&sections)?;
            Parts::Remove(normalised(&sections))
        }
    })
}

/// What goes is named by its id, or is a text.
fn named(sections: &Map<String, Value>) -> Result<(), Fault> {
    if sections.is_empty() {
        return Err(Fault::about(FIELD, "the document names nothing that should be taken out"));
    }
    for (name, content) in sections {
        if !SECTIONS.contains(&name.as_str()) {
            return Err(Fault::about(FIELD, format!("{name} is no section of a DID document")));
        }
        let has_id = |part: &Value| part.get("id").is_some_and(Value::is_string);
        let is_part = |part: &Value| part.is_string() || has_id(part) || name == "@context";
        let is_fine = match content {
            Value::Array(parts) => parts.iter().all(is_part),
            one => is_part(one),
        };
        if !is_fine {
            let sentence =
                format!("{name}: what is taken out is named by its id, or by itself if it is a text");
            return Err(Fault::about(FIELD, sentence));
        }
    }
    Ok(())
}

fn about(number: Option<usize>, fault: Fault) -> Fault {
    let Some(number) = number else { return fault.with("field", FIELD) };
    let public = format!("{FIELD}[{number}]: {}", fault.public);
    Fault { public, ..fault }.with("field", FIELD).with("item", number)
}

/// The document that these parts make. Faults: `did/entry-not-found`, `did/entry-exists`, `did/last-key`, `did/last-controller`,
/// `request/invalid`.
pub(super) async fn next(
    studio: &Studio,
    call: &Call,
    record: &DidRecord,
    given: &GivenParts,
) -> Result<Next, Fault> {
    if let Some((document, keys)) = asked_before(record, call) {
        return Ok(Next { document, keys, price: Price::Unasked });
    }
    let whole = given.whole.as_ref().map_or(&record.document, GivenDocument::document);
    let skipped = usize::from(given.whole.is_some());
    let document = apply_parts(whole, &given.parts)
        .map_err(|(number, why)| about(number.map(|number| number + skipped), told(&why)))?;
    let members = document.as_object().cloned().unwrap_or_default();
    let document = GivenDocument::for_update(&members)?;
    Next::of(studio, call, document.document().clone(), Price::Unasked).await
}
