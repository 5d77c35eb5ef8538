//! What somebody who is signed in sees and does about themselves.

use super::{
    ACCOUNT, SIGN_IN,
    fields::Fields,
    page::{Form, Page, escaped},
    passkeys,
    sign_in::shown,
    visit::{Visit, no_store, problem, see_other},
};
use crate::House;
use app::{
    Fault,
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
use serde_json::{Value, json};
use std::{fmt::Write as _, sync::Arc};
use uuid::Uuid;

/// `GET /auth/user-info`: whether somebody is signed in here, and who. Nothing where nobody has to say who they are.
pub(super) async fn user_info(State(house): State<Arc<House>>, request: Request) -> Response {
    let visit = Visit::of(&house, &request);
    if house.studio.settings.open_to.is_some() {
        return no_store(StatusCode::OK.into_response());
    }
    match visit.recognised().await {
        Ok(Some(recognised)) => match people::profile(&house.studio, recognised.session.user).await {
            Ok(profile) => {
                let response = Json(told(&recognised.session, &profile)).into_response();
                no_store(visit.renewed(response, &recognised).await)
            }
            Err(fault) => problem(fault),
        },
        Ok(None) => no_store(Json(json!({"isAuthenticated": false})).into_response()),
        Err(fault) => problem(fault),
    }
}

fn told(session: &Session, profile: &Profile) -> Value {
    let customers = profile.memberships.iter().map(|membership| {
        json!({
            "customerId": membership.customer.to_string(),
            "role": membership.role.as_str(),
            "suspended": membership.suspended,
        })
    });
    json!({
        "isAuthenticated": true,
        "claims": {"sub": session.user.to_string()},
        "userInfo": {
            "sub": session.user.to_string(),
            "email": profile.email,
            "name": profile.name,
            "customerId": session.customer.to_string(),
            "customers": customers.collect::<Vec<_>>(),
            "sessionId": session.id.to_string(),
        },
    })
}

/// `GET /auth/sessions`: the user's own, newest first.
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
            let rows = sessions.iter().map(|session| row(session, recognised.session.id));
            let response = Json(json!({"sessions": rows.collect::<Vec<_>>()})).into_response();
            no_store(visit.renewed(response, &recognised).await)
        }
        Err(fault) => problem(fault),
    }
}

fn row(session: &Session, present: SessionId) -> Value {
    json!({
        "id": session.id.to_string(),
        "customerId": session.customer.to_string(),
        "createdAt": session.created_at,
        "lastSeenAt": session.last_seen_at,
        "endsAt": session.absolute_until,
        "userAgent": session.user_agent,
        "address": session.address,
        "isPresent": session.id == present,
    })
}

/// Whoever is signed in and asks with a page of ours.
pub(super) async fn acting(visit: &Visit, method: &Method) -> Result<Recognised, Fault> {
    let recognised = visit.signed_in().await?;
    refuse_forgery(&visit.house.studio, method, &visit.headers)?;
    Ok(recognised)
}

/// `DELETE /auth/sessions`: ends all but this one.
pub(super) async fn end_other_sessions(State(house): State<Arc<House>>, request: Request) -> Response {
    let visit = Visit::of(&house, &request);
    let ended = async {
        let recognised = acting(&visit, &Method::DELETE).await?;
        people::end_other_sessions(&house.studio, &recognised.session).await
    };
    match ended.await {
        Ok(ended) => no_store(Json(json!({"ended": ended})).into_response()),
        Err(fault) => problem(fault),
    }
}

/// `DELETE /auth/sessions/{id}`.
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
        Ok(()) => no_store(Json(json!({"ended": 1})).into_response()),
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
    let session = visit.live().await.map_err(problem)?;
    let session = session.ok_or_else(|| problem(porch::head::missing_key()))?;
    only_own(studio, &visit.headers).map_err(problem)?;
    let fields = Fields::read(&visit.headers, body).await.map_err(problem)?;
    Ok((visit, session, fields))
}

/// `POST /auth/session/end`: `id`, from the page.
pub(super) async fn end_by_form(State(house): State<Arc<House>>, request: Request) -> Response {
    let (_, session, fields) = match sent(&house, request).await {
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
        Ok(_) if fields.is_form => see_other(ACCOUNT),
        Ok(ended) => no_store(Json(json!({"ended": ended})).into_response()),
        // It has ended, which was what was wanted.
        Err(fault) if fields.is_form && fault.code == "auth/session-not-found" => see_other(ACCOUNT),
        Err(fault) => problem(fault),
    }
}

/// `POST /auth/password/change`: `currentPassword`, `newPassword`.
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
        Ok(_) if fields.is_form => see_other(&format!("{ACCOUNT}?changed=password")),
        Ok(ended) => no_store(Json(json!({"changed": true, "ended": ended})).into_response()),
        Err(fault) if fields.is_form => {
            let form = password_form(Some(&fault));
            visit.page("Change your password", form, Some(fault))
        }
        Err(fault) => problem(fault),
    }
}

/// `POST /auth/customer`: `customerId`, one of the user's.
pub(super) async fn choose_customer(State(house): State<Arc<House>>, request: Request) -> Response {
    let (visit, session, fields) = match sent(&house, request).await {
        Ok(sent) => sent,
        Err(response) => return response,
    };
    let customer = CustomerId(Uuid::try_parse(fields.text("customerId")).unwrap_or_default());
    match people::choose_customer(&house.studio, &session, customer).await {
        Ok(secret) => {
            let mut response = if fields.is_form {
                see_other(ACCOUNT)
            } else {
                no_store(Json(json!({"customerId": customer.to_string()})).into_response())
            };
            if let Some(secret) = secret {
                visit.keep(&mut response, &secret, session.absolute_until);
            }
            response
        }
        Err(fault) => problem(fault),
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

/// `GET /auth/account`: a page.
pub(super) async fn page(State(house): State<Arc<House>>, request: Request) -> Response {
    let visit = Visit::of(&house, &request);
    let is_changed = request.uri().query() == Some("changed=password");
    let recognised = match visit.recognised().await {
        Ok(Some(recognised)) => recognised,
        Ok(None) => return see_other(SIGN_IN),
        Err(fault) => return visit.sorry(fault),
    };
    let known = async {
        let profile = people::profile(&house.studio, recognised.session.user).await?;
        let sessions = people::sessions(&house.studio, recognised.session.user).await?;
        let passkeys = people::passkeys(&house.studio, recognised.session.user).await?;
        Ok((profile, sessions, passkeys))
    };
    let (profile, sessions, passkeys) = match known.await {
        Ok(known) => known,
        Err(fault) => return visit.sorry(fault),
    };
    let mut body = String::new();
    if is_changed {
        body.push_str("<p class=\"note\" role=\"status\">Your password was changed.</p>");
    }
    let mut names = Vec::with_capacity(profile.memberships.len());
    for membership in &profile.memberships {
        names.push(name_of(&house, membership.customer).await);
    }
    who(&mut body, &recognised, &profile, &names);
    browsers(&mut body, &sessions, recognised.session.id);
    let mut has_script = false;
    if house.studio.sign_in.provider.is_none() {
        has_script = passkeys::section(&mut body, &visit, &recognised.session, &passkeys);
        let _ = write!(body, "<h2>Change your password</h2>{}", password_form(None));
    }
    let page = Page { title: "You are signed in", body, is_wide: true, has_script, status: StatusCode::OK };
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

/// What a customer is called, if that can be said now.
async fn name_of(house: &House, customer: CustomerId) -> Option<String> {
    let row = house.views.accounts().customer(customer).await.ok()??;
    let name = house.studio.vault.open(customer, &row.name).await.ok()??;
    String::from_utf8(name).ok()
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
