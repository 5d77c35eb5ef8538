//! `POST /did/update`.

use super::{
    DidIdentifier, GivenChanges, GivenDocument, GivenParts, GivenSections, changes, ledger_rules, parts,
    signers, writable,
};
use crate::{
    Act, Call, Fault, Studio, Written,
    act::{DID_UPDATE, Spec},
    port::chain::Payload,
    write::{Draft, Price, To, carry},
};
use domain::{
    did::{ControllerKey, DidCommand, DidRecord},
    id::{Did, Network, VersionId},
    ledger::{Effect, Settlement},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A change of a DID document.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum UpdateDid {
    /// The whole new document.
    Document(GivenDocument),
    /// Whole sections that replace those of the present document.
    Sections(GivenSections),
    /// Changes of the present document, made one after the other; what they do not name stays.
    Changes(GivenChanges),
    /// Parts that are added and taken out, in their order.
    Parts(GivenParts),
}

impl UpdateDid {
    /// The DID whose document changes.
    pub fn did(&self) -> &Did {
        match self {
            Self::Document(given) => given.did(),
            Self::Sections(given) => given.did(),
            Self::Changes(given) => given.did(),
            Self::Parts(given) => given.did(),
        }
    }
}

/// The document that an update makes.
pub(super) struct Next {
    pub(super) document: Value,
    /// The keys of the vault in it.
    pub(super) keys: Vec<ControllerKey>,
    /// What writing it costs, if that was asked for.
    pub(super) price: Price,
}

impl Next {
    pub(super) async fn of(
        studio: &Studio,
        call: &Call,
        document: Value,
        price: Price,
    ) -> Result<Self, Fault> {
        let keys = signers::keys_of(studio, call, &document).await?;
        Ok(Self { document, keys, price })
    }
}

/// Requests a new document and waits for the ledger; what is so already costs nothing. Faults: those of [`carry`] and [`writable`],
/// `did/controller-…`, and for changes those of [`changes::next`].
pub async fn update(studio: &Studio, call: &Call, input: UpdateDid) -> Result<Written<DidIdentifier>, Fault> {
    let did = input.did().clone();
    let record = writable(studio, call, &did).await?;
    let based_on = record.version.ok_or_else(|| Fault::bug(format!("{did} has no version")))?;
    let version = VersionId(call.derived("version"));
    call.desk.changes(Some(based_on), version)?;
    let Next { document, keys, price } = match input {
        UpdateDid::Document(given) => {
            Next::of(studio, call, given.document().clone(), Price::Unasked).await?
        }
        UpdateDid::Sections(given) => {
            let document = with_sections(&record.document, given.sections());
            Next::of(studio, call, document, Price::Unasked).await?
        }
        UpdateDid::Changes(given) => changes::next(studio, call, &record, &given, version).await?,
        UpdateDid::Parts(given) => parts::next(studio, call, &record, &given).await?,
    };
    let signers = signers::for_update(studio, call, &did, &record, &document, &keys).await?;
    ledger_rules::check(&did, &document)?;
    let was_refused = record.settled.get(call.operation("")) == Some(Settlement::Rejected);
    let is_free = record.pending.is_none() && !was_refused;
    let changes_nothing = is_free && record.document == document && record.keys == keys;
    if changes_nothing && !call.dry_run {
        return Ok(Written::Done(DidIdentifier { did, document, keys, signers: signers.ours }));
    }
    let payload = Payload::UpdateDid { document: document.clone(), version };
    let effect = Effect::DidVersion { did: did.clone(), version_id: version.to_string(), deactivates: false };
    let draft = Draft { payload: &payload, did: &did, signers: &signers, effect, price };
    let to = To { id: did.as_str(), what: "did" };
    let written = carry::<DidRecord>(studio, call, draft, to, |write| DidCommand::RequestUpdate {
        customer: call.who.customer,
        document: document.clone(),
        keys: keys.clone(),
        based_on,
        version,
        write,
        at: call.at,
    });
    let written = written.await?;
    Ok(written.map(|_| DidIdentifier { did, document, keys, signers: signers.ours }))
}

fn with_sections(document: &Value, sections: &Map<String, Value>) -> Value {
    let mut members = document.as_object().cloned().unwrap_or_default();
    members.extend(sections.clone());
    Value::Object(members)
}

impl Act for UpdateDid {
    type Done = DidIdentifier;

    fn spec(&self) -> &'static Spec {
        &DID_UPDATE
    }

    fn network(&self) -> Option<Network> {
        Some(self.did().network())
    }

    /// Sections and changes lie over the document as it is by then.
    fn tells_its_end(&self) -> bool {
        matches!(self, Self::Document(_))
    }

    async fn run(self, studio: &Studio, call: &Call) -> Result<Written<DidIdentifier>, Fault> {
        update(studio, call, self).await
    }
}
