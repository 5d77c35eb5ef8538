//! Signing in with a passkey, and what all pages with passkeys share.

use super::{
    ACCOUNT,
    contract::{PasskeyOptions, PasskeySignInBody, SignedIn},
    fields::Fields,
    page::escaped,
    visit::{Visit, no_store, problem},
};
use crate::House;
use app::{
    Fault,
    data::base64url,
    people::{
        AskForPasskey, Challenge, Opened, PASSKEY_CHALLENGE_SECONDS, PasskeyAnswer, begin_passkey_sign_in,
        relying_party, sign_in_with_passkey,
    },
    port::authenticators::Assertion,
};
use axum::{
    Json,
    extract::{Request, State},
    http::header,
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use porch::{
    cookie::{self, Cookie},
    own_path, visitors_call,
};
use serde_json::{Value, json};
use std::sync::Arc;

/// The one script of ours.
pub(super) const SCRIPT: &str = "/auth/passkey.js";

/// The script of the pages with passkeys.
#[utoipa::path(get, path = "/auth/passkey.js",
    responses((status = 200, description = "A script.", content_type = "text/javascript", body = String)))]
pub(super) async fn script() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        // A browser that comes back after an upgrade must not run the script of before.
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, include_str!("passkey.js")).into_response()
}

/// The button on the sign-in page, which the script shows where the browser has passkeys; none where there can be none.
pub(super) fn offer(visit: &Visit, return_to: &str) -> Option<String> {
    relying_party(&visit.house.studio, &visit.base_url()).ok()?;
    Some(format!(
        "<form id=\"passkey-sign-in\" data-return-to=\"{}\" hidden><p class=\"or\">or</p>\
         <p class=\"bad\" role=\"alert\" hidden></p>\
         <button class=\"plain wide-button\">Sign in with a passkey</button></form>",
        escaped(return_to)
    ))
}

/// Bytes that the script sent. Fault `request/invalid`.
pub(super) fn bytes(fields: &Fields, name: &str) -> Result<Vec<u8>, Fault> {
    let text = fields.given(name).ok_or_else(|| Fault::about(name, format!("{name} is required.")))?;
    base64url(text).ok_or_else(|| Fault::about(name, format!("{name} should be bytes as base64url.")))
}

/// Bytes as the script reads them.
pub(super) fn coded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The answer with what a browser is asked; it keeps the challenge, sealed, until it answers.
pub(super) fn asked(visit: &Visit, challenge: &Challenge, public_key: Value) -> Result<Response, Fault> {
    let studio = &visit.house.studio;
    let value = studio.sign_in.cookies.seal(&serde_json::to_vec(challenge).map_err(Fault::bug)?)?;
    let line = cookie::set(studio, &visit.headers, Cookie::Passkey, &value, PASSKEY_CHALLENGE_SECONDS);
    let line = line.ok_or_else(|| Fault::bug("a cookie of no characters that cookies take"))?;
    let mut response = no_store(Json(PasskeyOptions { public_key }).into_response());
    response.headers_mut().append(header::SET_COOKIE, line);
    Ok(response)
}

/// The challenge that a browser kept, if it kept one of ours.
pub(super) fn kept(visit: &Visit) -> Option<Challenge> {
    let studio = &visit.house.studio;
    let text = cookie::read(studio, &visit.headers, Cookie::Passkey)?;
    serde_json::from_slice(&studio.sign_in.cookies.open(&text)?).ok()
}

/// What `navigator.credentials.get` is asked. No passkey is named, so nothing is told of who has one.
#[utoipa::path(post, path = "/auth/passkey/options", responses((status = 200, body = PasskeyOptions)))]
pub(super) async fn options(State(house): State<Arc<House>>, request: Request) -> Response {
    let visit = Visit::of(&house, &request);
    let begun = || {
        visit.may_begin()?;
        let studio = &house.studio;
        let (challenge, AskForPasskey { party, challenge: random }) =
            begin_passkey_sign_in(studio, &visitors_call(studio), &visit.base_url())?;
        let options = json!({
            "rpId": party.id,
            "challenge": coded(&random),
            "userVerification": "required",
            "timeout": PASSKEY_CHALLENGE_SECONDS * 1000,
        });
        asked(&visit, &challenge, options)
    };
    begun().unwrap_or_else(problem)
}

/// Signs in with a passkey.
#[utoipa::path(post, path = "/auth/passkey",
    request_body(content((PasskeySignInBody = "application/json"))), responses((status = 200, body = SignedIn)))]
pub(super) async fn sign_in(State(house): State<Arc<House>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let visit = Visit::new(&house, &parts.headers, &parts.extensions);
    if let Err(fault) = visit.may_begin() {
        return problem(fault);
    }
    let fields = match Fields::read(&visit.headers, body).await {
        Ok(fields) => fields,
        Err(fault) => return problem(fault),
    };
    let return_to = own_path(fields.given("returnTo").or(Some(ACCOUNT)));
    let mut response = match tried(&visit, &fields).await {
        Ok(opened) => visit.let_in(&opened, return_to, false).await,
        Err(fault) => problem(fault),
    };
    // A challenge is answered once, whatever came of it.
    visit.forget(&mut response, Cookie::Passkey);
    response
}

async fn tried(visit: &Visit, fields: &Fields) -> Result<Opened, Fault> {
    let (credential, user_handle) = (bytes(fields, "credentialId")?, bytes(fields, "userHandle")?);
    let client_data = bytes(fields, "clientDataJSON")?;
    let authenticator_data = bytes(fields, "authenticatorData")?;
    let signature = bytes(fields, "signature")?;
    let answer = PasskeyAnswer {
        credential: &credential,
        user_handle: &user_handle,
        assertion: Assertion {
            client_data: &client_data,
            authenticator_data: &authenticator_data,
            signature: &signature,
        },
    };
    let _place = visit.place().await?;
    let studio = &visit.house.studio;
    let (call, reached_by) = (visitors_call(studio), visit.base_url());
    sign_in_with_passkey(studio, &call, kept(visit), answer, &reached_by, &visit.arrival).await
}
