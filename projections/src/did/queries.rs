//! Questions about DIDs.

use super::{DidCountRow, DidKeyRow, DidRow, DidVersionRow, in_small_letters};
use crate::{
    error::Result,
    order::{Order, Sortable, Sorting, columns},
    page::{Filter, Page, Paging},
    views::{Below, Views, listed_below},
};
use chrono::SecondsFormat;
use domain::{
    did::DidPhase,
    id::{CustomerId, Did, Instant, KeyId, Network},
};

/// Which DIDs to list.
#[derive(Debug, Clone, Default)]
pub struct DidFilter {
    /// Only this network.
    pub network: Option<Network>,
    /// Only these phases; empty means all. The contract's list shows `Active` and `Deactivated` ones.
    pub phases: Vec<DidPhase>,
    /// Asked for at or before.
    pub created_until: Option<Instant>,
    /// Only those that begin like this, with or without `did:cheqd:<network>:` before it.
    pub search: Option<String>,
    /// Only those whose first shown key it is.
    pub controller_key: Option<String>,
    /// Only with a name that begins like this, in capitals or not.
    pub name: Option<String>,
    /// Only of this kind; an empty one is of those without.
    pub kind: Option<String>,
}

impl DidFilter {
    /// Whether there are numbers for what it asks.
    fn is_tallied(&self) -> bool {
        let Self { network: _, phases: _, kind: _, created_until, search, controller_key, name } = self;
        name.is_none() && created_until.is_none() && search.is_none() && controller_key.is_none()
    }
}

columns! {
    /// What lists of DIDs can be sorted by.
    DidColumn {
        /// When it was asked for, or imported.
        Created = "createdAt" => "created_at",
        /// When anything last happened to it.
        Updated = "updatedAt" => "updated_at",
        /// What stands behind `did:cheqd:<network>:`.
        Did = "did" => "unique_id",
        /// Its network.
        Network = "network" => "network",
        /// Where it stands.
        State = "state" => "phase",
        /// The key that is shown first.
        ControllerKey = "controllerKeyId" => "controller_key",
        /// What it is called, capitals or not.
        Name = "name" => "name_key",
        /// What it stands for.
        Kind = "kind" => "kind",
    }
}

impl Sortable for DidRow {
    type Column = DidColumn;

    fn value(&self, column: DidColumn) -> String {
        let exactly = |at: &Instant| at.to_rfc3339_opts(SecondsFormat::Micros, true);
        match column {
            DidColumn::Created => exactly(&self.created_at),
            DidColumn::Updated => exactly(&self.updated_at),
            DidColumn::Did => self.unique_id.clone(),
            DidColumn::Network => self.network.to_string(),
            DidColumn::State => crate::page::tag(&self.phase),
            DidColumn::ControllerKey => self.controller_key.clone(),
            DidColumn::Name => self.name_key.clone(),
            DidColumn::Kind => self.kind.clone(),
        }
    }
}

/// Queries about DIDs.
#[derive(Debug, Clone, Copy)]
pub struct Dids<'a>(&'a Views);

impl Views {
    /// DIDs.
    pub fn dids(&self) -> Dids<'_> {
        Dids(self)
    }
}

fn tallied(customer: CustomerId, filter: &DidFilter) -> Filter {
    Filter::of(customer)
        .is("network", filter.network.map(Network::as_str))
        .one_of("phase", &filter.phases)
        .is("kind", filter.kind.as_deref())
}

fn conditions(customer: CustomerId, filter: &DidFilter) -> Filter {
    let conditions = tallied(customer, filter)
        .until("created_at", filter.created_until)
        .is("controller_key", filter.controller_key.as_ref().map(|kid| kid.to_ascii_lowercase()));
    let conditions = match &filter.name {
        Some(name) => conditions.begins("name_key", &in_small_letters(name)),
        None => conditions,
    };
    match &filter.search {
        Some(text) => searched(conditions, text),
        None => conditions,
    }
}

/// A text without `did:` before it is the beginning of what stands behind the network.
fn searched(conditions: Filter, text: &str) -> Filter {
    if !text.starts_with("did:") {
        return conditions.begins("unique_id", text);
    }
    // As the list writes it, if others write it in another way.
    let text = Did::one_spelling(text);
    let before = |network: Network| format!("did:cheqd:{network}:");
    let whole =
        Network::ALL.iter().find_map(|network| Some((*network, text.strip_prefix(&before(*network))?)));
    if let Some((network, rest)) = whole {
        return conditions.is("network", Some(network.as_str())).begins("unique_id", rest);
    }
    let mut possible = Network::ALL.into_iter().filter(|network| before(*network).starts_with(&text));
    match (possible.next(), possible.next()) {
        (None, _) => conditions.nothing(),
        (Some(network), None) => conditions.is("network", Some(network.as_str())),
        (Some(_), Some(_)) => conditions,
    }
}

/// What versions of DID documents hang on: their DID.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VersionsOf(pub Did);

impl From<&VersionsOf> for Below {
    fn from(of: &VersionsOf) -> Self {
        Self { column: "did", value: of.0.to_string() }
    }
}

listed_below!(Dids: VersionsOf => DidVersionRow, Filter::of);

impl Dids<'_> {
    /// A DID of the customer's that is not over and in whose document, present or on its way, this key stands.
    pub async fn of_key(&self, customer: CustomerId, kid: &KeyId) -> Result<Option<Did>> {
        let standing = Filter::of(customer).is("kid", Some(kid.0.as_str())).is("stands", Some(true));
        let rows: Vec<DidKeyRow> = self.0.ordered(&standing, "did", 1).await?;
        Ok(rows.into_iter().next().map(|row| row.did))
    }

    /// A page of the customer's that fit, newest first.
    pub async fn list(
        &self,
        customer: CustomerId,
        filter: &DidFilter,
        paging: Paging,
    ) -> Result<Page<DidRow>> {
        self.page(customer, filter, &Sorting::NEWEST, paging).await
    }

    /// A page of the customer's that fit, in this order.
    pub async fn sorted(
        &self,
        customer: CustomerId,
        filter: &DidFilter,
        order: &Order<DidColumn>,
        paging: Paging,
    ) -> Result<Page<DidRow>> {
        self.page(customer, filter, &Sorting::by(order.by.sql(), order), paging).await
    }

    async fn page(
        &self,
        customer: CustomerId,
        filter: &DidFilter,
        sorting: &Sorting<'_>,
        paging: Paging,
    ) -> Result<Page<DidRow>> {
        let page = self.0.sorted(&conditions(customer, filter), sorting, paging).await?;
        let total = if paging.counts() { Some(self.count(customer, filter).await?) } else { None };
        Ok(Page { total, ..page })
    }

    /// How many of the customer's fit.
    pub async fn count(&self, customer: CustomerId, filter: &DidFilter) -> Result<u64> {
        if filter.is_tallied() {
            return self.0.tallied::<DidCountRow>(&tallied(customer, filter)).await;
        }
        self.0.count::<DidRow>(&conditions(customer, filter)).await
    }

    /// A DID of the customer, in whatever phase.
    pub async fn get(&self, customer: CustomerId, did: &Did) -> Result<Option<DidRow>> {
        self.0.one(&Filter::of(customer).is("did", Some(did.as_str()))).await
    }

    /// Several DIDs of the customer at once, for dataloaders; unknown ones are left out, at most
    /// [`crate::LIST_ROWS_MAX`].
    pub async fn get_many(&self, customer: CustomerId, dids: &[Did]) -> Result<Vec<DidRow>> {
        self.0.many(Filter::of(customer), "did", dids).await
    }

    /// Versions of a DID document, newest first.
    pub async fn versions(
        &self,
        customer: CustomerId,
        did: &Did,
        paging: Paging,
    ) -> Result<Page<DidVersionRow>> {
        self.0.list(&Filter::of(customer).is("did", Some(did.as_str())), paging).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_search_is_a_beginning_with_or_without_the_network() {
        let sql = |text: &str| {
            let filter = DidFilter { search: Some(text.into()), ..DidFilter::default() };
            let query = conditions(CustomerId(Uuid::nil()), &filter).count("t");
            query.sql().split(" = $1").last().unwrap_or_default().to_owned()
        };
        let (network, range) = (" and network = $2", " and unique_id >= $2 and unique_id < $3");
        let both = " and network = $2 and unique_id >= $3 and unique_id < $4";
        for (text, wanted) in [
            ("2b1c", range),
            ("did", range),
            ("did:", ""),
            ("did:cheqd:", ""),
            ("did:cheqd:t", network),
            ("did:cheqd:testnet:", both),
            ("did:cheqd:mainnet:2b", both),
            ("did:web:a", " and (false) = $2"),
            ("did:cheqd:moon:1", " and (false) = $2"),
        ] {
            assert_eq!(sql(text), wanted, "{text}");
        }
    }
}
