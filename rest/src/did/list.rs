//! `GET /did/list`.

use super::Resolution;
use crate::{
    Answer, Ask, Problem, check,
    input::{Query, invalid},
    key::milliseconds,
    order::order,
    paging::paging,
    schema::TextOrTexts,
};
use app::{Fault, act, did::name_spelled, port::resolver::Freshness};
use domain::{
    did::DidPhase,
    id::{Network, VersionId},
};
use projections::{Column as _, DidColumn, DidFilter, DidRow, Order};
use serde::Serialize;
use serde_json::Value;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ObjectBuilder, OneOfBuilder, Ref, RefOr,
        schema::{Schema, Type},
    },
};

/// The caller's DIDs, those on the ledger and newest first unless asked otherwise: texts, or objects with `metadata=true`.
#[derive(Debug, Serialize, ToSchema)]
pub struct DidList {
    /// How many there are on all pages.
    pub total: u64,
    /// DIDs, or with `metadata=true` objects.
    #[schema(value_type = Vec<TextOrDidEntry>)]
    pub dids: Vec<Value>,
}

/// A DID, alone or with what belongs to it.
#[derive(Debug)]
pub struct TextOrDidEntry;

impl PartialSchema for TextOrDidEntry {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new().schema_type(Type::String);
        OneOfBuilder::new().item(text).item(Ref::from_schema_name("DidEntry")).into()
    }
}

impl ToSchema for TextOrDidEntry {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((DidEntry::name().into_owned(), DidEntry::schema()));
        DidEntry::schemas(schemas);
    }
}

/// A DID with what belongs to it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DidEntry {
    /// The DID.
    pub did: String,
    /// `did:cheqd:<network>`.
    pub provider: String,
    /// Always `null`.
    pub alias: Option<String>,
    /// What it is called here.
    pub name: Option<String>,
    /// What it stands for: `organisation`, `agent`, or a word of the account's own.
    pub kind: Option<String>,
    /// The key that is shown first, if it is in the vault: that of its first verification method, unless its import named another.
    pub controller_key_id: Option<String>,
    /// Its services.
    pub services: Vec<ServiceEntry>,
    /// Whether it was deactivated.
    pub deactivated: bool,
    /// `active`, `deactivated`, and only if asked for `creating` or `failed`.
    #[schema(value_type = String)]
    pub state: &'static str,
    /// `mainnet` or `testnet`.
    #[schema(value_type = String)]
    pub network: Network,
    /// The newest version of its document.
    #[schema(value_type = String, format = Uuid)]
    pub version_id: VersionId,
    /// When it was asked for, or imported.
    pub created_at: String,
    /// When anything last happened to it.
    pub updated_at: String,
}

/// A service of a DID.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServiceEntry {
    /// `<did>#<fragment>`.
    #[schema(value_type = String)]
    pub id: Value,
    /// Its type.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    pub service_type: Value,
    /// Where it is.
    #[schema(value_type = TextOrTexts)]
    pub service_endpoint: Value,
    /// Always `null`.
    pub description: Option<String>,
}

/// A page of DIDs, or what one DID resolves to.
#[derive(Debug)]
pub struct DidListOrResolution;

impl PartialSchema for DidListOrResolution {
    fn schema() -> RefOr<Schema> {
        let list = Ref::from_schema_name("DidList");
        OneOfBuilder::new().item(list).item(Ref::from_schema_name("Resolution")).into()
    }
}

impl ToSchema for DidListOrResolution {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((DidList::name().into_owned(), DidList::schema()));
        DidList::schemas(schemas);
        schemas.push((Resolution::name().into_owned(), Resolution::schema()));
        Resolution::schemas(schemas);
    }
}

/// The caller's DIDs.
#[utoipa::path(get, path = "/did/list",
    params(
        ("network" = Option<String>, Query, description = "`mainnet` or `testnet`."),
        ("providerId" = Option<String>, Query, description = "Only `studio` has DIDs here."),
        ("metadata" = Option<bool>, Query, description = "Objects instead of texts."),
        ("deactivated" = Option<bool>, Query, description = "Only those that were deactivated, or only the others."),
        ("state" = Option<String>, Query,
            description = "Only those in this state: `creating`, `active`, `deactivated` or `failed`. Without it, and without \
                `deactivated`, those on the ledger: `active` and `deactivated`."),
        ("search" = Option<String>, Query,
            description = "Only those that begin like this, with or without `did:cheqd:<network>:` before it."),
        ("controllerKeyId" = Option<String>, Query,
            description = "Only those whose `controllerKeyId` it is."),
        ("name" = Option<String>, Query,
            description = "Only with a name that begins like this, in capitals or not."),
        ("kind" = Option<String>, Query, description = "Only of this kind."),
        ("createdAt" = Option<String>, Query, description = "Only those asked for at or before this time."),
        ("sort" = Option<String>, Query,
            description = "By one of: createdAt, updatedAt, did, network, state, controllerKeyId, name, kind. Equal ones stand in the \
                order in which they were asked for. Newest first without it."),
        ("order" = Option<String>, Query, description = "With `sort`: `asc`, the default, or `desc`."),
        ("did" = Option<String>, Query, description = "Answers this DID's resolution instead of a list."),
        ("page" = Option<u64>, Query, description = "Counts from 1."),
        ("limit" = Option<u64>, Query, description = "100 by default, at most 1000."),
    ),
    responses(
        (status = 200, description = "A page; with `did` a resolution result.", body = DidListOrResolution),
        (status = 404, description = "With `did`: it is not on the ledger.", body = crate::problem::ProblemBody)))]
pub(crate) async fn list(ask: Ask) -> Result<Answer, Problem> {
    if let Some(text) = ask.query.text("did") {
        let did = check::cheqd_did("did", text)?;
        let found = ask.house.studio.resolver.did(&did, None, Freshness::Fresh).await?;
        let found =
            found.ok_or_else(|| Fault::not_found("did/not-found", format!("{did} is not on the ledger")))?;
        return Answer::ok(&Resolution::from(found));
    }
    let created_until = ask.query.named("createdAt");
    let filter = DidFilter {
        network: ask.network(&act::DID_LIST)?,
        phases: phases(&ask.query)?,
        created_until: created_until
            .map(|text| check::instant("createdAt", text, "createdAt should be an ISO 8601 time"))
            .transpose()?,
        search: ask.query.text("search").map(str::to_owned),
        controller_key: ask.query.text("controllerKeyId").map(str::to_owned),
        name: ask.query.text("name").map(name_spelled),
        kind: ask.query.text("kind").map(str::to_owned),
    };
    // Newest first, too, but along the times that are asked for: few old ones are not looked for behind all new ones.
    let by_time = || filter.created_until.map(|_| Order::new(DidColumn::Created, true));
    let order = order(&ask.query, DidColumn::ALL)?.or_else(by_time);
    let metadata = ask.query.flag_or("metadata", "metadata should be a boolean value")?.unwrap_or(false);
    let paging = paging(&ask.query)?;
    if ask.query.text("providerId").is_some_and(|provider| provider != "studio") {
        return Answer::ok(&DidList { total: 0, dids: Vec::new() });
    }
    let (dids, customer) = (ask.house.views.dids(), ask.call.who.customer);
    let page = match order {
        Some(order) => dids.sorted(customer, &filter, &order, paging).await?,
        None => dids.list(customer, &filter, paging).await?,
    };
    let mut dids = Vec::with_capacity(page.rows.len());
    for row in page.rows {
        dids.push(if metadata {
            serde_json::to_value(DidEntry::from(row)).map_err(Fault::bug)?
        } else {
            Value::from(row.did.as_str())
        });
    }
    Answer::ok(&DidList { total: page.total.unwrap_or_default(), dids })
}

/// Where the DIDs of the list stand; on the ledger, unless somebody says otherwise.
fn phases(query: &Query) -> Result<Vec<DidPhase>, Fault> {
    let state =
        query.named("state").map(|word| {
            STATES.iter().find(|(_, known)| *known == word).map(|(phase, _)| *phase).ok_or_else(|| {
                invalid("state", "state should be one of: creating, active, deactivated, failed")
            })
        });
    match (state.transpose()?, query.flag_or("deactivated", "deactivated should be a boolean value")?) {
        (Some(_), Some(_)) => Err(invalid("state", "Ask for state or for deactivated, not for both")),
        (Some(phase), None) => Ok(vec![phase]),
        (None, Some(true)) => Ok(vec![DidPhase::Deactivated]),
        (None, Some(false)) => Ok(vec![DidPhase::Active]),
        (None, None) => Ok(vec![DidPhase::Active, DidPhase::Deactivated]),
    }
}

/// How a state is called here.
fn state(phase: DidPhase) -> &'static str {
    STATES.iter().find(|(known, _)| *known == phase).map_or("", |(_, word)| word)
}

/// States of DIDs, as the list calls them.
const STATES: [(DidPhase, &str); 4] = [
    (DidPhase::Creating, "creating"),
    (DidPhase::Active, "active"),
    (DidPhase::Deactivated, "deactivated"),
    (DidPhase::Failed, "failed"),
];

impl From<DidRow> for DidEntry {
    fn from(row: DidRow) -> Self {
        let service = |service: &Value| ServiceEntry {
            id: service.get("id").cloned().unwrap_or_default(),
            service_type: service.get("type").cloned().unwrap_or_default(),
            service_endpoint: service.get("serviceEndpoint").cloned().unwrap_or_default(),
            description: None,
        };
        let services = row.document.get("service").and_then(Value::as_array);
        Self {
            provider: format!("did:cheqd:{}", row.network),
            alias: None,
            name: Some(row.name).filter(|name| !name.is_empty()),
            kind: Some(row.kind).filter(|kind| !kind.is_empty()),
            controller_key_id: row.keys.first().map(|key| key.kid.0.clone()),
            services: services.into_iter().flatten().map(service).collect(),
            deactivated: row.phase == DidPhase::Deactivated,
            state: state(row.phase),
            network: row.network,
            version_id: row.version,
            created_at: milliseconds(row.created_at),
            updated_at: milliseconds(row.updated_at),
            did: row.did.to_string(),
        }
    }
}
