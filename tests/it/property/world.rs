//! Things that exist, by the names under which bodies speak of them, so that a changed body reaches beyond the first check.

use super::odd::Dice;
use crate::{
    contract::names::SUBJECT,
    flow::{client_keys, first_day::publish_schema, members},
    house::{Reply, TestHouse},
    node::FAUCET,
};
use app::Call;
use credentials::{did_key::did_key_of, key::PublicKey};
use serde_json::{Value, json};
use std::collections::VecDeque;

/// Things of one age: one DID and what hangs on it.
#[derive(Clone)]
pub struct Things {
    did: String,
    /// For writes that end what they name.
    spare: String,
    kid: String,
    /// One that stands in no document.
    loose_key: String,
    list: String,
    schema: String,
    /// Credentials with entries in the list: to be revoked, to be suspended, and suspended ones.
    revocable: Vec<String>,
    suspendable: Vec<String>,
    suspended: Vec<String>,
    credential_id: String,
    list_id: String,
    root: String,
    accreditation: String,
    /// Suspended, and reinstated, and …
    trial: String,
    operation: String,
    job: String,
    /// An API key that nobody uses.
    api_key: String,
    /// A colleague, somebody who was invited, and a role of the account's own.
    member: String,
    /// A colleague who may be removed.
    leaver: String,
    invitation: String,
    role: String,
    /// Somebody who can be forgotten.
    stranger: String,
}

/// Things wear out: DIDs are deactivated, credentials revoked. So there are some of several ages.
pub struct World {
    things: VecDeque<Things>,
    built: usize,
}

/// Name and type of the schema.
const SCHEMA: [&str; 2] = ["Degree", "JSONSchemaValidator2020"];
const METHOD: &str = "Ed25519VerificationKey2020";
/// Ages that are kept at a time.
const AGES: usize = 3;
/// Cases for which an age is good.
const CASES_PER_AGE: u64 = 60;
const CREDENTIALS: usize = 3;

impl World {
    pub async fn build(house: &TestHouse) -> Self {
        let mut world = Self { things: VecDeque::new(), built: 0 };
        world.age(house).await;
        world
    }

    /// Before this case: whether something new is due.
    pub async fn before(&mut self, house: &TestHouse, case: u64) {
        if case > 0 && case.is_multiple_of(CASES_PER_AGE) {
            self.age(house).await;
        }
    }

    async fn age(&mut self, house: &TestHouse) {
        studio::tenant::fund(&house.house, &FAUCET, house.alice.customer).await.expect("funds");
        self.make_room(house).await;
        let things = Things::build(house, self.built).await;
        self.built += 1;
        self.things.push_back(things);
        if self.things.len() > AGES {
            self.things.pop_front();
        }
    }

    /// An account has only so many roles and open invitations: those that requests made go before something new comes.
    async fn make_room(&self, house: &TestHouse) {
        let roles = house.get("/admin/role/list").await.expect(200);
        let own = roles["roles"].as_array().expect("roles").iter().filter(|role| role["builtIn"] == false);
        for name in own.map(|role| text(&role["name"])) {
            if self.things.iter().all(|things| things.role != name) {
                let reply = house.post("/admin/role/remove", json!({"name": name})).await;
                assert!([200, 409].contains(&reply.status), "{}", reply.text);
            }
        }
        // Fewer are made of an age than stand on two pages.
        for page in 1..=2 {
            let list = house.get(&format!("/admin/invitation/list?limit=100&page={page}")).await.expect(200);
            let all = list["invitations"].as_array().expect("invitations").iter();
            for id in all.filter(|one| one["state"] == "open").map(|one| text(&one["invitationId"])) {
                if self.things.iter().all(|things| things.invitation != id) {
                    house.post("/admin/invitation/revoke", json!({"invitationId": id})).await.expect(200);
                }
            }
        }
    }

    pub fn some(&self, dice: &mut Dice) -> &Things {
        // Most often the newest.
        let from = if dice.chance(70) { self.things.len() - 1 } else { 0 };
        &self.things[from + dice.below(self.things.len() - from)]
    }
}

/// What a request for these things answers; it must succeed.
async fn made(house: &TestHouse, path: &str, body: Value) -> Value {
    let reply: Reply = house.post(path, body.clone()).await;
    assert!(reply.status < 300, "{path} {body}: {} {}", reply.status, reply.text);
    reply.body
}

impl Things {
    /// Alice makes them.
    pub async fn build(house: &TestHouse, number: usize) -> Self {
        let kid = text(&made(house, "/key/create", json!({})).await["kid"]);
        let loose_key = text(&made(house, "/key/create", json!({})).await["kid"]);
        let body = json!({"network": "testnet", "verificationMethodType": METHOD, "key": kid});
        let did = text(&made(house, "/did/create", body).await["did"]);
        let spare = house.did().await;
        let schema = publish_schema(house, &did).await;
        let list = format!("list {number}");
        let path = "/credential-status/create/unencrypted?listType=BitstringStatusList&statusPurpose=revocation,suspension";
        let made_list = made(house, path, json!({"did": did, "statusListName": list})).await;
        let issue = async |purpose: &str| {
            let body = json!({"issuerDid": did, "subjectDid": SUBJECT, "attributes": {"degree": "BSc"}, "credentialSchema": schema,
                "credentialStatus": {"statusListName": list, "statusListType": "BitstringStatusList", "statusPurpose": purpose}});
            text(&made(house, "/credential/issue", body).await["proof"]["jwt"])
        };
        let (mut revocable, mut suspendable, mut suspended) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..CREDENTIALS {
            revocable.push(issue("revocation").await);
            suspendable.push(issue("suspension").await);
            let jwt = issue("suspension").await;
            let path = "/credential/suspend?listType=BitstringStatusList&publish=false";
            made(house, path, json!({"credential": jwt})).await;
            suspended.push(jwt);
        }
        let issued = house.get(&format!("/credentials/issued?issuerId={did}")).await.expect(200);
        let issue = |kind: &str| format!("/trust-registry/accreditation/issue?accreditationType={kind}");
        let granted = json!([{"url": schema, "types": ["VerifiableCredential", "DegreeCredential"]}]);
        let body = json!({"issuerDid": did, "subjectDid": did, "schemas": granted, "accreditationName": "root",
            "trustFramework": "Education", "trustFrameworkId": "https://edu.example"});
        let root = text(&made(house, &issue("authorize"), body).await["didUrls"][0]);
        let body = json!({"issuerDid": did, "subjectDid": spare, "schemas": granted, "accreditationName": "body",
            "parentAccreditation": root, "rootAuthorization": root, "credentialStatus": {"statusListName": list}});
        let accreditation = text(&made(house, &issue("accredit"), body.clone()).await["didUrls"][0]);
        let mut trial = body;
        trial["accreditationName"] = json!("trial");
        trial["credentialStatus"]["statusPurpose"] = json!("suspension");
        let trial = text(&made(house, &issue("accredit"), trial).await["didUrls"][0]);
        let bytes: [u8; 32] = hex::decode(&kid).expect("hex").try_into().expect("32 bytes");
        let stranger = did_key_of(&PublicKey::Ed25519(bytes));
        let body = json!({"issuerDid": did, "subjectDid": stranger, "attributes": {"degree": "BSc"}});
        made(house, "/credential/issue", body).await;
        let operations = house.get(&format!("/operations?did={did}")).await.expect(200);
        let role = format!("registrars-{number}");
        made(house, "/admin/role/define", json!({"name": role, "scopes": ["read:key"]})).await;
        let guest = json!({"email": format!("guest{number}@example.org"), "role": "auditor"});
        let invited = made(house, "/admin/invitation/create", guest).await;
        let member = members::member(house, &format!("colleague{number}@example.org"), "issuer").await;
        let leaver = members::member(house, &format!("leaver{number}@example.org"), "auditor").await;
        Self {
            spare,
            kid,
            loose_key,
            list,
            schema,
            revocable,
            suspendable,
            suspended,
            credential_id: text(&issued["credentials"][0]["issuedCredentialId"]),
            list_id: text(&made_list["statusListId"]),
            root,
            accreditation,
            trial,
            operation: text(&operations["operations"][0]["operationId"]),
            job: open_job(house, &did).await,
            api_key: spare_key(house).await,
            member,
            leaver,
            invitation: text(&invited["invitationId"]),
            role,
            stranger,
            did,
        }
    }

    /// The names of all these things, always in the same order.
    pub fn names(&self) -> Vec<&str> {
        let Self { revocable, suspendable, suspended, .. } = self;
        let tokens = [revocable, suspendable, suspended].into_iter().flatten();
        let ids = [
            &self.credential_id,
            &self.list_id,
            &self.operation,
            &self.api_key,
            &self.kid,
            &self.loose_key,
            &self.list,
        ];
        let people = [&self.member, &self.leaver, &self.invitation, &self.role, &self.job];
        let ledger = [&self.root, &self.accreditation, &self.trial, &self.schema, &self.spare, &self.did];
        let names = tokens.chain(ids).chain(people).chain(ledger).map(String::as_str);
        names
            .chain([&self.root, &self.accreditation, &self.trial, &self.schema].map(|url| last(url)))
            .collect()
    }

    /// Names of the same form for what does not exist.
    pub fn ghosts(&self) -> Self {
        let id = |number: u8| format!("0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e{number:02}");
        let did = format!("did:cheqd:testnet:{}", id(10));
        let resource = |number| format!("{did}/resources/{}", id(number));
        // Another signature: tokens that nobody has signed.
        let unsigned = |tokens: &[String]| tokens.iter().map(|token| signed_by_nobody(token)).collect();
        Self {
            spare: format!("did:cheqd:testnet:{}", id(11)),
            kid: "5b".repeat(32),
            loose_key: "5d".repeat(32),
            list: "no such list".to_owned(),
            schema: resource(12),
            revocable: unsigned(&self.revocable),
            suspendable: unsigned(&self.suspendable),
            suspended: unsigned(&self.suspended),
            credential_id: id(13),
            list_id: id(14),
            root: resource(15),
            accreditation: resource(16),
            trial: resource(17),
            operation: id(18),
            api_key: id(19),
            job: id(20),
            member: id(21),
            leaver: id(23),
            invitation: id(22),
            role: "nobodys-registrars".to_owned(),
            stranger: "did:key:z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH".to_owned(),
            did,
        }
    }

    /// A text with the names of `others` in the place of these.
    pub fn renamed_as(&self, others: &Self, text: &str) -> String {
        let subjects = [(self.stranger.as_str(), others.stranger.as_str())];
        let mut pairs: Vec<_> = self.names().into_iter().zip(others.names()).chain(subjects).collect();
        // The longest first, so that replacing one never cuts another.
        pairs.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        pairs.iter().fold(text.to_owned(), |text, (name, other)| text.replace(name, other))
    }

    /// Whom a write names: one that ends something gets what nobody else needs.
    fn did_for(&self, write: &str) -> &str {
        let write = write.to_ascii_lowercase();
        let ends = ["deactivate", "delete", "remove", "erase"].iter().any(|verb| write.contains(verb));
        if ends { &self.spare } else { &self.did }
    }

    /// What stands under a name in the body (the path, the query) of a write, if that must be something that exists, or of
    /// a form that nobody would guess.
    pub fn named(&self, write: &str, name: &str, dice: &mut Dice) -> Option<Value> {
        let plain: String = name.chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect();
        let write = write.to_ascii_lowercase();
        let is = |word: &str| write.contains(word);
        Some(match plain.as_str() {
            "did" | "issuerdid" | "issuer" => json!(self.did_for(&write)),
            "subjectdid" | "subject" if is("erase") => json!(self.stranger),
            "subjectdid" | "subject" if is("verify") || is("trustchain") => json!(self.spare),
            "subjectdid" if is("accreditation") => json!(self.did),
            "subject" if is("accreditation") => json!(self.spare),
            "subjectdid" | "subject" | "verifierdid" | "verifier" => json!(SUBJECT),
            "didurl" if is("suspend") || is("reinstate") => json!(self.trial),
            "didurl" => json!(self.accreditation),
            "parentaccreditation" | "rootauthorization" => json!(self.root),
            "roots" | "trustedroots" => json!([self.root]),
            "kid" if is("delete") => json!(self.loose_key),
            "kid" | "key" => json!(self.kid),
            "apikey" => json!(self.api_key),
            "password" if is("export") => json!("correct horse battery"),
            "network" => json!("testnet"),
            "statuslistname" if is("create") => json!(fresh("list", dice)),
            "name" if is("updatestatuslist") || is("statusof") => json!(self.list),
            "statuslistname" | "listname" => json!(self.list),
            "statuslistid" => json!(self.list_id),
            "statuslistcredential" => {
                let name = self.list.replace(' ', "%20");
                json!(format!("{}?resourceName={name}&resourceType=BitstringStatusListCredential", self.did))
            }
            "name" if is("resourcehistory") => json!(SCHEMA[0]),
            "resourcename" if is("resource/versions") => json!(SCHEMA[0]),
            "resourcetype" if is("resourcehistory") || is("resource/versions") => json!(SCHEMA[1]),
            "userid" if is("remove") => json!(self.leaver),
            "userid" => json!(self.member),
            "privatekeyhex" => json!(format!("{:064x}", 1 + dice.below(1_000_000))),
            "invitationid" => json!(self.invitation),
            "role" => json!("auditor"),
            "email" => json!(format!("{}@example.org", fresh("e", dice).replace(' ', "-"))),
            "scopes" => json!(["read:key"]),
            "name" if is("removerole") || is("role/remove") => json!(self.role),
            "name" if is("definerole") || is("role/define") => json!(fresh("role", dice).replace(' ', "-")),
            "name" | "accreditationname" | "alias" => json!(fresh("n", dice)),
            "statuslistindex" => json!(dice.below(131_072)),
            "indices" => json!([dice.below(131_072)]),
            "credential" if is("suspend") => json!(dice.pick(&self.suspendable)),
            "credential" if is("reinstate") => json!(dice.pick(&self.suspended)),
            "credential" => json!(dice.pick(&self.revocable)),
            "credentials" => json!([dice.pick(&self.revocable)]),
            "entity" | "holderdid" | "holder" => json!(self.did),
            "credentialstatus" => json!({"listName": self.list}),
            "id" if is("credential") => json!(self.credential_id),
            "id" if is("accreditation") => json!(last(&self.accreditation)),
            "id" if is("resource") => json!(last(&self.schema)),
            "id" if is("statuslist") => json!(self.list_id),
            "id" if is("job") => json!(self.job),
            "job" | "jobid" => json!(self.job),
            "signatures" => json!([]),
            "id" | "operation" | "operationid" => json!(self.operation),
            "schemaid" | "url" => json!(self.schema),
            "types" => json!(["DegreeCredential"]),
            "kind" if is("did") => json!("agent"),
            "kind" => json!("ACCREDIT"),
            "purposes" => json!(["REVOCATION"]),
            "purpose" => json!("REVOCATION"),
            "action" => json!("REVOKE"),
            "attributes" => json!({"degree": "BSc"}),
            "expirationdate" => json!("2130-01-01T00:00:00Z"),
            "data" => json!("00ff"),
            "resourcetype" => json!("Text"),
            // Some do not wait for the ledger.
            "wait" if dice.chance(60) => json!(0),
            "uri" => json!("https://e.example"),
            "verificationmethodtype" => json!(METHOD),
            // A whole document is for some; a part of one for the others.
            "diddocument" if is("create") && dice.chance(40) => self.new_document(dice),
            "diddocument" if dice.chance(40) => self.document(&self.did),
            "service" if is("update") && dice.chance(30) => return None,
            "service" => json!([{"id": format!("{}#web", self.did), "type": "LinkedDomains",
                "serviceEndpoint": [format!("https://{}.example", dice.below(1_000))]}]),
            _ => return None,
        })
    }

    /// A document of a DID that is not there yet.
    fn new_document(&self, dice: &mut Dice) -> Value {
        let number = |dice: &mut Dice| dice.below(usize::from(u16::MAX));
        let id = format!(
            "did:cheqd:testnet:{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
            number(dice),
            number(dice),
            number(dice) & 0xfff,
            number(dice) & 0xfff,
            number(dice)
        );
        self.document(&id)
    }

    /// A document with our key, and another one that may only assert.
    fn document(&self, did: &str) -> Value {
        let bytes: [u8; 32] = hex::decode(&self.kid).expect("hex").try_into().expect("32 bytes");
        let method = |name: &str, key: &str| json!({"id": format!("{did}#{name}"), "type": METHOD, "controller": did, "publicKeyMultibase": key});
        let first = method("key-1", &PublicKey::Ed25519(bytes).to_multibase());
        let (key, other) = (first["id"].clone(), method("key-2", SUBJECT.trim_start_matches("did:key:")));
        json!({"@context": ["https://www.w3.org/ns/did/v1"], "id": did, "controller": [did], "verificationMethod": [first],
            "authentication": [key], "assertionMethod": [key, other], "alsoKnownAs": ["https://a.example"],
            "service": [{"id": format!("{did}#web"), "type": "LinkedDomains", "serviceEndpoint": ["https://a.example"]}]})
    }

    /// A recorded example with the things of this world in it.
    pub fn settle(&self, write: &str, name: &str, recorded: &Value, dice: &mut Dice) -> Value {
        match recorded {
            Value::Object(members) => {
                members.iter().map(|(n, v)| (n.clone(), self.settle(write, n, v, dice))).collect()
            }
            Value::Array(items) => items.iter().map(|item| self.settle(write, name, item, dice)).collect(),
            Value::String(_) if name == "credentialSchema" => json!(self.schema),
            Value::Number(_) if name == "statusListIndex" => json!(dice.below(131_072)),
            Value::String(text) if is_chance(name, text) => match self.named(write, name, dice) {
                Some(Value::Array(items)) => items.into_iter().next().unwrap_or_default(),
                Some(named) => named,
                None => json!(self.renamed(text)),
            },
            Value::String(text) => json!(self.renamed(text)),
            other => other.clone(),
        }
    }

    /// With our DID for a recorded one.
    fn renamed(&self, recorded: &str) -> String {
        let Some(from) = recorded.find("did:cheqd:") else { return recorded.to_owned() };
        let (before, rest) = recorded.split_at(from);
        let to = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        format!("{before}{}{}", self.did, &rest[to..])
    }
}

/// Whether a recorded text stands for something that the recording's world had, or must be new each time.
fn is_chance(name: &str, recorded: &str) -> bool {
    let is_name = ["statusListName", "accreditationName", "name", "statusListCredential"].contains(&name);
    let is_did_url = recorded.starts_with("did:cheqd:") && !recorded.contains('#');
    let is_subject = recorded.starts_with("did:key:") && !recorded.contains('#');
    is_name || is_did_url || is_subject || recorded.starts_with("eyJ") || [36, 64].contains(&recorded.len())
}

/// The id of another API key of Alice's, as long as there can be more.
async fn spare_key(house: &TestHouse) -> String {
    let studio = &house.house.studio;
    let id = studio.ids.next();
    let call = Call {
        who: app::Principal::unbounded(house.alice.customer, app::Actor::Operator),
        command_id: id,
        correlation_id: id,
        traceparent: None,
        at: studio.clock.now(),
        wait_seconds: 0,
        dry_run: false,
        fee_max: None,
        desk: app::Desk::default(),
    };
    let issued = app::customer::issue_api_key(studio, &call, "spare", None).await;
    issued.map_or_else(|_| id.to_string(), |issued| issued.key.to_string())
}

/// The id of a resource in its DID URL.
fn last(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or_default()
}

fn signed_by_nobody(token: &str) -> String {
    let (head, signature) = token.rsplit_once('.').expect("a JWS");
    let (first, rest) = signature.split_at(1);
    format!("{head}.{}{rest}", if first == "A" { "B" } else { "A" })
}

fn fresh(stem: &str, dice: &mut Dice) -> String {
    format!("{stem} {}", dice.below(1_000_000_000))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a text, not {value}")).to_owned()
}

/// A change of a DID that waits for the signature of a key that nobody here has.
async fn open_job(house: &TestHouse, did: &str) -> String {
    let method = client_keys::document(did, &[9])["verificationMethod"].clone();
    let key = format!("{did}#key-9");
    let body = json!({"mode": "client", "did": did, "verificationMethod": method, "authentication": [key],
        "assertionMethod": [key]});
    text(&house.post("/did/update", body).await.expect(202)["jobId"])
}
