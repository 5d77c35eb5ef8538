//! Whose request this is.

use crate::{
    Client,
    cookie::{self, Cookie},
    forgery::{not_renamed, only_own, refuse_forgery},
    head,
};
use app::{
    Actor, Call, Fault, Principal, Studio,
    budget::{Budget, Caller, Work},
    customer::authenticate,
    people::{self, Recognised},
};
use axum::http::{HeaderMap, HeaderValue, Method, header};

/// The customer for whom a machine acts.
const CUSTOMER_HEADER: &str = "customer-id";
/// The ID token of the user for whom a machine acts.
const ID_TOKEN_HEADER: &str = "id-token";
/// Who acts where nobody has to say who they are.
const ANYBODY: &str = "without-authentication";

/// Somebody who said who they are.
pub struct Known {
    /// Who it is.
    pub who: Principal,
    /// A cookie that their browser gets with the answer, because what they may do has changed.
    pub cookie: Option<HeaderValue>,
}

impl Known {
    fn plain(who: Principal) -> Self {
        Self { who, cookie: None }
    }
}

/// The caller of a request: behind its API key, else its bearer token, else its session's cookie, which no page of others may
/// use to change anything. Faults: `auth/…`, `request/too-many`, `server/busy`, `store/…`.
pub async fn identify(
    studio: &Studio,
    budget: &Budget,
    method: &Method,
    headers: &HeaderMap,
    client: Client,
) -> Result<Known, Fault> {
    if headers.contains_key(head::API_KEY_HEADER) {
        return identify_secret(studio, budget, head::api_key(headers)?, client).await.map(Known::plain);
    }
    // Without a provider nobody has such a token, and what stands there is not looked at.
    if let (Some(token), true) = (bearer(headers), studio.sign_in.provider.is_some()) {
        let _place = budget.enter(Work::Identify, Caller::key(token)).await?;
        return of_bearer(studio, token, headers).await.map(Known::plain);
    }
    if let Some(recognised) = of_cookie(studio, budget, headers).await? {
        refuse_forgery(studio, method, headers)?;
        let cookie = renewed(studio, headers, &recognised).await;
        return Ok(Known { who: recognised.who, cookie });
    }
    anybody(studio, headers)
}

/// The cookie that a browser gets with its answer, if what its user may do has changed. Where it cannot be made now, the former one
/// goes on, and the next request tries again.
pub async fn renewed(studio: &Studio, headers: &HeaderMap, recognised: &Recognised) -> Option<HeaderValue> {
    match people::renew(studio, recognised).await {
        Ok(secret) => cookie::keep(studio, headers, &secret?, recognised.session.absolute_until),
        Err(fault) => {
            tracing::warn!(code = fault.code, detail = fault.private, "porch.cookie_not_renewed");
            None
        }
    }
}

/// The caller of a WebSocket that showed no API key: a page of ours in a browser that is signed in. Browsers let every page open
/// one, cookie and all. Faults: as [`identify`].
pub async fn identify_socket(
    studio: &Studio,
    budget: &Budget,
    headers: &HeaderMap,
) -> Result<Principal, Fault> {
    match of_cookie(studio, budget, headers).await? {
        Some(recognised) => {
            only_own(studio, headers)?;
            Ok(recognised.who)
        }
        None => anybody(studio, headers).map(|known| known.who),
    }
}

/// The caller behind an API key, looked up within the budget for look-ups: whoever shows one key in
/// masses waits behind himself. Different keys are different callers, as nobody knows yet whose they are.
pub async fn identify_secret(
    studio: &Studio,
    budget: &Budget,
    secret: &str,
    client: Client,
) -> Result<Principal, Fault> {
    let _place = budget.enter(Work::Identify, Caller::key(secret)).await?;
    authenticate(studio, secret, client.0).await
}

/// Behind a token of the provider's: a user's ID token, or a machine's access token beside whom it acts for.
async fn of_bearer(studio: &Studio, token: &str, headers: &HeaderMap) -> Result<Principal, Fault> {
    let beside = |name| headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap_or_default());
    let call = visitors_call(studio);
    match (beside(CUSTOMER_HEADER), beside(ID_TOKEN_HEADER)) {
        (Some(customer), _) => people::recognise_machine(studio, token, customer.trim()).await,
        (None, Some(id_token)) => {
            people::recognise_user_of_machine(studio, &call, token, id_token.trim()).await
        }
        (None, None) => people::recognise_token(studio, &call, token).await,
    }
}

async fn of_cookie(
    studio: &Studio,
    budget: &Budget,
    headers: &HeaderMap,
) -> Result<Option<Recognised>, Fault> {
    let Some(secret) = cookie::read(studio, headers, Cookie::Session) else { return Ok(None) };
    let _place = budget.enter(Work::Identify, Caller::key(&secret)).await?;
    match people::recognise(studio, &secret).await {
        // Where nobody has to say who they are, an old cookie shuts nobody out.
        Err(fault) if studio.settings.open_to.is_some() && fault.code == "auth/session-ended" => Ok(None),
        recognised => recognised.map(Some),
    }
}

/// Where nobody has to say who they are, every page that a browser shows would be somebody: only ours are, and programs.
fn anybody(studio: &Studio, headers: &HeaderMap) -> Result<Known, Fault> {
    let customer = studio.settings.open_to.ok_or_else(head::missing_key)?;
    not_renamed(studio, headers)?;
    Ok(Known::plain(Principal::unbounded(customer, Actor::Studio(ANYBODY.to_owned()))))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = text.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The context of what somebody does who is nobody yet: what they may do is said where they are known.
pub fn visitors_call(studio: &Studio) -> Call {
    let id = studio.ids.next();
    Call {
        who: Principal::unbounded(domain::id::CustomerId(id), Actor::Studio("sign-in".to_owned())),
        command_id: id,
        correlation_id: id,
        traceparent: None,
        at: studio.clock.now(),
        wait_seconds: 0,
        dry_run: false,
        fee_max: None,
        desk: app::Desk::default(),
    }
}
