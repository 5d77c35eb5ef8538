//! How many things an account has.

use crate::{
    accreditation::AccreditationFilter,
    credential::{CredentialCategory, CredentialFilter},
    did::DidFilter,
    error::Result,
    resource::ResourceFilter,
    views::Views,
};
use domain::id::{CustomerId, Network};

/// How many things an account has, as its lists count them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Analytics {
    /// DIDs.
    pub dids: u64,
    /// Credentials it issued, accreditations apart.
    pub credentials: u64,
    /// Accreditations it issued, each once however many versions it has.
    pub accreditations: u64,
    /// Versions of resources.
    pub resources: u64,
}

impl Views {
    /// How many things the customer has, maybe only those of one network.
    pub async fn analytics(&self, customer: CustomerId, network: Option<Network>) -> Result<Analytics> {
        let dids = DidFilter { network, ..DidFilter::default() };
        let category = Some(CredentialCategory::Credential);
        let credentials = CredentialFilter { category, network, ..CredentialFilter::default() };
        let accreditations =
            AccreditationFilter { network, latest_only: true, ..AccreditationFilter::default() };
        let resources = ResourceFilter { network, ..ResourceFilter::default() };
        Ok(Analytics {
            dids: self.dids().count(customer, &dids).await?,
            credentials: self.credentials().count(customer, &credentials).await?,
            accreditations: self.accreditations().count(customer, &accreditations).await?,
            resources: self.resources().count(customer, &resources).await?,
        })
    }
}
