//! The passkeys of whoever is signed in: listed, added, called otherwise, removed.

use super::{
    ACCOUNT, SIGN_IN,
    account::{acting, sent},
    contract::{
        AddPasskeyBody, PasskeyList, PasskeyOptions, PasskeyRemoved, PasskeyRenamed, PasskeyView,
        RemovePasskeyBody, RenamePasskeyBody,
    },
    fields::Fields,
    page::escaped,
    passkey::{asked, bytes, coded, kept},
    visit::{Visit, no_store, problem, see_other},
};
use crate::House;
use app::{
    Fault,
    people::{self, AddPasskey, NewPasskey, OwnPasskey, PASSKEY_CHALLENGE_SECONDS, PASSKEY_NAME_CHARS_MAX},
    port::{authenticators::Attestation, sessions::Session},
};
use axum::{
    Json,
    extract::{Path, Request, State},
    http::{Method, StatusCode},
    response::{IntoResponse, Response},
};
use domain::id::PasskeyId;
use porch::{cookie::Cookie, visitors_call};
use serde::Serialize;
use serde_json::{Value, json};
use std::{fmt::Write as _, sync::Arc};
use uuid::Uuid;

/// What is no id names no passkey.
fn named(id: &str) -> PasskeyId {
    PasskeyId(Uuid::try_parse(id).unwrap_or_default())
}

/// The user's passkeys, oldest first.
#[utoipa::path(get, path = "/auth/passkeys", responses((status = 200, body = PasskeyList)))]
pub(super) async fn list(State(house): State<Arc<House>>, request: Request) -> Response {
    let visit = Visit::of(&house, &request);
    let listed = async {
        let recognised = visit.signed_in().await?;
        let passkeys = people::passkeys(&house.studio, recognised.session.user).await?;
        Ok((recognised, passkeys))
    };
    match listed.await {
        Ok((recognised, passkeys)) => {
            let passkeys = passkeys.iter().map(PasskeyView::from).collect();
            let response = Json(PasskeyList { passkeys }).into_response();
            no_store(visit.renewed(response, &recognised).await)
        }
        Err(fault) => problem(fault),
    }
}

/// What `navigator.credentials.create` is asked.
#[utoipa::path(post, path = "/auth/passkeys/options", responses((status = 200, body = PasskeyOptions)))]
pub(super) async fn options(State(house): State<Arc<House>>, request: Request) -> Response {
    let visit = Visit::of(&house, &request);
    let begun = async {
        let session = acting(&visit, &Method::POST).await?.session;
        let studio = &house.studio;
        let call = visitors_call(studio);
        let (challenge, wanted) =
            people::begin_adding_passkey(studio, &call, &session, &visit.base_url()).await?;
        asked(&visit, &challenge, creation(&wanted))
    };
    begun.await.unwrap_or_else(problem)
}

/// A passkey that a device finds by itself, and uses only for somebody whom it knows. Whoever made the device is not asked.
fn creation(wanted: &AddPasskey) -> Value {
    let parameters = wanted.algorithms.iter().map(|number| json!({"type": "public-key", "alg": number}));
    let present = wanted.present.iter().map(|id| json!({"type": "public-key", "id": coded(id)}));
    json!({
        "rp": {"id": wanted.party.id, "name": "Studio"},
        "user": {
            "id": coded(wanted.user.0.as_bytes()),
            "name": wanted.account,
            "displayName": wanted.display_name,
        },
        "challenge": coded(&wanted.challenge),
        "pubKeyCredParams": parameters.collect::<Vec<_>>(),
        "excludeCredentials": present.collect::<Vec<_>>(),
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": true,
            "userVerification": "required",
        },
        "attestation": "none",
        "timeout": PASSKEY_CHALLENGE_SECONDS * 1000,
    })
}

/// Adds a passkey.
#[utoipa::path(post, path = "/auth/passkeys",
    request_body(content((AddPasskeyBody = "application/json"))), responses((status = 201, body = PasskeyView)))]
pub(super) async fn add(State(house): State<Arc<House>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let visit = Visit::new(&house, &parts.headers, &parts.extensions);
    let added = async {
        let session = acting(&visit, &Method::POST).await?.session;
        let fields = Fields::read(&visit.headers, body).await?;
        taken(&visit, &session, &fields).await
    };
    let mut response = match added.await {
        Ok(passkey) => no_store((StatusCode::CREATED, Json(PasskeyView::from(&passkey))).into_response()),
        Err(fault) => problem(fault),
    };
    // A challenge is answered once, whatever came of it.
    visit.forget(&mut response, Cookie::Passkey);
    response
}

async fn taken(visit: &Visit, session: &Session, fields: &Fields) -> Result<OwnPasskey, Fault> {
    let client_data = bytes(fields, "clientDataJSON")?;
    let attestation_object = bytes(fields, "attestationObject")?;
    let answer = Attestation { client_data: &client_data, attestation_object: &attestation_object };
    let new = NewPasskey { name: fields.given("name"), answer };
    let _place = visit.place().await?;
    let studio = &visit.house.studio;
    let (call, reached_by) = (visitors_call(studio), visit.base_url());
    people::add_passkey(studio, &call, session, kept(visit), new, &reached_by).await
}

/// Removes a passkey.
#[utoipa::path(delete, path = "/auth/passkeys/{id}",
    params(("id" = String, Path, description = "From `/auth/passkeys`.")),
    responses((status = 200, body = PasskeyRemoved)))]
pub(super) async fn remove(
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let visit = Visit::of(&house, &request);
    let removed = async {
        let user = acting(&visit, &Method::DELETE).await?.session.user;
        people::remove_passkey(&house.studio, &visitors_call(&house.studio), user, named(&id)).await
    };
    match removed.await {
        Ok(()) => no_store(Json(PasskeyRemoved { removed: 1 }).into_response()),
        Err(fault) => problem(fault),
    }
}

/// Calls a passkey otherwise.
#[utoipa::path(post, path = "/auth/passkey/rename",
    request_body(content((RenamePasskeyBody = "application/json"), (RenamePasskeyBody = "application/x-www-form-urlencoded"))),
    responses((status = 200, body = PasskeyRenamed), (status = 303, description = "For a form: on to the next page.")))]
pub(super) async fn rename(State(house): State<Arc<House>>, request: Request) -> Response {
    let (visit, _, fields) = match sent(&house, request).await {
        Ok(sent) => sent,
        Err(response) => return response,
    };
    let renamed = async {
        let user = visit.signed_in().await?.session.user;
        let (studio, id) = (&house.studio, named(fields.text("id")));
        people::rename_passkey(studio, &visitors_call(studio), user, id, fields.text("name")).await
    };
    answer(&visit, renamed.await, PasskeyRenamed { renamed: 1 })
}

/// The same for a form: removes a passkey.
#[utoipa::path(post, path = "/auth/passkey/remove",
    request_body(content((RemovePasskeyBody = "application/json"), (RemovePasskeyBody = "application/x-www-form-urlencoded"))),
    responses((status = 200, body = PasskeyRemoved), (status = 303, description = "For a form: on to the next page.")))]
pub(super) async fn remove_by_form(State(house): State<Arc<House>>, request: Request) -> Response {
    let (visit, _, fields) = match sent(&house, request).await {
        Ok(sent) => sent,
        Err(response) => return response,
    };
    let removed = async {
        let user = visit.signed_in().await?.session.user;
        let (studio, id) = (&house.studio, named(fields.text("id")));
        people::remove_passkey(studio, &visitors_call(studio), user, id).await
    };
    answer(&visit, removed.await, PasskeyRemoved { removed: 1 })
}

fn answer(visit: &Visit, done: Result<(), Fault>, told: impl Serialize) -> Response {
    match done {
        Ok(()) if visit.is_form => see_other(ACCOUNT),
        Ok(()) => no_store(Json(told).into_response()),
        Err(fault) => visit.refuse_known(fault),
    }
}

/// The part of the account page, and whether it needs the script: passkeys are listed, called otherwise and removed without it,
/// and added with it.
pub(super) fn section(body: &mut String, visit: &Visit, session: &Session, passkeys: &[OwnPasskey]) -> bool {
    let studio = &visit.house.studio;
    let can_be = people::relying_party(studio, &visit.base_url()).is_ok();
    if !can_be && passkeys.is_empty() {
        return false;
    }
    body.push_str(
        "<h2>Passkeys</h2><p>A passkey signs you in with your fingerprint, your face or a PIN, here and at no other site.</p><ul>",
    );
    for passkey in passkeys {
        row(body, passkey);
    }
    body.push_str("</ul>");
    let is_lately = people::may_add_passkey(studio.clock.now(), session).is_ok();
    if !can_be {
        body.push_str("<p class=\"hint\">None can be added at this address.</p>");
    } else if !is_lately {
        let _ = write!(
            body,
            "<p class=\"hint\"><a href=\"{SIGN_IN}?returnTo={ACCOUNT}\">Sign in again</a> to add a passkey.</p>"
        );
    } else {
        let _ = write!(
            body,
            "<form id=\"passkey-add\" hidden><p class=\"bad\" role=\"alert\" hidden></p>\
             <label for=\"passkey-name\">Name</label><input id=\"passkey-name\" name=\"name\" autocomplete=\"off\" \
             maxlength=\"{PASSKEY_NAME_CHARS_MAX}\" placeholder=\"Passkey\" aria-describedby=\"passkey-hint\">\
             <p class=\"hint\" id=\"passkey-hint\">By which you know it again, such as the device it is on.</p>\
             <button class=\"wide-button\">Add a passkey</button></form>\
             <noscript><p class=\"hint\">Adding one needs JavaScript.</p></noscript>"
        );
    }
    can_be && is_lately
}

fn row(body: &mut String, passkey: &OwnPasskey) {
    let id = passkey.id.to_string();
    let name = passkey.name.as_deref().unwrap_or_default();
    let shown = super::sign_in::shown(passkey.name.as_deref());
    let added = passkey.created_at.format("%Y-%m-%d");
    let used = passkey.last_used_at.map_or_else(
        || "not used yet".to_owned(),
        |at| at.format("last used %Y-%m-%d %H:%M UTC").to_string(),
    );
    let copied = if passkey.is_backed_up { " · on several devices" } else { "" };
    let name = escaped(name);
    let _ = write!(
        body,
        "<li><div>{shown}<small>added {added} · {used}{copied}</small>\
         <details><summary>Rename</summary><form method=\"post\" action=\"/auth/passkey/rename\" class=\"row\">\
         <input type=\"hidden\" name=\"id\" value=\"{id}\"><input name=\"name\" value=\"{name}\" required \
         maxlength=\"{PASSKEY_NAME_CHARS_MAX}\" autocomplete=\"off\" aria-label=\"New name of {name}\">\
         <button class=\"plain\">Rename</button></form></details></div>\
         <form method=\"post\" action=\"/auth/passkey/remove\"><button class=\"plain\" name=\"id\" value=\"{id}\" \
         aria-label=\"Remove {name}\">Remove</button></form></li>"
    );
}
