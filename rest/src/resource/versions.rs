//! `GET /resource/versions/{did}`.

use super::alternatives;
use crate::{
    Answer, Ask, Problem, check,
    input::{Query, invalid},
    key::milliseconds,
    paging::page,
    schema::AlternativeAddress,
};
use app::{
    Fault, act, did,
    resource::{Change, HISTORY_ROWS_MAX, Line, Version, history},
};
use chrono::SecondsFormat;
use domain::id::ResourceId;
use projections::AuthoredRow;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use utoipa::ToSchema;

/// The versions of a resource on the ledger, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResourceVersions {
    /// The DID they hang on.
    pub did: String,
    /// Their name.
    pub resource_name: String,
    /// Their type.
    pub resource_type: String,
    /// How many there are on all pages.
    pub total: u64,
    /// The page.
    pub versions: Vec<ResourceVersion>,
}

/// A version of a resource.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResourceVersion {
    /// Its id.
    pub resource_id: String,
    /// Version label.
    pub resource_version: String,
    /// Media type as the ledger detected it.
    pub media_type: String,
    /// How many bytes it has.
    pub size_bytes: u64,
    /// Lower-case hex SHA-256 of its bytes.
    pub checksum: String,
    /// When it was written.
    pub created: String,
    /// Version before.
    pub previous_version_id: Option<String>,
    /// Version after.
    pub next_version_id: Option<String>,
    /// Other addresses of it, as the ledger has them.
    pub also_known_as: Vec<AlternativeAddress>,
    /// DID URLs of it.
    pub did_urls: VersionUrls,
    /// Who asked for it: `{"type": "apiKey" | "user" | "machine" | "operator" | "studio", "id"}`, or `{"type": "outside"}` for
    /// whoever wrote it on the ledger without this Studio. Null while that is not known yet.
    #[schema(value_type = Option<crate::schema::AnyObject>)]
    pub written_by: Option<Value>,
    /// When it was asked for here.
    pub requested_at: Option<String>,
    /// Its ledger operation here.
    pub operation_id: Option<String>,
    /// Its transaction, where it was written from here.
    pub tx_hash: Option<String>,
    /// The block it is in, where it was written from here.
    pub height: Option<u64>,
    /// What it changed of the version before: operations of a JSON Patch (RFC 6902). Null where that cannot be told.
    #[schema(value_type = Option<Vec<crate::schema::AnyObject>>)]
    pub diff: Option<Vec<Value>>,
    /// Why there is no `diff`: `firstVersion`, `notJson` or `tooLarge`.
    pub diff_omitted: Option<String>,
}

/// DID URLs of a version.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VersionUrls {
    /// Exactly this version.
    pub exact: String,
    /// Whichever version is the newest.
    pub latest: String,
    /// The version that was the newest when this one was written, which is this one.
    pub at_time: String,
}

/// The versions of a resource of the caller's DID, with who wrote which and what it changed. Those that were written from elsewhere
/// are among them.
#[utoipa::path(get, path = "/resource/versions/{did}",
    params(
        ("did" = String, Path, description = "The DID it hangs on, one of the caller's."),
        ("resourceName" = String, Query, description = "Its name, percent-encoded as any query."),
        ("resourceType" = String, Query, description = "Its type."),
        ("page" = Option<u64>, Query, description = "Counts from 1."),
        ("limit" = Option<u64>, Query, description = "25 by default and at most."),
    ),
    responses((status = 200, body = ResourceVersions), (status = 404, body = crate::problem::ProblemBody)))]
pub(crate) async fn versions(ask: Ask) -> Result<Answer, Problem> {
    let line = line(&ask)?;
    let page = page(&ask.query, HISTORY_ROWS_MAX)?;
    if page.rows > HISTORY_ROWS_MAX {
        return Err(invalid("limit", format!("limit should be at most {HISTORY_ROWS_MAX}")).into());
    }
    ask.call.who.may(&act::RESOURCE_READ, Some(line.did.network()))?;
    let studio = &ask.house.studio;
    did::owned(studio, &ask.call, &line.did).await?;
    let found = history(studio, &line, page.skipped(), page.rows).await?;
    let found = found.ok_or_else(|| {
        Fault::not_found(
            "resource/not-found",
            "The ledger has no resource of this DID with this name and type",
        )
    })?;
    let ids: Vec<ResourceId> = found.versions.iter().filter_map(id).collect();
    let resources = ask.house.views.resources();
    let authors = resources.authored(ask.call.who.customer, &ids).await?;
    let versions = found.versions.into_iter().map(|version| ResourceVersion::new(&line, version, &authors));
    Answer::ok(&ResourceVersions {
        total: found.total,
        versions: versions.collect(),
        did: line.did.to_string(),
        resource_name: line.name,
        resource_type: line.resource_type,
    })
}

fn line(ask: &Ask) -> Result<Line, Fault> {
    let did = check::cheqd_did("did", ask.path.get("did"))?;
    let (name, resource_type) = (named(&ask.query, "resourceName")?, named(&ask.query, "resourceType")?);
    Ok(Line { did, name, resource_type })
}

fn named(query: &Query, name: &str) -> Result<String, Fault> {
    check::required(name, query.text(name), &format!("{name} is required")).map(str::to_owned)
}

fn id(version: &Version) -> Option<ResourceId> {
    version.metadata.id.parse().ok()
}

impl ResourceVersion {
    fn new(line: &Line, version: Version, authors: &HashMap<ResourceId, AuthoredRow>) -> Self {
        let own = id(&version).and_then(|id| authors.get(&id));
        let inclusion = own.and_then(|own| own.row.inclusion.as_ref());
        let (diff, diff_omitted) = match version.change {
            Change::Patch(operations) => (Some(operations), None),
            Change::Untold(why) => (None, Some(why.name().to_owned())),
        };
        let metadata = version.metadata;
        Self {
            did_urls: VersionUrls {
                exact: format!("{}/resources/{}", line.did, metadata.id),
                latest: line.latest_url(),
                at_time: line.url_at(metadata.created),
            },
            written_by: own.map_or_else(|| Some(json!({"type": "outside"})), |own| own.actor.clone()),
            requested_at: own.map(|own| milliseconds(own.row.created_at)),
            operation_id: own.map(|own| own.row.operation.to_string()),
            tx_hash: inclusion.and_then(|inclusion| inclusion.tx_hash.clone()),
            height: inclusion.map(|inclusion| inclusion.height),
            resource_id: metadata.id,
            resource_version: metadata.version,
            media_type: metadata.media_type,
            size_bytes: version.size_bytes,
            checksum: metadata.checksum,
            created: metadata.created.to_rfc3339_opts(SecondsFormat::Secs, true),
            previous_version_id: metadata.previous_version_id,
            next_version_id: metadata.next_version_id,
            also_known_as: alternatives(metadata.also_known_as),
            diff,
            diff_omitted,
        }
    }
}
