//! Questions about issued credentials.

use super::{CredentialCategory, CredentialRow};
use crate::{
    error::Result,
    page::{Filter, Page, Paging, Param},
    views::{Below, Views, listed, listed_below},
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

fn visible(customer: CustomerId) -> Filter {
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
    visible(customer)
        .is("issuer", filter.issuer.as_deref())
        .one_of("status", &statuses)
        .is("format", filter.format.as_deref())
        .one_of("category", &categories)
        .when("types", if exactly { "=" } else { "@>" }, types)
        .is("list", filter.list.map(|list| list.0))
        .is("network", filter.network.map(Network::as_str))
        .until("created_at", filter.created_until)
}

listed!(Credentials: CredentialFilter => CredentialRow);
listed_below!(Credentials: CredentialsOf => CredentialRow, visible);

impl Credentials<'_> {
    /// A credential of the customer.
    pub async fn get(&self, customer: CustomerId, credential: CredentialId) -> Result<Option<CredentialRow>> {
        self.0.one(&visible(customer).is("credential", Some(credential.0))).await
    }

    /// Several at once, for dataloaders.
    pub async fn get_many(
        &self,
        customer: CustomerId,
        credentials: &[CredentialId],
    ) -> Result<Vec<CredentialRow>> {
        self.0.many(visible(customer), "credential", credentials).await
    }

    /// The credential of the customer whose signed text has this keyed hash.
    pub async fn by_fingerprint(
        &self,
        customer: CustomerId,
        fingerprint: &str,
    ) -> Result<Option<CredentialRow>> {
        self.0.one(&visible(customer).is("fingerprint", Some(fingerprint))).await
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
}
