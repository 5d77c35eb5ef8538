//! `POST /credential-status/create/unencrypted`.

use super::request::{
    list_name, list_type, own_did, purpose_of, purposes_of, resource_metadata, whole_number,
};
use crate::{
    Answer, Ask, Input, Problem, check,
    input::{INVALID, Query, invalid},
    job,
    rules::{Rules, passed},
    schema::{AlternativeAddress, StatusText, TextOrTexts},
};
use app::{Fault, job::JobAct, status_list::CreateStatusList};
use axum::http::StatusCode;
use domain::{
    resource::AlternativeUri,
    status_list::{ListCategory, ListType, StatusMessage, StatusPurpose},
};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// A status list to create.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct CreateStatusListRequest {
    /// The DID it hangs on; of the account.
    did: String,
    /// Its name.
    status_list_name: String,
    /// `1.0` by default.
    status_list_version: Option<String>,
    /// Other addresses.
    also_known_as: Option<Vec<AlternativeAddress>>,
    /// Entries; 131072 by default and at least.
    length: Option<u32>,
    /// `base64url`; `hex` for StatusList2021 too. Of a `TokenStatusList` `jwt`, which is the default, or `cwt`. Of a
    /// BitstringStatusList also `w3c`: the list is a `vc+jwt` exactly as the W3C has it, whose proof covers its bits.
    encoding: Option<String>,
    /// Bits per entry of a BitstringStatusList or `TokenStatusList`: 1, 2, 4 or 8; 2 by default.
    status_size: Option<u8>,
    /// The same, by the name that it has in a `TokenStatusList`.
    bits: Option<u8>,
    /// What each value means.
    status_messages: Option<Vec<StatusText>>,
    /// How long a verifier may keep a copy, in milliseconds.
    ttl: Option<u64>,
    /// `credential` or `accreditation`.
    credential_category: Option<String>,
    /// The same as in the query, which wins.
    list_type: Option<String>,
    /// The same as in the query, which wins.
    status_purpose: Option<TextOrTexts>,
    /// `client` if the caller signs with keys of his own: 202 with a job. `custodian` by default.
    mode: Option<String>,
}

/// A list on the ledger.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct CreateStatusListResult {
    /// Always true.
    created: bool,
    /// What was published.
    #[schema(value_type = Object)]
    resource: Value,
    /// Its metadata on the ledger.
    #[schema(value_type = crate::resource::ResourceView)]
    resource_metadata: Value,
    /// Always false.
    encrypted: bool,
    /// Our id of the list.
    status_list_id: String,
}

/// Publishes an empty status list. A list of that name and type is 409: zeros over it would reinstate everybody.
#[utoipa::path(post, path = "/credential-status/create/unencrypted",
    params(
        ("listType" = Option<String>, Query,
            description = "`BitstringStatusList`, `StatusList2021` or `TokenStatusList`; may stand in the body instead."),
        ("statusPurpose" = Option<Vec<String>>, Query,
            description = "`revocation`, `suspension`, `message`, `refresh`; several, repeated or with commas, for a \
                           BitstringStatusList or TokenStatusList. May stand in the body instead. Of a TokenStatusList it may \
                           be left out: its values say themselves what they mean.")),
    request_body(content(
        (CreateStatusListRequest = "application/json"),
        (CreateStatusListRequest = "application/x-www-form-urlencoded"))),
    responses((status = 200, body = CreateStatusListResult)))]
pub(super) async fn create(ask: Ask) -> Result<Answer, Problem> {
    let input = parse(&ask.query, &ask.input)?;
    if job::is_by_client(&ask.input)? {
        return job::open(&ask, JobAct::StatusListCreate(input)).await;
    }
    let did = input.did.clone();
    let written = ask.perform(input).await.map_err(|problem| {
        let fault = problem.into_fault();
        let fault = match fault.code {
            "did/not-found" => {
                let customer = ask.call.who.customer;
                Fault { public: format!("Identifier {did} not found for the customer {customer}"), ..fault }
            }
            _ => fault,
        };
        fault.with("created", false)
    })?;
    Answer::written(&ask, StatusCode::OK, written, |created| CreateStatusListResult {
        created: true,
        resource: created.resource,
        resource_metadata: resource_metadata(&did, &created.metadata),
        encrypted: false,
        status_list_id: created.list.to_string(),
    })
    .await
}

pub(super) fn parse(query: &Query, input: &Input) -> Result<CreateStatusList, Fault> {
    let mut rules = Rules::default();
    let did = rules.note(own_did(input));
    let list_type = rules.note(list_type(query, input));
    let status_size_bits = rules.note(status_size(input));
    let bits = status_size_bits.flatten();
    let purposes = rules.note(purposes(query, input, list_type, bits));
    let name = rules.note(list_name(input.raw("statusListName")));
    let version = rules.note(input.text("statusListVersion", "statusListVersion: should be a string"));
    let also_known_as = rules.note(also_known_as(input));
    let length = rules.note(length(input));
    let encoding = rules.note(encoding(input, list_type));
    let messages = rules.note(messages(input, bits));
    let ttl_milliseconds = rules.note(input.number("ttl", "ttl must be a non-negative number"));
    let category = rules.note(category(input));
    rules.note(no_encoded_list(input));
    passed!(
        rules: did, name, list_type, purposes, length, status_size_bits, messages, encoding, ttl_milliseconds,
        version, also_known_as, category
    );
    Ok(CreateStatusList {
        did,
        name,
        list_type,
        purposes,
        length,
        status_size_bits,
        messages,
        encoding,
        ttl_milliseconds,
        version: version.map(str::to_owned),
        also_known_as,
        category,
    })
}

/// Repeated parameters, a list with commas, or the body's text or array: all the same set.
fn purposes(
    query: &Query,
    input: &Input,
    list_type: Option<ListType>,
    bits: Option<u8>,
) -> Result<Vec<StatusPurpose>, Fault> {
    const NAME: &str = "statusPurpose";
    let repeated = query.pairs().iter().filter(|(name, _)| name == NAME).map(|(_, value)| value.clone());
    let mut texts: Vec<String> = repeated.collect();
    if texts.is_empty() {
        texts = match input.raw(NAME) {
            None if list_type == Some(ListType::TokenStatusList) => return Ok(of_token(bits)),
            None => return Err(invalid(NAME, "statusPurpose: required")),
            Some(Value::String(text)) => vec![text.clone()],
            Some(Value::Array(items)) => {
                check::texts(NAME, items, "statusPurpose: should be a string or array")?
            }
            Some(_) => return Err(invalid(NAME, "statusPurpose: should be a string or array")),
        };
    }
    let names: Vec<&str> = texts
        .iter()
        .flat_map(|text| text.split(','))
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect();
    let list_type = list_type.unwrap_or(ListType::BitstringStatusList);
    if names.len() > 1 && !list_type.rules().has_several_purposes {
        return Err(invalid(NAME, "statusPurpose: multiple values only allowed for BitstringStatusList"));
    }
    if names.is_empty() {
        return Err(invalid(NAME, "statusPurpose: cannot be empty"));
    }
    let unknown: Vec<&str> =
        names.iter().copied().filter(|name| purpose_of(list_type, name).is_none()).collect();
    if !unknown.is_empty() {
        let sentence = format!(
            "statusPurpose: invalid statusPurpose(s) \"{}\", should be one of {}",
            unknown.join(", "),
            purposes_of(list_type)
        );
        return Err(invalid(NAME, sentence));
    }
    if names.iter().collect::<BTreeSet<_>>().len() != names.len() {
        return Err(invalid(NAME, "statusPurpose: duplicate values not allowed"));
    }
    Ok(names.into_iter().filter_map(|name| purpose_of(list_type, name)).collect())
}

/// What the values of a token's list say: one bit, that something is no longer valid.
fn of_token(bits: Option<u8>) -> Vec<StatusPurpose> {
    match bits {
        Some(1) => vec![StatusPurpose::Revocation],
        _ => vec![StatusPurpose::Revocation, StatusPurpose::Suspension],
    }
}

fn also_known_as(input: &Input) -> Result<Vec<AlternativeUri>, Fault> {
    const NAME: &str = "alsoKnownAs";
    let Some(items) = input.array(NAME, "alsoKnownAs: should be an array")? else { return Ok(Vec::new()) };
    if items.is_empty() {
        return Err(invalid(NAME, "alsoKnownAs: should be a non-empty array"));
    }
    let uris = items.iter().map(|item| {
        let text = |name: &str| {
            item.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        Some(AlternativeUri { uri: text("uri")?, description: text("description")? })
    });
    let uris: Option<Vec<AlternativeUri>> = uris.collect();
    uris.ok_or_else(|| {
        invalid(
            NAME,
            "alsoKnownAs: should be an array of objects with `description` and `uri` properties of type string, \
             non-empty",
        )
    })
}

fn length(input: &Input) -> Result<Option<u32>, Fault> {
    let length = whole_number(
        input,
        "length",
        "length: should be a number",
        "length: should be an integer",
        1,
        "length: should be a positive integer",
    )?;
    // Beyond 32 bits it is too long for any list; the list's own limit says so.
    Ok(length.map(|length| u32::try_from(length).unwrap_or(u32::MAX)))
}

fn encoding(input: &Input, list_type: Option<ListType>) -> Result<Option<String>, Fault> {
    const NAME: &str = "encoding";
    let list_type = list_type.unwrap_or(ListType::BitstringStatusList);
    let allowed = list_type.rules().encodings;
    let sentence = match allowed {
        // The contract's words; `w3c` is ours.
        [usual, ..] if list_type == ListType::BitstringStatusList => {
            format!("encoding: invalid encoding, should be {usual} for {}", list_type.name())
        }
        several => format!("encoding: invalid encoding, should be one of {}", several.join(", ")),
    };
    let text = input.text(NAME, &sentence)?;
    text.map(|text| if allowed.contains(&text) { Ok(text.to_owned()) } else { Err(invalid(NAME, sentence)) })
        .transpose()
}

fn status_size(input: &Input) -> Result<Option<u8>, Fault> {
    match (entry_bits(input, "statusSize")?, entry_bits(input, "bits")?) {
        (Some(size), Some(bits)) if size != bits => {
            Err(invalid("bits", "bits: should be what statusSize is, or be left out"))
        }
        (size, bits) => Ok(size.or(bits)),
    }
}

fn entry_bits(input: &Input, name: &str) -> Result<Option<u8>, Fault> {
    let range = format!("{name}: should be an integer between 1 and 8");
    let size = whole_number(input, name, &format!("{name}: should be a number"), &range, 1, &range)?;
    match size {
        None => Ok(None),
        Some(bits @ (1 | 2 | 4 | 8)) => Ok(u8::try_from(bits).ok()),
        Some(3 | 5..=7) => Err(invalid(name, format!("{name} must be 1, 2, 4, or 8 bits"))),
        Some(_) => Err(invalid(name, range)),
    }
}

fn messages(input: &Input, bits: Option<u8>) -> Result<Vec<StatusMessage>, Fault> {
    const NAME: &str = "statusMessages";
    let Some(items) = input.array(NAME, "statusMessages: should be an array")? else { return Ok(Vec::new()) };
    if items.is_empty() {
        return Err(invalid(NAME, "statusMessages: should be a non-empty array"));
    }
    let read = items.iter().map(|item| serde_json::from_value(item.clone()).ok());
    let read: Option<Vec<StatusMessage>> = read.collect();
    let messages = read.ok_or_else(|| {
        invalid(
            NAME,
            "statusMessages: should be an array of objects with `status` and `message` properties of type string",
        )
    })?;
    if bits.is_some_and(|bits| bits > 1 && messages.len() != 1_usize << bits) {
        return Err(invalid(NAME, "statusMessages: array size must be 2^statusSize when statusSize > 1"));
    }
    Ok(messages)
}

fn category(input: &Input) -> Result<ListCategory, Fault> {
    const SENTENCE: &str =
        "credentialCategory: invalid category, should be one of ['credential', 'accreditation']";
    match input.text("credentialCategory", "credentialCategory: should be a string")? {
        None | Some("credential") => Ok(ListCategory::Credential),
        Some("accreditation") => Ok(ListCategory::Accreditation),
        Some(_) => Err(invalid("credentialCategory", SENTENCE)),
    }
}

/// cheqd Studio publishes such bytes as they are and forgets the list.
fn no_encoded_list(input: &Input) -> Result<(), Fault> {
    match input.text("encodedList", "encodedList: should be a string")? {
        None => Ok(()),
        Some(_) => Err(Fault::invalid(
            INVALID,
            "encodedList: a list that was encoded elsewhere cannot be published here; change entries after creating it",
        )
        .with("field", json!("encodedList"))),
    }
}
