//! What Alice owns, and the same ids of things that do not exist.

use crate::{
    flow::{
        client_keys, members,
        trust_chain::{self, Chain},
    },
    house::TestHouse,
};
use reqwest::Method;
use serde_json::{Value, json};

pub const LIST_NAME: &str = "alices revocations";
/// What a job of Alice's is to make.
const JOB_DID: &str = "did:cheqd:testnet:0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e30";
pub const SUBJECT: &str = "did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd";

/// Names of things, real ones or ghosts.
#[derive(Clone)]
pub struct Ids {
    pub did: String,
    pub kid: String,
    pub list_id: String,
    pub list_name: String,
    pub credential_id: String,
    /// The credential itself.
    pub jwt: String,
    pub operation_id: String,
    pub job_id: String,
    pub api_key: String,
    /// Whom she issued a credential about.
    pub subject: String,
    /// A colleague of hers.
    pub member: String,
    pub invitation: String,
    pub role: String,
    pub accreditation: String,
    /// More of Alice's, which no call names.
    pub others: Vec<String>,
    /// A DID of whoever calls.
    pub stranger_did: String,
}

pub struct Estate {
    pub ids: Ids,
    pub chain: Chain,
}

impl Estate {
    /// Builds real things as Alice, and one DID for Mallory.
    pub async fn build(house: &TestHouse) -> Self {
        let chain = trust_chain::build(house).await;
        let key = house.post("/key/create", json!({})).await.expect(200);
        let kid = text(&key["kid"]);
        let created = house
            .post(
                "/did/create",
                json!({"network": "testnet",
                    "options": {"verificationMethodType": "Ed25519VerificationKey2020", "key": kid}}),
            )
            .await
            .expect(200);
        let did = text(&created["did"]);
        let list = house
            .post(
                "/credential-status/create/unencrypted?listType=BitstringStatusList&statusPurpose=revocation",
                json!({"did": did, "statusListName": LIST_NAME}),
            )
            .await
            .expect(200);
        let credential = house
            .post(
                "/credential/issue",
                json!({"issuerDid": did, "subjectDid": SUBJECT, "attributes": {"degree": "MSc"},
                    "credentialStatus": {"statusListName": LIST_NAME, "statusListType": "BitstringStatusList",
                        "statusPurpose": "revocation"}}),
            )
            .await
            .expect(200);
        let issued = house.get(&format!("/credentials/issued?issuerId={did}")).await.expect(200);
        let operations = house.get(&format!("/operations?did={did}")).await.expect(200);
        let body = json!({"network": "testnet", "options": {"verificationMethodType": "Ed25519VerificationKey2020"}});
        let theirs = house
            .call_as(Some(&house.mallory.key), Method::POST, "/did/create", Some(body), &[])
            .await
            .expect(200);
        let api_key = house.get("/admin/api-key/get").await.expect(200);
        let job = house
            .post(
                "/did/create",
                json!({"mode": "client", "didDocument": client_keys::document(JOB_DID, &[9])}),
            )
            .await
            .expect(202);
        let role = "alices-registrars";
        let scopes = json!({"name": role, "scopes": ["read:key"]});
        house.post("/admin/role/define", scopes).await.expect(200);
        let member = members::member(house, "bob@alice.example", "issuer").await;
        let invited = json!({"email": "carol@alice.example", "role": role});
        let invited = house.post("/admin/invitation/create", invited).await.expect(201);
        let ids = Ids {
            member,
            invitation: text(&invited["invitationId"]),
            role: role.to_owned(),
            kid,
            api_key: text(&api_key["id"]),
            subject: SUBJECT.to_owned(),
            list_id: text(&list["statusListId"]),
            list_name: LIST_NAME.to_owned(),
            credential_id: text(&issued["credentials"][0]["issuedCredentialId"]),
            jwt: text(&credential["proof"]["jwt"]),
            operation_id: text(&operations["operations"][0]["operationId"]),
            job_id: text(&job["jobId"]),
            accreditation: chain.accreditation.clone(),
            others: [
                &chain.root_did,
                &chain.body_did,
                &chain.issuer_did,
                &chain.schema,
                &chain.root,
                &chain.attest,
            ]
            .map(Clone::clone)
            .into(),
            stranger_did: text(&theirs["did"]),
            did,
        };
        Self { ids, chain }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a text, not {value}")).to_owned()
}

impl Ids {
    /// Ids of the same form that name nothing.
    pub fn ghosts(&self) -> Self {
        let did = "did:cheqd:testnet:0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e11";
        // Another signature: a credential nobody has signed.
        let (head, signature) = self.jwt.rsplit_once('.').expect("a JWS");
        let (first, rest) = signature.split_at(1);
        let turned = format!("{}{rest}", if first == "A" { "B" } else { "A" });
        Self {
            did: did.to_owned(),
            kid: "5b".repeat(32),
            list_id: "0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e12".to_owned(),
            list_name: "no such list".to_owned(),
            credential_id: "0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e13".to_owned(),
            jwt: format!("{head}.{turned}"),
            operation_id: "0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e14".to_owned(),
            job_id: "0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e17".to_owned(),
            api_key: "0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e16".to_owned(),
            subject: "did:key:z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH".to_owned(),
            accreditation: format!("{did}/resources/0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e15"),
            member: "0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e17".to_owned(),
            invitation: "0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e18".to_owned(),
            role: "nobodys-registrars".to_owned(),
            others: Vec::new(),
            stranger_did: self.stranger_did.clone(),
        }
    }

    /// All names that belong to Alice, longest first, so that replacing one never cuts another.
    pub fn names(&self) -> Vec<&str> {
        let mut names = vec![
            self.did.as_str(),
            &self.kid,
            &self.list_id,
            &self.list_name,
            &self.credential_id,
            &self.jwt,
            &self.operation_id,
            &self.job_id,
            &self.api_key,
            &self.accreditation,
            &self.member,
            &self.invitation,
            &self.role,
        ];
        names.extend(self.others.iter().map(String::as_str));
        names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        names
    }

    /// `text` with these names exchanged for the same names of `other`.
    pub fn renamed(&self, other: &Self, text: &str) -> String {
        let pairs = [
            (&self.accreditation, &other.accreditation),
            (&self.jwt, &other.jwt),
            (&self.did, &other.did),
            (&self.kid, &other.kid),
            (&self.list_id, &other.list_id),
            (&self.list_name, &other.list_name),
            (&self.credential_id, &other.credential_id),
            (&self.operation_id, &other.operation_id),
            (&self.job_id, &other.job_id),
            (&self.api_key, &other.api_key),
            (&self.subject, &other.subject),
            (&self.member, &other.member),
            (&self.invitation, &other.invitation),
            (&self.role, &other.role),
        ];
        pairs
            .iter()
            .fold(text.to_owned(), |text, (mine, theirs)| text.replace(mine.as_str(), theirs.as_str()))
    }
}
