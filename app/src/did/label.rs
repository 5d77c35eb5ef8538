//! What a DID is called here, and `POST /did/label/{did}`, which says it. Nothing is written to the ledger.

use crate::{
    Act, Call, Fault, FaultKind, Studio, Written,
    act::{DID_LABEL, Spec},
    port::{Execute, commands::Meta},
    write,
};
use credentials::did_document::Profile;
use domain::{
    did::{DidCommand, DidLabel, DidRecord},
    id::{Did, Network},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use unicode_normalization::UnicodeNormalization as _;

domain::limits! {
    /// Longest name of a DID.
    pub DID_NAME_CHARS_MAX: usize = 100, "characters";
    /// Longest kind of a DID.
    pub DID_KIND_CHARS_MAX: usize = 32, "characters";
}

/// What a DID shall be called. What is left out stays as it is, an empty text takes it away.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LabelDid {
    did: Did,
    name: Option<String>,
    kind: Option<String>,
}

/// A DID and what it is called.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LabelledDid {
    /// The DID.
    pub did: Did,
    /// What it is called.
    pub label: DidLabel,
}

impl LabelDid {
    /// Faults `request/invalid`: neither is given, a name that is too long or holds what cannot be seen, a kind that is no short word.
    pub fn new(did: Did, name: Option<&str>, kind: Option<&str>) -> Result<Self, Fault> {
        if name.is_none() && kind.is_none() {
            return Err(Fault::about("name", "Give a name, a kind, or both"));
        }
        let (name, kind) = spelled(name, kind)?;
        Ok(Self { did, name, kind })
    }
}

/// What a new DID, or one that is taken over, shall be called; an empty text says nothing. Fault `request/invalid`.
pub(super) fn called(name: Option<&str>, kind: Option<&str>) -> Result<DidLabel, Fault> {
    let (name, kind) = spelled(name, kind)?;
    let said = |text: Option<String>| text.filter(|text| !text.is_empty());
    Ok(DidLabel { name: said(name), kind: said(kind) })
}

fn spelled(name: Option<&str>, kind: Option<&str>) -> Result<(Option<String>, Option<String>), Fault> {
    Ok((name.map(named).transpose()?, kind.map(of_kind).transpose()?))
}

/// What a document says that its DID is called, as far as it could be called so here.
pub(super) fn published(document: &Value) -> DidLabel {
    let Some(Profile { name, kind }) = Profile::of_document(document) else { return DidLabel::default() };
    let name = called(Some(&name), None).unwrap_or_default().name;
    DidLabel { name, kind: called(None, kind.as_deref()).unwrap_or_default().kind }
}

/// What is published of a label. Fault `did/not-named`.
pub(super) fn profile(did: &Did, label: &DidLabel) -> Result<Profile, Fault> {
    let DidLabel { name, kind } = label.clone();
    let name = name.ok_or_else(|| {
        let sentence = format!("{did} has no name here that could be published: give it one first");
        Fault::new(FaultKind::Conflict, "did/not-named", sentence)
    })?;
    Ok(Profile { name, kind })
}

/// The one spelling of a name, by which it is kept and found: composed (NFC), without space around it.
pub fn name_spelled(text: &str) -> String {
    text.trim().nfc().collect()
}

fn named(text: &str) -> Result<String, Fault> {
    let name = name_spelled(text);
    if name.chars().any(|c| c.is_control() || is_unseen(c)) {
        return Err(Fault::about(
            "name",
            "name should have no control characters, and none that cannot be seen",
        ));
    }
    if name.chars().count() > DID_NAME_CHARS_MAX {
        return Err(Fault::about("name", format!("name is longer than {DID_NAME_CHARS_MAX} characters")));
    }
    Ok(name)
}

/// Whether a character has no look of its own, or turns others around: a name would look like another one.
const fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}'
    )
}

/// A short word, so that kinds can be counted and compared.
fn of_kind(text: &str) -> Result<String, Fault> {
    let is_word = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.len() <= DID_KIND_CHARS_MAX
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    if text.is_empty() || is_word(text) {
        return Ok(text.to_owned());
    }
    let sentence = format!(
        "kind should be organisation, agent, or a word of 1 to {DID_KIND_CHARS_MAX} of a-z, 0-9 and - that begins with a letter"
    );
    Err(Fault::about("kind", sentence))
}

/// Calls a DID something. Fault `did/not-found`.
pub async fn label(studio: &Studio, call: &Call, input: LabelDid) -> Result<LabelledDid, Fault> {
    let LabelDid { did, name, kind } = input;
    super::owned(studio, call, &did).await?;
    let command = DidCommand::Label { customer: call.who.customer, name, kind, at: call.at };
    let meta = Meta::of(call, "did-label");
    let done = Execute::<DidRecord>::execute(&*studio.commands, did.as_str(), command, meta).await?;
    write::visible(studio, done.token).await?;
    Ok(LabelledDid { did, label: done.state.label })
}

impl Act for LabelDid {
    type Done = LabelledDid;

    fn spec(&self) -> &'static Spec {
        &DID_LABEL
    }

    fn network(&self) -> Option<Network> {
        Some(self.did.network())
    }

    async fn run(self, studio: &Studio, call: &Call) -> Result<Written<LabelledDid>, Fault> {
        label(studio, call, self).await.map(Written::Done)
    }
}
