//! One verifier, two doors. Credentials and accreditations that are made in every way that matters are asked about at
//! both, and both must say the same: the verdict, each check with its reason, the statuses, every hop. What the verdict must
//! be is told by how the thing was made ([`plan`]), not by the code that verifies.

mod doors;
mod plan;
mod refusals;
mod token;
mod world;

use doors::{Accredited, Answers, Asked, accreditation, differences};
use plan::{At, Plan, Question, Signer};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use world::World;

/// Credentials in which several things are unusual at once.
const MIXED: usize = 120;
const SEED: u64 = 20_261_129;

/// Everything that is wrong, told at once.
#[derive(Default)]
struct Complaints {
    asked: usize,
    held: usize,
    found: Vec<String>,
}

impl Complaints {
    fn compare(&mut self, what: &str, answers: &Answers) {
        self.asked += 1;
        self.held += usize::from(answers.rest["verified"] == true);
        let differing = differences(&answers.rest, &answers.graphql);
        if !differing.is_empty() {
            self.found.push(format!("{what}: the doors differ\n  {}", differing.join("\n  ")));
        }
    }

    fn expect(&mut self, what: &str, told: &Value, failing: &BTreeSet<&'static str>) {
        let failed: Vec<&str> = told["checks"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|check| check[1] == "failed")
            .filter_map(|check| check[0].as_str())
            .collect();
        let holds = failing.is_empty();
        let is_as_expected = told["verified"] == holds
            && failed.is_empty() == holds
            && failed.iter().all(|name| failing.contains(name));
        if !is_as_expected {
            self.found.push(format!(
                "{what}: verified should be {holds}, failing among {failing:?}; it is {} with {failed:?}: {} {}",
                told["verified"], told["fault"], told["error"]
            ));
        }
    }

    fn end(self) {
        println!("{} questions at both doors, {} yes", self.asked, self.held);
        assert!(
            self.found.is_empty(),
            "{} of {}:\n\n{}",
            self.found.len(),
            self.asked,
            self.found.join("\n")
        );
    }
}

async fn judge(world: &World, plan: &Plan, questions: &[Question], complaints: &mut Complaints) {
    let compact = token::compact(world, plan).await;
    let credential = token::dressed(plan, &compact);
    for question in questions {
        let asked = token::asked(world, question);
        let answers = doors::credential(&world.house, &asked, question.chain, &credential).await;
        let what = format!("{plan:?} asked {question:?}");
        complaints.compare(&what, &answers);
        complaints.expect(&what, &answers.rest, &plan.failing(question));
    }
}

/// A plan in which up to three things are done in some way.
fn mixed(dice: &mut StdRng) -> Plan {
    let variations = Plan::variations();
    let mut plan = Plan::default();
    for _ in 0..dice.gen_range(2..=3) {
        let other = *variations.choose(dice).expect("one");
        let base = Plan::default();
        macro_rules! take {
            ($($field:ident),+) => { $(if other.$field != base.$field { plan.$field = other.$field; })+ };
        }
        take!(signer, header, signature, party, subject, start, end, status, chain, audience, dress);
    }
    plan
}

/// doors 2: one verdict, two renderings; its checks and statuses are compared member by member.
#[tokio::test(flavor = "multi_thread")]
async fn doors_2_verdicts_1_to_15_both_doors_say_what_the_making_says() {
    let world = World::build().await;
    let mut complaints = Complaints::default();
    for plan in Plan::variations() {
        judge(&world, &plan, &plan.usual(), &mut complaints).await;
    }
    let questions = Question::variations();
    for plan in [Plan::default(), Plan { signer: Signer::DidKey, ..Plan::default() }] {
        judge(&world, &plan, &questions, &mut complaints).await;
    }
    let mut dice = StdRng::seed_from_u64(SEED);
    for _ in 0..MIXED {
        let plan = mixed(&mut dice);
        let question = *questions.choose(&mut dice).expect("a question");
        judge(&world, &plan, &[question], &mut complaints).await;
    }
    complaints.end();
    world.house.stop().await;
}

/// What an accreditation is asked, and whether it holds.
struct Asking<'a> {
    what: &'a str,
    did_url: &'a str,
    subject: &'a str,
    types: &'a [&'a str],
    root: Option<&'a str>,
    /// Now; now without asking status lists; before anything was revoked or superseded.
    holds: [bool; 3],
}

/// doors 2, for chains.
#[tokio::test(flavor = "multi_thread")]
async fn doors_2_verdicts_1_and_4_both_doors_say_the_same_of_accreditations() {
    let world = World::build().await;
    let mut complaints = Complaints::default();
    let chain = &world.chain;
    let (uni, body) = (chain.issuer_did.as_str(), chain.body_did.as_str());
    let types = &crate::flow::trust_chain::TYPES;
    let nowhere = format!("{body}/resources/0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e15");
    let by_name = format!("{body}?resourceName=narrowed&resourceType=VerifiableAccreditationToAttest");
    let plain = Asking {
        what: "the right",
        did_url: &chain.attest,
        subject: uni,
        types,
        root: None,
        holds: [true; 3],
    };
    let of = |what, did_url, holds| Asking { what, did_url, holds, ..plain };
    let askings = [
        of("the right", chain.attest.as_str(), [true; 3]),
        of("renewed", &world.renewed, [true; 3]),
        of("narrowed since", &world.narrowed, [false, false, true]),
        of("narrowed, by name", &by_name, [false, false, true]),
        of("widened since", &world.widened, [false; 3]),
        of("revoked since", &world.revoked, [false, true, true]),
        of("over", &world.expired, [false; 3]),
        of("somebody else's", &world.holders, [false; 3]),
        of("nothing", &nowhere, [false; 3]),
        of("the schema", &chain.schema, [false; 3]),
        Asking { what: "the body's", subject: body, ..of("", &chain.accreditation, [true; 3]) },
        Asking { what: "the root", subject: &chain.root_did, ..of("", &chain.root, [true; 3]) },
        Asking { what: "the wrong subject", subject: body, holds: [false; 3], ..plain },
        Asking { what: "one type", types: &types[..1], ..plain },
        Asking { what: "another type", types: &["PassportCredential"], holds: [false; 3], ..plain },
        Asking { what: "nothing in particular", types: &[], ..plain },
        Asking { what: "its root", root: Some(&chain.root), ..plain },
        Asking { what: "another root", root: Some(&world.other_root), holds: [false; 3], ..plain },
    ];
    let all = Question { status: true, ..Question::default() };
    let questions = [
        (all, 0),
        (Question { status: false, ..all }, 1),
        (Question { at: At::Before, ..all }, 2),
        (Question { at: At::After, ..all }, 0),
        (Question { by_mallory: true, ..all }, 0),
        (Question { by_mallory: true, roots: plan::Roots::Did, ..all }, 0),
    ];
    for asking in &askings {
        let schemas = if asking.types.is_empty() {
            json!([])
        } else {
            crate::flow::trust_chain::schemas(&chain.schema, asking.types)
        };
        let question = Accredited {
            did_url: asking.did_url.to_owned(),
            subject: asking.subject.to_owned(),
            schemas,
            root: asking.root.map(str::to_owned),
        };
        for (how, which) in &questions {
            let what = format!("{} asked {how:?}", asking.what);
            let answers = accreditation(&world.house, &token::asked(&world, how), &question).await;
            complaints.compare(&what, &answers);
            let told = &answers.rest;
            let holds = asking.holds[*which];
            // The contract's walk does not depend on whose root it is, and tells it beside.
            let trusted = if holds { json!(how.trusts_the_root()) } else { told["chain"]["trusted"].clone() };
            if told["verified"] != holds || told["chain"]["trusted"] != trusted {
                complaints
                    .found
                    .push(format!("{what}: verified should be {holds}, its root trusted: {trusted}; {told}"));
            }
        }
    }
    complaints.end();
    world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn doors_13_both_doors_refuse_to_sign_the_same() {
    let house = crate::house::TestHouse::start().await;
    let did = house.did().await;
    let schema = crate::flow::first_day::publish_schema(&house, &did).await;
    let path = "/credential-status/create/unencrypted?listType=BitstringStatusList&statusPurpose=revocation";
    house.post(path, json!({"did": did, "statusListName": "list"})).await.expect(200);
    let mut found = Vec::new();
    for write in refusals::writes(&did, "list", &schema) {
        found.extend(refusals::compare(&house, &write).await);
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    house.stop().await;
}

/// What cannot be asked about an accreditation is refused at both doors, not answered at one of them.
#[tokio::test(flavor = "multi_thread")]
async fn doors_13_both_doors_refuse_the_same_questions() {
    let world = World::build().await;
    let mut complaints = Complaints::default();
    let chain = &world.chain;
    let (schema, body) = (chain.schema.as_str(), chain.body_did.as_str());
    let elsewhere = "did:web:example.com?resourceName=a&resourceType=b";
    let granted = |address: &str, types: &[&str]| json!([{"url": address, "types": types}]);
    let fine = granted(schema, &["DegreeCredential"]);
    let many: Value = (0..300).map(|_| fine[0].clone()).collect();
    let types = vec!["DegreeCredential"; 300];
    let table = [
        (body, body, fine.clone()),
        ("x", body, fine.clone()),
        ("did:cheqd:testnet:!/resources/0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e15", body, fine.clone()),
        ("https://example.org/a", body, fine.clone()),
        (elsewhere, body, fine.clone()),
        (&chain.attest, "", fine.clone()),
        (&chain.attest, "bob", fine.clone()),
        (&chain.attest, "did:cheqd:testnet:!", fine.clone()),
        (&chain.attest, "did:web:example.com", fine.clone()),
        (&chain.attest, body, granted("", &["DegreeCredential"])),
        (&chain.attest, body, granted(" ", &["DegreeCredential"])),
        (&chain.attest, body, granted(schema, &[])),
        (&chain.attest, body, granted(schema, &types)),
        (&chain.attest, body, many),
    ];
    for (did_url, subject, schemas) in table {
        let what = format!("{did_url} {subject} {}", schemas[0]);
        let question =
            Accredited { did_url: did_url.to_owned(), subject: subject.to_owned(), schemas, root: None };
        let answers = accreditation(&world.house, &Asked::default(), &question).await;
        complaints.compare(&what, &answers);
        if answers.rest["fault"].is_null() && did_url != elsewhere {
            complaints.found.push(format!("{what} was answered: {}", answers.rest));
        }
    }
    complaints.end();
    world.house.stop().await;
}

/// Documents around a token: what they say beside it must be what it says.
#[tokio::test(flavor = "multi_thread")]
async fn verdicts_2_and_8_both_doors_hold_the_document_against_its_token() {
    let world = World::build().await;
    let mut complaints = Complaints::default();
    let issued = world.chain.credential.clone();
    let body = json!({"issuerDid": world.uni.did, "subjectDid": world.chain.holder_did, "attributes": {"n": 1, "deep": {"a": [1, 2]}},
        "type": ["DegreeCredential"], "expirationDate": "9999-12-31T23:59:59Z"});
    let other = world.house.post("/credential/issue", body).await.expect(200);
    let with = |document: &Value, change: &dyn Fn(&mut Value)| {
        let mut document = document.clone();
        change(&mut document);
        document
    };
    let mismatch = BTreeSet::from(["jsonMatch"]);
    let table: Vec<(&str, Value, BTreeSet<&'static str>)> = vec![
        ("as issued", issued.clone(), BTreeSet::new()),
        ("as issued, another", other.clone(), BTreeSet::new()),
        ("as a text", json!(issued.to_string()), BTreeSet::new()),
        (
            "a claim changed",
            with(&issued, &|d| d["credentialSubject"]["degree"] = json!("PhD")),
            mismatch.clone(),
        ),
        (
            "a claim added",
            with(&issued, &|d| d["credentialSubject"]["honours"] = json!(true)),
            mismatch.clone(),
        ),
        (
            "a claim of another type",
            with(&other, &|d| d["credentialSubject"]["n"] = json!("1")),
            mismatch.clone(),
        ),
        (
            "a claim deep inside",
            with(&other, &|d| d["credentialSubject"]["deep"]["a"][1] = json!(3)),
            mismatch.clone(),
        ),
        (
            "another issuer",
            with(&issued, &|d| d["issuer"] = json!({"id": world.chain.body_did})),
            mismatch.clone(),
        ),
        (
            "another end",
            with(&other, &|d| d["expirationDate"] = json!("2999-01-01T00:00:00Z")),
            mismatch.clone(),
        ),
        ("a member more", with(&issued, &|d| d["name"] = json!("x")), mismatch.clone()),
        (
            "another's token",
            with(&issued, &|d| d["proof"]["jwt"] = other["proof"]["jwt"].clone()),
            mismatch.clone(),
        ),
        (
            "a status beside it",
            with(&other, &|d| d["credentialStatus"] = json!({"id": "x", "type": "y"})),
            mismatch,
        ),
    ];
    for (what, document, failing) in table {
        for question in [Question::default(), Question { status: true, ..Question::default() }] {
            let answers =
                doors::credential(&world.house, &token::asked(&world, &question), question.chain, &document)
                    .await;
            complaints.compare(what, &answers);
            complaints.expect(what, &answers.rest, &failing);
        }
    }
    // What is no credential is refused, with the same code and the same words.
    let asked = Asked::default();
    let nothing = [
        json!("hello"),
        json!(""),
        json!("a.b"),
        json!("a.b.c"),
        json!("{"),
        json!("{}"),
        json!("[]"),
        json!({}),
        json!({"proof": {}}),
        json!({"proof": {"type": "JwtProof2020"}}),
        json!({"proof": {"type": "Ed25519Signature2020", "proofValue": "z1"}}),
        json!("eyJhbGciOiJFZERTQSJ9.e30.AA"),
        json!({"type": "EnvelopedVerifiableCredential", "id": "data:text/plain,x"}),
        json!({"type": "EnvelopedVerifiableCredential"}),
        json!(7),
        json!([]),
        json!(true),
    ];
    for document in nothing {
        let answers = doors::credential(&world.house, &asked, false, &document).await;
        let what = format!("{document}");
        complaints.compare(&what, &answers);
        if answers.rest["fault"].is_null() {
            complaints.found.push(format!("{what}: is no credential, and was looked at: {}", answers.rest));
        }
    }
    // Instants and roots that cannot be asked with.
    let asked_at = |at: &str| Asked { at: Some(at.to_owned()), ..Asked::default() };
    let asked_roots = |roots: &[&str]| Asked {
        roots: Some(roots.iter().map(|root| (*root).to_owned()).collect()),
        ..Asked::default()
    };
    for asked in [
        asked_at("2999-01-01T00:00:00Z"),
        asked_roots(&["nobody"]),
        asked_roots(&["https://example.org"]),
        asked_roots(&["did:a:b"; 200]),
    ] {
        let answers = doors::credential(&world.house, &asked, true, &issued).await;
        complaints.compare(&format!("{asked:?}"), &answers);
        if answers.rest["fault"].is_null() {
            complaints.found.push(format!("{asked:?} was answered: {}", answers.rest));
        }
    }
    complaints.end();
    world.house.stop().await;
}

/// Verdicts 7, its neighbours at the doors: as a text, as JSON, in an envelope, and in a form.
#[tokio::test(flavor = "multi_thread")]
async fn verdicts_7_every_door_counts_both_signatures_of_a_message() {
    let house = crate::house::TestHouse::start().await;
    let mut complaints = Complaints::default();
    for (number, compact) in token::twins().iter().enumerate() {
        let failing = if number < 2 { BTreeSet::new() } else { BTreeSet::from(["signature"]) };
        let url = format!("data:application/vc+jwt,{compact}");
        for document in [
            json!(compact),
            credentials::vc::normalise(compact).expect("a credential"),
            json!({"type": "EnvelopedVerifiableCredential", "id": url}),
        ] {
            let answers = doors::credential(&house, &Asked::default(), false, &document).await;
            let what = format!("signature {number}: {document}");
            complaints.compare(&what, &answers);
            complaints.expect(&what, &answers.rest, &failing);
        }
        let form =
            house.request(reqwest::Method::POST, "/credential/verify").form(&[("credential", compact)]);
        let form = form.header("x-api-key", &house.alice.key);
        let told = crate::house::TestHouse::answer(form).await.expect(200);
        if told["verified"] != (number < 2) {
            complaints.found.push(format!("signature {number} in a form: {told}"));
        }
    }
    complaints.end();
    house.stop().await;
}

/// A new route or query that verifies a document or a chain is to be compared here too. (Entries of a status list alone are
/// told by `/credential-status/check` and `statusOf`, which `flow::status_lists` looks at.)
#[test]
fn every_verdict_has_its_place_here() {
    let judges = rest::routes().into_iter().map(|route| route.path).filter(|path| path.contains("verify"));
    let judges: BTreeSet<&str> = judges.collect();
    // Presentations are looked at by `flow::presentations`, with the verdicts on their credentials.
    let compared = ["/credential/verify", "/presentation/verify", "/trust-registry/accreditation/verify"];
    assert_eq!(judges, BTreeSet::from(compared));
    let schema = include_str!("../../graphql/schema.graphql");
    let query =
        schema.split("\ntype Query {").nth(1).and_then(|rest| rest.split("\n}").next()).expect("queries");
    let fields = query.lines().filter_map(|line| line.strip_prefix('\t')?.split(['(', ':']).next());
    let is_name = |name: &&str| name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let judges: Vec<&str> =
        fields.filter(is_name).filter(|name| name.starts_with("verify") || name.contains("hain")).collect();
    assert_eq!(judges, ["trustChain", "verifyCredential", "verifyPresentation"]);
}
