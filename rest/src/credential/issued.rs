//! `GET /credentials/issued` and `/credentials/issued/{id}`: the history of what the account signed.

use crate::{
    Answer, Ask, Problem, check,
    input::Query,
    paging::{CONTRACT_PAGE_ROWS_DEFAULT, Page, page},
};
use app::{Fault, Studio, act, credential};
use credentials::{format, vc};
use domain::{
    credential::CredentialStatus,
    id::{CredentialId, CustomerId, Did, Instant, StatusListId},
};
use projections::{CredentialCategory, CredentialFilter, CredentialRow, LIST_ROWS_MAX, Paging};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

domain::limits! {
    /// Most rows opened to find those about one subject: the log knows subjects only sealed.
    SUBJECT_SCAN_ROWS_MAX: usize = 20_000, "rows";
}

/// An issued credential as the history knows it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the members' names are the contract's")]
pub(super) struct IssuedCredential {
    /// Our id of it.
    issued_credential_id: String,
    /// Always `studio`.
    provider_id: &'static str,
    /// The resource it is published as; null for a credential that is not.
    provider_credential_id: Option<String>,
    /// Who signed.
    issuer_id: String,
    /// Whom it is about; null once the subject was erased.
    subject_id: Option<String>,
    /// `jwt`.
    format: String,
    /// `credential` or `accreditation`.
    #[schema(value_type = String)]
    category: CredentialCategory,
    /// Types.
    #[serde(rename = "type")]
    kind: Vec<String>,
    /// `issued`, `suspended` or `revoked`.
    #[schema(value_type = String)]
    status: CredentialStatus,
    /// When that last changed.
    status_updated_at: String,
    /// Why, if a reason was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    status_reason: Option<String>,
    /// The write that shows the status to verifiers; absent while it is not published.
    #[serde(skip_serializing_if = "Option::is_none")]
    status_operation_id: Option<String>,
    /// When its validity starts.
    issued_at: String,
    /// When it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    /// Its status entry as signed.
    #[schema(value_type = Option<Object>)]
    credential_status: Option<Value>,
    /// The list of that entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    status_registry_id: Option<String>,
    /// The index of that entry.
    status_index: Option<u32>,
    /// Always 0: what fails is not recorded as issued.
    retry_count: u32,
    /// Always null.
    last_error: Option<String>,
    /// Proof, contexts, terms of use, schema, and where it is published.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    provider_metadata: Option<Value>,
    /// The signed credential, with `includeCredential=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    credential: Option<Value>,
    /// When it was signed.
    created_at: String,
    /// When anything last happened to it.
    updated_at: String,
}

/// A page of the history.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct IssuedCredentials {
    /// How many match, on all pages.
    total: u64,
    /// The page, newest first.
    credentials: Vec<IssuedCredential>,
}

/// Credentials and accreditations the account signed, newest first.
#[utoipa::path(get, path = "/credentials/issued",
    params(
        ("page" = Option<u64>, Query, description = "Counts from 1."),
        ("limit" = Option<u64>, Query, description = "10 by default, at most 1000."),
        ("providerId" = Option<String>, Query, description = "Only `studio` issues here."),
        ("issuerId" = Option<String>, Query), ("subjectId" = Option<String>, Query),
        ("status" = Option<String>, Query, description = "`issued`, `suspended` or `revoked`."),
        ("format" = Option<String>, Query), ("category" = Option<String>, Query),
        ("credentialType" = Option<String>, Query,
            description = "Among its types; `VerifiableCredential` means no other type."),
        ("statusRegistryId" = Option<String>, Query),
        ("createdAt" = Option<String>, Query, description = "Signed at or before.")),
    responses((status = 200, body = IssuedCredentials)))]
pub(super) async fn list(ask: Ask) -> Result<Answer, Problem> {
    let customer = ask.call.who.customer;
    let page = page(&ask.query, CONTRACT_PAGE_ROWS_DEFAULT)?;
    let Some(filter) = filter(&ask.query)? else {
        return Answer::ok(&IssuedCredentials { total: 0, credentials: Vec::new() });
    };
    let filter = CredentialFilter { network: ask.call.who.reach(&act::CREDENTIAL_LIST, None)?, ..filter };
    if let Some(subject) = ask.query.text("subjectId") {
        return Answer::ok(&about(&ask, &filter, subject, page).await?);
    }
    let page = ask.house.views.credentials().list(customer, &filter, page.into()).await?;
    let mut credentials = Vec::with_capacity(page.rows.len());
    for row in page.rows {
        credentials.push(view(&ask.house.studio, customer, row, false).await?);
    }
    Answer::ok(&IssuedCredentials { total: page.total.unwrap_or_default(), credentials })
}

/// One of them.
#[utoipa::path(get, path = "/credentials/issued/{id}",
    params(
        ("id" = String, Path, description = "`issuedCredentialId`."),
        ("includeCredential" = Option<bool>, Query, description = "With the signed credential."),
        ("syncStatus" = Option<bool>, Query, description = "Has no effect: the status is always up to date."),
        ("providerId" = Option<String>, Query, description = "Only `studio` issues here.")),
    responses((status = 200, body = IssuedCredential)))]
pub(super) async fn get(ask: Ask) -> Result<Answer, Problem> {
    let include = ask.query.flag("includeCredential")?.unwrap_or(false);
    let id = ask.path.get("id");
    let missing = || Fault::not_found("credential/not-found", format!("Credential with ID {id} not found"));
    let credential = Uuid::try_parse(id).map_err(|_| missing())?;
    let row = ask.house.views.credentials().get(ask.call.who.customer, CredentialId(credential)).await?;
    let is_ours = ask.query.text("providerId").is_none_or(|provider| provider == "studio");
    let row = row.filter(|_| is_ours).ok_or_else(missing)?;
    ask.call.who.may(&act::CREDENTIAL_LIST, Some(row.network))?;
    Answer::ok(&view(&ask.house.studio, ask.call.who.customer, row, include).await?)
}

/// The filter; `None` when it asks for something that cannot exist here. Filters are exact and unchecked in the contract.
fn filter(query: &Query) -> Result<Option<CredentialFilter>, Fault> {
    let created_until = query
        .named("createdAt")
        .map(|text| check::instant("createdAt", text, "createdAt should be an ISO 8601 date"))
        .transpose()?;
    let (mut status, mut category, mut list) = (None, None, None);
    if let Some(text) = query.text("status") {
        status = match text {
            "issued" => Some(CredentialStatus::Issued),
            "suspended" => Some(CredentialStatus::Suspended),
            "revoked" => Some(CredentialStatus::Revoked),
            _ => return Ok(None),
        };
    }
    if let Some(text) = query.text("category") {
        category = match text {
            "credential" => Some(CredentialCategory::Credential),
            "accreditation" => Some(CredentialCategory::Accreditation),
            _ => return Ok(None),
        };
    }
    if let Some(text) = query.text("statusRegistryId") {
        let Ok(id) = Uuid::try_parse(text) else { return Ok(None) };
        list = Some(StatusListId(id));
    }
    if query.text("providerId").is_some_and(|provider| provider != "studio") {
        return Ok(None);
    }
    let owned = |name: &str| query.text(name).map(str::to_owned);
    Ok(Some(CredentialFilter {
        issuer: query.text("issuerId").map(Did::one_spelling),
        status,
        format: owned("format"),
        category,
        credential_type: owned("credentialType"),
        list,
        network: None,
        created_until,
    }))
}

/// Those about one subject. The log knows subjects only sealed, so the rows that pass the other filters are opened.
async fn about(
    ask: &Ask,
    filter: &CredentialFilter,
    subject: &str,
    wanted: Page,
) -> Result<IssuedCredentials, Problem> {
    let subject = credential::subject_name(subject);
    let customer = ask.call.who.customer;
    let (mut total, mut opened, mut page_number) = (0_u64, 0_usize, 1_u64);
    let mut credentials = Vec::new();
    loop {
        let paging = Paging::page(Some(page_number), Some(u64::from(LIST_ROWS_MAX)));
        let page = ask.house.views.credentials().list(customer, filter, paging).await?;
        opened = opened.saturating_add(page.rows.len());
        if opened > SUBJECT_SCAN_ROWS_MAX {
            let sentence = format!(
                "More than {SUBJECT_SCAN_ROWS_MAX} credentials would have to be opened to find this subject; \
                 narrow the list with issuerId, status, credentialType or createdAt."
            );
            return Err(Fault::new(app::FaultKind::TooLarge, "credential/history-too-long", sentence).into());
        }
        for row in page.rows {
            let view = view(&ask.house.studio, customer, row, false).await?;
            if view.subject_id.as_deref().map(credential::subject_name).as_deref() == Some(&subject) {
                if total >= wanted.skipped() && credentials.len() < wanted.rows as usize {
                    credentials.push(view);
                }
                total = total.saturating_add(1);
            }
        }
        if !page.has_next {
            return Ok(IssuedCredentials { total, credentials });
        }
        page_number = page_number.saturating_add(1);
    }
}

async fn view(
    studio: &Studio,
    customer: CustomerId,
    row: CredentialRow,
    include: bool,
) -> Result<IssuedCredential, Fault> {
    let signed = match (&row.sealed, &row.public_credential) {
        (Some(sealed), _) => {
            credential::reveal(studio, customer, sealed).await?.map(|plain| plain.credential)
        }
        (None, Some(text)) => format::read(text).ok(),
        (None, None) => None,
    };
    Ok(described(&row, signed, include))
}

fn described(row: &CredentialRow, signed: Option<Value>, include: bool) -> IssuedCredential {
    let member = |name: &str| signed.as_ref().and_then(|signed| signed.get(name)).cloned();
    let kind = signed.as_ref().map(|signed| vc::types(signed).into_iter().map(str::to_owned).collect());
    IssuedCredential {
        issued_credential_id: row.credential.to_string(),
        provider_id: "studio",
        provider_credential_id: row.resource.map(|resource| resource.to_string()),
        issuer_id: row.issuer.to_string(),
        subject_id: signed.as_ref().and_then(vc::subject_id).map(str::to_owned),
        format: row.format.clone(),
        category: row.category,
        kind: kind.unwrap_or_else(|| row.types.clone()),
        status: row.status,
        status_updated_at: millis(row.status_updated_at.unwrap_or(row.created_at)),
        status_reason: row.status_reason.clone(),
        status_operation_id: row.status_publication.map(|operation| operation.to_string()),
        issued_at: millis(row.issuance_date),
        expires_at: row.expiration_date.map(millis),
        credential_status: member("credentialStatus"),
        status_registry_id: row.list.map(|list| list.to_string()),
        status_index: row.list_index,
        retry_count: 0,
        last_error: None,
        provider_metadata: signed.as_ref().map(|signed| metadata(row, signed)),
        created_at: millis(row.created_at),
        updated_at: millis(row.updated_at),
        credential: signed.filter(|_| include),
    }
}

fn metadata(row: &CredentialRow, signed: &Value) -> Value {
    let mut metadata = Map::new();
    let members = [
        ("schema", "credentialSchema"),
        ("proof", "proof"),
        ("termsOfUse", "termsOfUse"),
        ("contexts", "@context"),
    ];
    for (name, member) in members {
        if let Some(value) = signed.get(member) {
            metadata.insert(name.to_owned(), value.clone());
        }
    }
    if let Some(resource) = row.resource {
        metadata.insert("resourceType".to_owned(), json!(row.types.last()));
        metadata.insert("didUrl".to_owned(), json!(format!("{}/resources/{resource}", row.issuer)));
    }
    Value::Object(metadata)
}

fn millis(at: Instant) -> String {
    vc::iso_millis(at)
}

#[cfg(test)]
mod tests;
