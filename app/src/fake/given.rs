//! Things that tests begin with, made by the use cases themselves.

use super::{CUSTOMER, World};
use crate::{
    Call, Written,
    accreditation::{self, AccreditedFor, IssueAccreditation, IssuedAccreditation},
    credential::{self, GivenCredential, IssueCredential, IssuedCredential, StatusRequest},
    did::{self, CreateDid, IdentifierFormat, NewDocument, VerificationMethodType},
    status_list::{self, CreateStatusList},
};
use domain::{
    accreditation::AccreditationKind,
    did::DidLabel,
    id::{CustomerId, Did, Network},
    status_list::{ListCategory, ListType, StatusPurpose},
};
use serde_json::{Map, Value};

/// The schema that [`World::chain`] speaks of.
const SCHEMA: &str = "https://schema.example/diploma";
/// Its type.
const DIPLOMA: &str = "Diploma";

/// A trust chain of three: a root, whom it accredits to accredit, and whom that one accredits to attest.
pub struct Chain {
    /// Issuers of the three documents, root first.
    pub dids: [Did; 3],
    /// Their exact URLs, root first.
    pub urls: [String; 3],
    /// What is granted.
    pub scope: Vec<AccreditedFor>,
}

fn done<T>(written: Written<T>) -> T {
    let done = if let Written::Done(done) = written { Some(done) } else { None };
    done.expect("a write that is done")
}

impl World {
    /// A new DID of the tenant on testnet.
    pub async fn did(&self) -> Did {
        self.did_of(CUSTOMER).await
    }

    /// A new DID of a tenant on testnet.
    pub async fn did_of(&self, customer: CustomerId) -> Did {
        let written = did::create(&self.studio, &self.call_of(customer), Self::new_did()).await;
        done(written.expect("a DID can be made")).did
    }

    /// The usual wish for a new DID.
    pub fn new_did() -> CreateDid {
        let document = NewDocument::Template {
            network: Network::Testnet,
            identifier: IdentifierFormat::Uuid,
            services: Vec::new(),
            contexts: Vec::new(),
            assertion_method: true,
        };
        CreateDid {
            document,
            method: VerificationMethodType::Ed25519VerificationKey2020,
            key: None,
            label: DidLabel::default(),
        }
    }

    /// The usual wish for a new list.
    pub fn new_list(did: &Did, name: &str, list_type: ListType, purpose: StatusPurpose) -> CreateStatusList {
        CreateStatusList {
            did: did.clone(),
            name: name.to_owned(),
            list_type,
            purposes: vec![purpose],
            length: None,
            status_size_bits: (list_type == ListType::BitstringStatusList
                && purpose != StatusPurpose::Message)
                .then_some(1),
            messages: Vec::new(),
            encoding: None,
            ttl_milliseconds: None,
            version: None,
            also_known_as: Vec::new(),
            category: ListCategory::Credential,
        }
    }

    /// A list for revocations (Bitstring) of a DID of the tenant.
    pub async fn revocation_list(&self, did: &Did, name: &str) {
        let list = Self::new_list(did, name, ListType::BitstringStatusList, StatusPurpose::Revocation);
        done(status_list::create(&self.studio, &self.call(), list).await.expect("a list can be made"));
    }

    /// A list for suspensions (Bitstring) of a DID of the tenant.
    pub async fn suspension_list(&self, did: &Did, name: &str) {
        let list = Self::new_list(did, name, ListType::BitstringStatusList, StatusPurpose::Suspension);
        done(status_list::create(&self.studio, &self.call(), list).await.expect("a list can be made"));
    }

    /// The wish for an entry in a list.
    pub fn entry_in(list: &str) -> StatusRequest {
        StatusRequest { list_name: list.to_owned(), list_type: None, purpose: None, index: None, range: None }
    }

    /// The usual wish for a credential about somebody.
    pub fn new_credential(issuer: &Did, subject: &str, list: Option<&str>) -> IssueCredential {
        let mut attributes = Map::new();
        attributes.insert("name".to_owned(), Value::from("Alice"));
        IssueCredential {
            securing: credentials::format::Securing::default(),
            issuer: issuer.clone(),
            subject_did: subject.to_owned(),
            attributes,
            contexts: Vec::new(),
            types: vec![DIPLOMA.to_owned()],
            expiration_date: None,
            schema: None,
            status: list.map(Self::entry_in),
            extra: Map::new(),
        }
    }

    /// A credential of the tenant, with an entry in a list if one is named.
    pub async fn credential(&self, issuer: &Did, subject: &str, list: Option<&str>) -> IssuedCredential {
        let wish = Self::new_credential(issuer, subject, list);
        credential::issue(&self.studio, &self.call(), wish).await.expect("a credential can be issued")
    }

    /// The credential as somebody who holds it hands it in.
    pub fn handed_in(credential: &IssuedCredential) -> GivenCredential {
        GivenCredential::accept(&credential.credential).expect("a credential")
    }

    /// The usual wish for an accreditation: a root if it has no parent, given as parent and root.
    pub fn new_accreditation(
        kind: AccreditationKind,
        issuer: &Did,
        subject: &Did,
        above: Option<(&str, &str)>,
    ) -> IssueAccreditation {
        let framework = |text: &str| above.is_none().then(|| text.to_owned());
        IssueAccreditation {
            securing: credentials::format::Securing::default(),
            kind,
            issuer: issuer.clone(),
            subject: subject.clone(),
            name: format!("{kind:?}"),
            schemas: vec![AccreditedFor::new(SCHEMA, [DIPLOMA])],
            parent: above.map(|(parent, _)| parent.to_owned()),
            root: above.map(|(_, root)| root.to_owned()),
            trust_framework: framework("https://framework.example"),
            trust_framework_id: framework("Example"),
            attributes: Map::new(),
            contexts: Vec::new(),
            types: Vec::new(),
            expiration_date: None,
            status: None,
            extra: Map::new(),
        }
    }

    /// An accreditation of a tenant.
    pub async fn accredited(&self, call: &Call, wish: IssueAccreditation) -> IssuedAccreditation {
        done(accreditation::issue(&self.studio, call, wish).await.expect("an accreditation can be issued"))
    }

    /// A chain of three, all of the tenant.
    pub async fn chain(&self) -> Chain {
        self.chain_with(|_| {}).await
    }

    /// A chain of three whose wishes are changed before they are issued.
    pub async fn chain_with(&self, change: impl Fn(&mut IssueAccreditation)) -> Chain {
        let dids = [self.did().await, self.did().await, self.did().await];
        let [root, middle, leaf] = &dids;
        let issued = async |mut wish: IssueAccreditation| {
            change(&mut wish);
            self.accredited(&self.call(), wish).await.exact_url
        };
        let root_url = issued(Self::new_accreditation(AccreditationKind::Authorize, root, root, None)).await;
        let above = Some((root_url.as_str(), root_url.as_str()));
        let middle_url =
            issued(Self::new_accreditation(AccreditationKind::Accredit, root, middle, above)).await;
        let above = Some((middle_url.as_str(), root_url.as_str()));
        let leaf_url = issued(Self::new_accreditation(AccreditationKind::Attest, middle, leaf, above)).await;
        let scope = vec![AccreditedFor::new(SCHEMA, [DIPLOMA])];
        let dids = [root.clone(), middle.clone(), leaf.clone()];
        Chain { dids, urls: [root_url, middle_url, leaf_url], scope }
    }
}
