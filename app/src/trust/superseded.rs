//! A version of an accreditation grants what it *and* the newest version of its line grant, as of the instant asked: whoever
//! narrows, moves or withdraws an accreditation by a new version means everybody who was accredited by the old one.

use super::{
    VerifyOptions,
    hop::HopOutcome,
    resolve::newest_of_line,
    verify_document,
    walk::{complete_schemas, judge, unverified},
};
use crate::{
    Fault, Studio,
    port::resolver::{ResolvedResource, ResourceMetadata},
};
use credentials::{
    accreditation::{Accreditation, Question, Terms, check_hop, same_reference},
    did_url::{DidUrl, ResourceIdentity, ResourceRef},
};
use domain::id::Did;

/// What is known of the version that was referred to, which holds by itself.
pub(super) struct Asked<'a> {
    pub(super) question: &'a Question,
    pub(super) document: &'a Accreditation,
    pub(super) metadata: &'a ResourceMetadata,
    pub(super) host: &'a Did,
    pub(super) root: Option<&'a ResourceIdentity>,
}

/// Whether there is a newer version.
pub(super) enum Superseding {
    /// No.
    Current,
    /// Yes: its exact URL, and what it comes to. If it holds, where it hangs and what it asks there, unless that is what the
    /// older one asks anyway.
    By { url: String, judged: Result<Option<(String, Question)>, String> },
}

/// Looks for a newer version of the line and holds it against the same question.
pub(super) async fn newer(
    studio: &Studio,
    reference: &str,
    asked: &Asked<'_>,
    options: &VerifyOptions,
) -> Result<Superseding, Fault> {
    let named = DidUrl::parse(reference).ok().and_then(|url| url.resource());
    if matches!(named, Some(ResourceRef::ByName { pin: None, .. })) {
        // Whoever refers to a line by its name has got the newest.
        return Ok(Superseding::Current);
    }
    let ResourceMetadata { name, resource_type, id, .. } = asked.metadata;
    let newest = newest_of_line(studio, asked.host, name, resource_type, options.at).await?;
    let Some(newest) = newest.filter(|newest| newest.metadata.id != *id) else {
        return Ok(Superseding::Current);
    };
    let url = format!("{}/resources/{}", asked.host, newest.metadata.id);
    let judged = judged(studio, &newest, asked, options).await?;
    Ok(Superseding::By { judged: judged.map_err(|reason| sentence(&url, &reason)), url })
}

/// The failure of a superseded document.
pub(super) fn sentence(by: &str, reason: &str) -> String {
    format!("it was superseded by {by}, which does not grant it: {reason}")
}

async fn judged(
    studio: &Studio,
    newest: &ResolvedResource,
    asked: &Asked<'_>,
    options: &VerifyOptions,
) -> Result<Result<Option<(String, Question)>, String>, Fault> {
    let Ok(json) = domain::json::read(&newest.data) else {
        return Ok(Err("it is not a credential".to_owned()));
    };
    let verdict = verify_document(studio, &json, options).await?;
    let signed = verdict.verification.document.clone().unwrap_or(json);
    let mut document = match Accreditation::parse(&signed) {
        Ok(document) => document,
        Err(error) => return Ok(Err(format!("Invalid accreditation: {error}"))),
    };
    if !verdict.verification.is_proven() {
        return Ok(Err(verdict.error.unwrap_or_else(unverified)));
    }
    complete_schemas(studio, &mut document.scope).await?;
    let checks = check_hop(asked.question, &document, asked.root);
    if let HopOutcome::Failed(reason) = judge(&checks, &verdict, &document, asked.host) {
        return Ok(Err(reason));
    }
    Ok(place(asked, &document))
}

/// The newer version must lead to the same root. Where it hangs on another document, or asks for more or less than the older
/// one, the chain above it is to be walked too.
fn place(asked: &Asked<'_>, newer: &Accreditation) -> Result<Option<(String, Question)>, String> {
    fn terms(document: &Accreditation) -> Option<&Terms> {
        document.terms.as_ref()
    }
    match (terms(asked.document).and_then(Terms::root), terms(newer).and_then(Terms::root)) {
        (None, None) => return Ok(None),
        (Some(before), Some(now)) if same_reference(before, now, asked.root) => {}
        (before, now) => {
            let told = |root: Option<&str>| root.unwrap_or("none").to_owned();
            return Err(format!("its root is {}, no longer {}", told(now), told(before)));
        }
    }
    let (parent, question) =
        (terms(newer).and_then(Terms::parent).unwrap_or_default(), Question::of_document(newer));
    let is_same_place = terms(asked.document).and_then(Terms::parent) == Some(parent);
    if is_same_place && question == Question::of_document(asked.document) {
        return Ok(None);
    }
    Ok(question.map(|question| (parent.to_owned(), question)))
}

#[cfg(test)]
mod tests;
