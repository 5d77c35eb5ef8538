//! Acts that wait for signatures: opened, signed, carried out, or not.

mod issuing;

use super::*;
use crate::{
    act::{self, IdempotencyKey, Networks, Scopes},
    did::{GivenDocument, GivenSections, VerificationMethodType},
    fake::{CUSTOMER, End, Told, World},
    port::resolver::Freshness,
};
use credentials::{did_document::verification_method, key::PublicKey};
use domain::{did::DidLabel, job::JobPhase};
use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::{Map, Value, json};

const UUID: &str = "7bf81a20-633c-4cc7-bc4a-5a45801005e0";
const DAY_SECONDS: i64 = 24 * 60 * 60;
const KIND: VerificationMethodType = VerificationMethodType::Ed25519VerificationKey2020;

/// A key that nobody but the test has.
fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn method(did: &str, fragment: &str, seed: u8) -> Value {
    let public = PublicKey::Ed25519(*key(seed).verifying_key().as_bytes());
    verification_method(did, fragment, KIND, &public)
}

fn id() -> String {
    format!("did:cheqd:testnet:{UUID}")
}

fn object(value: Value) -> Map<String, Value> {
    let Value::Object(members) = value else { panic!("an object") };
    members
}

fn creation(document: Value) -> JobAct {
    let document = NewDocument::Brought(GivenDocument::with_own_keys(&object(document)).unwrap());
    JobAct::DidCreate(CreateDid { document, method: KIND, key: None, label: DidLabel::default() })
}

/// A document with these keys, and with these controllers if there are any.
fn document(seeds: &[u8], controllers: &[&str]) -> Value {
    let did = id();
    let methods: Vec<Value> = seeds.iter().map(|seed| method(&did, &format!("key-{seed}"), *seed)).collect();
    let mut document = json!({"id": did, "verificationMethod": methods});
    if !controllers.is_empty() {
        document["controller"] = json!(controllers);
    }
    document
}

fn change(members: Value) -> JobAct {
    let did = Did::parse(&id()).unwrap();
    JobAct::DidUpdate(UpdateDid::Sections(GivenSections::new(did, &object(members)).unwrap()))
}

fn service(name: &str) -> Value {
    let did = id();
    json!([{"id": format!("{did}#{name}"), "type": "LinkedDomains", "serviceEndpoint": ["https://example.org"]}])
}

fn dry(world: &World) -> Call {
    Call { dry_run: true, ..world.call() }
}

async fn opened(world: &World, act: JobAct) -> Told<Written<JobId>> {
    world.when(OpenJob::new(act).run(&world.studio(), &world.call())).await
}

/// The job of an act that lacks signatures.
async fn job(world: &World, act: JobAct) -> JobId {
    opened(world, act).await.then_events(["JobOpened"]).then_done()
}

async fn payload(world: &World, job: JobId) -> Vec<u8> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let inside = read(&world.studio(), &world.call().who, job).await.unwrap();
    STANDARD.decode(inside.content.unwrap().payload).unwrap()
}

/// The right signature of a key.
async fn signature(world: &World, job: JobId, seed: u8) -> Submitted {
    let signature = key(seed).sign(&payload(world, job).await).to_bytes().to_vec();
    let by = Signatory::VerificationMethod(format!("{}#key-{seed}", id()));
    Submitted { by, signature }
}

async fn signed(world: &World, job: JobId, signatures: Vec<Submitted>) -> Told<Written<JobId>> {
    world.when(SubmitSignatures { job, signatures }.run(&world.studio(), &world.call())).await
}

async fn signed_with(world: &World, job: JobId, seeds: &[u8]) -> Told<Written<JobId>> {
    let mut signatures = Vec::new();
    for seed in seeds {
        signatures.push(signature(world, job, *seed).await);
    }
    signed(world, job, signatures).await
}

/// A DID whose only key is that of the test.
async fn outsider(world: &World, seed: u8) {
    let job = job(world, creation(document(&[seed], &[]))).await;
    signed_with(world, job, &[seed]).await.then_done();
}

async fn state(world: &World, job: JobId) -> Job {
    let who = world.call().who;
    read(&world.studio(), &who, job).await.unwrap().state
}

async fn phase(world: &World, job: JobId) -> JobPhase {
    state(world, job).await.phase
}

async fn shown(world: &World) -> Value {
    let did = Did::parse(&id()).unwrap();
    world.studio().resolver.did(&did, None, Freshness::Fresh).await.unwrap().unwrap().document
}

#[tokio::test]
async fn a_did_is_created_with_a_key_that_never_comes_here() {
    let world = World::new();
    let job = job(&world, creation(document(&[9], &[]))).await;
    let state = state(&world, job).await;
    assert_eq!(state.wanted.len(), 1);
    assert_eq!(state.wanted[0].verification_method, format!("{}#key-9", id()));
    let told = signed_with(&world, job, &[9]).await;
    told.then_events(["SignatureGiven", "DidCreateRequested", "DidCreated", "JobFinished"]).then_done();
    assert_eq!(shown(&world).await["verificationMethod"][0]["id"], format!("{}#key-9", id()));
    assert!(world.safe.key_requests().is_empty(), "no key was made for it");
}

#[tokio::test]
async fn it_is_changed_and_ended_by_jobs_too() {
    let world = World::new();
    outsider(&world, 9).await;
    let job_1 = job(&world, change(json!({"service": service("web")}))).await;
    let told = signed_with(&world, job_1, &[9]).await;
    told.then_events(["SignatureGiven", "DidUpdateRequested", "DidUpdated", "JobFinished"]).then_done();
    assert_eq!(shown(&world).await["service"][0]["id"], format!("{}#web", id()));
    let resource = CreateResource {
        did: Did::parse(&id()).unwrap(),
        name: "note".to_owned(),
        resource_type: "Text".to_owned(),
        version: String::new(),
        also_known_as: Vec::new(),
        data: b"hello".to_vec(),
        id: None,
    };
    let job_2 = job(&world, JobAct::ResourceCreate(resource)).await;
    let told = signed_with(&world, job_2, &[9]).await;
    told.then_events(["SignatureGiven", "ResourceVersionRequested", "ResourceVersionCreated", "JobFinished"])
        .then_done();
    let end = JobAct::DidDeactivate(DeactivateDid(Did::parse(&id()).unwrap()));
    let job_3 = job(&world, end).await;
    let told = signed_with(&world, job_3, &[9]).await;
    told.then_events(["SignatureGiven", "DidDeactivateRequested", "DidDeactivated", "JobFinished"])
        .then_done();
}

/// What only the owner of the keys can do is refused without him, before anything is sent, and he is told how.
#[tokio::test]
async fn without_the_mode_it_is_refused_with_a_word_about_it() {
    let world = World::new();
    outsider(&world, 9).await;
    let studio = world.studio();
    let did = Did::parse(&id()).unwrap();
    let wish = GivenSections::new(did.clone(), &object(json!({"service": service("web")}))).unwrap();
    let told = world.when(crate::did::update(&studio, &world.call(), UpdateDid::Sections(wish))).await;
    assert!(told.then_refused("did/no-signing-key").public.contains("\"mode\": \"client\""));
    let told = world.when(crate::did::deactivate(&studio, &world.call(), &did)).await;
    assert!(told.then_refused("did/no-signing-key").public.contains("\"mode\": \"client\""));
}

#[tokio::test]
async fn two_people_sign_on_two_days() {
    let world = World::new();
    outsider(&world, 9).await;
    // Its key is replaced: the old one agrees, the new one proves itself.
    let did = id();
    let methods =
        json!({"verificationMethod": [method(&did, "key-8", 8)], "authentication": [format!("{did}#key-8")]});
    let job = job(&world, change(methods)).await;
    signed_with(&world, job, &[8]).await.then_events(["SignatureGiven"]).then_done();
    assert_eq!(phase(&world, job).await, JobPhase::Open);
    world.time.pass(3 * DAY_SECONDS);
    let told = signed_with(&world, job, &[9]).await;
    told.then_events(["SignatureGiven", "DidUpdateRequested", "DidUpdated", "JobFinished"]).then_done();
}

/// A name that stays while its key changes is wanted twice; the signature tells which of the two gave it.
#[tokio::test]
async fn a_key_replaced_under_its_name_signs_beside_its_successor() {
    let world = World::new();
    outsider(&world, 9).await;
    let did = id();
    let job = job(&world, change(json!({"verificationMethod": [method(&did, "key-9", 8)]}))).await;
    let bytes = payload(&world, job).await;
    let by = || Signatory::VerificationMethod(format!("{did}#key-9"));
    let signature = |seed| Submitted { by: by(), signature: key(seed).sign(&bytes).to_bytes().to_vec() };
    let told = signed(&world, job, vec![signature(8), signature(9)]).await;
    told.then_events(["SignatureGiven", "SignatureGiven", "DidUpdateRequested", "DidUpdated", "JobFinished"])
        .then_done();
}

#[tokio::test]
async fn the_vault_gives_what_it_can_and_only_the_rest_is_asked_for() {
    let world = World::new();
    let parent = world.did().await;
    let did = id();
    let job = job(&world, creation(document(&[9], &[&did, parent.as_str()]))).await;
    let state = state(&world, job).await;
    let asked: Vec<_> = state.wanted.iter().map(|wanted| wanted.verification_method.as_str()).collect();
    assert_eq!(asked, [format!("{did}#key-9")]);
    let told = signed_with(&world, job, &[9]).await;
    told.then_events(["SignatureGiven", "DidCreateRequested", "DidCreated", "JobFinished"]).then_done();
}

#[tokio::test]
async fn where_nothing_is_missing_the_job_is_finished_at_once() {
    let world = World::new();
    let did = world.did().await;
    let told = opened(&world, JobAct::DidDeactivate(DeactivateDid(did.clone()))).await;
    let done = told
        .then_events(["DidDeactivateRequested", "DidDeactivated", "JobOpened", "JobFinished"])
        .then_done();
    assert_eq!(phase(&world, done).await, JobPhase::Finished);
    // Once more there is nothing to write.
    let told = opened(&world, JobAct::DidDeactivate(DeactivateDid(did))).await;
    let again = told.then_events(["JobOpened", "JobFinished"]).then_done();
    assert_eq!(state(&world, again).await.carried_by, None);
}

#[tokio::test]
async fn one_of_several_keys_is_enough() {
    let world = World::new();
    let job = job(&world, creation(document(&[7, 8, 9], &[]))).await;
    let told = signed_with(&world, job, &[8]).await;
    told.then_events(["SignatureGiven", "DidCreateRequested", "DidCreated", "JobFinished"]).then_done();
}

#[tokio::test]
async fn wrong_signatures_are_refused_before_anything_is_kept_or_sent() {
    let world = World::new();
    let job_1 = job(&world, creation(document(&[8, 9], &[]))).await;
    let right = signature(&world, job_1, 9).await;
    let mut broken = right.clone();
    broken.signature[3] ^= 1;
    let short = Submitted { signature: vec![1, 2, 3], ..right.clone() };
    let of_another_key =
        Submitted { signature: signature(&world, job_1, 8).await.signature, ..right.clone() };
    let of_other_bytes =
        Submitted { signature: key(9).sign(b"anything").to_bytes().to_vec(), ..right.clone() };
    for wrong in [broken, short, of_another_key, of_other_bytes] {
        signed(&world, job_1, vec![right.clone(), wrong]).await.then_refused("job/signature-invalid");
    }
    for by in [Signatory::Number(9), Signatory::VerificationMethod(format!("{}#key-1", id()))] {
        signed(&world, job_1, vec![Submitted { by, ..right.clone() }])
            .await
            .then_refused("job/unknown-signer");
    }
    // A signature for one job is none for another, although both ask the same key.
    let mut other = document(&[9], &[]);
    other["alsoKnownAs"] = json!(["https://example.org"]);
    let job_2 = job(&world, creation(other)).await;
    signed(&world, job_2, vec![right]).await.then_refused("job/signature-invalid");
}

/// A name and a `kid` that contradict each other are no signature, even if it would be right for one of them.
#[tokio::test]
async fn what_contradicts_itself_is_refused() {
    let world = World::new();
    let job = job(&world, creation(document(&[8, 9], &[]))).await;
    let right = signature(&world, job, 9).await;
    let number = state(&world, job)
        .await
        .wanted
        .iter()
        .find(|w| w.verification_method.ends_with("-9"))
        .unwrap()
        .number;
    let both = |fragment: &str| Submitted {
        by: Signatory::Both(number, format!("{}#{fragment}", id())),
        ..right.clone()
    };
    let fault = signed(&world, job, vec![both("key-8")]).await.then_nothing().then_refused("request/invalid");
    assert_eq!(fault.members["field"], SIGNATURES_FIELD);
    assert!(fault.public.contains("#key-9") && fault.public.contains("#key-8"), "{}", fault.public);
    signed(&world, job, vec![both("key-9")]).await.then_done();
}

#[tokio::test]
async fn what_was_erased_ends_the_job_but_not_by_asking_for_its_price() {
    let world = World::new();
    let job = job(&world, creation(document(&[9], &[]))).await;
    let studio = world.studio();
    studio.vault.erase(CUSTOMER, JOBS_SUBJECT).await.unwrap();
    let submit = || SubmitSignatures { job, signatures: Vec::new() };
    world.when(submit().run(&studio, &dry(&world))).await.then_nothing().then_refused("job/erased");
    let fault = signed(&world, job, Vec::new()).await.then_events(["JobFailed"]).then_refused("job/erased");
    assert_eq!(fault.members["jobId"], job.to_string());
    world.when(submit().run(&studio, &dry(&world))).await.then_refused("job/failed");
}

/// Bound to another network, there is no such job: not to read, not to sign.
#[tokio::test]
async fn jobs_of_other_networks_do_not_exist() {
    let world = World::new();
    let job = job(&world, creation(document(&[9], &[]))).await;
    let right = signature(&world, job, 9).await;
    let bound = |network: Network| {
        let call = world.call();
        Call { who: Principal { networks: Networks::Only([network].into()), ..call.who.clone() }, ..call }
    };
    let submit = SubmitSignatures { job, signatures: vec![right] };
    let (studio, elsewhere) = (world.studio(), bound(Network::Mainnet));
    world.when(submit.clone().run(&studio, &elsewhere)).await.then_nothing().then_refused("job/not-found");
    assert_eq!(read(&studio, &elsewhere.who, job).await.unwrap_err().code, "job/not-found");
    world.when(submit.run(&studio, &bound(Network::Testnet))).await.then_done();
}

/// Whoever may only list jobs does not see what they hold.
#[tokio::test]
async fn a_list_of_jobs_tells_nothing_of_what_is_in_them() {
    let world = World::new();
    let job = job(&world, creation(document(&[9], &[]))).await;
    let read_with = async |scopes: &[&str]| {
        let scopes = Scopes::Only(scopes.iter().map(|scope| (*scope).to_owned()).collect());
        read(&world.studio(), &Principal { scopes, ..world.call().who }, job)
            .await
            .err()
            .map(|fault| fault.code)
    };
    assert_eq!(read_with(&["list:job"]).await, Some("auth/forbidden"));
    assert_eq!(read_with(&["list:job", "read:job"]).await, None);
}

#[tokio::test]
async fn a_signature_twice_is_no_second_write() {
    let world = World::new();
    let job = job(&world, creation(document(&[9], &[]))).await;
    signed_with(&world, job, &[9]).await.then_done();
    signed_with(&world, job, &[9]).await.then_nothing().then_done();
    signed(&world, job, Vec::new()).await.then_refused("job/finished");
}

#[tokio::test]
async fn jobs_of_others_do_not_exist() {
    let world = World::new();
    let job = job(&world, creation(document(&[9], &[]))).await;
    let right = signature(&world, job, 9).await;
    let stranger = world.call_of(world.stranger());
    let studio = world.studio();
    let submit = SubmitSignatures { job, signatures: vec![right] };
    let told = world.when(submit.run(&studio, &stranger)).await;
    let hers = told.then_refused("job/not-found").public;
    let ghost = JobId(uuid::Uuid::nil());
    let told = world.when(SubmitSignatures { job: ghost, signatures: vec![] }.run(&studio, &stranger)).await;
    let nobodys = told.then_refused("job/not-found").public;
    assert_eq!(hers.replace(&job.to_string(), &ghost.to_string()), nobodys);
    assert_eq!(read(&studio, &stranger.who, job).await.unwrap_err().code, "job/not-found");
}

#[tokio::test]
async fn what_was_signed_for_an_older_document_is_void() {
    let world = World::new();
    outsider(&world, 9).await;
    let late = job(&world, change(json!({"service": service("late")}))).await;
    let soon = job(&world, change(json!({"service": service("soon")}))).await;
    signed_with(&world, soon, &[9]).await.then_done();
    let submit = SubmitSignatures { job: late, signatures: vec![signature(&world, late, 9).await] };
    let (studio, call) = (world.studio(), world.call());
    let told = world.when(submit.clone().run(&studio, &call)).await;
    let fault = told.then_events(["SignatureGiven", "JobFailed"]).then_refused("job/outdated");
    assert_eq!(fault.members["jobId"], late.to_string());
    let state = state(&world, late).await;
    let failure = state.failure.map(|failure| failure.code);
    assert_eq!((state.phase, failure.as_deref()), (JobPhase::Failed, Some("job/outdated")));
    assert_eq!(shown(&world).await["service"][0]["id"], format!("{}#soon", id()));
    // Whoever repeats it is told why, under the same id too, and whatever it is that he sends.
    let nothing = SubmitSignatures { job: late, signatures: Vec::new() };
    for (submit, call) in [(submit, call), (nothing.clone(), world.call()), (nothing, dry(&world))] {
        let told = world.when(submit.run(&studio, &call)).await;
        let fault = told.then_nothing().then_refused("job/failed");
        assert_eq!(
            (&fault.members["failure"], &fault.members["jobId"]),
            (&json!("job/outdated"), &json!(late.to_string()))
        );
        assert!(fault.public.contains("has changed meanwhile"), "{}", fault.public);
    }
    // The same for a whole document, whose bytes would not tell.
    let whole = |name: &str| {
        let mut document = document(&[9], &[&id()]);
        document["service"] = service(name);
        document["authentication"] = json!([format!("{}#key-9", id())]);
        JobAct::DidUpdate(UpdateDid::Document(GivenDocument::for_update(&object(document)).unwrap()))
    };
    let late = job(&world, whole("late")).await;
    let soon = job(&world, whole("sooner")).await;
    signed_with(&world, soon, &[9]).await.then_done();
    signed_with(&world, late, &[9])
        .await
        .then_events(["SignatureGiven", "JobFailed"])
        .then_refused("job/outdated");
}

#[tokio::test]
async fn a_change_that_is_on_its_way_is_waited_for() {
    let world = World::new();
    outsider(&world, 9).await;
    let second = job(&world, change(json!({"service": service("b")}))).await;
    let first = job(&world, change(json!({"service": service("a")}))).await;
    world.outbox.end_with(End::Pending(None));
    signed_with(&world, first, &[9])
        .await
        .then_events(["SignatureGiven", "DidUpdateRequested", "JobFinished"])
        .then_done();
    // A third is not even opened, and the second is left as it is: the first may be refused by the ledger.
    opened(&world, change(json!({"service": service("c")}))).await.then_refused("did/write-pending");
    signed_with(&world, second, &[9]).await.then_events(["SignatureGiven"]).then_refused("did/write-pending");
    assert_eq!(phase(&world, second).await, JobPhase::Open);
}

#[tokio::test]
async fn signatures_that_come_too_late_end_it() {
    let world = World::new();
    let job = job(&world, creation(document(&[9], &[]))).await;
    world.time.pass(i64::from(domain::job::JOB_DAYS) * DAY_SECONDS);
    signed_with(&world, job, &[9]).await.then_events(["JobExpired"]).then_refused("job/expired");
    signed_with(&world, job, &[9]).await.then_refused("job/expired");
}

/// Whoever dies after the last signature goes on from there; nothing is written twice.
#[tokio::test]
async fn what_died_on_the_way_is_finished_by_asking_again() {
    for (deaths, kept, left) in [
        (1, vec!["SignatureGiven"], vec!["DidCreateRequested", "DidCreated", "JobFinished"]),
        (2, vec!["SignatureGiven", "DidCreateRequested", "DidCreated"], vec!["JobFinished"]),
    ] {
        let world = World::new();
        let job = job(&world, creation(document(&[9], &[]))).await;
        let right = signature(&world, job, 9).await;
        world.log.away_after(deaths);
        let before = world.log.len();
        let submit = SubmitSignatures { job, signatures: vec![right.clone()] };
        let died = submit.run(&world.studio(), &world.call()).await;
        assert_eq!(died.as_ref().unwrap_err().members["jobId"], job.to_string());
        let kinds = |before| world.log.since(before).iter().map(|event| event.kind).collect::<Vec<_>>();
        assert_eq!((died.unwrap_err().code, kinds(before)), ("store/unavailable", kept));
        world.log.works();
        let before = world.log.len();
        signed(&world, job, Vec::new()).await.then();
        assert_eq!(kinds(before), left);
        signed(&world, job, vec![right]).await.then_nothing().then_done();
    }
}

#[tokio::test]
async fn the_price_is_told_and_bounded_like_that_of_any_write() {
    let world = World::new();
    let studio = world.studio();
    let act = || OpenJob::new(creation(document(&[9], &[])));
    world.when(act().run(&studio, &dry(&world))).await.then_quoted();
    let capped = Call { fee_max: Some(domain::id::Ncheq(1)), ..world.call() };
    world.when(act().run(&studio, &capped)).await.then_refused("ledger/fee-above-max");
    // What was said when it was opened holds when it is carried out: whoever signs may say less, and not more.
    let capped = Call { fee_max: Some(domain::id::Ncheq(5_000_000_000)), ..world.call() };
    let job = world.when(act().run(&studio, &capped)).await.then_events(["JobOpened"]).then_done();
    world.ledger.price(6_000_000_000);
    let right = signature(&world, job, 9).await;
    let submit = || SubmitSignatures { job, signatures: vec![right.clone()] };
    world
        .when(submit().run(
            &studio,
            &Call { dry_run: true, fee_max: Some(domain::id::Ncheq(u128::MAX)), ..world.call() },
        ))
        .await
        .then_refused("ledger/fee-above-max");
    let told = signed(&world, job, vec![right.clone()]).await;
    told.then_events(["SignatureGiven"]).then_refused("ledger/fee-above-max");
    assert_eq!(phase(&world, job).await, JobPhase::Open);
    let willing = Call { fee_max: Some(domain::id::Ncheq(7_000_000_000)), ..world.call() };
    let told = world.when(submit().run(&studio, &willing)).await;
    told.then_refused("ledger/fee-above-max");
    world.ledger.price(4_000_000_000);
    let told = world.when(submit().run(&studio, &willing)).await;
    told.then_events(["DidCreateRequested", "DidCreated", "JobFinished"]).then_done();
}

#[tokio::test]
async fn what_the_ledger_refuses_is_told() {
    let world = World::new();
    let job = job(&world, creation(document(&[9], &[]))).await;
    world.outbox.end_with(End::Rejected("not today"));
    let told = signed_with(&world, job, &[9]).await;
    let told = told.then_events(["SignatureGiven", "DidCreateRequested", "DidCreateRejected", "JobFinished"]);
    let fault = told.then_refused("ledger/rejected");
    assert_eq!(fault.members["jobId"], job.to_string());
}

#[tokio::test]
async fn what_could_never_be_written_is_refused_before_anybody_signs() {
    let world = World::new();
    outsider(&world, 9).await;
    opened(&world, creation(document(&[9], &[]))).await.then_refused("did/already-exists");
    let absent = "did:cheqd:testnet:aaaaaaaa-633c-4cc7-bc4a-5a45801005e0";
    opened(&world, change(json!({"controller": [absent]}))).await.then_refused("did/controller-not-found");
    let many: Vec<u8> = (1..=33).collect();
    let mut document = document(&many, &[]);
    document["id"] = json!(id());
    let fresh = serde_json::to_string(&document).unwrap().replace("7bf81a20", "7bf81a21");
    let told = opened(&world, creation(serde_json::from_str(&fresh).unwrap())).await;
    told.then_refused("job/too-many-signatures");
}

/// The kept answer of the gate names the job; asking again opens no second one.
#[tokio::test]
async fn one_idempotency_key_is_one_job() {
    let world = World::new();
    let studio = world.studio();
    let ask = async |act: JobAct| {
        let key = IdempotencyKey::parse("Idempotency-Key", "k").unwrap();
        act::perform(&studio, world.call(), Some(key), OpenJob::new(act), ()).await
    };
    let first = ask(creation(document(&[9], &[]))).await;
    let again = ask(creation(document(&[9], &[]))).await;
    let id = |settled: act::Settled<JobId>| match settled.outcome.unwrap() {
        Written::Done(job) => job,
        _ => panic!("a job"),
    };
    assert!(!first.replayed && again.replayed);
    assert_eq!(id(first), id(again));
    let other = ask(creation(document(&[8], &[]))).await;
    assert_eq!(other.outcome.unwrap_err().code, "idempotency/key-reused");
}
