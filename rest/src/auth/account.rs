//! What somebody who is signed in sees and does about themselves.

use super::{
    ACCOUNT, SIGN_IN,
    contract::{
        ChangePasswordBody, ChooseCustomerBody, ChosenCustomer, EndSessionBody, Ended, PasswordChanged,
        SessionList, SessionView, UserInfo,
    },
    fields::Fields,
    page::{Form, Page, escaped},
    passkeys,
    sign_in::shown,
    visit::{Visit, no_store, nobody, problem, see_other},
};
use crate::{House, Problem};
use app::{
    Fault, FaultKind,
    people::{self, Profile, Recognised},
    port::sessions::{Session, SessionId},
};
use axum::{
    Json,
    extract::{Path, Request, State},
    http::{Method, StatusCode},
    response::{IntoResponse, Response},
};
use domain::id::CustomerId;
use porch::{only_own, refuse_forgery};
use std::{fmt::Write as _, sync::Arc};
use uuid::Uuid;

/// Whether somebody is signed in here, and who.
#[utoipa::path(get, path = "/auth/user-info",
    responses((status = 200, description = "Whether, and who; nothing where nobody has to say who they are.",
        content((UserInfo = "application/json"), (String = "*/*")))))]
pub(super) async fn user_info(State(house): State<Arc<House>>, request: Request) -> Response {
    let visit = Visit::of(&house, &request);
    if house.studio.settings.open_to.is_some() {
        return no_store(StatusCode::OK.into_response());
    }
    match visit.recognised().await {
        Ok(Some(recognised)) => match people::profile(&house.studio, recognised.session.user).await {
            Ok(profile) => {
                let response = Json(UserInfo::of(&recognised.session, profile)).into_response();
                no_store(visit.renewed(response, &recognised).await)
            }
            Err(fault) => problem(fault),
        },
        Ok(None) => no_store(Json(UserInfo::NOBODY).into_response()),
        Err(fault) => problem(fault),
    }
}

/// The user's sessions, newest first.
#[utoipa::path(get, path = "/auth/sessions", responses((status = 200, body = SessionList)))]
pub(super) async fn list_sessions(State(house): State<Arc<House>>, request: Request) -> Response {
    let visit = Visit::of(&house, &request);
    let listed = async {
        let recognised = visit.signed_in().await?;
        let sessions = people::sessions(&house.studio, recognised.session.user).await?;
        Ok((recognised, sessions))
    }
    .await;
    match listed {
        Ok((recognised, sessions)) => {
            let present = recognised.session.id;
            let sessions = sessions.iter().map(|session| SessionView::of(session, session.id == present));
            let response = Json(SessionList { sessions: sessions.collect() }).into_response();
            no_store(visit.renewed(response, &recognised).await)
        }
        Err(fault) => problem(fault),
    }
}

/// Whoever is signed in and asks with a page of ours.
pub(super) async fn acting(visit: &Visit, method: &Method) -> Result<Recognised, Fault> {
    let recognised = visit.signed_in().await?;
    refuse_forgery(&visit.house.studio, method, &visit.headers)?;
    Ok(recognised)
}

/// Ends all of the user's sessions but this one.
#[utoipa::path(delete, path = "/auth/sessions", responses((status = 200, body = Ended)))]
pub(super) async fn end_other_sessions(State(house): State<Arc<House>>, request: Request) -> Response {
    let visit = Visit::of(&house, &request);
    let ended = async {
        let recognised = acting(&visit, &Method::DELETE).await?;
        people::end_other_sessions(&house.studio, &recognised.session).await
    };
    match ended.await {
        Ok(ended) => no_store(Json(Ended { ended }).into_response()),
        Err(fault) => problem(fault),
    }
}

/// Ends one of the user's sessions.
#[utoipa::path(delete, path = "/auth/sessions/{id}",
    params(("id" = String, Path, description = "From `/auth/sessions`.")), responses((status = 200, body = Ended)))]
pub(super) async fn end_session(
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let visit = Visit::of(&house, &request);
    let ended = async {
        let recognised = acting(&visit, &Method::DELETE).await?;
        end(&visit, &recognised, &id).await
    };
    match ended.await {
        Ok(()) => no_store(Json(Ended { ended: 1 }).into_response()),
        Err(fault) => problem(fault),
    }
}

async fn end(visit: &Visit, recognised: &Recognised, id: &str) -> Result<(), Fault> {
    // What is no id names no session.
    let id = SessionId(Uuid::try_parse(id).unwrap_or_default());
    people::end_session(&visit.house.studio, recognised.session.user, id).await
}

/// What a page of ours sent for whoever is signed in.
pub(super) async fn sent(house: &Arc<House>, request: Request) -> Result<(Visit, Session, Fields), Response> {
    let (parts, body) = request.into_parts();
    let visit = Visit::new(house, &parts.headers, &parts.extensions);
    let studio = &house.studio;
    let taken = async {
        let session = visit.live().await?.ok_or_else(nobody)?;
        only_own(studio, &visit.headers)?;
        Ok((session, Fields::read(&visit.headers, body).await?))
    };
    match taken.await {
        Ok((session, fields)) => Ok((visit, session, fields)),
        Err(fault) => Err(visit.refuse(fault)),
    }
}

/// The same for a form: ends one session, or all but this one.
#[utoipa::path(post, path = "/auth/session/end",
    request_body(content((EndSessionBody = "application/json"), (EndSessionBody = "application/x-www-form-urlencoded"))),
    responses((status = 200, body = Ended), (status = 303, description = "For a form: on to the next page.")))]
pub(super) async fn end_by_form(State(house): State<Arc<House>>, request: Request) -> Response {
    let (visit, session, fields) = match sent(&house, request).await {
        Ok(sent) => sent,
        Err(response) => return response,
    };
    let ended = match fields.given("id").map(Uuid::try_parse) {
        Some(id) => people::end_session(&house.studio, session.user, SessionId(id.unwrap_or_default()))
            .await
            .map(|()| 1),
        None => people::end_other_sessions(&house.studio, &session).await,
    };
    match ended {
        Ok(_) if visit.is_form => see_other(ACCOUNT),
        Ok(ended) => no_store(Json(Ended { ended }).into_response()),
        // It has ended, which was what was wanted.
        Err(fault) if visit.is_form && fault.code == "auth/session-not-found" => see_other(ACCOUNT),
        Err(fault) => visit.refuse(fault),
    }
}

/// Changes the password; the other sessions end.
#[utoipa::path(post, path = "/auth/password/change",
    request_body(content((ChangePasswordBody = "application/json"), (ChangePasswordBody = "application/x-www-form-urlencoded"))),
    responses((status = 200, body = PasswordChanged), (status = 303, description = "For a form: on to the next page.")))]
pub(super) async fn change_password(State(house): State<Arc<House>>, request: Request) -> Response {
    let (visit, session, fields) = match sent(&house, request).await {
        Ok(sent) => sent,
        Err(response) => return response,
    };
    let changed = async {
        let _place = visit.place().await?;
        let call = porch::visitors_call(&house.studio);
        let passwords = (fields.text("currentPassword"), fields.text("newPassword"));
        people::change_password(&house.studio, &call, &session, passwords, &visit.arrival).await
    };
    match changed.await {
        Ok(_) if visit.is_form => see_other(&format!("{ACCOUNT}?changed=password")),
        Ok(ended) => no_store(Json(PasswordChanged { changed: true, ended }).into_response()),
        Err(fault) if visit.is_form => {
            let form = password_form(Some(&fault));
            visit.page("Change your password", form, Some(fault))
        }
        Err(fault) => problem(fault),
    }
}

/// Acts for another of the accounts that the user belongs to.
#[utoipa::path(post, path = "/auth/customer",
    request_body(content((ChooseCustomerBody = "application/json"), (ChooseCustomerBody = "application/x-www-form-urlencoded"))),
    responses((status = 200, body = ChosenCustomer), (status = 303, description = "For a form: on to the next page.")))]
pub(super) async fn choose_customer(State(house): State<Arc<House>>, request: Request) -> Response {
    let (visit, session, fields) = match sent(&house, request).await {
        Ok(sent) => sent,
        Err(response) => return response,
    };
    let customer = CustomerId(Uuid::try_parse(fields.text("customerId")).unwrap_or_default());
    match people::choose_customer(&house.studio, &session, customer).await {
        Ok(secret) => {
            let mut response = if visit.is_form {
                see_other(ACCOUNT)
            } else {
                no_store(Json(ChosenCustomer { customer_id: customer.to_string() }).into_response())
            };
            if let Some(secret) = secret {
                visit.keep(&mut response, &secret, session.absolute_until);
            }
            response
        }
        Err(fault) => visit.refuse(fault),
    }
}

fn password_form(fault: Option<&Fault>) -> String {
    const CURRENT: &str = "type=\"password\" autocomplete=\"current-password\" required";
    const NEW: &str = "type=\"password\" autocomplete=\"new-password\" required";
    Form::to("/auth/password/change", "Change it", fault)
        .field("currentPassword", "Present password", "", CURRENT, "")
        .field("newPassword", "New password", "", NEW, "All your other browsers are signed out.")
        .html()
}

/// A page about whoever is signed in: accounts, sessions, passkeys, password.
#[utoipa::path(get, path = "/auth/account",
    params(("changed" = Option<String>, Query, description = "`password` once it was changed.")),
    responses((status = 200, description = "A page.", content_type = "text/html", body = String), (status = 303, description = "Nobody is signed in; on to sign in.")))]
pub(super) async fn page(State(house): State<Arc<House>>, request: Request) -> Response {
    let visit = Visit::of(&house, &request);
    let is_changed = request.uri().query() == Some("changed=password");
    let recognised = match visit.signed_in().await {
        Ok(recognised) => recognised,
        Err(fault) if fault.kind == FaultKind::Unauthenticated => return see_other(SIGN_IN),
        Err(fault) => return visit.sorry(fault),
    };
    let known = async {
        let profile = people::profile(&house.studio, recognised.session.user).await?;
        let sessions = people::sessions(&house.studio, recognised.session.user).await?;
        let mut names = Vec::with_capacity(profile.memberships.len());
        for membership in &profile.memberships {
            names.push(name_of(&house, membership.customer).await?);
        }
        let passkeys = people::passkeys(&house.studio, recognised.session.user).await?;
        Ok((profile, sessions, names, passkeys))
    };
    let (profile, sessions, names, passkeys) = match known.await {
        Ok(known) => known,
        Err(fault) => return visit.sorry(fault),
    };
    let mut body = String::new();
    if is_changed {
        body.push_str("<p class=\"note\" role=\"status\">Your password was changed.</p>");
    }
    who(&mut body, &recognised, &profile, &names);
    browsers(&mut body, &sessions, recognised.session.id);
    let mut has_script = false;
    if house.studio.sign_in.provider.is_none() {
        has_script = passkeys::section(&mut body, &visit, &recognised.session, &passkeys);
        let _ = write!(body, "<h2>Change your password</h2>{}", password_form(None));
    }
    let page = Page {
        title: "You are signed in",
        body,
        is_wide: true,
        has_script,
        leads_to: visit.way_out().await,
        status: StatusCode::OK,
    };
    visit.renewed(page.answer(&house), &recognised).await
}

fn button(action: &str, name: &str, value: &str, text: &str, label: &str) -> String {
    format!(
        "<form method=\"post\" action=\"{action}\"><button class=\"plain\" name=\"{name}\" value=\"{}\" aria-label=\"{}\">{text}</button></form>",
        escaped(value),
        escaped(label),
    )
}

fn who(body: &mut String, recognised: &Recognised, profile: &Profile, names: &[Option<String>]) {
    let email = shown(profile.email.as_deref());
    let name = profile.name.as_deref().map(|name| format!("{} · ", escaped(name))).unwrap_or_default();
    let out = button("/auth/sign-out", "returnTo", SIGN_IN, "Sign out", "Sign out of this browser");
    let _ = write!(
        body,
        "<p>{name}{email}</p><div class=\"row\"><a class=\"button plain\" href=\"/swagger\">API</a>\
         <a class=\"button plain\" href=\"/graphql\">GraphQL</a>{out}</div>"
    );
    body.push_str("<h2>Accounts</h2><ul>");
    for (membership, name) in profile.memberships.iter().zip(names) {
        let id = membership.customer.to_string();
        let role = escaped(membership.role.as_str());
        let name = name.as_deref().map_or_else(|| id.clone(), escaped);
        let end = if membership.customer == recognised.session.customer {
            "<span>in use</span>".to_owned()
        } else if membership.suspended {
            "<span>suspended</span>".to_owned()
        } else {
            button("/auth/customer", "customerId", &id, "Use", &format!("Use account {id}"))
        };
        let _ = write!(body, "<li><div>{name}<small>{role} · {id}</small></div>{end}</li>");
    }
    body.push_str("</ul>");
}

/// What a customer is called; `None` if the name was erased.
pub(super) async fn name_of(house: &House, customer: CustomerId) -> Result<Option<String>, Fault> {
    let row =
        house.views.accounts().customer(customer).await.map_err(|error| Problem::from(error).into_fault())?;
    let Some(row) = row else { return Ok(None) };
    let name = house.studio.vault.open(customer, &row.name).await?;
    name.map(String::from_utf8).transpose().map_err(Fault::bug)
}

fn browsers(body: &mut String, sessions: &[Session], present: SessionId) {
    body.push_str("<h2>Browsers that are signed in</h2><ul>");
    for session in sessions {
        let agent = shown(session.user_agent.as_deref());
        let address = session.address.as_deref().map(escaped).unwrap_or_default();
        let seen = session.last_seen_at.format("%Y-%m-%d %H:%M UTC");
        let end = if session.id == present {
            "<span>this one</span>".to_owned()
        } else {
            let label = format!("Sign out the browser at {address}");
            button("/auth/session/end", "id", &session.id.to_string(), "Sign out", &label)
        };
        let _ = write!(body, "<li><div>{agent}<small>{address} · last seen {seen}</small></div>{end}</li>");
    }
    body.push_str("</ul>");
    if sessions.len() > 1 {
        body.push_str("<form method=\"post\" action=\"/auth/session/end\"><button class=\"plain\">Sign out all others</button></form>");
    }
}
