//! Questions about issued credentials.

use super::{CredentialCategory, CredentialRow};
use crate::{
    error::Result,
    page::{Filter, Page, Paging, Param},
    views::{Below, Views},
};
use domain::{
    credential::CredentialStatus,
    id::{CredentialId, CustomerId, Did, Instant, Network, StatusListId},
};

/// Which credentials to list.
#[derive(Debug, Clone, Default)]
pub struct CredentialFilter {
    /// Only signed by this DID. Text, so that an unknown DID is an empty list.
    pub issuer: Option<String>,
    /// Only with this status.
    pub status: Option<CredentialStatus>,
    /// Only in this format.
    pub format: Option<String>,
    /// Only this sort.
    pub category: Option<CredentialCategory>,
    /// Only with this type among its types; `VerifiableCredential` asks for credentials with no other type.
    pub credential_type: Option<String>,
    /// Only with their status in this list.
    pub list: Option<StatusListId>,
    /// Only on this network.
    pub network: Option<Network>,
    /// Signed at or before.
    pub created_until: Option<Instant>,
}

/// Queries about issued credentials.
#[derive(Debug, Clone, Copy)]
pub struct Credentials<'a>(&'a Views);

impl Views {
    /// Issued credentials.
    pub fn credentials(&self) -> Credentials<'_> {
        Credentials(self)
    }
}

fn listed(customer: CustomerId) -> Filter {
    Filter::of(customer).is("visible", Some(true))
}

/// What credentials hang on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum CredentialsOf {
    /// Those a DID signed.
    Issuer(Did),
    /// Those whose status stands in a list.
    List(StatusListId),
}

impl From<&CredentialsOf> for Below {
    fn from(of: &CredentialsOf) -> Self {
        match of {
            CredentialsOf::Issuer(did) => Self { column: "issuer", value: did.to_string() },
            CredentialsOf::List(list) => Self { column: "list", value: list.to_string() },
        }
    }
}

fn conditions(customer: CustomerId, filter: &CredentialFilter) -> Filter {
    let statuses: Vec<CredentialStatus> = filter.status.into_iter().collect();
    let categories: Vec<CredentialCategory> = filter.category.into_iter().collect();
    let exactly = filter.credential_type.as_deref() == Some("VerifiableCredential");
    let types = filter
        .credential_type
        .as_ref()
        .map(|name| Param::Json(serde_json::Value::from(vec![crate::table::text_without_nul(name)])));
    listed(customer)
        .is("issuer", filter.issuer.as_deref())
        .one_of("status", &statuses)
        .is("format", filter.format.as_deref())
        .one_of("category", &categories)
        .when("types", if exactly { "=" } else { "@>" }, types)
        .is("list", filter.list.map(|list| list.0))
        .is("network", filter.network.map(Network::as_str))
        .until("created_at", filter.created_until)
}

impl Credentials<'_> {
    /// A credential of the customer.
    pub async fn get(&self, customer: CustomerId, credential: CredentialId) -> Result<Option<CredentialRow>> {
        self.0.one(&listed(customer).is("credential", Some(credential.0))).await
    }

    /// Several at once, for dataloaders.
    pub async fn get_many(
        &self,
        customer: CustomerId,
        credentials: &[CredentialId],
    ) -> Result<Vec<CredentialRow>> {
        self.0.many(listed(customer), "credential", credentials).await
    }

    /// The credential of the customer whose signed text has this keyed hash.
    pub async fn by_fingerprint(
        &self,
        customer: CustomerId,
        fingerprint: &str,
    ) -> Result<Option<CredentialRow>> {
        self.0.one(&listed(customer).is("fingerprint", Some(fingerprint))).await
    }

    /// The credential (or accreditation version) of the customer whose status stands at this entry.
    pub async fn by_entry(
        &self,
        customer: CustomerId,
        list: StatusListId,
        index: u32,
    ) -> Result<Option<CredentialRow>> {
        let filter =
            Filter::of(customer).is("list", Some(list.0)).is("list_index", Some(Param::Number(index.into())));
        self.0.one(&filter).await
    }

    /// Credentials of the customer.
    pub async fn list(
        &self,
        customer: CustomerId,
        filter: &CredentialFilter,
        paging: Paging,
    ) -> Result<Page<CredentialRow>> {
        self.0.list(&conditions(customer, filter), paging).await
    }

    /// How many credentials of the customer there are.
    pub async fn count(&self, customer: CustomerId, filter: &CredentialFilter) -> Result<u64> {
        self.0.count::<CredentialRow>(&conditions(customer, filter)).await
    }

    /// The same page below several things, in their order.
    pub async fn below(
        &self,
        customer: CustomerId,
        things: &[CredentialsOf],
        paging: Paging,
    ) -> Result<Vec<Page<CredentialRow>>> {
        let things: Vec<Below> = things.iter().map(Below::from).collect();
        self.0.pages(&listed(customer), &things, paging).await
    }

    /// How many there are below several things, in their order.
    pub async fn counts_below(&self, customer: CustomerId, things: &[CredentialsOf]) -> Result<Vec<u64>> {
        let things: Vec<Below> = things.iter().map(Below::from).collect();
        self.0.counts::<CredentialRow>(&listed(customer), &things).await
    }
}
