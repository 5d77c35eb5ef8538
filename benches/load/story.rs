//! What the load works on: DIDs, a schema, a status list, a chain of trust and credentials under it.

use super::process::Running;
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Instant};

/// Whom credentials are about.
pub(crate) const SUBJECT: &str = "did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd";
/// The list that issuing takes indexes from.
pub(crate) const LIST: &str = "degree-revocation";

/// See the module. `steps` are milliseconds.
pub(crate) struct Story {
    pub(crate) issuer: String,
    pub(crate) schema: String,
    pub(crate) terms: Value,
    pub(crate) accreditation: String,
    pub(crate) root: String,
    pub(crate) jwt: String,
    pub(crate) jwt_with_status: String,
    pub(crate) jwt_with_chain: String,
    pub(crate) steps: BTreeMap<&'static str, f64>,
}

/// The body of a DID creation.
pub(crate) fn did_body() -> Value {
    json!({"network": "testnet", "identifierFormatType": "uuid", "options": {"verificationMethodType": "Ed25519VerificationKey2020"}})
}

/// The body of a credential of this issuer.
pub(crate) fn credential_body(issuer: &str, schema: &str) -> Value {
    json!({"issuerDid": issuer, "subjectDid": SUBJECT, "type": ["DegreeCredential"], "format": "jwt",
        "attributes": {"name": "Bob", "degree": "BSc"}, "credentialSchema": schema, "expirationDate": "2130-01-01T00:00:00Z"})
}

/// Asks the credential to take an index of the list.
pub(crate) fn with_status(mut body: Value) -> Value {
    body["credentialStatus"] = json!({"statusListType": "BitstringStatusList", "statusPurpose": "revocation", "statusListName": LIST});
    body
}

struct Teller<'a> {
    studio: &'a Running,
    steps: BTreeMap<&'static str, f64>,
}

impl Teller<'_> {
    async fn post(&mut self, step: &'static str, path: &str, body: Value) -> Value {
        let begin = Instant::now();
        let request = self
            .studio
            .http
            .post(format!("{}{path}", self.studio.base))
            .header("x-api-key", &self.studio.key);
        let answer = request.json(&body).send().await.expect("an answer");
        let status = answer.status();
        let text = answer.text().await.expect("a body");
        assert!(status.is_success(), "{path}: {status} {text}");
        self.steps.insert(step, begin.elapsed().as_secs_f64() * 1e3);
        serde_json::from_str(&text).expect("JSON")
    }

    async fn did(&mut self, step: &'static str) -> String {
        text(&self.post(step, "/did/create", did_body()).await["did"])
    }

    async fn jwt(&mut self, step: &'static str, body: Value) -> String {
        text(&self.post(step, "/credential/issue", body).await["proof"]["jwt"])
    }

    /// Issues an accreditation and gives its DID URL.
    async fn accredit(&mut self, step: &'static str, kind: &str, body: Value) -> String {
        let issuer = text(&body["issuerDid"]);
        let answer = self
            .post(step, &format!("/trust-registry/accreditation/issue?accreditationType={kind}"), body)
            .await;
        let whole = answer.to_string();
        let start = whole.find(&format!("{issuer}/resources/")).expect("a DID URL");
        whole[start..].split('"').next().expect("its end").to_owned()
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

impl Story {
    /// Sets everything up through the API and verifies the chain once.
    pub(crate) async fn tell(studio: &Running) -> Self {
        let mut teller = Teller { studio, steps: BTreeMap::new() };
        let root = teller.did("01 first DID").await;
        let body = teller.did("02 second DID").await;
        let issuer = teller.did("03 third DID").await;
        let resource = json!({"name": "Degree", "type": "JSONSchemaValidator2020", "encoding": "base64", "data": "eyJ0eXBlIjoib2JqZWN0In0="});
        let schema = teller.post("04 schema", &format!("/resource/create/{root}"), resource).await;
        let schema = text(&schema["resource"]["resourceURI"]);
        let schemas = json!([{"url": schema, "types": ["VerifiableCredential", "DegreeCredential"]}]);
        let authorization = json!({"issuerDid": root, "subjectDid": root, "schemas": schemas, "accreditationName": "eduRoot",
            "trustFramework": "Edu", "trustFrameworkId": "https://edu.example/gf"});
        let top = teller.accredit("05 authorize", "authorize", authorization).await;
        let link = |issuer: &str, subject: &str, name: &str, parent: &str| {
            json!({"issuerDid": issuer, "subjectDid": subject, "schemas": schemas, "accreditationName": name,
                "parentAccreditation": parent, "rootAuthorization": top})
        };
        let middle = teller.accredit("06 accredit", "accredit", link(&root, &body, "body", &top)).await;
        let leaf = teller.accredit("07 attest", "attest", link(&body, &issuer, "university", &middle)).await;
        let terms =
            json!({"type": "AttestationPolicy", "parentAccreditation": leaf, "rootAuthorization": top});
        let mut under = credential_body(&issuer, &schema);
        under["termsOfUse"] = terms.clone();
        let jwt_with_chain = teller.jwt("08 issue", under).await;
        let verdict = teller
            .post(
                "09 verify the chain",
                "/credential/verify?verifyStatus=true&verifyTrustChain=true",
                json!({"credential": jwt_with_chain}),
            )
            .await;
        assert_eq!(verdict["verified"], true, "{verdict}");
        let list = json!({"did": issuer, "statusListName": LIST});
        let path =
            "/credential-status/create/unencrypted?listType=BitstringStatusList&statusPurpose=revocation";
        teller.post("10 status list", path, list).await;
        let jwt = teller.jwt("11 issue without chain", credential_body(&issuer, &schema)).await;
        let jwt_with_status =
            teller.jwt("12 issue with status", with_status(credential_body(&issuer, &schema))).await;
        let steps = teller.steps;
        Self {
            issuer,
            schema,
            terms,
            accreditation: leaf,
            root: top,
            jwt,
            jwt_with_status,
            jwt_with_chain,
            steps,
        }
    }
}
