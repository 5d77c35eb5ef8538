//! Long lists: every filter in every order is a walk along an index, and gives what sorting all rows would give.

use super::{fill, world::*};
use crate::{
    Column as _, Cursor, DidColumn, DidFilter, DidRow, Order, Page, Paging, Placed as _, ResourceColumn,
    ResourceFilter, ResourceRow, ResourceSource, Sortable, Views, table::Row,
};
use domain::{
    accreditation::PublicationPhase,
    did::DidPhase,
    id::{CustomerId, Did, Network, ResourceId},
};
use serde_json::Value;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Rows, five of six those of the tenant who asks.
const ROWS: i64 = 60_000;
/// So few rows may be sorted after they were found: a fifth of the tenant's. What fits more is walked through in its order.
const SORTED_ROWS_MAX: u64 = 10_000;
const PAGE: u32 = 37;

/// Each filter of DIDs alone, some of them with what finds much and what finds little, and what the contract's list asks.
fn did_filters() -> Vec<DidFilter> {
    // Whoever adds a filter is led here by the compiler.
    let DidFilter { network: _, phases: _, created_until: _, search: _, controller_key: _, name: _, kind: _ } =
        DidFilter::default();
    let all = DidFilter::default;
    let shown = vec![DidPhase::Active, DidPhase::Deactivated];
    let search = |text: &str| DidFilter { search: Some(text.into()), ..all() };
    vec![
        all(),
        DidFilter { phases: shown.clone(), ..all() },
        DidFilter { network: Some(Network::Testnet), phases: shown, ..all() },
        DidFilter { network: Some(Network::Mainnet), ..all() },
        DidFilter { phases: vec![DidPhase::Deactivated], ..all() },
        DidFilter { phases: vec![DidPhase::Creating], ..all() },
        DidFilter { created_until: Some(at(ROWS / 14)), ..all() },
        DidFilter { created_until: Some(at(100)), ..all() },
        search("4"),
        search("4b1c"),
        search("did:cheqd:testnet:4b"),
        DidFilter { controller_key: Some("e4da3b7fbbce2345d7772b0674a318d5".into()), ..all() },
        DidFilter { controller_key: Some("nobody's".into()), ..all() },
        DidFilter { name: Some("NAME 8".into()), ..all() },
        DidFilter { name: Some("name 77".into()), ..all() },
        DidFilter { kind: Some("organisation".into()), ..all() },
        DidFilter { kind: Some("robot".into()), ..all() },
    ]
}

fn resource_filters() -> Vec<ResourceFilter> {
    let ResourceFilter {
        did: _,
        network: _,
        name: _,
        resource_type: _,
        media_type: _,
        version: _,
        resource: _,
        states: _,
        sources: _,
        latest_only: _,
        created_until: _,
    } = ResourceFilter::default();
    let all = || ResourceFilter { states: vec![PublicationPhase::Published], ..ResourceFilter::default() };
    let text = |text: &str| Some(text.to_owned());
    // md5 of 5.
    let five = "e4da3b7f-bbce-2345-d777-2b0674a318d5";
    vec![
        ResourceFilter::default(),
        all(),
        ResourceFilter { did: Some(Did::parse(&format!("did:cheqd:testnet:{five}")).unwrap()), ..all() },
        ResourceFilter { network: Some(Network::Mainnet), ..all() },
        ResourceFilter { name: text("name 5"), ..all() },
        ResourceFilter { resource_type: text("type 5"), ..all() },
        ResourceFilter { media_type: text("media/5"), ..all() },
        ResourceFilter { version: text("5"), ..all() },
        ResourceFilter { resource: Some(ResourceId(Uuid::nil())), ..all() },
        ResourceFilter { states: vec![PublicationPhase::Pending], ..all() },
        ResourceFilter { sources: vec![ResourceSource::Accreditation], ..all() },
        ResourceFilter { latest_only: true, ..all() },
        ResourceFilter { created_until: Some(at(100)), ..all() },
    ]
}

/// Lists that can be sorted.
trait Lists {
    type Filter: std::fmt::Debug + Sync;
    type Row: Row + Sortable + crate::Placed;
    async fn list(&self, customer: CustomerId, filter: &Self::Filter, paging: Paging) -> Page<Self::Row>;
    async fn sorted(
        &self,
        customer: CustomerId,
        filter: &Self::Filter,
        order: &Order<<Self::Row as Sortable>::Column>,
        paging: Paging,
    ) -> Page<Self::Row>;
}

macro_rules! lists {
    ($($name:ident($views:ident): $filter:ty => $row:ty, $column:ty;)+) => {
        $(struct $name<'a>(&'a Views);
        impl Lists for $name<'_> {
            type Filter = $filter;
            type Row = $row;
            async fn list(&self, customer: CustomerId, filter: &$filter, paging: Paging) -> Page<$row> {
                self.0.$views().list(customer, filter, paging).await.unwrap()
            }
            async fn sorted(
                &self,
                customer: CustomerId,
                filter: &$filter,
                order: &Order<$column>,
                paging: Paging,
            ) -> Page<$row> {
                self.0.$views().sorted(customer, filter, order, paging).await.unwrap()
            }
        })+
    };
}
lists! {
    AllDids(dids): DidFilter => DidRow, DidColumn;
    AllResources(resources): ResourceFilter => ResourceRow, ResourceColumn;
}

fn positions<R: crate::Placed>(page: &Page<R>) -> Vec<i64> {
    page.rows.iter().map(|row| row.cursor().position()).collect()
}

/// Every page that can be asked for of a list in an order, beside the same list sorted here. How long it is.
async fn walk<L: Lists>(
    lists: &L,
    customer: CustomerId,
    filter: &L::Filter,
    by: <L::Row as Sortable>::Column,
    descending: bool,
) -> usize {
    let order = Order::new(by, descending);
    let asked = format!("{filter:?} {order:?}");
    let page = async |order: &Order<_>, paging| lists.sorted(customer, filter, order, paging).await;
    // Some pages at both ends and in the middle, each in two ways.
    let total = lists.list(customer, filter, Paging::page(Some(1), Some(1))).await.total.unwrap();
    let middle = (total / 2 / u64::from(PAGE)).max(1);
    let (mut before, mut walked) = (None, 0);
    for number in [1, middle, middle + 1] {
        let told = page(&order, Paging::page(Some(number), Some(PAGE.into()))).await;
        assert_eq!(told.total, Some(total), "{asked}");
        walked += told.rows.len();
        let mut sorted: Vec<(String, i64)> =
            told.rows.iter().map(|row| (row.value(by), row.cursor().position())).collect();
        let shown = sorted.clone();
        sorted.sort();
        if descending {
            sorted.reverse();
        }
        assert_eq!(shown, sorted, "{asked}, page {number}");
        let end = |row: &L::Row| (Some(row.value(by)), Some(row.cursor()));
        let (Some(first), Some(last)) = (told.rows.first().map(end), told.rows.last().map(end)) else {
            break;
        };
        if let Some((number_before, (value, cursor))) = before
            && number == number_before + 1
        {
            let from: (Option<String>, Option<Cursor>) = (value, cursor);
            let onwards = Order { after: from.0, ..order.clone() };
            let same = page(&onwards, Paging::first(PAGE, from.1)).await;
            assert_eq!(positions(&same), positions(&told), "{asked}, page {number} behind a cursor");
            assert_eq!((same.has_previous, same.has_next), (true, told.has_next), "{asked}");
            let back = Order { before: first.0, ..order.clone() };
            let same = page(&back, Paging::last(PAGE, first.1)).await;
            let earlier = page(&order, Paging::page(Some(number_before), Some(PAGE.into()))).await;
            assert_eq!(positions(&same), positions(&earlier), "{asked}, the page before {number}");
        }
        before = Some((number, last));
    }
    walked
}

/// A node of a plan and those below it.
fn nodes(plan: &Value) -> Vec<&Value> {
    let below = plan["Plans"].as_array().into_iter().flatten();
    std::iter::once(plan).chain(below.flat_map(nodes)).collect()
}

/// What was asked, held against how Postgres answers it.
fn are_walks(views: &Views) {
    let plans = std::mem::take(&mut *views.plans.lock().unwrap());
    let mut indexes = BTreeSet::new();
    for (sql, text) in plans {
        let plan: Value = serde_json::from_str(&text).unwrap();
        let nodes = nodes(&plan[0]["Plan"]);
        // Without a total: kept numbers are few.
        let long =
            nodes.iter().filter(|node| !sql.contains("sum(number)") && node["Relation Name"].is_string());
        for node in long {
            let kind = node["Node Type"].as_str().unwrap();
            // A bitmap is what a few indexes say together.
            assert!(kind.contains("Index") || kind.contains("Bitmap"), "{kind}: {sql}\n{text}");
            indexes.extend(node["Index Name"].as_str().map(str::to_owned));
        }
        for node in nodes.iter().filter(|node| node["Node Type"].as_str().unwrap().contains("Sort")) {
            let rows = node["Plans"][0]["Plan Rows"].as_u64().unwrap();
            assert!(rows <= SORTED_ROWS_MAX, "{rows} rows are sorted: {sql}\n{text}");
        }
    }
    assert!(indexes.len() > 5, "{indexes:?}");
}

async fn every_filter_in_every_order<L: Lists>(
    lists: &L,
    views: &Views,
    customer: CustomerId,
    filters: Vec<L::Filter>,
) {
    for filter in &filters {
        let newest = lists.list(customer, filter, Paging::page(Some(2), Some(PAGE.into()))).await;
        assert!(newest.rows.is_sorted_by_key(|row| std::cmp::Reverse(row.cursor())));
        let mut lengths = BTreeSet::new();
        for by in <L::Row as Sortable>::Column::ALL {
            for descending in [false, true] {
                lengths.insert(walk(lists, customer, filter, *by, descending).await);
            }
        }
        assert_eq!(lengths.len(), 1, "{filter:?}: {lengths:?}");
    }
    are_walks(views);
}

#[tokio::test]
async fn every_filter_of_dids_in_every_order_is_a_walk_along_an_index() {
    let world = World::still().await;
    world.projections.prepare(&world.stop).await.unwrap();
    let customer = new_customer();
    fill::dids(&world.db.pool, customer, ROWS, 300).await;
    let views = &world.views;
    every_filter_in_every_order(&AllDids(views), views, customer, did_filters()).await;
    world.end().await;
}

#[tokio::test]
async fn every_filter_of_resources_in_every_order_is_a_walk_along_an_index() {
    let world = World::still().await;
    world.projections.prepare(&world.stop).await.unwrap();
    let customer = new_customer();
    fill::resources(&world.db.pool, customer, ROWS, 300).await;
    let views = &world.views;
    every_filter_in_every_order(&AllResources(views), views, customer, resource_filters()).await;
    world.end().await;
}
