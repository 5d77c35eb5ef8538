use super::world::*;
use crate::{
    AccreditationFilter, ActivityAction, ActivityCategory, ActivityFilter, ActivityStatus,
    CredentialCategory, CredentialFilter, DidFilter, Paging, ResourceFilter, ResourceSource,
    StatusListFilter,
};
use domain::{
    accreditation::{AccreditationEvent, AccreditationKind, PublicationPhase},
    credential::{CredentialEvent, CredentialStatus},
    customer::CustomerEvent,
    did::{DidEvent, DidPhase},
    given::sample,
    id::{ApiKeyId, CredentialId, Network, OperationId, StatusListId, VersionId},
    key::KeyPurpose,
    resource::ResourceEvent,
    status_list::ListPhase,
};
use serde_json::json;

const ALL: fn() -> Paging = || Paging::page(None, None);

#[tokio::test]
async fn accounts_show_payers_keys_and_api_keys_by_hash() {
    let world = World::new().await;
    let (customer, stranger) = (new_customer(), new_customer());
    world.append(customer, &[registered(customer), key_created(customer, KeyPurpose::Identity)]).await;
    world.append(stranger, &[registered(stranger)]).await;
    world.settle().await;
    let accounts = world.views.accounts();
    let row = accounts.customer(customer).await.unwrap().unwrap();
    assert_eq!(row.name, sample::sealed("name"));
    let payer = accounts.payer(customer, Network::Mainnet).await.unwrap().unwrap();
    assert_eq!(payer, sample::payer(Network::Mainnet));
    let key = accounts.api_key_by_hash(&format!("hash-of-{customer}")).await.unwrap().unwrap();
    assert_eq!((key.customer, key.key, key.revoked()), (customer, ApiKeyId(customer.0), false));
    assert_eq!(accounts.api_key_by_hash("nobody's").await.unwrap(), None);
    assert_eq!(accounts.api_key(stranger, key.key).await.unwrap(), None, "another tenant's key");

    let revoked = CustomerEvent::ApiKeyRevoked { key: key.key, at: at(5) };
    world.append(customer, &[story("customer", &customer, &[revoked])]).await;
    world.settle().await;
    let key = accounts.api_key_by_hash(&key.hash).await.unwrap().unwrap();
    assert_eq!(key.revoked_at, Some(at(5)));
    assert_eq!(accounts.api_keys(customer, ALL()).await.unwrap().rows, vec![key]);
    let keys = accounts.keys(customer, Some(KeyPurpose::Identity), ALL()).await.unwrap();
    assert_eq!(keys.total, Some(1));
    assert_eq!(accounts.keys(customer, Some(KeyPurpose::Payer), ALL()).await.unwrap().total, Some(0));
    let kid = &keys.rows[0].kid.0;
    assert!(accounts.key(customer, kid).await.unwrap().is_some());
    assert_eq!(accounts.key(stranger, kid).await.unwrap(), None);
    assert_eq!(accounts.list_for_operator(ALL()).await.unwrap().total, Some(2));
    world.end().await;
}

#[tokio::test]
async fn a_did_goes_through_its_life() {
    let world = World::new().await;
    let (customer, did) = (new_customer(), new_did(Network::Testnet));
    world.append(customer, &[did_created(customer, &did)]).await;
    world.settle().await;
    let dids = world.views.dids();
    let created = dids.get(customer, &did).await.unwrap().unwrap();
    assert_eq!((created.phase, created.pending.is_none()), (DidPhase::Active, true));
    assert_eq!(created.created.as_ref().unwrap().height, 100);

    let (update, deactivation) = (OperationId(id()), OperationId(id()));
    let (second, third) = (VersionId(id()), VersionId(id()));
    let requested = DidEvent::DidUpdateRequested {
        did: did.clone(),
        document: json!({"id": did, "service": []}),
        keys: vec![],
        version: second,
        write: did_write(update, &did),
        at: at(60),
    };
    world.append(customer, &[story("did", &did, &[requested])]).await;
    world.settle().await;
    let row = dids.get(customer, &did).await.unwrap().unwrap();
    assert_eq!(row.document, created.document, "not confirmed yet");
    assert_eq!(row.pending.as_ref().unwrap().operation, update);

    let events = [
        DidEvent::DidUpdated { did: did.clone(), operation: update, inclusion: block(200) },
        DidEvent::DidDeactivateRequested {
            did: did.clone(),
            version: third,
            write: did_write(deactivation, &did),
            at: at(70),
        },
        DidEvent::DidDeactivateRejected {
            did: did.clone(),
            operation: deactivation,
            rejection: sample::rejection(),
            at: at(71),
        },
    ];
    world.append(customer, &[story("did", &did, &events)]).await;
    world.settle().await;
    let row = dids.get(customer, &did).await.unwrap().unwrap();
    assert_eq!(row.document, json!({"id": did, "service": []}));
    assert_eq!((row.phase, row.version, row.pending.clone()), (DidPhase::Active, second, None));
    assert_eq!(row.rejection, Some(sample::rejection()));
    assert_eq!(row.created.unwrap().height, 100);
    assert_eq!(row.updated.unwrap().height, 200);

    let again = OperationId(id());
    let events = [
        DidEvent::DidDeactivateRequested {
            did: did.clone(),
            version: third,
            write: did_write(again, &did),
            at: at(80),
        },
        DidEvent::DidDeactivated { did: did.clone(), operation: again, inclusion: block(300) },
    ];
    world.append(customer, &[story("did", &did, &events)]).await;
    world.settle().await;
    assert_eq!(dids.get(customer, &did).await.unwrap().unwrap().phase, DidPhase::Deactivated);
    let versions = dids.versions(customer, &did, ALL()).await.unwrap().rows;
    assert_eq!(versions.iter().map(|row| row.version).collect::<Vec<_>>(), [third, second, created.version]);
    assert!(versions[0].deactivates && !versions[1].deactivates);
    world.end().await;
}

#[tokio::test]
async fn did_lists_filter_and_keep_tenants_apart() {
    let world = World::new().await;
    let (customer, stranger) = (new_customer(), new_customer());
    let (main, test, failed) =
        (new_did(Network::Mainnet), new_did(Network::Testnet), new_did(Network::Testnet));
    let mut failing = did_created(customer, &failed);
    let operation = OperationId(id());
    let rejected = [
        DidEvent::DidCreateRequested {
            did: failed.clone(),
            customer,
            document: json!({"id": failed}),
            keys: vec![],
            version: VersionId(id()),
            write: did_write(operation, &failed),
            at: at(90),
        },
        DidEvent::DidCreateRejected {
            did: failed.clone(),
            operation,
            rejection: sample::rejection(),
            at: at(91),
        },
    ];
    failing.events = story("did", &failed, &rejected).events;
    world.append(customer, &[did_created(customer, &main), did_created(customer, &test), failing]).await;
    let theirs = new_did(Network::Testnet);
    world.append(stranger, &[did_created(stranger, &theirs)]).await;
    world.settle().await;
    let dids = world.views.dids();
    let listed = async |filter: DidFilter| {
        let page = dids.list(customer, &filter, ALL()).await.unwrap();
        assert_eq!(page.total, Some(page.rows.len() as u64));
        page.rows.into_iter().map(|row| row.did).collect::<Vec<_>>()
    };
    assert_eq!(listed(DidFilter::default()).await, [failed.clone(), test.clone(), main.clone()]);
    let on_ledger = vec![DidPhase::Active, DidPhase::Deactivated];
    let filter = DidFilter { network: Some(Network::Testnet), phases: on_ledger, ..DidFilter::default() };
    assert_eq!(listed(filter).await, std::slice::from_ref(&test));
    assert_eq!(listed(DidFilter { created_until: Some(at(9)), ..DidFilter::default() }).await, []);
    assert_eq!(dids.get(customer, &theirs).await.unwrap(), None);
    let many = dids.get_many(customer, &[theirs, main.clone(), test]).await.unwrap();
    assert_eq!(many.len(), 2, "another tenant's is left out");
    world.end().await;
}

#[tokio::test]
async fn resources_of_all_sources_stand_in_one_list_with_linked_versions() {
    let world = World::new().await;
    let (customer, did) = (new_customer(), new_did(Network::Testnet));
    let [first, second, third] = [(); 3].map(|()| described(&did, "schema", "JSONSchemaValidator2020"));
    let operation = OperationId(id());
    let line = domain::id::resource_line_id(&did, "schema", "JSONSchemaValidator2020");
    let refused = [
        ResourceEvent::ResourceVersionRequested {
            customer,
            description: third.clone(),
            write: did_write(operation, &did),
            at: at(21),
        },
        ResourceEvent::ResourceVersionRejected {
            resource: third.resource,
            operation,
            rejection: sample::rejection(),
            at: at(22),
        },
    ];
    let (root, description) = accredited(&did, &did, "root", AccreditationKind::Authorize, None);
    world
        .append(
            customer,
            &[
                resource_created(customer, &first),
                story("resource", &line, &refused),
                list_created(customer, &did, "staff", StatusListId(id()), CredentialId(id()), 3),
                accreditation_published(customer, root, &description),
            ],
        )
        .await;
    world.settle().await;
    // In a later batch, so that links are made across batches.
    world.append(customer, &[resource_created(customer, &second)]).await;
    world.settle().await;
    let resources = world.views.resources();
    let get = async |resource| resources.get(customer, resource).await.unwrap().unwrap();
    assert_eq!(get(first.resource).await.next_version, Some(second.resource));
    assert_eq!(get(second.resource).await.previous_version, Some(first.resource));
    assert_eq!(get(third.resource).await.state, PublicationPhase::Rejected);
    let filter = ResourceFilter { states: vec![PublicationPhase::Published], ..ResourceFilter::default() };
    assert_eq!(resources.list(customer, &filter, ALL()).await.unwrap().total, Some(5));
    let latest = ResourceFilter { latest_only: true, ..filter.clone() };
    assert_eq!(resources.list(customer, &latest, ALL()).await.unwrap().total, Some(3));
    let lists = ResourceFilter { sources: vec![ResourceSource::StatusList], ..ResourceFilter::default() };
    let lists = resources.list(customer, &lists, ALL()).await.unwrap().rows;
    assert_eq!(lists[1].next_version, Some(lists[0].resource));
    let named = ResourceFilter {
        name: Some("schema".into()),
        resource_type: Some("JSONSchemaValidator2020".into()),
        did: Some(did.clone()),
        network: Some(Network::Testnet),
        ..ResourceFilter::default()
    };
    assert_eq!(resources.list(customer, &named, ALL()).await.unwrap().total, Some(3));
    let line = resources.versions(customer, &did, "schema", "JSONSchemaValidator2020", ALL()).await.unwrap();
    assert_eq!(line.rows.len(), 3);
    assert_eq!(resources.get(new_customer(), first.resource).await.unwrap(), None);
    let both = [first.resource, third.resource];
    let authored = resources.authored(customer, &both).await.unwrap();
    assert!(authored.len() == 1 && authored[&first.resource].actor.is_some(), "what was refused is nobody's");
    assert!(resources.authored(new_customer(), &both).await.unwrap().is_empty());
    world.end().await;
}

#[tokio::test]
async fn a_resource_id_asked_for_again_after_a_refusal_is_shown_as_the_new_attempt() {
    let world = World::new().await;
    let (customer, did) = (new_customer(), new_did(Network::Testnet));
    let description = described(&did, "logo", "Logo");
    let line = domain::id::resource_line_id(&did, "logo", "Logo");
    let operation = OperationId(id());
    let refused = [
        ResourceEvent::ResourceVersionRequested {
            customer,
            description: description.clone(),
            write: did_write(operation, &did),
            at: at(21),
        },
        ResourceEvent::ResourceVersionRejected {
            resource: description.resource,
            operation,
            rejection: sample::rejection(),
            at: at(22),
        },
    ];
    world
        .append(customer, &[story("resource", &line, &refused), resource_created(customer, &description)])
        .await;
    world.settle().await;
    let resources = world.views.resources();
    let row = resources.get(customer, description.resource).await.unwrap().unwrap();
    assert_eq!(row.state, PublicationPhase::Published);
    assert_eq!(resources.get_many(customer, &[description.resource]).await.unwrap().len(), 2);
    world.end().await;
}

#[tokio::test]
async fn status_lists_count_entries_and_tell_published_from_decided() {
    let world = World::new().await;
    let (customer, did) = (new_customer(), new_did(Network::Testnet));
    let (list, credential) = (StatusListId(id()), CredentialId(id()));
    let mut whole = list_created(customer, &did, "staff", list, credential, 7);
    let publication = whole.events.split_off(4);
    world.append(customer, &[whole.clone()]).await;
    world.settle().await;
    let lists = world.views.status_lists();
    let row = lists.get(customer, list).await.unwrap().unwrap();
    assert_eq!((row.phase, row.allocated, row.revision, row.published_revision), (ListPhase::Live, 1, 1, 0));
    assert!(row.unpublished_changes());
    let first = row.latest_resource.unwrap();
    assert_eq!(row.latest_url(), Some(format!("{did}/resources/{first}")));
    let entry = lists.entry(customer, list, 7).await.unwrap().unwrap();
    assert_eq!((entry.credential, entry.value, entry.revision), (Some(credential), 1, 1));

    whole.events = publication;
    world.append(customer, &[whole]).await;
    world.settle().await;
    let row = lists.get(customer, list).await.unwrap().unwrap();
    assert_eq!((row.published_revision, row.pending.len()), (1, 0));
    assert_ne!(row.latest_resource, Some(first));
    assert_eq!(lists.named(customer, did.as_str(), "staff").await.unwrap(), vec![row.clone()]);
    assert_eq!(lists.named(customer, did.as_str(), "other").await.unwrap(), vec![]);
    let filter = StatusListFilter { phases: vec![ListPhase::Live], ..StatusListFilter::default() };
    assert_eq!(lists.list(customer, &filter, ALL()).await.unwrap().rows, vec![row]);
    assert_eq!(lists.entries(customer, list, 0, 10).await.unwrap().len(), 1);
    assert_eq!(lists.entries(customer, list, 8, 10).await.unwrap(), vec![]);
    assert_eq!(lists.get(new_customer(), list).await.unwrap(), None);
    assert_eq!(lists.entry(new_customer(), list, 7).await.unwrap(), None);
    world.end().await;
}

#[tokio::test]
async fn credential_history_is_found_by_fingerprint_entry_and_filters() {
    let world = World::new().await;
    let (customer, did) = (new_customer(), new_did(Network::Testnet));
    let (list, credential, plain) = (StatusListId(id()), CredentialId(id()), CredentialId(id()));
    let description = credential_described(&did, Some((list, 9)));
    let bare = domain::credential::CredentialDescription {
        types: vec!["VerifiableCredential".into()],
        ..credential_described(&did, None)
    };
    let (line, accreditation) = accredited(&did, &did, "root", AccreditationKind::Authorize, None);
    let mut pending = accreditation_published(customer, line, &accreditation);
    let published = pending.events.split_off(1);
    world
        .append(
            customer,
            &[
                issued(customer, credential, description.clone()),
                issued(customer, plain, bare),
                pending.clone(),
            ],
        )
        .await;
    world.settle().await;
    let credentials = world.views.credentials();
    let found = credentials.by_fingerprint(customer, &description.fingerprint).await.unwrap().unwrap();
    assert_eq!(found.credential, credential);
    assert_eq!(credentials.by_entry(customer, list, 9).await.unwrap(), Some(found.clone()));
    assert_eq!(credentials.by_entry(customer, list, 10).await.unwrap(), None);
    let stranger = new_customer();
    assert_eq!(credentials.by_fingerprint(stranger, &description.fingerprint).await.unwrap(), None);
    assert_eq!(credentials.get(stranger, credential).await.unwrap(), None);
    let count = async |filter: CredentialFilter| {
        credentials.list(customer, &filter, Paging::page(Some(1), Some(1))).await.unwrap().total.unwrap()
    };
    let all = CredentialFilter::default;
    assert_eq!(count(all()).await, 2, "an unpublished accreditation is not listed");
    assert_eq!(
        count(CredentialFilter { credential_type: Some("VerifiableCredential".into()), ..all() }).await,
        1
    );
    assert_eq!(count(CredentialFilter { credential_type: Some("Employee".into()), ..all() }).await, 1);
    assert_eq!(count(CredentialFilter { credential_type: Some("a\0b".into()), ..all() }).await, 0);
    assert_eq!(count(CredentialFilter { list: Some(list), ..all() }).await, 1);
    assert_eq!(count(CredentialFilter { issuer: Some("did:key:unknown\0".into()), ..all() }).await, 0);

    let event = |status| CredentialEvent::CredentialSuspended {
        credential,
        reason: status,
        publication: None,
        at: at(44),
    };
    pending.events = published;
    world.append(customer, &[story("credential", &credential, &[event(Some("lost".into()))]), pending]).await;
    world.settle().await;
    let row = credentials.get(customer, credential).await.unwrap().unwrap();
    assert_eq!((row.status, row.status_updated_at), (CredentialStatus::Suspended, Some(at(44))));
    assert_eq!(count(CredentialFilter { status: Some(CredentialStatus::Issued), ..all() }).await, 2);
    let category = Some(CredentialCategory::Accreditation);
    assert_eq!(count(CredentialFilter { category, ..all() }).await, 1);
    world.end().await;
}

#[tokio::test]
async fn accreditations_know_their_latest_version_and_their_children() {
    let world = World::new().await;
    let customer = new_customer();
    let (root, member) = (new_did(Network::Testnet), new_did(Network::Testnet));
    let (line, first) = accredited(&root, &member, "root", AccreditationKind::Authorize, None);
    let (_, second) = accredited(&root, &member, "root", AccreditationKind::Authorize, None);
    let exact = format!("{root}/resources/{}", first.resource);
    let by_name = format!("{root}?resourceName=root&resourceType={}", first.kind.credential_type());
    let (child, of_version) = accredited(&member, &root, "a", AccreditationKind::Attest, Some(exact));
    let (other, of_line) = accredited(&member, &root, "b", AccreditationKind::Accredit, Some(by_name));
    world.append(customer, &[accreditation_published(customer, line, &first)]).await;
    world.settle().await;
    let accreditations = world.views.accreditations();
    assert_eq!(accreditations.latest(customer, line).await.unwrap().unwrap().resource, first.resource);
    let revoked = AccreditationEvent::AccreditationRevoked {
        accreditation: child,
        resource: of_version.resource,
        publication: None,
        at: at(55),
    };
    world
        .append(
            customer,
            &[
                accreditation_published(customer, line, &second),
                accreditation_published(customer, child, &of_version),
                accreditation_published(customer, other, &of_line),
                story("accreditation", &child, &[revoked]),
            ],
        )
        .await;
    world.settle().await;
    assert_eq!(accreditations.latest(customer, line).await.unwrap().unwrap().resource, second.resource);
    let versions = accreditations.versions(customer, line, ALL()).await.unwrap().rows;
    assert_eq!(versions.iter().map(|row| row.latest).collect::<Vec<_>>(), [true, false]);
    let children = accreditations.children_of_version(customer, first.resource, ALL()).await.unwrap().rows;
    assert_eq!(children.iter().map(|row| row.resource).collect::<Vec<_>>(), [of_version.resource]);
    assert_eq!(children[0].status, CredentialStatus::Revoked);
    let children = accreditations.children_of_line(customer, line, ALL()).await.unwrap().rows;
    assert_eq!(children.iter().map(|row| row.resource).collect::<Vec<_>>(), [of_line.resource]);
    let count = async |filter: AccreditationFilter| {
        accreditations.list(customer, &filter, ALL()).await.unwrap().total.unwrap()
    };
    let all = AccreditationFilter::default;
    let kind = Some(AccreditationKind::Authorize);
    assert_eq!(count(AccreditationFilter { kind, ..all() }).await, 2);
    assert_eq!(count(AccreditationFilter { kind, latest_only: true, ..all() }).await, 1);
    assert_eq!(count(AccreditationFilter { issuer: Some(member.to_string()), ..all() }).await, 2);
    assert_eq!(count(AccreditationFilter { subject: Some(root.to_string()), ..all() }).await, 2);
    assert_eq!(count(AccreditationFilter { status: Some(CredentialStatus::Revoked), ..all() }).await, 1);
    let found = accreditations.by_resource(customer, &first.resource.to_string()).await.unwrap().unwrap();
    assert_eq!(found.description, first);
    assert_eq!(accreditations.by_resource(customer, "no uuid").await.unwrap(), None);
    assert_eq!(accreditations.by_resource(new_customer(), &first.resource.to_string()).await.unwrap(), None);
    world.end().await;
}

#[tokio::test]
async fn activity_has_one_row_per_deed_and_completes_ledger_writes() {
    let world = World::new().await;
    let (customer, did) = (new_customer(), new_did(Network::Testnet));
    let mut creation = did_created(customer, &did);
    let confirmed = creation.events.split_off(1);
    world.append(customer, &[registered(customer), creation.clone()]).await;
    world.settle().await;
    let activities = world.views.activities();
    let dids = ActivityFilter { categories: vec![ActivityCategory::Did], ..ActivityFilter::default() };
    let row = activities.list(customer, &dids, ALL()).await.unwrap().rows.remove(0);
    assert_eq!(
        (row.action, row.status, row.entity.as_str()),
        (ActivityAction::DidCreate, ActivityStatus::Pending, did.as_str())
    );
    assert_eq!(row.actor["type"], "operator");
    creation.events = confirmed;
    world.append(customer, &[creation]).await;
    world.settle().await;
    let done = activities.get(customer, row.activity).await.unwrap().unwrap();
    assert_eq!(done.status, ActivityStatus::Succeeded);
    assert_eq!(done.fee_paid.as_deref(), Some("50000000000"));
    assert_eq!(
        (done.operation.map(|operation| operation.0), done.created_at),
        (Some(done.activity), row.created_at)
    );
    let all = activities.list(customer, &ActivityFilter::default(), ALL()).await.unwrap();
    let actions: Vec<String> = all.rows.iter().map(|row| row.action.name()).collect();
    assert_eq!(actions, ["did-create", "api-key-create", "account-create"]);
    assert_eq!(
        activities.list(new_customer(), &ActivityFilter::default(), ALL()).await.unwrap().total,
        Some(0)
    );
    let at_once = ActivityFilter { created_at: Some(at(1_000)), ..ActivityFilter::default() };
    assert_eq!(activities.list(customer, &at_once, ALL()).await.unwrap().total, Some(3));
    world.end().await;
}

/// Every kind of event there is, in an order no aggregate would decide: a fold must be total.
#[tokio::test]
async fn no_historic_event_stops_a_model() {
    use sample::events;
    let world = World::new().await;
    let customer = sample::customer(1);
    let stories = [
        story("customer", &customer, &events::of_customer()),
        story("key", &sample::public_key_hex(), &events::of_key()),
        story("did", &sample::did(), &events::of_did()),
        story("resource", &id(), &events::of_resource()),
        story("status-list", &sample::status_list(1), &events::of_status_list()),
        story("credential", &sample::credential(1), &events::of_credential()),
        story("accreditation", &sample::accreditation(1), &events::of_accreditation()),
        story("job", &sample::job(1), &events::of_job()),
    ];
    world.append(customer, &stories).await;
    world.settle().await;
    let followers = world.progress.followers().await.unwrap();
    assert!(followers.iter().all(|follower| follower.status == "running"), "{followers:?}");
    world.end().await;
}
