//! `GET /resource/list`.

use super::alternatives;
use crate::{Answer, Ask, Problem, check, order::order, paging::paging, schema::AlternativeAddress};
use app::act;
use domain::{accreditation::PublicationPhase, id::ResourceId};
use projections::{Order, ResourceColumn, ResourceFilter, ResourceRow};
use serde::Serialize;
use utoipa::ToSchema;

/// What the list is sorted by: all but the state, which is the same of everything that is shown.
pub(crate) const COLUMNS: [ResourceColumn; 8] = [
    ResourceColumn::Created,
    ResourceColumn::Name,
    ResourceColumn::Type,
    ResourceColumn::MediaType,
    ResourceColumn::Version,
    ResourceColumn::Resource,
    ResourceColumn::Did,
    ResourceColumn::Network,
];

/// The caller's resource versions on the ledger, newest first unless asked otherwise; status lists and accreditations too.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResourceList {
    /// How many there are on all pages.
    pub total: u64,
    /// The page.
    pub resources: Vec<ResourceEntry>,
}

/// A resource version.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResourceEntry {
    /// Its id.
    pub resource_id: String,
    /// Its name.
    pub resource_name: String,
    /// Its type.
    pub resource_type: String,
    /// Its media type.
    pub media_type: String,
    /// Version label.
    pub resource_version: String,
    /// Version before.
    pub previous_version_id: Option<String>,
    /// Version after.
    pub next_version_id: Option<String>,
    /// The DID it hangs on.
    pub did: String,
    /// Whether its content is encrypted.
    pub encrypted: bool,
    /// When it was asked for.
    pub created_at: String,
    /// Other addresses of it, as they were given.
    pub also_known_as: Vec<AlternativeAddress>,
}

impl From<ResourceRow> for ResourceEntry {
    fn from(row: ResourceRow) -> Self {
        Self {
            resource_id: row.resource.to_string(),
            resource_name: row.name,
            resource_type: row.resource_type,
            media_type: row.media_type,
            resource_version: row.version,
            previous_version_id: row.previous_version.map(|id| id.to_string()),
            next_version_id: row.next_version.map(|id| id.to_string()),
            did: row.did.to_string(),
            encrypted: false,
            created_at: crate::key::milliseconds(row.created_at),
            also_known_as: alternatives(
                row.also_known_as.into_iter().map(|other| (other.uri, other.description)).collect(),
            ),
        }
    }
}

/// The caller's resources.
#[utoipa::path(get, path = "/resource/list",
    params(
        ("did" = Option<String>, Query), ("network" = Option<String>, Query, description = "`mainnet` or `testnet`."),
        ("resourceName" = Option<String>, Query), ("resourceType" = Option<String>, Query),
        ("mediaType" = Option<String>, Query), ("resourceVersion" = Option<String>, Query),
        ("resourceId" = Option<String>, Query), ("encrypted" = Option<bool>, Query),
        ("latest" = Option<bool>, Query, description = "Only the newest version of each line of versions."),
        ("createdAt" = Option<String>, Query, description = "Only those asked for at or before this time."),
        ("sort" = Option<String>, Query,
            description = "By one of: createdAt, resourceName, resourceType, mediaType, resourceVersion, resourceId, did, \
                network. Equal ones stand in the order in which they were asked for. Newest first without it."),
        ("order" = Option<String>, Query, description = "With `sort`: `asc`, the default, or `desc`."),
        ("page" = Option<u64>, Query, description = "Counts from 1."),
        ("limit" = Option<u64>, Query, description = "100 by default, at most 1000."),
    ),
    responses((status = 200, body = ResourceList)))]
pub(crate) async fn list(ask: Ask) -> Result<Answer, Problem> {
    let query = &ask.query;
    let created_until = query.named("createdAt");
    let filter = ResourceFilter {
        did: query.text("did").map(|did| check::cheqd_did("did", did)).transpose()?,
        network: ask.network(&act::RESOURCE_LIST)?,
        name: query.text("resourceName").map(str::to_owned),
        resource_type: query.text("resourceType").map(str::to_owned),
        media_type: query.text("mediaType").map(str::to_owned),
        version: query.text("resourceVersion").map(str::to_owned),
        resource: query
            .text("resourceId")
            .map(|text| check::uuid("resourceId", text, "resourceId should be a UUID").map(ResourceId))
            .transpose()?,
        states: vec![PublicationPhase::Published],
        sources: Vec::new(),
        latest_only: query.flag_or("latest", "latest should be a boolean value")?.unwrap_or(false),
        created_until: created_until
            .map(|text| check::instant("createdAt", text, "createdAt should be an ISO 8601 time"))
            .transpose()?,
    };
    // Newest first, too, but along the times that are asked for: few old ones are not looked for behind all new ones.
    let by_time = || filter.created_until.map(|_| Order::new(ResourceColumn::Created, true));
    let order = order(query, &COLUMNS)?.or_else(by_time);
    let encrypted = query.flag_or("encrypted", "encrypted filter should be a boolean value")?;
    let paging = paging(query)?;
    if encrypted == Some(true) {
        // Studio publishes no encrypted resources yet, so none matches.
        return Answer::ok(&ResourceList { total: 0, resources: Vec::new() });
    }
    let (resources, customer) = (ask.house.views.resources(), ask.call.who.customer);
    let page = match order {
        Some(order) => resources.sorted(customer, &filter, &order, paging).await?,
        None => resources.list(customer, &filter, paging).await?,
    };
    let resources = page.rows.into_iter().map(ResourceEntry::from).collect();
    Answer::ok(&ResourceList { total: page.total.unwrap_or_default(), resources })
}
