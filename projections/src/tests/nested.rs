//! doors 15: one question for the lists below many things gives what a question for each gives.

use super::world::*;
use crate::{
    AccreditationsOf, ActivityFilter, CredentialFilter, CredentialsOf, Cursor, DidFilter, Page, Paging,
    Placed, ResourceFilter, ResourcesOf, StatusListFilter, StatusListsOf, VersionsOf,
};
use domain::id::{CustomerId, Did};

fn places<R: Placed>(page: &Page<R>) -> (Vec<Cursor>, bool, bool) {
    (page.rows.iter().map(Placed::cursor).collect(), page.has_previous, page.has_next)
}

async fn dids_of(world: &World, customer: CustomerId) -> Vec<Did> {
    let page = world.views.dids().list(customer, &DidFilter::default(), Paging::first(50, None)).await;
    page.unwrap().rows.into_iter().map(|row| row.did).collect()
}

#[tokio::test]
async fn lists_below_many_things_are_those_below_each() {
    let world = World::new().await;
    let customer = new_customer();
    for _ in 0..3 {
        world.append(customer, &life(customer)).await;
        let stranger = new_customer();
        world.append(stranger, &life(stranger)).await;
    }
    world.settle().await;
    let (views, dids) = (&world.views, dids_of(&world, customer).await);
    assert!(dids.len() >= 3);
    let newest = views.activities().list(customer, &ActivityFilter::default(), Paging::first(1, None)).await;
    let middle = Some(Cursor::at(newest.unwrap().rows[0].position / 2));
    for paging in [
        Paging::first(1, None),
        Paging::first(50, None),
        Paging::last(1, None),
        Paging::first(50, middle),
        Paging::last(50, middle),
        Paging::first(0, None),
    ] {
        let of: Vec<ResourcesOf> = dids.iter().cloned().map(ResourcesOf::Did).collect();
        let pages = views.resources().below(customer, &of, paging).await.unwrap();
        let counts = views.resources().counts_below(customer, &of).await.unwrap();
        let of: Vec<StatusListsOf> = dids.iter().cloned().map(StatusListsOf).collect();
        let lists = views.status_lists().below(customer, &of, paging).await.unwrap();
        let list_counts = views.status_lists().counts_below(customer, &of).await.unwrap();
        let of: Vec<VersionsOf> = dids.iter().cloned().map(VersionsOf).collect();
        let versions = views.dids().below(customer, &of, paging).await.unwrap();
        let version_counts = views.dids().counts_below(customer, &of).await.unwrap();
        let signed: Vec<CredentialsOf> = dids.iter().cloned().map(CredentialsOf::Issuer).collect();
        let credentials = views.credentials().below(customer, &signed, paging).await.unwrap();
        let credential_counts = views.credentials().counts_below(customer, &signed).await.unwrap();
        let granted: Vec<AccreditationsOf> = dids.iter().cloned().map(AccreditationsOf::Issuer).collect();
        let accreditations = views.accreditations().below(customer, &granted, paging).await.unwrap();
        for (index, did) in dids.iter().enumerate() {
            let paging = paging.with_total();
            let filter = ResourceFilter { did: Some(did.clone()), ..ResourceFilter::default() };
            let one = views.resources().list(customer, &filter, paging).await.unwrap();
            assert_eq!((places(&pages[index]), Some(counts[index])), (places(&one), one.total));
            let filter = StatusListFilter { did: Some(did.clone()), ..StatusListFilter::default() };
            let one = views.status_lists().list(customer, &filter, paging).await.unwrap();
            assert_eq!((places(&lists[index]), Some(list_counts[index])), (places(&one), one.total));
            let one = views.dids().versions(customer, did, paging).await.unwrap();
            assert_eq!((places(&versions[index]), Some(version_counts[index])), (places(&one), one.total));
            let filter = CredentialFilter { issuer: Some(did.to_string()), ..CredentialFilter::default() };
            let one = views.credentials().list(customer, &filter, paging).await.unwrap();
            assert_eq!(
                (places(&credentials[index]), Some(credential_counts[index])),
                (places(&one), one.total)
            );
            let alone = [AccreditationsOf::Issuer(did.clone())];
            let one = views.accreditations().below(customer, &alone, paging).await.unwrap();
            assert_eq!(places(&accreditations[index]), places(&one[0]));
        }
        // Things that hang on different columns may be asked for together.
        let resources =
            views.resources().list(customer, &ResourceFilter::default(), Paging::first(1, None)).await;
        let resource = resources.unwrap().rows.remove(0);
        let line = ResourcesOf::Line(resource.did.clone(), resource.name, resource.resource_type);
        let mixed = [line, ResourcesOf::Did(resource.did), ResourcesOf::Did(new_did(resource.network))];
        let counts = views.resources().counts_below(customer, &mixed).await.unwrap();
        assert!(counts[0] >= 1 && counts[1] >= counts[0] && counts[2] == 0, "{counts:?}");
        assert_eq!(views.resources().counts_below(new_customer(), &mixed).await.unwrap(), [0, 0, 0]);
    }
    world.end().await;
}
