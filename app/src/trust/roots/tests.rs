//! Which roots somebody trusts: how they are named, kept and asked for.

use super::*;
use crate::fake::{CUSTOMER, World};
use uuid::Uuid;

const DID: &str = "did:cheqd:testnet:7bf81a20-633c-4cc7-bc4a-5a45801005e0";
const ID: &str = "9c4e2d5f-30d5-4c1e-8f2b-7d2a63c5d001";

fn root() -> Root {
    let identity = ResourceIdentity {
        did: DID.to_owned(),
        id: ID.parse().unwrap(),
        name: "R&D".to_owned(),
        resource_type: "VerifiableAuthorizationForTrustChain".to_owned(),
    };
    Root { did: DID.to_owned(), identity }
}

#[test]
fn verdicts_1_a_root_is_named_by_its_did_its_id_or_its_name() {
    let name = "resourceName=R%26D&resourceType=VerifiableAuthorizationForTrustChain";
    let other = DID.replace('7', "8");
    let table = [
        (DID.to_owned(), true),
        (DID.replace("bf81a20", "BF81A20"), true),
        (format!("{DID}/resources/{ID}"), true),
        (format!("{DID}?{name}"), true),
        (format!("{DID}?{}", name.replace("Authorization", "Authorisation")), true),
        (format!("https://resolver.cheqd.net/1.0/identifiers/{DID}?{name}"), true),
        (other.clone(), false),
        (format!("{other}/resources/{ID}"), false),
        (format!("{DID}/resources/{}", ID.replace('9', "8")), false),
        (format!("{DID}?resourceName=R&resourceType=VerifiableAuthorizationForTrustChain"), false),
    ];
    for (text, expected) in table {
        assert_eq!(RootRef::parse(&text).unwrap().names(&root()), expected, "{text}");
    }
}

#[test]
fn verdicts_1_what_names_no_root_is_refused() {
    let kind = "VerifiableAuthorizationForTrustChain";
    for text in [
        "",
        "root",
        "https://example.org",
        "did:cheqd",
        &format!("{DID}#key-1"),
        &format!("{DID}?resourceName=R&D&resourceType={kind}"),
        &format!("{DID}?resourceName=R&resourceType={kind}&resourceVersion=1"),
        &format!("{DID}?resourceName=R"),
        &format!("{DID}/path"),
    ] {
        assert_eq!(RootRef::parse(text).unwrap_err().code, "customer/root-invalid", "{text}");
    }
    let many = vec![DID.to_owned(); TRUSTED_ROOTS_MAX + 1];
    let asked = RootsAsked::of(CustomerId(uuid::Uuid::nil()), &many);
    assert_eq!(asked.unwrap_err().code, "customer/roots-too-many");
}

async fn trusted_by(world: &World, customer: CustomerId, given: &[&str], root: &Root) -> bool {
    let given: Vec<String> = given.iter().map(|text| (*text).to_owned()).collect();
    is_trusted(&world.studio(), &RootsAsked::of(customer, &given).unwrap(), root).await.unwrap()
}

#[tokio::test]
async fn verdicts_1_a_root_is_trusted_by_request_by_list_or_by_ownership_and_by_nobody_else() {
    let world = World::new();
    let stranger = world.stranger();
    assert!(!trusted_by(&world, CUSTOMER, &[], &root()).await);
    assert!(trusted_by(&world, CUSTOMER, &[DID], &root()).await);
    let (studio, call) = (world.studio(), world.call());
    let listed = [format!("{DID}/resources/{ID}")];
    world.when(set_trusted_roots(&studio, &call, &listed)).await.then_events(["TrustedRootsChanged"]).then();
    assert!(trusted_by(&world, CUSTOMER, &[], &root()).await);
    assert!(!trusted_by(&world, stranger, &[], &root()).await, "a list is its account's own");
    let did = world.did_of(stranger).await;
    let identity = ResourceIdentity { did: did.to_string(), ..root().identity };
    let own = Root { did: did.to_string(), identity };
    assert!(trusted_by(&world, stranger, &[], &own).await && !trusted_by(&world, CUSTOMER, &[], &own).await);
}

#[tokio::test]
async fn a_list_of_roots_is_kept_in_normal_form_and_each_once() {
    let world = World::new();
    let (studio, call) = (world.studio(), world.call());
    let spelled = DID.replace("bf81a20", "BF81A20");
    let given =
        [spelled, DID.to_owned(), format!("https://resolver.cheqd.net/1.0/identifiers/{DID}/resources/{ID}")];
    let told =
        world.when(set_trusted_roots(&studio, &call, &given)).await.then_events(["TrustedRootsChanged"]);
    let kept = [DID.to_owned(), format!("{DID}/resources/{ID}")];
    assert_eq!(told.then(), kept);
    assert_eq!(trusted_roots(&studio, CUSTOMER).await.unwrap(), kept);
    let again = world.when(set_trusted_roots(&studio, &world.call(), &kept)).await;
    assert_eq!(again.then_nothing().then(), kept);
    let none = world.when(set_trusted_roots(&studio, &world.call(), &[])).await;
    none.then_events(["TrustedRootsChanged"]).then();
    assert!(trusted_roots(&studio, CUSTOMER).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_list_with_one_bad_root_is_not_kept_at_all() {
    let world = World::new();
    let (studio, call) = (world.studio(), world.call());
    let bad = [DID.to_owned(), "root".to_owned()];
    let fault =
        world.when(set_trusted_roots(&studio, &call, &bad)).await.then_refused("customer/root-invalid");
    assert_eq!(fault.members["field"], "trustedRoots");
    let many: Vec<String> = (0..=TRUSTED_ROOTS_MAX)
        .map(|number| format!("did:cheqd:testnet:{}", Uuid::from_u128(number as u128)))
        .collect();
    world.when(set_trusted_roots(&studio, &call, &many)).await.then_refused("customer/roots-too-many");
    let nobody = world.call_of(CustomerId(Uuid::from_u128(99)));
    let told = world.when(set_trusted_roots(&studio, &nobody, &[DID.to_owned()])).await;
    told.then_refused("customer/not-found");
}
