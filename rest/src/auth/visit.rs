//! What handlers here share: who comes, what their browser carries, and what they are answered.

use super::{ACCOUNT, SIGN_IN, contract::SignedIn, fields, page::Page};
use crate::{House, Problem, problem::Trouble};
use app::{
    Fault, FaultKind,
    budget::{Caller, Place, Work},
    people::{self, Arrival, Opened, Recognised},
    port::sessions::Session,
};
use axum::{
    Json,
    extract::Request,
    http::{Extensions, HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use porch::{
    Client,
    cookie::{self, Cookie},
};
use std::sync::Arc;

/// Somebody at the door.
pub(super) struct Visit {
    pub(super) house: Arc<House>,
    pub(super) headers: HeaderMap,
    pub(super) arrival: Arrival,
    /// Whether a form was sent, which wants a page for an answer.
    pub(super) is_form: bool,
    client: Client,
}

impl Visit {
    /// Of a request's head.
    pub(super) fn new(house: &Arc<House>, headers: &HeaderMap, extensions: &Extensions) -> Self {
        let client = Client::of(extensions);
        let user_agent = headers.get(header::USER_AGENT).and_then(|text| text.to_str().ok());
        let arrival = Arrival {
            address: client.0.to_canonical().to_string(),
            network: client.network().to_string(),
            user_agent: user_agent.map(str::to_owned),
        };
        let is_form = fields::media_type(headers) == fields::FORM;
        Self { house: Arc::clone(house), headers: headers.clone(), arrival, is_form, client }
    }

    /// Of a request whose body nobody reads.
    pub(super) fn of(house: &Arc<House>, request: &Request) -> Self {
        Self::new(house, request.headers(), request.extensions())
    }

    /// A place among those who sign in; each network has a few.
    pub(super) async fn place(&self) -> Result<Place, Fault> {
        self.house.budget.enter(Work::SignIn, Caller::Network(self.client.network())).await
    }

    /// Whether a page of ours sent this, or a program, and a session's cookie could be kept. Faults: `auth/cross-site`,
    /// `auth/https-needed`.
    pub(super) fn may_begin(&self) -> Result<(), Fault> {
        let studio = &self.house.studio;
        porch::not_foreign(studio, &self.headers)?;
        let origin = self.headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
        if origin.is_some_and(|origin| origin.starts_with("http://"))
            && cookie::is_secure(studio, &self.headers)
        {
            let sentence = "Browsers keep a session only over https, or on this very machine. Reach this Studio by https, or as localhost.";
            return Err(Fault::new(FaultKind::Forbidden, "auth/https-needed", sentence));
        }
        Ok(())
    }

    /// Who is signed in here, if somebody is.
    pub(super) async fn recognised(&self) -> Result<Option<Recognised>, Fault> {
        let studio = &self.house.studio;
        let Some(secret) = cookie::read(studio, &self.headers, Cookie::Session) else { return Ok(None) };
        let _place = self.house.budget.enter(Work::Identify, Caller::key(&secret)).await?;
        match people::recognise(studio, &secret).await {
            Ok(recognised) => Ok(Some(recognised)),
            Err(fault) if matches!(fault.kind, FaultKind::Unauthenticated | FaultKind::Forbidden) => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// Who is signed in here. Faults: `auth/missing-key`, `auth/session-ended`, `auth/suspended`, `auth/not-a-member`.
    pub(super) async fn signed_in(&self) -> Result<Recognised, Fault> {
        let studio = &self.house.studio;
        let secret = cookie::read(studio, &self.headers, Cookie::Session);
        let secret = secret.ok_or_else(nobody)?;
        let _place = self.house.budget.enter(Work::Identify, Caller::key(&secret)).await?;
        people::recognise(studio, &secret).await
    }

    /// Where a browser that signs out is sent, so that the provider's session ends too: a page whose form does that must allow it.
    pub(super) async fn way_out(&self) -> Option<String> {
        self.house.studio.sign_in.provider.as_ref()?.end_origin().await
    }

    /// The address that this browser reaches us by.
    pub(super) fn base_url(&self) -> String {
        let studio = &self.house.studio;
        studio.settings.base_url.clone().unwrap_or_else(|| {
            let scheme = if cookie::is_secure(studio, &self.headers) { "https" } else { "http" };
            format!("{scheme}://{}", cookie::host(&self.headers).unwrap_or_default())
        })
    }

    /// The answer to somebody who has just signed in: on to where they wanted to be, or what a program wants to know.
    /// Whatever session the browser had before is over.
    pub(super) async fn let_in(&self, opened: &Opened, return_to: &str, is_form: bool) -> Response {
        if let Err(fault) = self.leave_former().await {
            tracing::warn!(code = fault.code, detail = fault.private, "rest.auth.former_session_left");
        }
        let mut response = if is_form {
            see_other(return_to)
        } else {
            Json(SignedIn::of(opened, return_to)).into_response()
        };
        self.keep(&mut response, &opened.secret, opened.session.absolute_until);
        no_store(response)
    }

    async fn leave_former(&self) -> Result<(), Fault> {
        let Some(former) = self.live().await? else { return Ok(()) };
        match people::end_session(&self.house.studio, former.user, former.id).await {
            Err(fault) if fault.code == "auth/session-not-found" => Ok(()),
            ended => ended,
        }
    }

    /// The session that the browser has, whatever its user may do; none if it has ended.
    pub(super) async fn live(&self) -> Result<Option<Session>, Fault> {
        let studio = &self.house.studio;
        let Some(secret) = cookie::read(studio, &self.headers, Cookie::Session) else { return Ok(None) };
        let _place = self.house.budget.enter(Work::Identify, Caller::key(&secret)).await?;
        match people::live_session(studio, &secret).await {
            Err(fault) if fault.code == "auth/session-ended" => Ok(None),
            live => live.map(Some),
        }
    }

    /// Has the browser keep a session.
    pub(super) fn keep(&self, response: &mut Response, secret: &str, until: domain::id::Instant) {
        append(response, cookie::keep(&self.house.studio, &self.headers, secret, until));
    }

    /// The answer, with another cookie if what the session's user may do has changed.
    pub(super) async fn renewed(&self, mut response: Response, recognised: &Recognised) -> Response {
        append(&mut response, porch::renewed(&self.house.studio, &self.headers, recognised).await);
        response
    }

    /// Has it forget a cookie.
    pub(super) fn forget(&self, response: &mut Response, cookie: Cookie) {
        append(response, cookie::clear(&self.house.studio, &self.headers, cookie));
    }

    /// What went wrong, before what was sent could be looked at: a page for a form, a problem for a program.
    pub(super) fn refuse(&self, fault: Fault) -> Response {
        if self.is_form { self.sorry(fault) } else { problem(fault) }
    }

    /// The same for somebody who is signed in: the page leads back to theirs.
    pub(super) fn refuse_known(&self, fault: Fault) -> Response {
        if self.is_form { self.went_wrong(fault, ACCOUNT, "Back") } else { problem(fault) }
    }

    /// A page that says what went wrong, with a way on.
    pub(super) fn sorry(&self, fault: Fault) -> Response {
        self.went_wrong(fault, SIGN_IN, "Sign in")
    }

    fn went_wrong(&self, fault: Fault, onward: &str, name: &str) -> Response {
        let public = super::page::escaped(&fault.public);
        let body = format!(
            "<p class=\"bad\" role=\"alert\">{public}</p><p><a class=\"button\" href=\"{onward}\">{name}</a></p>"
        );
        self.page("That did not work", body, Some(fault))
    }

    /// A page. With a fault it has the fault's status.
    pub(super) fn page(&self, title: &str, body: String, fault: Option<Fault>) -> Response {
        let status = fault.as_ref().map_or(StatusCode::OK, |fault| porch::problem::status_of(fault.kind));
        let page = Page { title, body, is_wide: false, has_script: false, leads_to: None, status };
        self.answer(page, fault)
    }

    /// A page of any kind. A fault goes to the log with it.
    pub(super) fn answer(&self, page: Page<'_>, fault: Option<Fault>) -> Response {
        let status = page.status;
        let mut response = page.answer(&self.house);
        if let Some(fault) = fault {
            porch::problem::headers(&fault, status, response.headers_mut());
            response.extensions_mut().insert(Trouble { fault });
        }
        response
    }
}

fn append(response: &mut Response, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// Nobody is signed in, where nothing but a session opens anything.
pub(super) fn nobody() -> Fault {
    let sentence = "You are not signed in, or not any more. Sign in again.";
    Fault::new(FaultKind::Unauthenticated, "auth/missing-key", sentence)
}

/// What went wrong, for a program.
pub(super) fn problem(fault: Fault) -> Response {
    no_store(Problem::from(fault).into_response())
}

/// On to another address, whatever the method was.
pub(super) fn see_other(address: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(address) = HeaderValue::from_str(address) {
        response.headers_mut().insert(header::LOCATION, address);
    }
    no_store(response)
}

pub(super) fn no_store(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    response
}

/// The parameters of an address; of one that stands there twice the first.
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    pub(super) fn of(request: &Request) -> Self {
        Self::of_query(request.uri().query().unwrap_or_default())
    }

    pub(super) fn of_query(query: &str) -> Self {
        Self(serde_urlencoded::from_str(query).unwrap_or_default())
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}
