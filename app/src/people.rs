//! Users: who they are, where they belong, and what they may do there.

mod accept_invitation;
mod attempt;
mod change_member_role;
mod define_role;
mod enter;
mod first_visit;
mod invitation;
mod invite_member;
mod leave_account;
mod membership;
mod passkey;
mod password_rules;
mod profile;
mod provider;
mod reinstate_member;
mod remove_member;
mod remove_role;
mod reveal;
mod revoke_invitation;
mod rights;
mod session;
mod set_up;
mod sign_in;
mod suspend_member;
mod suspend_user;

pub use accept_invitation::accept_invitation;
pub use change_member_role::{ChangeMemberRole, change_member_role};
pub use define_role::{DefineRole, define_role};
pub use enter::{Arrival, Opened};
pub use first_visit::{Home, Visitor, first_visit, register_user};
pub use invite_member::{INVITATION_DAYS, INVITATION_DAYS_MAX, InviteMember, InvitedMember, invite_member};
pub use leave_account::{LeaveAccount, leave_account};
pub use membership::{principal_of, suspended};
pub use passkey::{
    AddPasskey, AskForPasskey, Challenge, NewPasskey, OwnPasskey, PASSKEY_CHALLENGE_SECONDS,
    PASSKEY_NAME_CHARS_MAX, PasskeyAnswer, add_passkey, begin_adding_passkey, begin_passkey_sign_in,
    may_add_passkey, passkeys, relying_party, remove_passkey, rename_passkey, sign_in_with_passkey,
};
pub use profile::{Profile, profile};
pub use provider::{
    Bootstrapped, bootstrap, recognise_machine, recognise_token, recognise_user_of_machine,
    sign_out_at_provider,
};
pub use reinstate_member::{ReinstateMember, reinstate_member};
pub use remove_member::{RemoveMember, remove_member};
pub use remove_role::{RemoveRole, remove_role};
pub use reveal::note_reveal_of_user;
pub use revoke_invitation::{RevokeInvitation, revoke_invitation};
pub use rights::role_name;
pub(crate) use session::session_still_works;
pub use session::{
    EndSession, Recognised, choose_customer, end_other_sessions, end_session, id_token, live_session,
    recognise, renew, sessions, sign_out,
};
pub use set_up::{
    InvitedTo, Newcomer, change_password, find_link, join, join_signed_in, look_at_invitation,
    make_reset_link, make_set_up_link, reset, set_up,
};
pub use sign_in::{Returned, sign_in, sign_in_with_provider};
pub use suspend_member::{SuspendMember, suspend_member};
pub use suspend_user::{reinstate_user, suspend_user};

use crate::{Actor, Call, Principal};
use domain::id::{CustomerId, UserId, derived_uuid};

/// The limits of this part.
pub(crate) fn limits() -> Vec<domain::limit::Limit> {
    [invitation::LIMITS, invite_member::LIMITS, passkey::LIMITS, session::LIMITS, set_up::LIMITS].concat()
}

/// The vault's subject for what is known of a user, in a place of his own: he is no tenant, and belongs to several.
pub const USER_SUBJECT: &str = "user";

/// Where what is known of a user is sealed, and in whose name his own events stand: a place that is no customer's.
pub const fn place_of(user: UserId) -> CustomerId {
    CustomerId(user.0)
}

/// A request of the user himself, in a customer. What it does has ids of `what`, so that a repeat is no second one, whoever
/// asks for it and when.
fn acting(call: &Call, user: UserId, customer: CustomerId, what: &[&str]) -> Call {
    let mut parts = vec![user.0.to_string()];
    parts.extend(what.iter().map(|part| (*part).to_owned()));
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let who = Principal { person: Some(user), ..Principal::unbounded(customer, Actor::User(user.0)) };
    Call { who, command_id: derived_uuid("user-command", &parts), ..call.clone() }
}

#[cfg(test)]
mod provider_tests;
#[cfg(test)]
mod sign_in_tests;
#[cfg(test)]
mod tests;
