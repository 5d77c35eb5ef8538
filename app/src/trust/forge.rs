//! Documents of trust chains that no use case would publish, signed and on the ledger all the same.

use super::{ChainVerdict, VerifyOptions, WalkOptions, walk};
use crate::{
    fake::{Chain, World},
    sign,
};
use credentials::{
    accreditation::{AccreditationInput, AccreditedFor, Question, Terms, build},
    format::Securing,
};
use domain::{
    accreditation::AccreditationKind as Kind,
    did::DidRecord,
    id::{Did, ResourceId},
    resource::ResourceDescription,
};
use serde_json::{Map, Value};
use uuid::Uuid;

/// A document as somebody might make it.
#[derive(Clone)]
pub(super) struct Forged {
    pub(super) kind: Kind,
    /// Who is said to grant.
    pub(super) issuer: Did,
    /// Whose key signs.
    pub(super) signer: Did,
    /// Under which DID it is published.
    pub(super) host: Did,
    pub(super) subject: Did,
    pub(super) name: String,
    /// Its resource id.
    pub(super) number: u128,
    pub(super) scope: Vec<AccreditedFor>,
    /// Parent and root; a root itself has none.
    pub(super) above: Option<(String, String)>,
    pub(super) expiration: Option<String>,
    pub(super) status: Option<Value>,
}

impl Forged {
    /// An accreditation to accredit in order, apart from what it refers to.
    pub(super) fn new(issuer: &Did, subject: &Did, number: u128, above: (&str, &str)) -> Self {
        Self {
            kind: Kind::Accredit,
            issuer: issuer.clone(),
            signer: issuer.clone(),
            host: issuer.clone(),
            subject: subject.clone(),
            name: format!("forged-{number}"),
            number,
            scope: vec![AccreditedFor::new("https://schema.example/diploma", ["Diploma"])],
            above: Some((above.0.to_owned(), above.1.to_owned())),
            expiration: None,
            status: None,
        }
    }

    /// Where it will be.
    pub(super) fn url(&self) -> String {
        format!("{}/resources/{}", self.host, Uuid::from_u128(self.number))
    }

    /// Publishes it.
    pub(super) async fn publish(self, world: &World) -> String {
        let [framework, framework_id] = ["https://framework.example", "Example"].map(str::to_owned);
        let of_root = Terms::TrustFramework { framework, framework_id };
        let of_others = |(parent, root)| Terms::Accreditation { parent, root };
        let terms = self.above.clone().map_or(of_root, of_others);
        let nothing = Map::new();
        let unsigned = build(&AccreditationInput {
            kind: self.kind,
            issuer_did: self.issuer.as_str(),
            subject_did: self.subject.as_str(),
            scope: &self.scope,
            terms: &terms,
            attributes: &nothing,
            contexts: &[],
            types: &[],
            issuance_date: world.time.present(),
            expiration_date: self.expiration.as_deref(),
            credential_status: self.status.clone(),
            extra: &nothing,
        });
        let record = world.log.state::<DidRecord>(self.signer.as_str());
        let (studio, call) = (world.studio(), world.call());
        let (securing, issuer) = (Securing::default(), (&self.issuer, &record));
        let signed = sign::credential(&studio, &call, &securing, issuer, &unsigned.unwrap()).await;
        self.put(world, signed.unwrap().to_string().as_bytes());
        self.url()
    }

    /// Publishes something else in its place.
    pub(super) fn put(&self, world: &World, data: &[u8]) {
        let description = ResourceDescription {
            did: self.host.clone(),
            resource: ResourceId(Uuid::from_u128(self.number)),
            name: self.name.clone(),
            resource_type: self.kind.credential_type().to_owned(),
            version: String::new(),
            also_known_as: Vec::new(),
            size_bytes: data.len() as u64,
            checksum: String::new(),
            media_type: "application/json".to_owned(),
        };
        world.ledger.put_resource(&description, data);
    }
}

/// How to walk, statuses included.
pub(super) fn options() -> WalkOptions {
    let verify = VerifyOptions { status: true, ..VerifyOptions::default() };
    WalkOptions { verify, hops_max: super::CHAIN_HOPS_MAX }
}

/// The walk from a document about somebody.
pub(super) async fn walked(world: &World, start: &str, subject: &Did, options: &WalkOptions) -> ChainVerdict {
    let question = Question::of_verifier(subject.as_str(), Vec::new(), None);
    walk(&world.studio(), start, question, options).await.unwrap()
}

/// The walk from a chain's leaf.
pub(super) async fn from_leaf(world: &World, chain: &Chain) -> ChainVerdict {
    walked(world, &chain.urls[2], &chain.dids[2], &options()).await
}
