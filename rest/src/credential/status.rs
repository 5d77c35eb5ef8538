//! `POST /credential/revoke`, `/credential/suspend`, `/credential/reinstate`.

use super::given_credential;
use crate::{
    Answer, Ask, Problem,
    input::Query,
    job,
    rules::{Rules, passed},
    schema::TextOrObject,
    status_list::{list_type, resource_metadata},
};
use app::{Fault, credential::ChangeCredentialStatus, job::JobAct, status_list::Applied};
use axum::http::StatusCode;
use domain::{credential::StatusAction, status_list::ListType};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

/// The credential whose status changes.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct CredentialRevokeRequest {
    /// A compact JWT, or the credential as an object with its `proof`.
    credential: TextOrObject,
    /// Why, for the history; not published.
    reason: Option<String>,
    /// The same as in the query, which wins.
    list_type: Option<String>,
    /// Has no effect: the lists here are open.
    symmetric_key: Option<String>,
    /// `client` if the caller signs with keys of his own: 202 with a job. `custodian` by default.
    mode: Option<String>,
}

/// What a change of status answers.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StatusChangeResult {
    /// After `revoke`: true.
    revoked: Option<bool>,
    /// After `suspend`: true.
    suspended: Option<bool>,
    /// After `reinstate`: true.
    unsuspended: Option<bool>,
    /// BitstringStatusList: whether the entry changed.
    updated: Option<bool>,
    /// BitstringStatusList: the entry's value now.
    status_value: Option<u8>,
    /// BitstringStatusList: the entry's value before.
    previous_status_value: Option<u8>,
    /// BitstringStatusList: the list's text for the value.
    status_message: Option<String>,
    /// Whether verifiers can see it.
    published: Option<bool>,
    /// BitstringStatusList: why nothing changed: `{"message": …}`.
    #[schema(value_type = Option<Object>)]
    error: Option<Value>,
    /// The list with the change.
    #[schema(value_type = Option<Object>)]
    status_list: Option<Value>,
    /// The list's new version on the ledger.
    resource_metadata: Option<crate::resource::ResourceView>,
}

/// Revokes a credential for good.
#[utoipa::path(post, path = "/credential/revoke",
    params(
        ("listType" = Option<String>, Query,
            description = "`BitstringStatusList`, `StatusList2021` or `TokenStatusList`; may stand in the body instead."),
        ("publish" = Option<bool>, Query, description = "Show it to verifiers now. On by default.")),
    request_body(content(
        (CredentialRevokeRequest = "application/json"),
        (CredentialRevokeRequest = "application/x-www-form-urlencoded"))),
    responses((status = 200, body = StatusChangeResult)))]
pub(super) async fn revoke(ask: Ask) -> Result<Answer, Problem> {
    change(ask, StatusAction::Revoke).await
}

/// Suspends a credential until it is reinstated.
#[utoipa::path(post, path = "/credential/suspend",
    params(
        ("listType" = Option<String>, Query,
            description = "`BitstringStatusList`, `StatusList2021` or `TokenStatusList`; may stand in the body instead."),
        ("publish" = Option<bool>, Query, description = "Show it to verifiers now. On by default.")),
    request_body(content(
        (CredentialRevokeRequest = "application/json"),
        (CredentialRevokeRequest = "application/x-www-form-urlencoded"))),
    responses((status = 200, body = StatusChangeResult)))]
pub(super) async fn suspend(ask: Ask) -> Result<Answer, Problem> {
    change(ask, StatusAction::Suspend).await
}

/// Ends a suspension. A revoked credential stays revoked (409).
#[utoipa::path(post, path = "/credential/reinstate",
    params(
        ("listType" = Option<String>, Query,
            description = "`BitstringStatusList`, `StatusList2021` or `TokenStatusList`; may stand in the body instead."),
        ("publish" = Option<bool>, Query, description = "Show it to verifiers now. On by default.")),
    request_body(content(
        (CredentialRevokeRequest = "application/json"),
        (CredentialRevokeRequest = "application/x-www-form-urlencoded"))),
    responses((status = 200, body = StatusChangeResult)))]
pub(super) async fn reinstate(ask: Ask) -> Result<Answer, Problem> {
    change(ask, StatusAction::Reinstate).await
}

async fn change(ask: Ask, action: StatusAction) -> Result<Answer, Problem> {
    let mut rules = Rules::default();
    let credential = rules.note(given_credential(&ask.input));
    let reason = rules.note(ask.input.text("reason", "reason should be a string"));
    let publish = rules.note(publish(&ask.query));
    let list_type = rules.note(list_type(&ask.query, &ask.input));
    rules.note(symmetric_key(&ask.input));
    passed!(rules: credential, list_type, publish, reason);
    let input = ChangeCredentialStatus {
        credential,
        action,
        list_type: Some(list_type),
        publish,
        reason: reason.map(str::to_owned),
    };
    if job::is_by_client(&ask.input)? {
        return job::open(&ask, JobAct::CredentialStatus(input)).await;
    }
    let written = ask.perform(input).await?;
    Answer::written(&ask, StatusCode::OK, written, |changed| {
        StatusAnswer { action, applied: &changed.applied }.to_json()
    })
    .await
}

/// `publish`, true when absent.
pub(crate) fn publish(query: &Query) -> Result<bool, Fault> {
    Ok(query.flag_or("publish", "publish should be a boolean value")?.unwrap_or(true))
}

/// `symmetricKey` opens encrypted lists; the lists here are open, so it is only looked at for its form.
pub(crate) fn symmetric_key(input: &crate::Input) -> Result<(), Fault> {
    input.text("symmetricKey", "symmetricKey: should be a string").map(|_| ())
}

/// A change of one entry, told as cheqd Studio tells it.
pub(crate) struct StatusAnswer<'a> {
    /// What was asked.
    pub(crate) action: StatusAction,
    /// What came of it.
    pub(crate) applied: &'a Applied,
}

impl StatusAnswer<'_> {
    /// The member that names the action's outcome.
    pub(crate) const fn member(action: StatusAction) -> &'static str {
        match action {
            StatusAction::Revoke => "revoked",
            StatusAction::Suspend => "suspended",
            StatusAction::Reinstate => "unsuspended",
        }
    }

    /// The body.
    pub(crate) fn to_json(&self) -> Map<String, Value> {
        let applied = self.applied;
        let mut body = Map::new();
        let mut put = |name: &str, value: Value| {
            body.insert(name.to_owned(), value);
        };
        put(Self::member(self.action), Value::Bool(true));
        if applied.description.list_type == ListType::BitstringStatusList {
            let (value, message) = (applied.value, applied.message().unwrap_or("unknown"));
            put("updated", Value::Bool(applied.changed));
            put("statusValue", Value::from(value));
            if applied.changed {
                put(
                    "previousStatusValue",
                    Value::from(applied.previous.first().copied().unwrap_or_default()),
                );
            }
            put("statusMessage", Value::from(message));
            if !applied.changed {
                let sentence = format!("Credential already has status value {value} ({message})");
                put("error", json!({ "message": sentence }));
            }
        }
        if applied.changed {
            put("published", Value::Bool(applied.published.is_some()));
        }
        match (&applied.published, &applied.content) {
            (Some((content, metadata)), _) => {
                put("statusList", content.clone());
                put("resourceMetadata", resource_metadata(&applied.description.did, metadata));
            }
            (None, Some(content)) => put("statusList", content.clone()),
            (None, None) => {}
        }
        body
    }
}
