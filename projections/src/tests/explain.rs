//! Every query of every model goes through an index that begins with the tenant, whatever is filtered.

use super::world::*;
use crate::{
    AccreditationFilter, AccreditationsOf, ActivityCategory, ActivityFilter, ActivityStatus,
    CredentialCategory, CredentialFilter, CredentialsOf, Cursor, DidFilter, InvitationStanding, JobFilter,
    Paging, ResourceFilter, ResourceSource, ResourcesOf, StatusListFilter, StatusListsOf, VersionsOf, Views,
};
use domain::{
    accreditation::{AccreditationKind, PublicationPhase},
    credential::CredentialStatus,
    customer::RoleName,
    did::DidPhase,
    id::{
        AccreditationId, ApiKeyId, CredentialId, CustomerId, Did, InvitationId, JobId, Network, ResourceId,
        StatusListId, UserId,
    },
    job::JobPhase,
    key::KeyPurpose,
    status_list::{ListPhase, ListType},
};

const TENANTS: usize = 40;
const LIVES_PER_TENANT: usize = 4;

#[tokio::test]
async fn every_query_uses_an_index() {
    let world = World::new().await;
    let mut customer = new_customer();
    for _ in 0..TENANTS {
        customer = new_customer();
        let stories: Vec<Story> = (0..LIVES_PER_TENANT).flat_map(|_| life(customer)).collect();
        world.append(customer, &stories).await;
    }
    world.settle().await;
    // Statistics as in production, and no way out into a sequential scan where an index would do.
    sqlx::query("analyze").execute(&world.db.pool).await.unwrap();
    let options = world.db.options().clone();
    let views = Views::new(store::pool::connect(options.options([("enable_seqscan", "off")]), 4));
    ask_everything(&views, customer).await;
    let plans = views.plans.lock().unwrap().clone();
    assert!(plans.len() > 80, "{} plans", plans.len());
    for (sql, plan) in &plans {
        assert!(!plan.contains("Seq Scan"), "{sql}\n{plan}");
        let crosses_tenants = !sql.contains("customer = ");
        assert!(crosses_tenants || plan.contains("customer = ") || plan.contains("_pkey"), "{sql}\n{plan}");
    }
    let crossing = plans.iter().filter(|(sql, _)| !sql.contains("customer = ")).count();
    assert_eq!(
        crossing, 8,
        "only the operator's lists (rows and totals), the API key and the invitation by hash, and a user and his memberships \
         know no tenant"
    );
    world.end().await;
}

async fn ask_everything(views: &Views, customer: CustomerId) {
    let pagings = [
        Paging::page(Some(3), Some(2)),
        Paging::first(2, Some(Cursor(9_999))),
        Paging::last(2, Some(Cursor(1))),
    ];
    let (paging, did) = (pagings[0], new_did(Network::Testnet));
    let accounts = views.accounts();
    accounts.customer(customer).await.unwrap();
    accounts.list_for_operator(paging).await.unwrap();
    accounts.api_key_by_hash("hash").await.unwrap();
    accounts.api_key(customer, ApiKeyId(id())).await.unwrap();
    accounts.api_keys(customer, paging).await.unwrap();
    accounts.key(customer, "kid").await.unwrap();
    accounts.keys(customer, Some(KeyPurpose::Payer), paging).await.unwrap();
    let people = views.people();
    let (user, role) = (UserId(id()), RoleName::owner());
    people.user(user).await.unwrap();
    people.list_for_operator(paging).await.unwrap();
    people.memberships(user).await.unwrap();
    people.invitation_by_token("hash").await.unwrap();
    people.member(customer, user).await.unwrap();
    people.members(customer, paging).await.unwrap();
    people.member_count(customer).await.unwrap();
    people.invitation(customer, InvitationId(id())).await.unwrap();
    people
        .invitations(customer, Some((InvitationStanding::Open, domain::id::Instant::UNIX_EPOCH)), paging)
        .await
        .unwrap();
    people.invitation_count(customer, None).await.unwrap();
    people.role(customer, &role).await.unwrap();
    people.roles(customer).await.unwrap();
    for paging in pagings {
        ask_lists(views, customer, &did, paging).await;
    }
    let dids = views.dids();
    dids.get(customer, &did).await.unwrap();
    dids.get_many(customer, &[did.clone(), did.clone()]).await.unwrap();
    dids.versions(customer, &did, paging).await.unwrap();
    let resources = views.resources();
    resources.get(customer, ResourceId(id())).await.unwrap();
    resources.get_many(customer, &[ResourceId(id())]).await.unwrap();
    resources.versions(customer, &did, "a", "b", paging).await.unwrap();
    resources.authored(customer, &[ResourceId(id())]).await.unwrap();
    let (lists, list) = (views.status_lists(), StatusListId(id()));
    lists.get(customer, list).await.unwrap();
    lists.get_many(customer, &[list]).await.unwrap();
    lists.named(customer, did.as_str(), "a").await.unwrap();
    lists.entry(customer, list, 1).await.unwrap();
    lists.entries(customer, list, 1, 5).await.unwrap();
    let credentials = views.credentials();
    credentials.get(customer, CredentialId(id())).await.unwrap();
    credentials.get_many(customer, &[CredentialId(id())]).await.unwrap();
    credentials.by_fingerprint(customer, "a").await.unwrap();
    credentials.by_entry(customer, list, 1).await.unwrap();
    let accreditations = views.accreditations();
    accreditations.by_resource(customer, &id().to_string()).await.unwrap();
    accreditations.get_many(customer, &[ResourceId(id())]).await.unwrap();
    accreditations.latest(customer, AccreditationId(id())).await.unwrap();
    accreditations.versions(customer, AccreditationId(id()), paging).await.unwrap();
    accreditations.children_of_version(customer, ResourceId(id()), paging).await.unwrap();
    accreditations.children_of_line(customer, AccreditationId(id()), paging).await.unwrap();
    accreditations.latest_many(customer, &[AccreditationId(id())]).await.unwrap();
    views.jobs().get(customer, JobId(id())).await.unwrap();
    let activities = views.activities();
    activities.get(customer, id()).await.unwrap();
    activities.get_many(customer, &[id(), id()]).await.unwrap();
    activities.newest_change(customer).await.unwrap();
    activities.changed_after(customer, &ActivityFilter::default(), Some(Cursor(1)), 10).await.unwrap();
    ask_nested(views, customer, &did).await;
}

/// Lists below several things, and how long they are.
async fn ask_nested(views: &Views, customer: CustomerId, did: &Did) {
    let (two, list) = ([did.clone(), new_did(Network::Testnet)], StatusListId(id()));
    let versions = two.clone().map(VersionsOf);
    let lists = two.map(StatusListsOf);
    views.dids().counts_below(customer, &versions).await.unwrap();
    views.status_lists().counts_below(customer, &lists).await.unwrap();
    views.status_lists().entries_of(customer, &[list, StatusListId(id())], 1, 5).await.unwrap();
    let resources = [ResourcesOf::Did(did.clone()), ResourcesOf::Line(did.clone(), "a".into(), "b".into())];
    views.resources().counts_below(customer, &resources).await.unwrap();
    let credentials = [CredentialsOf::Issuer(did.clone()), CredentialsOf::List(list)];
    views.credentials().counts_below(customer, &credentials).await.unwrap();
    let accreditations = [
        AccreditationsOf::Issuer(did.clone()),
        AccreditationsOf::Subject(did.clone()),
        AccreditationsOf::Line(AccreditationId(id())),
        AccreditationsOf::ParentVersion(ResourceId(id())),
        AccreditationsOf::ParentLine(AccreditationId(id())),
    ];
    views.accreditations().counts_below(customer, &accreditations).await.unwrap();
    for paging in [Paging::first(2, Some(Cursor(9_999))), Paging::last(2, Some(Cursor(1)))] {
        views.dids().below(customer, &versions, paging).await.unwrap();
        views.status_lists().below(customer, &lists, paging).await.unwrap();
        views.resources().below(customer, &resources, paging).await.unwrap();
        views.credentials().below(customer, &credentials, paging).await.unwrap();
        views.accreditations().below(customer, &accreditations, paging).await.unwrap();
    }
}

/// Each list with each of its filters alone.
async fn ask_lists(views: &Views, customer: CustomerId, did: &Did, paging: Paging) {
    let dids = DidFilter::default;
    for filter in [
        dids(),
        DidFilter { network: Some(Network::Testnet), ..dids() },
        DidFilter { phases: vec![DidPhase::Active], ..dids() },
        DidFilter { created_until: Some(at(0)), ..dids() },
        DidFilter { search: Some("did:cheqd:testnet:0".into()), ..dids() },
        DidFilter { controller_key: Some("00".into()), ..dids() },
    ] {
        views.dids().list(customer, &filter, paging).await.unwrap();
    }
    ask_resources(views, customer, did, paging).await;
    let jobs = JobFilter::default;
    for filter in [
        jobs(),
        JobFilter { did: Some(did.clone()), ..jobs() },
        JobFilter { network: Some(Network::Testnet), ..jobs() },
        JobFilter { phases: vec![JobPhase::Open], ..jobs() },
    ] {
        views.jobs().list(customer, &filter, paging).await.unwrap();
        views.jobs().count(customer, &filter).await.unwrap();
    }
    let lists = StatusListFilter::default;
    for filter in [
        lists(),
        StatusListFilter { did: Some(did.clone()), ..lists() },
        StatusListFilter { network: Some(Network::Mainnet), ..lists() },
        StatusListFilter { name: Some("staff".into()), ..lists() },
        StatusListFilter { resource_type: Some("x".into()), ..lists() },
        StatusListFilter { list_type: Some(ListType::StatusList2021), ..lists() },
        StatusListFilter { phases: vec![ListPhase::Live], ..lists() },
    ] {
        views.status_lists().list(customer, &filter, paging).await.unwrap();
    }
    let credentials = CredentialFilter::default;
    for filter in [
        credentials(),
        CredentialFilter { issuer: Some(did.to_string()), ..credentials() },
        CredentialFilter { status: Some(CredentialStatus::Revoked), ..credentials() },
        CredentialFilter { format: Some("jwt".into()), ..credentials() },
        CredentialFilter { category: Some(CredentialCategory::Accreditation), ..credentials() },
        CredentialFilter { credential_type: Some("Employee".into()), ..credentials() },
        CredentialFilter { credential_type: Some("VerifiableCredential".into()), ..credentials() },
        CredentialFilter { list: Some(StatusListId(id())), ..credentials() },
        CredentialFilter { network: Some(Network::Testnet), ..credentials() },
        CredentialFilter { created_until: Some(at(0)), ..credentials() },
    ] {
        views.credentials().list(customer, &filter, paging).await.unwrap();
    }
    let accreditations = AccreditationFilter::default;
    for filter in [
        accreditations(),
        AccreditationFilter { kind: Some(AccreditationKind::Attest), ..accreditations() },
        AccreditationFilter { network: Some(Network::Testnet), ..accreditations() },
        AccreditationFilter { issuer: Some(did.to_string()), ..accreditations() },
        AccreditationFilter { subject: Some(did.to_string()), ..accreditations() },
        AccreditationFilter { name: Some("root".into()), ..accreditations() },
        AccreditationFilter { publications: vec![PublicationPhase::Pending], ..accreditations() },
        AccreditationFilter { status: Some(CredentialStatus::Issued), ..accreditations() },
        AccreditationFilter { latest_only: true, ..accreditations() },
    ] {
        views.accreditations().list(customer, &filter, paging).await.unwrap();
    }
    let activities = ActivityFilter::default;
    for filter in [
        activities(),
        ActivityFilter { categories: vec![ActivityCategory::Did], ..activities() },
        ActivityFilter { action: Some("did-create".into()), ..activities() },
        ActivityFilter { entity: Some(did.to_string()), ..activities() },
        ActivityFilter { statuses: vec![ActivityStatus::Failed], ..activities() },
        ActivityFilter { network: Some(Network::Testnet), ..activities() },
        ActivityFilter { created_at: Some(at(0)), ..activities() },
        ActivityFilter { created_from: Some(at(0)), created_until: Some(at(9)), ..activities() },
    ] {
        views.activities().list(customer, &filter, paging).await.unwrap();
    }
}

async fn ask_resources(views: &Views, customer: CustomerId, did: &Did, paging: Paging) {
    let resources = ResourceFilter::default;
    for filter in [
        resources(),
        ResourceFilter { did: Some(did.clone()), ..resources() },
        ResourceFilter { network: Some(Network::Mainnet), ..resources() },
        ResourceFilter { name: Some("schema".into()), ..resources() },
        ResourceFilter { resource_type: Some("schema".into()), ..resources() },
        ResourceFilter { media_type: Some("text/plain".into()), ..resources() },
        ResourceFilter { version: Some("1".into()), ..resources() },
        ResourceFilter { resource: Some(ResourceId(id())), ..resources() },
        ResourceFilter { states: vec![PublicationPhase::Published], ..resources() },
        ResourceFilter { sources: vec![ResourceSource::StatusList], ..resources() },
        ResourceFilter { latest_only: true, ..resources() },
        ResourceFilter { created_until: Some(at(0)), ..resources() },
    ] {
        views.resources().list(customer, &filter, paging).await.unwrap();
    }
}
