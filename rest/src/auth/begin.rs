//! Links that an operator or a colleague sends: the first owner, a new password, an invitation.

use super::{
    ACCOUNT, INVITATION,
    account::name_of,
    contract::{InvitationBody, Joined, ResetBody, SetUpBody, SignedIn},
    fields::Fields,
    page::{Form, escaped},
    visit::{Parameters, Visit, no_store, problem, see_other},
};
use crate::House;
use app::{
    Fault,
    people::{self, InvitedTo, Newcomer, Opened},
    port::{links::LinkPurpose, passwords::PASSWORD_CHARS_MIN},
};
use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse as _, Response},
};
use porch::{only_own, visitors_call};
use std::sync::Arc;

fn password_hint() -> String {
    format!("At least {PASSWORD_CHARS_MIN} characters. A few unrelated words are easy to remember.")
}

const NEW_PASSWORD: &str = "type=\"password\" autocomplete=\"new-password\" required";
const EMAIL: &str = "type=\"email\" autocomplete=\"username\" required maxlength=\"254\"";
const NAME: &str = "autocomplete=\"name\" maxlength=\"200\"";

/// Name, e-mail address and password of somebody new.
fn newcomer_form(
    action: &str,
    button: &str,
    token: &str,
    sent: Option<&Fields>,
    fault: Option<&Fault>,
) -> String {
    let text = |name| sent.map_or("", |fields| fields.text(name));
    Form::to(action, button, fault)
        .hidden("token", token)
        .field("name", "Name", text("name"), NAME, "As colleagues will see it; may be left out.")
        .field("email", "E-mail address", text("email"), EMAIL, "You sign in with it.")
        .field("password", "Password", "", NEW_PASSWORD, &password_hint())
        .html()
}

fn newcomer(fields: &Fields) -> Newcomer<'_> {
    Newcomer { email: fields.text("email"), name: fields.given("name"), password: fields.text("password") }
}

/// What a page of ours, or a program, sent.
async fn sent(house: &Arc<House>, request: Request) -> Result<(Visit, Fields), Response> {
    let (parts, body) = request.into_parts();
    let visit = Visit::new(house, &parts.headers, &parts.extensions);
    let read = async {
        visit.may_begin()?;
        Fields::read(&visit.headers, body).await
    };
    match read.await {
        Ok(fields) => Ok((visit, fields)),
        Err(fault) => Err(visit.refuse(fault)),
    }
}

/// The answer: signed in, or the form again with what was wrong.
async fn answer(
    visit: &Visit,
    outcome: Result<Opened, Fault>,
    again: impl FnOnce(&Fault) -> (&'static str, String),
) -> Response {
    match outcome {
        Ok(opened) => visit.let_in(&opened, ACCOUNT, visit.is_form).await,
        Err(fault) if !visit.is_form => problem(fault),
        Err(fault) if is_over(&fault) => visit.sorry(fault),
        Err(fault) => {
            let (title, body) = again(&fault);
            visit.page(title, body, Some(fault))
        }
    }
}

/// The page of a set-up link.
#[utoipa::path(get, path = "/auth/setup",
    params(("token" = Option<String>, Query, description = "Of the link.")),
    responses((status = 200, description = "A page.", content_type = "text/html", body = String)))]
pub(super) async fn set_up_page(State(house): State<Arc<House>>, request: Request) -> Response {
    let visit = Visit::of(&house, &request);
    let parameters = Parameters::of(&request);
    let token = parameters.get("token").unwrap_or_default();
    match link(&visit, token, LinkPurpose::SetUp).await {
        Ok(()) => visit.page(SET_UP, set_up_form(token, None, None), None),
        Err(fault) => visit.sorry(fault),
    }
}

const SET_UP: &str = "Set up your account";

fn set_up_form(token: &str, sent: Option<&Fields>, fault: Option<&Fault>) -> String {
    let form = newcomer_form("/auth/setup", "Set up and sign in", token, sent, fault);
    format!(
        "<p>You become an owner of this account: you can do everything in it and invite others.</p>{form}"
    )
}

async fn link(visit: &Visit, token: &str, purpose: LinkPurpose) -> Result<(), Fault> {
    let _place = visit.place().await?;
    people::find_link(&visit.house.studio, token, purpose).await.map(|_| ())
}

/// Makes the holder of a set-up link the first owner of its account, and signs them in.
#[utoipa::path(post, path = "/auth/setup",
    request_body(content((SetUpBody = "application/json"), (SetUpBody = "application/x-www-form-urlencoded"))),
    responses((status = 200, body = SignedIn), (status = 303, description = "For a form: on to the next page.")))]
pub(super) async fn set_up(State(house): State<Arc<House>>, request: Request) -> Response {
    let (visit, fields) = match sent(&house, request).await {
        Ok(sent) => sent,
        Err(response) => return response,
    };
    let token = fields.text("token");
    let outcome = async {
        let _place = visit.place().await?;
        let studio = &visit.house.studio;
        people::set_up(studio, &visitors_call(studio), token, &newcomer(&fields), &visit.arrival).await
    }
    .await;
    answer(&visit, outcome, |fault| (SET_UP, set_up_form(token, Some(&fields), Some(fault)))).await
}

const RESET: &str = "Choose a new password";

fn reset_form(token: &str, fault: Option<&Fault>) -> String {
    let form = Form::to("/auth/reset", "Save and sign in", fault).hidden("token", token).field(
        "password",
        "New password",
        "",
        NEW_PASSWORD,
        &password_hint(),
    );
    format!(
        "<p>Every browser that is signed in as you will be signed out, and your passkeys will be removed.</p>{}",
        form.html()
    )
}

/// The page of a reset link.
#[utoipa::path(get, path = "/auth/reset",
    params(("token" = Option<String>, Query, description = "Of the link.")),
    responses((status = 200, description = "A page.", content_type = "text/html", body = String)))]
pub(super) async fn reset_page(State(house): State<Arc<House>>, request: Request) -> Response {
    let visit = Visit::of(&house, &request);
    let parameters = Parameters::of(&request);
    let token = parameters.get("token").unwrap_or_default();
    match link(&visit, token, LinkPurpose::Reset).await {
        Ok(()) => visit.page(RESET, reset_form(token, None), None),
        Err(fault) => visit.sorry(fault),
    }
}

/// Chooses a new password with a reset link, and signs in with it.
#[utoipa::path(post, path = "/auth/reset",
    request_body(content((ResetBody = "application/json"), (ResetBody = "application/x-www-form-urlencoded"))),
    responses((status = 200, body = SignedIn), (status = 303, description = "For a form: on to the next page.")))]
pub(super) async fn reset(State(house): State<Arc<House>>, request: Request) -> Response {
    let (visit, fields) = match sent(&house, request).await {
        Ok(sent) => sent,
        Err(response) => return response,
    };
    let token = fields.text("token");
    let outcome = async {
        let _place = visit.place().await?;
        let studio = &visit.house.studio;
        people::reset(studio, &visitors_call(studio), token, fields.text("password"), &visit.arrival).await
    }
    .await;
    answer(&visit, outcome, |fault| (RESET, reset_form(token, Some(fault)))).await
}

const INVITED: &str = "You are invited";

/// To what an invitation is, if it is still good.
async fn looked_at(visit: &Visit, token: &str) -> Result<InvitedTo, Fault> {
    let studio = &visit.house.studio;
    let _place = visit.place().await?;
    people::look_at_invitation(studio, &visitors_call(studio), token).await
}

/// To which account and as what, in a sentence.
async fn invited_to(visit: &Visit, to: &InvitedTo) -> Result<String, Fault> {
    let name = name_of(&visit.house, to.customer).await?;
    let account = name.as_deref().map_or_else(|| escaped(&to.customer.to_string()), escaped);
    Ok(format!("<p>You are invited to <b>{account}</b>, as {}.</p>", escaped(to.role.as_str())))
}

fn invitation_form(token: &str, sent: Option<&Fields>, fault: Option<&Fault>) -> String {
    let form = newcomer_form(INVITATION, "Join", token, sent, fault);
    format!(
        "<p>Use the e-mail address that the invitation was written to. If you sign in here with it already, \
         <a href=\"{}\">sign in</a> first.</p>{form}",
        escaped(&by_way_of_sign_in(token))
    )
}

/// Where somebody signs in and comes back to an invitation.
fn by_way_of_sign_in(token: &str) -> String {
    let query = |pair: (&str, &str)| serde_urlencoded::to_string([pair]).unwrap_or_default();
    let back = format!("{INVITATION}?{}", query(("token", token)));
    format!("{}?{}", super::SIGN_IN, query(("returnTo", &back)))
}

/// Whether trying again with the same link is of no use.
fn is_over(fault: &Fault) -> bool {
    const OVER: [&str; 5] = [
        "auth/link-invalid",
        "customer/invitation-not-found",
        "customer/invitation-ended",
        "customer/invitation-expired",
        "customer/invitation-void",
    ];
    OVER.contains(&fault.code)
}

fn accept_form(token: &str, fault: Option<&Fault>) -> String {
    let form = Form::to(INVITATION, "Join", fault).hidden("token", token).html();
    format!("<p>You are signed in. Join with your account?</p>{form}")
}

/// The page of an invitation: to which account it is, and as what.
#[utoipa::path(get, path = "/auth/invitation",
    params(("token" = Option<String>, Query, description = "Of the link.")),
    responses((status = 200, description = "A page.", content_type = "text/html", body = String), (status = 303, description = "On to the identity provider, and back here.")))]
pub(super) async fn invitation_page(State(house): State<Arc<House>>, request: Request) -> Response {
    let visit = Visit::of(&house, &request);
    let parameters = Parameters::of(&request);
    let token = parameters.get("token").unwrap_or_default();
    let to = match looked_at(&visit, token).await {
        Ok(to) => to,
        Err(fault) => return visit.sorry(fault),
    };
    let recognised = match visit.recognised().await {
        Ok(None) if house.studio.sign_in.provider.is_some() => return see_other(&by_way_of_sign_in(token)),
        Ok(recognised) => recognised,
        Err(fault) => return visit.sorry(fault),
    };
    let to = match invited_to(&visit, &to).await {
        Ok(to) => to,
        Err(fault) => return visit.sorry(fault),
    };
    match recognised {
        Some(recognised) => {
            let page = visit.page(INVITED, format!("{to}{}", accept_form(token, None)), None);
            visit.renewed(page, &recognised).await
        }
        None => visit.page(INVITED, format!("{to}{}", invitation_form(token, None, None)), None),
    }
}

/// Accepts an invitation, as whoever is signed in, or as somebody who begins with it.
#[utoipa::path(post, path = "/auth/invitation",
    request_body(content((InvitationBody = "application/json"), (InvitationBody = "application/x-www-form-urlencoded"))),
    responses((status = 200, body = Joined), (status = 303, description = "For a form: on to the next page.")))]
pub(super) async fn invitation(State(house): State<Arc<House>>, request: Request) -> Response {
    let (visit, fields) = match sent(&house, request).await {
        Ok(sent) => sent,
        Err(response) => return response,
    };
    let token = fields.text("token");
    match visit.recognised().await {
        Ok(Some(recognised)) => {
            let joined = match only_own(&house.studio, &visit.headers) {
                Ok(()) => join_signed_in(&visit, token, &recognised, visit.is_form).await,
                Err(fault) => Err(fault),
            };
            match joined {
                Ok(response) => response,
                Err(fault) if !visit.is_form => problem(fault),
                Err(fault) if is_over(&fault) => visit.sorry(fault),
                Err(fault) => visit.page(INVITED, accept_form(token, Some(&fault)), Some(fault.clone())),
            }
        }
        Ok(None) => {
            let outcome = async {
                let _place = visit.place().await?;
                let studio = &visit.house.studio;
                people::join(studio, &visitors_call(studio), token, &newcomer(&fields), &visit.arrival).await
            }
            .await;
            let again = |fault: &Fault| (INVITED, invitation_form(token, Some(&fields), Some(fault)));
            answer(&visit, outcome, again).await
        }
        Err(fault) => visit.refuse(fault),
    }
}

async fn join_signed_in(
    visit: &Visit,
    token: &str,
    recognised: &people::Recognised,
    is_form: bool,
) -> Result<Response, Fault> {
    let _place = visit.place().await?;
    let studio = &visit.house.studio;
    let session = &recognised.session;
    let home = people::join_signed_in(studio, &visitors_call(studio), token, session).await?;
    let secret = people::choose_customer(studio, session, home.customer).await?;
    let mut response = if is_form {
        see_other(ACCOUNT)
    } else {
        let customer_id = home.customer.to_string();
        no_store(
            Json(Joined { customer_id, user_id: None, session_id: None, return_to: None }).into_response(),
        )
    };
    if let Some(secret) = secret {
        visit.keep(&mut response, &secret, session.absolute_until);
        return Ok(response);
    }
    Ok(visit.renewed(response, recognised).await)
}
