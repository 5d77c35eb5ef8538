//! Some of what there can be: a chain of trust, and a DID with a key, a status list and a credential.

use crate::{
    flow::trust_chain::{self, Chain},
    house::TestHouse,
};
use serde_json::{Value, json};

pub const LIST_NAME: &str = "alices revocations";
/// What a job of Alice's is to make.
pub const SUBJECT: &str = "did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd";

/// Names of things.
pub struct Ids {
    pub did: String,
    /// Its key.
    pub kid: String,
    pub list_id: String,
    pub credential_id: String,
    /// The credential itself.
    pub jwt: String,
}

pub struct Estate {
    pub ids: Ids,
    pub chain: Chain,
}

impl Estate {
    /// Alice makes it.
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
        let label = json!({"name": "Zoë & Sons", "kind": "agent"});
        house.post(&format!("/did/label/{did}"), label).await.expect(200);
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
        let ids = Ids {
            list_id: text(&list["statusListId"]),
            credential_id: text(&issued["credentials"][0]["issuedCredentialId"]),
            jwt: text(&credential["proof"]["jwt"]),
            did,
            kid,
        };
        Self { ids, chain }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a text, not {value}")).to_owned()
}
