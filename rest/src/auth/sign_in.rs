//! Signing in and out.

use super::{
    ACCOUNT, INVITATION, SIGN_IN,
    contract::{PasswordBody, SignOutBody, SignedIn, SignedOutView},
    fields::Fields,
    page::{Form, Page, escaped},
    passkey,
    visit::{Parameters, Visit, no_store, problem, see_other},
};
use crate::House;
use app::{
    Fault, people,
    port::sign_in::{BeginSignIn, Callback, Pending},
};
use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use porch::{
    Sender,
    cookie::{self, Cookie},
    only_own, own_path, visitors_call,
};
use std::sync::Arc;

domain::limits! {
    /// How long a browser has to come back from the identity provider.
    pub(super) SIGN_IN_PENDING_SECONDS: i64 = 600, "seconds";
}

/// Begins to sign in: with the identity provider, or on a page of ours.
#[utoipa::path(get, path = "/auth/sign-in",
    params(
        ("returnTo" = Option<String>, Query, description = "A path here, where the browser goes then."),
        ("connector" = Option<String>, Query, description = "Which way in the identity provider offers first."),
    ),
    responses((status = 200, description = "The page for e-mail address and password.", content_type = "text/html", body = String),
        (status = 302, description = "On to the identity provider.")))]
pub(super) async fn page(State(house): State<Arc<House>>, request: Request) -> Response {
    begin(&Visit::of(&house, &request), &Parameters::of(&request), false).await
}

/// The same, beginning with making an account at the identity provider.
#[utoipa::path(get, path = "/auth/sign-up",
    params(
        ("returnTo" = Option<String>, Query, description = "A path here, where the browser goes then."),
        ("connector" = Option<String>, Query, description = "Which way in the identity provider offers first."),
    ),
    responses((status = 200, description = "The page for e-mail address and password.", content_type = "text/html", body = String),
        (status = 302, description = "On to the identity provider.")))]
pub(super) async fn sign_up(State(house): State<Arc<House>>, request: Request) -> Response {
    begin(&Visit::of(&house, &request), &Parameters::of(&request), true).await
}

async fn begin(visit: &Visit, parameters: &Parameters, sign_up: bool) -> Response {
    let return_to = own_path(parameters.get("returnTo").or(Some(ACCOUNT))).to_owned();
    let Some(provider) = &visit.house.studio.sign_in.provider else {
        return form(visit, &return_to, "", None);
    };
    let connector_hint = parameters.get("connector").map(str::to_owned);
    match provider.begin(BeginSignIn { return_to, connector_hint, sign_up }).await {
        Ok(begun) => match sealed(visit, &begun.memory) {
            Ok(cookie) => {
                let mut response = see_other(&begun.address);
                *response.status_mut() = StatusCode::FOUND;
                response.headers_mut().append(header::SET_COOKIE, cookie);
                response
            }
            Err(fault) => visit.sorry(fault),
        },
        Err(fault) => visit.sorry(fault),
    }
}

fn sealed(visit: &Visit, memory: &Pending) -> Result<HeaderValue, Fault> {
    let studio = &visit.house.studio;
    // The time is sealed with it: a browser may keep a cookie as long as it likes.
    let until = studio.clock.now().timestamp() + SIGN_IN_PENDING_SECONDS;
    let text = serde_json::to_vec(&(until, memory)).map_err(Fault::bug)?;
    let value = studio.sign_in.cookies.seal(&text)?;
    let line = cookie::set(studio, &visit.headers, Cookie::Pending, &value, SIGN_IN_PENDING_SECONDS);
    line.ok_or_else(|| Fault::bug("a cookie of no characters that cookies take"))
}

fn opened(visit: &Visit) -> Option<Pending> {
    let studio = &visit.house.studio;
    let text = cookie::read(studio, &visit.headers, Cookie::Pending)?;
    let (until, memory): (i64, Pending) =
        serde_json::from_slice(&studio.sign_in.cookies.open(&text)?).ok()?;
    (studio.clock.now().timestamp() < until).then_some(memory)
}

/// The page for e-mail address and password.
fn form(visit: &Visit, return_to: &str, email: &str, fault: Option<Fault>) -> Response {
    let focus = |is_first: bool| if is_first { " autofocus" } else { "" };
    let email_more = format!(
        "type=\"email\" autocomplete=\"username\" required maxlength=\"254\"{}",
        focus(email.is_empty())
    );
    let password_more =
        format!("type=\"password\" autocomplete=\"current-password\" required{}", focus(!email.is_empty()));
    let form = Form::to("/auth/password", "Sign in", fault.as_ref())
        .hidden("returnTo", return_to)
        .field("email", "E-mail address", email, &email_more, "")
        .field("password", "Password", "", &password_more, "");
    let lost = "<p class=\"hint\">Password forgotten? The operator makes a reset link with <code>studio user reset</code>.</p>";
    let offer = passkey::offer(visit, return_to);
    let status = fault.as_ref().map_or(StatusCode::OK, |fault| porch::problem::status_of(fault.kind));
    let body = format!("{}{}{lost}", form.html(), offer.as_deref().unwrap_or_default());
    let page =
        Page { title: "Sign in", body, is_wide: false, has_script: offer.is_some(), leads_to: None, status };
    visit.answer(page, fault)
}

/// Back from the identity provider.
#[utoipa::path(get, path = "/auth/callback",
    params(
        ("code" = Option<String>, Query), ("state" = Option<String>, Query), ("iss" = Option<String>, Query),
        ("error" = Option<String>, Query),
    ),
    responses((status = 303, description = "Signed in; on to where the browser wanted to be.")))]
pub(super) async fn callback(State(house): State<Arc<House>>, request: Request) -> Response {
    let visit = Visit::of(&house, &request);
    let parameters = Parameters::of(&request);
    let text = |name| parameters.get(name).map(str::to_owned);
    let callback =
        Callback { code: text("code"), state: text("state"), iss: text("iss"), error: text("error") };
    let mut response = match finish(&visit, callback).await {
        Ok(response) => response,
        Err(fault) => visit.sorry(fault),
    };
    // It works once, whatever came of it.
    visit.forget(&mut response, Cookie::Pending);
    response
}

async fn finish(visit: &Visit, callback: Callback) -> Result<Response, Fault> {
    let _place = visit.place().await?;
    let studio = &visit.house.studio;
    let memory = opened(visit).ok_or_else(|| {
        Fault::invalid(
            "auth/sign-in-unknown",
            "This browser did not begin this sign-in, or too long ago. Begin again.",
        )
    })?;
    let return_to = own_path(Some(&memory.return_to)).to_owned();
    let invitation = return_to.strip_prefix(INVITATION).and_then(|rest| rest.strip_prefix('?'));
    let invitation = invitation.map(Parameters::of_query);
    let token = invitation.as_ref().and_then(|parameters| parameters.get("token"));
    let call = visitors_call(studio);
    let back = people::sign_in_with_provider(studio, &call, memory, callback, token, &visit.arrival).await?;
    let return_to = if back.joined { ACCOUNT } else { &return_to };
    Ok(visit.let_in(&back.opened, return_to, true).await)
}

/// Signs in with e-mail address and password.
#[utoipa::path(post, path = "/auth/password",
    request_body(content((PasswordBody = "application/json"), (PasswordBody = "application/x-www-form-urlencoded"))),
    responses((status = 200, body = SignedIn), (status = 303, description = "For a form: on to the next page.")))]
pub(super) async fn password(State(house): State<Arc<House>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let visit = Visit::new(&house, &parts.headers, &parts.extensions);
    if let Err(fault) = visit.may_begin() {
        return visit.refuse(fault);
    }
    let fields = match Fields::read(&visit.headers, body).await {
        Ok(fields) => fields,
        Err(fault) => return visit.refuse(fault),
    };
    let return_to = own_path(fields.given("returnTo").or(Some(ACCOUNT)));
    match try_password(&visit, &fields).await {
        Ok(opened) => visit.let_in(&opened, return_to, visit.is_form).await,
        Err(fault) if visit.is_form => form(&visit, return_to, fields.text("email"), Some(fault)),
        Err(fault) => problem(fault),
    }
}

async fn try_password(visit: &Visit, fields: &Fields) -> Result<people::Opened, Fault> {
    if let Some(missing) = ["email", "password"].into_iter().find(|name| fields.given(name).is_none()) {
        return Err(
            Fault::invalid("request/invalid", format!("{missing} is required.")).with("field", missing)
        );
    }
    let _place = visit.place().await?;
    let studio = &visit.house.studio;
    let (email, password) = (fields.text("email"), fields.text("password"));
    people::sign_in(studio, &visitors_call(studio), email, password, &visit.arrival).await
}

/// Signs out, here and at the identity provider. `returnTo` is where the browser goes from here; a provider sends it to `/`.
#[utoipa::path(post, path = "/auth/sign-out",
    request_body(content((SignOutBody = "application/json"), (SignOutBody = "application/x-www-form-urlencoded"))),
    responses((status = 200, body = SignedOutView), (status = 303, description = "For a form: on to the next page.")))]
pub(super) async fn sign_out(State(house): State<Arc<House>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let visit = Visit::new(&house, &parts.headers, &parts.extensions);
    if let Err(fault) = only_own(&house.studio, &visit.headers) {
        return visit.refuse(fault);
    }
    let fields = match Fields::read(&visit.headers, body).await {
        Ok(fields) => fields,
        Err(fault) => return visit.refuse(fault),
    };
    let return_to = own_path(fields.given("returnTo").or(Some(SIGN_IN)));
    end(&visit, return_to, visit.is_form).await
}

/// `/logto/sign-out`: as its twin, by any method. A link of another page asks first.
pub(super) async fn sign_out_anyhow(State(house): State<Arc<House>>, request: Request) -> Response {
    let visit = Visit::of(&house, &request);
    if Sender::of(&house.studio, &visit.headers) == Sender::Own {
        return end(&visit, SIGN_IN, true).await;
    }
    let form = Form::to("/auth/sign-out", "Sign out", None);
    let page = Page {
        title: "Sign out?",
        body: format!("<p>You will be signed out of this browser.</p>{}", form.html()),
        is_wide: false,
        has_script: false,
        leads_to: visit.way_out().await,
        status: StatusCode::OK,
    };
    visit.answer(page, None)
}

async fn end(visit: &Visit, return_to: &str, is_form: bool) -> Response {
    let studio = &visit.house.studio;
    let mut onward = None;
    match visit.live().await {
        Ok(Some(session)) => {
            // A provider sends browsers only to an address that it was told beforehand.
            let back = format!("{}/", visit.base_url());
            match people::sign_out(studio, &session, &back).await {
                Ok(address) => onward = address,
                Err(fault) if is_form => return visit.sorry(fault),
                Err(fault) => return problem(fault),
            }
        }
        Ok(None) => {}
        Err(fault) if is_form => return visit.sorry(fault),
        Err(fault) => return problem(fault),
    }
    let mut response = if is_form {
        see_other(onward.as_deref().unwrap_or(return_to))
    } else {
        no_store(Json(SignedOutView { signed_out: true, continue_at: onward }).into_response())
    };
    visit.forget(&mut response, Cookie::Session);
    response
}

/// A line of markup that names somebody.
pub(super) fn shown(text: Option<&str>) -> String {
    text.map_or_else(|| "<em>not told</em>".to_owned(), escaped)
}
