//! `/auth/…`: signing in and out, in a browser and from programs. Their sentences and forms are pages of ours; a program that
//! sends JSON is answered JSON. Passkeys need a script, which is all that it is for.
//! The `/logto/…` addresses of cheqd Studio are the same things under their other names.

mod account;
mod back_channel;
mod begin;
mod bootstrap;
mod contract;
mod fields;
mod logto;
mod page;
mod passkey;
mod passkeys;
mod sign_in;
mod visit;

pub use contract::{
    AddPasskeyBody, BootstrapStatus, BootstrapView, ChangePasswordBody, ChooseCustomerBody, ChosenCustomer,
    EndSessionBody, Ended, InvitationBody, Joined, LogoutTokenBody, PasskeyList, PasskeyOptions,
    PasskeyRemoved, PasskeyRenamed, PasskeySignInBody, PasskeyView, PasswordBody, PasswordChanged,
    RemovePasskeyBody, RenamePasskeyBody, ResetBody, SessionList, SessionView, SetUpBody, SignOutBody,
    SignedIn, SignedOutView, UserClaims, UserCustomer, UserInfo, UserProfile,
};
pub(crate) use page::OPEN_NOTICE;

use crate::{
    House,
    admit::Visited,
    openapi::Tagged,
    route::{Endpoint, Route},
};
use axum::{
    Router,
    http::Method,
    middleware,
    response::Response,
    routing::{delete, get, post},
};
use std::sync::Arc;
use utoipa::{OpenApi, openapi::path::Operation};

/// Where a browser signs in.
pub(crate) const SIGN_IN: &str = "/auth/sign-in";
/// What a browser that is signed in sees of itself.
const ACCOUNT: &str = "/auth/account";
/// Where somebody accepts an invitation.
const INVITATION: &str = "/auth/invitation";

/// Where the identity provider tells whom it signed out.
const BACK_CHANNEL: &str = "/auth/backchannel-logout";
/// Where LogTo tells of its users.
const WEBHOOK: &str = "/account/bootstrap";
/// Where somebody becomes a member, or is known by one more identity.
const JOINING: [&str; 5] = [INVITATION, "/auth/setup", "/auth/callback", "/logto/sign-in-callback", WEBHOOK];
/// What these addresses are about, in the document.
pub const SIGNING_IN: &str = "Signing in";

/// The limits of this part.
pub(crate) fn limits() -> Vec<domain::limit::Limit> {
    [bootstrap::LIMITS, fields::LIMITS, sign_in::LIMITS].concat()
}

#[derive(OpenApi)]
#[openapi(paths(
    sign_in::page,
    sign_in::sign_up,
    sign_in::callback,
    sign_in::password,
    sign_in::sign_out,
    back_channel::signed_out,
    begin::set_up_page,
    begin::set_up,
    begin::reset_page,
    begin::reset,
    begin::invitation_page,
    begin::invitation,
    account::user_info,
    account::page,
    account::list_sessions,
    account::end_other_sessions,
    account::end_session,
    account::end_by_form,
    account::change_password,
    account::choose_customer,
    passkey::script,
    passkey::options,
    passkey::sign_in,
    passkeys::options,
    passkeys::list,
    passkeys::add,
    passkeys::remove,
    passkeys::rename,
    passkeys::remove_by_form,
    bootstrap::told,
    logto::sign_in,
    logto::sign_up,
    logto::callback,
    logto::sign_out,
))]
struct Docs;

pub(crate) fn docs() -> Tagged {
    Tagged { tag: SIGNING_IN, api: Docs::openapi() }
}

/// Every address. They stand beside the table of all routes: what opens them is no API key, and none of them is an act of a tenant.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    let page = |path, handler| Endpoint::browser(Method::GET, path, handler);
    let form = |path, handler| Endpoint::browser(Method::POST, path, handler);
    let end = |path, handler| Endpoint::browser(Method::DELETE, path, handler);
    vec![
        page(SIGN_IN, get(sign_in::page)),
        page("/auth/sign-up", get(sign_in::sign_up)),
        page("/auth/callback", get(sign_in::callback)),
        form("/auth/password", post(sign_in::password)),
        form("/auth/sign-out", post(sign_in::sign_out)),
        form(BACK_CHANNEL, post(back_channel::signed_out)),
        page("/auth/setup", get(begin::set_up_page)),
        form("/auth/setup", post(begin::set_up)),
        page("/auth/reset", get(begin::reset_page)),
        form("/auth/reset", post(begin::reset)),
        page(INVITATION, get(begin::invitation_page)),
        form(INVITATION, post(begin::invitation)),
        page("/auth/user-info", get(account::user_info)),
        page(ACCOUNT, get(account::page)),
        page("/auth/sessions", get(account::list_sessions)),
        end("/auth/sessions", delete(account::end_other_sessions)),
        end("/auth/sessions/{id}", delete(account::end_session)),
        form("/auth/session/end", post(account::end_by_form)),
        form("/auth/password/change", post(account::change_password)),
        page(passkey::SCRIPT, get(passkey::script)),
        form("/auth/passkey/options", post(passkey::options)),
        form("/auth/passkey", post(passkey::sign_in)),
        form("/auth/passkeys/options", post(passkeys::options)),
        page("/auth/passkeys", get(passkeys::list)),
        form("/auth/passkeys", post(passkeys::add)),
        end("/auth/passkeys/{id}", delete(passkeys::remove)),
        form("/auth/passkey/rename", post(passkeys::rename)),
        form("/auth/passkey/remove", post(passkeys::remove_by_form)),
        form("/auth/customer", post(account::choose_customer)),
        form(WEBHOOK, post(bootstrap::told)),
        page("/logto/sign-in", get(logto::sign_in)),
        form("/logto/sign-in", post(logto::sign_in)),
        page("/logto/sign-up", get(logto::sign_up)),
        form("/logto/sign-up", post(logto::sign_up)),
        page("/logto/sign-in-callback", get(logto::callback)),
        form("/logto/sign-in-callback", post(logto::callback)),
        page("/logto/sign-out", get(logto::sign_out)),
        form("/logto/sign-out", post(logto::sign_out)),
    ]
}

/// Completes an address's part of the document.
pub(crate) fn complete(operation: &mut Operation, route: &Route) {
    let is_of_provider = [BACK_CHANNEL, WEBHOOK].contains(&route.path);
    contract::complete(operation, is_of_provider, JOINING.contains(&route.path));
}

/// The routes; each names itself in the log, without its query, which may hold the secret of a link.
pub(crate) fn router() -> Router<Arc<House>> {
    endpoints().into_iter().fold(Router::new(), |router, Endpoint { route, handler, .. }| {
        let path = route.path;
        let named = middleware::map_response(move |mut response: Response| async move {
            response.extensions_mut().insert(Visited { path, customer: None });
            response
        });
        router.route(path, handler.layer(named))
    })
}

#[cfg(test)]
mod tests;
