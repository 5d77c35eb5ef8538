//! Invitations of a customer, in sentences.

use super::super::{CustomerCommand, CustomerEvent, OPEN_INVITATIONS_MAX};
use super::{
    accept, given, invite, invited, invited_by, issued, joined, reinstate, reinstated, remove, removed,
    revoked, rotate, suspend, suspended, taken_back, written_by,
};
use crate::given::sample::{api_key, at, invitation, user};
use crate::id::InvitationId;
use uuid::Uuid;

#[test]
fn an_invitation_is_accepted_once_and_by_whom_it_is_for() {
    given()
        .when(invite(1, 2, "issuer"))
        .then_events([invited(1, 2, "issuer")])
        .when(accept(1, 3, 2))
        .then_refused("customer/invitation-for-another")
        .when(accept(9, 2, 2))
        .then_refused("customer/invitation-not-found")
        .when(accept(1, 2, 50))
        .then_refused("customer/invitation-expired")
        .when(accept(1, 2, 2))
        .then_events([joined(2, "issuer", Some(1))])
        .when(accept(1, 3, 2))
        .then_refused("customer/invitation-ended")
        .when(CustomerCommand::RevokeInvitation { invitation: invitation(1), at: at(3) })
        .then_refused("customer/invitation-ended");
}

#[test]
fn an_address_that_was_not_verified_accepts_nothing() {
    let mut command = accept(1, 2, 2);
    if let CustomerCommand::AcceptInvitation { joining, .. } = &mut command {
        joining.email_hash = None;
    }
    given().and([invited(1, 2, "issuer")]).when(command).then_refused("customer/invitation-for-another");
}

#[test]
fn an_invitation_is_taken_back_or_replaced() {
    let revoke =
        |number, now| CustomerCommand::RevokeInvitation { invitation: invitation(number), at: at(now) };
    let ended =
        |number, now| CustomerEvent::InvitationRevoked { invitation: invitation(number), at: at(now) };
    given()
        .when(revoke(1, 3))
        .then_refused("customer/invitation-not-found")
        .and([invited(1, 2, "issuer")])
        .when(invite(2, 2, "auditor"))
        .then_events([ended(1, 2), invited(2, 2, "auditor")])
        .when(accept(1, 2, 2))
        .then_refused("customer/invitation-ended")
        .when(revoke(2, 3))
        .then_events([ended(2, 3)])
        .when(invite(3, 1, "issuer"))
        .then_refused("customer/already-member")
        .when(invite(3, 3, "unheard-of"))
        .then_refused("customer/role-not-found");
}

/// Attacked: whoever had an API key for a moment wrote invitations with it that outlived its end.
#[test]
fn an_invitation_ends_with_the_api_key_that_wrote_it() {
    let by_key = |number, whom, with| {
        let mut event = invited(number, whom, "issuer");
        if let CustomerEvent::MemberInvited { key, .. } = &mut event {
            *key = Some(api_key(with));
        }
        event
    };
    let mut late = invite(5, 7, "issuer");
    if let CustomerCommand::Invite { key, .. } = &mut late {
        *key = Some(api_key(2));
    }
    given()
        .and([issued(2, 1, None), issued(3, 1, None)])
        .and([by_key(1, 3, 2), by_key(2, 4, 2), by_key(3, 5, 3), by_key(4, 6, 2)])
        .when(accept(1, 3, 2))
        .then_events([joined(3, "issuer", Some(1))])
        .when(CustomerCommand::RevokeApiKey { key: api_key(2), at: at(2) })
        .then_events([revoked(2), taken_back(2), taken_back(4)])
        .when(accept(2, 4, 2))
        .then_refused("customer/invitation-ended")
        .when(late)
        .then_refused("customer/api-key-not-found")
        .when(rotate(3, 1))
        .then_events([issued(9, 1, None), revoked(3), taken_back(3)]);
}

/// That the time of a key is over, nobody writes down.
#[test]
fn an_invitation_lets_nobody_in_when_the_time_of_its_api_key_is_over() {
    let mut event = invited(1, 3, "issuer");
    if let CustomerEvent::MemberInvited { key, expires_at, .. } = &mut event {
        (*key, *expires_at) = (Some(api_key(2)), at(120));
    }
    given()
        .and([issued(2, 1, None), event])
        .when(accept(1, 3, 99))
        .then_refused("customer/invitation-void")
        .when(accept(1, 3, 2))
        .then_events([joined(3, "issuer", Some(1))]);
}

/// Attacked: somebody who was thrown out came back, and let others in, by invitations that he had written before.
#[test]
fn an_invitation_lets_nobody_in_without_who_wrote_it() {
    let by_two = |number, whom, what| written_by(invited(number, whom, what), 2);
    let given = given().and([joined(2, "admin", None), by_two(1, 3, "issuer"), by_two(2, 4, "issuer")]);
    let mut late = invite(3, 5, "issuer");
    if let CustomerCommand::Invite { inviter, .. } = &mut late {
        *inviter = Some(user(2));
    }
    given
        .when(suspend(2))
        .then_events([suspended(2, &[])])
        .when(accept(1, 3, 2))
        .then_refused("customer/invitation-void")
        .when(late.clone())
        .then_refused("customer/member-not-found")
        .when(reinstate(2))
        .then_events([reinstated(2, &[])])
        .when(accept(1, 3, 2))
        .then_events([joined(3, "issuer", Some(1))])
        .when(remove(2))
        .then_events([removed(2), taken_back(2)])
        .when(accept(2, 4, 2))
        .then_refused("customer/invitation-ended")
        .when(late)
        .then_refused("customer/member-not-found");
}

#[test]
fn only_so_many_invitations_are_open() {
    let many = (0..OPEN_INVITATIONS_MAX)
        .map(|number| invited_by(InvitationId(Uuid::from_u128(number as u128)), 3, "issuer"));
    let mut many: Vec<_> = many.collect();
    for (number, event) in many.iter_mut().enumerate() {
        if let CustomerEvent::MemberInvited { email_hash, .. } = event {
            *email_hash = format!("other {number}");
        }
    }
    given().and(many).when(invite(1, 2, "issuer")).then_refused("customer/invitations-exhausted");
}
