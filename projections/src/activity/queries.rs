//! What the doors ask about deeds.

use super::{ActivityCategory, ActivityRow, ActivityStatus, KeyUseRow, MODEL};
use crate::{
    error::Result,
    page::{Cursor, Filter, Page, Paging, Param},
    table::{Generation, Row as _, from_json},
    views::{Views, listed},
};
use domain::id::{CustomerId, Instant, Network};
use serde::Deserialize;
use sqlx::QueryBuilder;
use std::collections::HashMap;
use uuid::Uuid;

/// Which deeds to list.
#[derive(Debug, Clone, Default)]
pub struct ActivityFilter {
    /// Only about these; empty means all.
    pub categories: Vec<ActivityCategory>,
    /// Only this deed, e.g. `did-create`.
    pub action: Option<String>,
    /// Only about this thing.
    pub entity: Option<String>,
    /// Only with these states; empty means all. The contract's `successful=true` means `Succeeded`, `false` means `Failed`.
    pub statuses: Vec<ActivityStatus>,
    /// Only on this network.
    pub network: Option<Network>,
    /// Done or asked for at exactly this time (the contract's `createdAt`).
    pub created_at: Option<Instant>,
    /// Done or asked for at or after.
    pub created_from: Option<Instant>,
    /// Done or asked for at or before.
    pub created_until: Option<Instant>,
}

/// Queries about what happened.
#[derive(Debug, Clone, Copy)]
pub struct Activities<'a>(&'a Views);

impl Views {
    /// What happened.
    pub fn activities(&self) -> Activities<'_> {
        Activities(self)
    }
}

fn conditions(customer: CustomerId, filter: &ActivityFilter) -> Filter {
    Filter::of(customer)
        .one_of("category", &filter.categories)
        .is("action", filter.action.as_deref())
        .is("entity", filter.entity.as_deref())
        .one_of("status", &filter.statuses)
        .is("network", filter.network.map(Network::as_str))
        .is("created_at", filter.created_at)
        .when("created_at", ">=", filter.created_from)
        .until("created_at", filter.created_until)
}

listed!(Activities: ActivityFilter => ActivityRow);

/// Which uses of a key to list.
#[derive(Debug, Clone)]
pub struct KeyUseFilter {
    /// Of this key.
    pub kid: String,
    /// Only on this network.
    pub network: Option<Network>,
}

fn uses(customer: CustomerId, filter: &KeyUseFilter) -> Filter {
    Filter::of(customer)
        .is("kid", Some(filter.kid.as_str()))
        .is("network", filter.network.map(Network::as_str))
}

impl Activities<'_> {
    /// What a key of the customer has signed for, newest first.
    pub async fn key_uses(
        &self,
        customer: CustomerId,
        filter: &KeyUseFilter,
        paging: Paging,
    ) -> Result<Page<KeyUseRow>> {
        self.0.list(&uses(customer, filter), paging).await
    }

    /// How often a key of the customer has signed.
    pub async fn key_use_count(&self, customer: CustomerId, filter: &KeyUseFilter) -> Result<u64> {
        self.0.count::<KeyUseRow>(&uses(customer, filter)).await
    }

    /// A deed of the customer.
    pub async fn get(&self, customer: CustomerId, activity: Uuid) -> Result<Option<ActivityRow>> {
        self.0.one(&Filter::of(customer).is("activity", Some(activity))).await
    }

    /// Several deeds of the customer at once.
    pub async fn get_many(&self, customer: CustomerId, activities: &[Uuid]) -> Result<Vec<ActivityRow>> {
        self.0.many(Filter::of(customer), "activity", activities).await
    }

    /// Deeds of the customer that came to be or changed after this place, in that order, at most `rows` and
    /// [`crate::LIST_ROWS_MAX`]. Each stands as it is now: one that changed twice comes once, at its last place.
    pub async fn changed_after(
        &self,
        customer: CustomerId,
        filter: &ActivityFilter,
        after: Option<Cursor>,
        rows: u32,
    ) -> Result<Vec<ActivityRow>> {
        let after = after.map(|after| Param::Number(after.0));
        let conditions = conditions(customer, filter).when("changed", ">", after);
        self.0.ordered(&conditions, "changed", rows).await
    }

    /// The place of the last change of each of these customers; those to whom nothing ever happened are left out.
    pub async fn newest_changes(&self, customers: &[CustomerId]) -> Result<HashMap<CustomerId, Cursor>> {
        #[derive(Deserialize)]
        struct Newest {
            customer: CustomerId,
            changed: Option<i64>,
        }
        let customers: Vec<Uuid> = customers.iter().map(|customer| customer.0).collect();
        let build = |generation: Generation| {
            let table = generation.table(ActivityRow::TABLE.part);
            let mut query = QueryBuilder::new(
                "select row_to_json(t)::text from (select customer, (select max(changed) from ",
            );
            query.push(table).push(" a where a.customer = c.customer) as changed from unnest(");
            query.push_bind(customers.clone()).push(") as c (customer)) t");
            query
        };
        let rows: Vec<String> = self.0.read(MODEL, build).await?;
        let mut newest = HashMap::new();
        for row in rows {
            let Newest { customer, changed } = from_json(&row)?;
            newest.extend(changed.map(|changed| (customer, Cursor::at(changed))));
        }
        Ok(newest)
    }

    /// The place of the customer's last change; `None` if nothing ever happened.
    pub async fn newest_change(&self, customer: CustomerId) -> Result<Option<Cursor>> {
        Ok(self.newest_changes(&[customer]).await?.remove(&customer))
    }
}
