//! `/auth/…`: signing in and out, in a browser and from programs. Their sentences and forms are pages of ours; a program that
//! sends JSON is answered JSON. Passkeys need a script, which is all that it is for. The `/logto/…` addresses of cheqd Studio are the same things under their other names.

mod account;
mod begin;
mod bootstrap;
mod fields;
mod page;
mod passkey;
mod passkeys;
mod sign_in;
mod visit;

pub(crate) use page::OPEN_NOTICE;

use crate::{House, admit::Visited};
use axum::{
    Router, middleware,
    response::Response,
    routing::{MethodRouter, any, delete, get, post},
};
use std::sync::Arc;

/// Where a browser signs in.
pub(crate) const SIGN_IN: &str = "/auth/sign-in";
/// What a browser that is signed in sees of itself.
const ACCOUNT: &str = "/auth/account";

/// The limits of this part.
pub(crate) fn limits() -> Vec<domain::limit::Limit> {
    [bootstrap::LIMITS, fields::LIMITS, sign_in::LIMITS].concat()
}

type Routes = Vec<(&'static str, MethodRouter<Arc<House>>)>;

fn routes() -> Routes {
    vec![
        (SIGN_IN, get(sign_in::page)),
        ("/auth/sign-up", get(sign_in::sign_up)),
        ("/auth/callback", get(sign_in::callback)),
        ("/auth/password", post(sign_in::password)),
        ("/auth/sign-out", post(sign_in::sign_out)),
        ("/auth/setup", get(begin::set_up_page).post(begin::set_up)),
        ("/auth/reset", get(begin::reset_page).post(begin::reset)),
        ("/auth/invitation", get(begin::invitation_page).post(begin::invitation)),
        ("/auth/user-info", get(account::user_info)),
        (ACCOUNT, get(account::page)),
        ("/auth/sessions", get(account::list_sessions).delete(account::end_other_sessions)),
        ("/auth/sessions/{id}", delete(account::end_session)),
        ("/auth/session/end", post(account::end_by_form)),
        ("/auth/password/change", post(account::change_password)),
        (passkey::SCRIPT, get(passkey::script)),
        ("/auth/passkey/options", post(passkey::options)),
        ("/auth/passkey", post(passkey::sign_in)),
        ("/auth/passkeys/options", post(passkeys::options)),
        ("/auth/passkeys", get(passkeys::list).post(passkeys::add)),
        ("/auth/passkeys/{id}", delete(passkeys::remove)),
        ("/auth/passkey/rename", post(passkeys::rename)),
        ("/auth/passkey/remove", post(passkeys::remove_by_form)),
        ("/auth/customer", post(account::choose_customer)),
        ("/account/bootstrap", post(bootstrap::told)),
        ("/logto/sign-in", any(sign_in::page)),
        ("/logto/sign-up", any(sign_in::sign_up)),
        ("/logto/sign-in-callback", any(sign_in::callback)),
        ("/logto/sign-out", any(sign_in::sign_out_anyhow)),
    ]
}

/// The routes; each names itself in the log, without its query, which may hold the secret of a link.
pub(crate) fn router() -> Router<Arc<House>> {
    routes().into_iter().fold(Router::new(), |router, (path, handler)| {
        let named = middleware::map_response(move |mut response: Response| async move {
            response.extensions_mut().insert(Visited { path, customer: None });
            response
        });
        router.route(path, handler.layer(named))
    })
}

#[cfg(test)]
mod tests;
