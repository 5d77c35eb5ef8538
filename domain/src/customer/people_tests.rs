//! Members and roles of a customer, in sentences.

mod invitations;

use super::{ApiKeyGrant, Customer, CustomerCommand, CustomerEvent, Joining, RoleName, Seen};
use crate::given::sample::{api_key, at, customer, invitation, sealed, user};
use crate::given::{Given, assert_laws};
use crate::id::InvitationId;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn role(text: &str) -> RoleName {
    RoleName::parse(text).unwrap()
}

fn scopes(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn registered() -> CustomerEvent {
    let (customer, name) = (customer(1), sealed("a"));
    CustomerEvent::CustomerRegistered { customer, name, email: None, payers: Vec::new(), at: at(1) }
}

fn joining(number: u8) -> Joining {
    let (email, email_hash) = (Some(sealed("email")), Some(format!("hash {number}")));
    Joining { user: user(number), email, email_hash, name: None }
}

fn joined(number: u8, as_what: &str, by: Option<u8>) -> CustomerEvent {
    let Joining { user, email, email_hash, name } = joining(number);
    let (role, invitation) = (role(as_what), by.map(invitation));
    CustomerEvent::MemberJoined { user, role, email, email_hash, name, invitation, at: at(2) }
}

/// One owner, user 1.
fn given() -> Given<Customer> {
    Given::events([registered(), joined(1, "owner", None)])
}

fn invite(number: u8, whom: u8, as_what: &str) -> CustomerCommand {
    CustomerCommand::Invite {
        invitation: invitation(number),
        email: sealed("email"),
        email_hash: format!("hash {whom}"),
        role: role(as_what),
        token_hash: format!("token {number}"),
        expires_at: at(50),
        inviter: None,
        key: None,
        at: at(2),
    }
}

fn invited_by(id: InvitationId, whom: u8, as_what: &str) -> CustomerEvent {
    CustomerEvent::MemberInvited {
        invitation: id,
        email: sealed("email"),
        email_hash: format!("hash {whom}"),
        role: role(as_what),
        token_hash: "token 1".to_owned(),
        expires_at: at(50),
        inviter: None,
        key: None,
        at: at(2),
    }
}

fn invited(number: u8, whom: u8, as_what: &str) -> CustomerEvent {
    let mut event = invited_by(invitation(number), whom, as_what);
    if let CustomerEvent::MemberInvited { token_hash, .. } = &mut event {
        *token_hash = format!("token {number}");
    }
    event
}

fn written_by(mut event: CustomerEvent, who: u8) -> CustomerEvent {
    if let CustomerEvent::MemberInvited { inviter, .. } = &mut event {
        *inviter = Some(user(who));
    }
    event
}

fn taken_back(number: u8) -> CustomerEvent {
    CustomerEvent::InvitationRevoked { invitation: invitation(number), at: at(2) }
}

fn accept(number: u8, who: u8, now: u8) -> CustomerCommand {
    CustomerCommand::AcceptInvitation { invitation: invitation(number), joining: joining(who), at: at(now) }
}

fn change_role(who: u8, to: &str) -> CustomerCommand {
    let may = scopes(&["read:key"]);
    CustomerCommand::ChangeMemberRole { user: user(who), role: role(to), may, at: at(2) }
}

fn role_changed(who: u8, to: &str) -> CustomerEvent {
    CustomerEvent::MemberRoleChanged { user: user(who), role: role(to), at: at(2) }
}

fn suspend(who: u8) -> CustomerCommand {
    CustomerCommand::SuspendMember { user: user(who), at: at(2) }
}

fn suspended(who: u8, held: &[u8]) -> CustomerEvent {
    let held = held.iter().map(|key| api_key(*key)).collect();
    CustomerEvent::MemberSuspended { user: user(who), held, at: at(2) }
}

fn reinstate(who: u8) -> CustomerCommand {
    CustomerCommand::ReinstateMember { user: user(who), at: at(2) }
}

fn reinstated(who: u8, released: &[u8]) -> CustomerEvent {
    let released = released.iter().map(|key| api_key(*key)).collect();
    CustomerEvent::MemberReinstated { user: user(who), released, at: at(2) }
}

fn remove(who: u8) -> CustomerCommand {
    CustomerCommand::RemoveMember { user: user(who), at: at(2) }
}

fn removed(who: u8) -> CustomerEvent {
    CustomerEvent::MemberRemoved { user: user(who), at: at(2) }
}

fn issued(key: u8, maker: u8, names: Option<&[&str]>) -> CustomerEvent {
    let grant = ApiKeyGrant { scopes: names.map(scopes), maker: Some(user(maker)), ..ApiKeyGrant::default() };
    CustomerEvent::ApiKeyIssued {
        key: api_key(key),
        customer: customer(1),
        hash: format!("hash of {key}"),
        last_four: "1234".to_owned(),
        name: "laptop".to_owned(),
        expires_at: at(99),
        grant: Some(grant),
        at: at(2),
    }
}

fn revoked(key: u8) -> CustomerEvent {
    CustomerEvent::ApiKeyRevoked { key: api_key(key), at: at(2) }
}

fn rotate(old: u8, maker: u8) -> CustomerCommand {
    CustomerCommand::RotateApiKey {
        old: api_key(old),
        key: api_key(9),
        hash: "hash of 9".to_owned(),
        last_four: "1234".to_owned(),
        expires_at: at(99),
        old_ends_at: at(2),
        maker: Some(user(maker)),
        at: at(2),
    }
}

fn define(name: &str, names: &[&str]) -> CustomerCommand {
    CustomerCommand::DefineRole { role: role(name), scopes: scopes(names), at: at(2) }
}

fn defined(name: &str, names: &[&str]) -> CustomerEvent {
    CustomerEvent::RoleDefined { role: role(name), scopes: scopes(names), at: at(2) }
}

#[test]
fn who_comes_first_is_the_owner_and_only_once() {
    let found = |number| CustomerCommand::Found { joining: joining(number), at: at(2) };
    Given::<Customer>::nothing().when(found(1)).then_refused("customer/not-found");
    Given::<Customer>::events([registered()])
        .when(found(1))
        .then_events([joined(1, "owner", None)])
        .when(found(2))
        .then_refused("customer/has-members");
    // Who was removed does not come back by signing in again.
    given().and([joined(2, "owner", None), removed(1)]).when(found(1)).then_refused("customer/has-members");
}

#[test]
fn the_last_owner_stays() {
    given()
        .when(remove(1))
        .then_refused("customer/last-owner")
        .when(suspend(1))
        .then_refused("customer/last-owner")
        .when(change_role(1, "admin"))
        .then_refused("customer/last-owner")
        .and([joined(2, "owner", None)])
        .when(suspend(2))
        .then_events([suspended(2, &[])])
        .when(remove(1))
        .then_refused("customer/last-owner")
        .when(reinstate(2))
        .then_events([reinstated(2, &[])])
        .when(remove(1))
        .then_events([removed(1)])
        .when(remove(1))
        .then_refused("customer/member-not-found");
}

/// Whoever may take the role that he saw must not take the one that came in its place.
#[test]
fn what_was_judged_by_another_role_is_not_done() {
    let judged = |member: Option<(u8, &str)>, roles: &[(&str, Option<&[&str]>)], command| {
        let member = member.map(|(who, what)| (user(who), role(what)));
        let roles = roles.iter().map(|(name, own)| (role(name), own.map(scopes))).collect();
        CustomerCommand::Judged { seen: Seen { member, roles }, command: Box::new(command) }
    };
    let given = given().and([joined(2, "admin", None), defined("registrar", &["a:b"])]);
    given
        .when(judged(Some((2, "issuer")), &[], remove(2)))
        .then_refused("customer/role-changed")
        .when(judged(
            Some((2, "admin")),
            &[("registrar", Some(&["a:b", "c:d"]))],
            change_role(2, "registrar"),
        ))
        .then_refused("customer/role-changed")
        .when(judged(None, &[("registrar", None)], define("registrar", &["c:d"])))
        .then_refused("customer/role-changed")
        .when(judged(Some((3, "issuer")), &[], suspend(3)))
        .then_refused("customer/member-not-found")
        .when(judged(Some((2, "admin")), &[("registrar", Some(&["a:b"]))], change_role(2, "registrar")))
        .then_events([role_changed(2, "registrar")])
        // What has come true already is no conflict.
        .when(judged(Some((2, "admin")), &[], change_role(2, "registrar")))
        .then_nothing();
}

#[test]
fn a_lesser_role_ends_the_keys_that_may_do_more() {
    given()
        .and([
            joined(2, "owner", None),
            issued(1, 2, None),
            issued(2, 2, Some(&["read:key"])),
            issued(3, 2, Some(&["read:key", "create:key"])),
            issued(4, 1, None),
        ])
        .when(change_role(2, "auditor"))
        .then_events([role_changed(2, "auditor"), revoked(1), revoked(3)])
        .when(change_role(2, "owner"))
        .then_events([role_changed(2, "owner")])
        .when(change_role(3, "owner"))
        .then_refused("customer/member-not-found")
        .when(change_role(2, "unheard-of"))
        .then_refused("customer/role-not-found");
}

#[test]
fn the_keys_of_a_suspended_member_are_held_and_those_of_a_removed_one_end() {
    let given = given()
        .and([
            joined(2, "issuer", None),
            issued(1, 2, None),
            issued(2, 1, None),
            issued(3, 2, None),
            revoked(3),
        ])
        .when(suspend(2))
        .then_events([suspended(2, &[1])]);
    assert!(
        !given.state().api_keys[&api_key(1)].works(at(2)) && given.state().api_keys[&api_key(2)].works(at(2))
    );
    let given = given
        .when(rotate(1, 1))
        .then_refused("customer/api-key-held")
        .when(rotate(2, 2))
        .then_refused("customer/member-not-found")
        .when(reinstate(2))
        .then_events([reinstated(2, &[1])]);
    assert!(given.state().api_keys[&api_key(1)].works(at(2)));
    given
        .when(remove(2))
        .then_events([removed(2), revoked(1)])
        .when(reinstate(2))
        .then_refused("customer/member-not-found");
}

#[test]
fn a_key_that_replaces_another_may_do_the_same_and_is_of_who_asked() {
    let mut new = issued(9, 1, Some(&["read:key"]));
    if let CustomerEvent::ApiKeyIssued { grant: Some(grant), .. } = &mut new {
        grant.addresses = vec!["192.0.2.0/24".parse().unwrap()];
    }
    let mut old = new.clone();
    if let CustomerEvent::ApiKeyIssued { key, hash, grant: Some(grant), .. } = &mut old {
        (*key, *hash, grant.maker) = (api_key(1), "hash of 1".to_owned(), None);
    }
    given().and([old]).when(rotate(1, 1)).then_events([new, revoked(1)]);
}

#[test]
fn a_role_of_its_own_is_defined_anew_and_taken_away() {
    given()
        .when(define("registrar", &["a:b", "c:d"]))
        .then_events([defined("registrar", &["a:b", "c:d"])])
        .when(define("registrar", &["a:b", "c:d"]))
        .then_nothing()
        .and([joined(2, "registrar", None), issued(1, 2, Some(&["a:b"])), issued(2, 2, Some(&["c:d"]))])
        .when(define("registrar", &["a:b"]))
        .then_events([defined("registrar", &["a:b"]), revoked(2)])
        .when(CustomerCommand::RemoveRole { role: role("registrar"), at: at(2) })
        .then_refused("customer/role-in-use")
        .when(remove(2))
        .then_events([removed(2), revoked(1)])
        .and([invited(1, 2, "registrar")])
        .when(CustomerCommand::RemoveRole { role: role("registrar"), at: at(2) })
        .then_refused("customer/role-in-use")
        .when(CustomerCommand::RemoveRole { role: role("registrar"), at: at(50) })
        .then_events([CustomerEvent::RoleRemoved { role: role("registrar"), at: at(50) }])
        .when(accept(1, 2, 2))
        .then_refused("customer/role-not-found");
    given()
        .when(define("owner", &["a:b"]))
        .then_refused("customer/role-built-in")
        .when(define("empty", &[]))
        .then_refused("customer/scopes-invalid")
        .when(CustomerCommand::RemoveRole { role: role("empty"), at: at(2) })
        .then_refused("customer/role-not-found");
}

#[test]
fn a_name_of_a_role_is_plain_and_short() {
    for bad in ["", "Owner", "1st", "a b", "a_b", "ä", &"x".repeat(41)] {
        assert!(RoleName::parse(bad).is_none(), "{bad:?}");
    }
    assert!(serde_json::from_str::<RoleName>("\"Owner\"").is_err());
}

#[test]
fn an_organisation_says_what_it_is_called_and_what_is_not_said_stays() {
    let change = |name: Option<&str>, email: Option<&str>| CustomerCommand::ChangeOrganisation {
        name: name.map(sealed),
        email: email.map(sealed),
        description: None,
        at: at(2),
    };
    let changed = |name: Option<&str>, email: Option<&str>| CustomerEvent::OrganisationChanged {
        name: name.map(sealed),
        email: email.map(sealed),
        description: None,
        at: at(2),
    };
    let given = given()
        .when(change(None, None))
        .then_nothing()
        .when(change(Some("a"), None))
        .then_events([changed(Some("a"), None)])
        .when(change(None, Some("e")))
        .then_events([changed(None, Some("e"))]);
    assert_eq!(given.state().organisation.name, Some(sealed("a")));
}

proptest! {
    #[test]
    fn laws_hold(seeds in prop::collection::vec((0..9_u8, 1..4_u8, 0..3_u8), 0..60)) {
        let register = CustomerCommand::Register {
            customer: customer(1), name: sealed("a"), email: None, payers: Vec::new(), at: at(1),
        };
        let roles = ["owner", "auditor", "registrar"];
        let commands = seeds.into_iter().map(|(verb, who, what)| {
            let to = roles[usize::from(what)];
            match verb {
                0 => CustomerCommand::Found { joining: joining(who), at: at(2) },
                1 => invite(who, who, to),
                2 => change_role(who, to),
                3 => suspend(who),
                4 => reinstate(who),
                5 => remove(who),
                6 => define("registrar", if what == 0 { &["a:b"] } else { &["a:b", "c:d"] }),
                7 => invite(who, what, to),
                _ => accept(who, what, 2),
            }
        });
        let commands: Vec<_> = std::iter::once(register).chain(commands).collect();
        let events = assert_laws::<Customer>(&commands);
        let (mut state, mut had_owner) = (Customer::default(), false);
        for event in &events {
            crate::Aggregate::evolve(&mut state, event);
            let owners = state.members.values().filter(|one| one.role.is_owner() && !one.suspended).count();
            // Somebody suspended may become the first owner; from the first that works on, there always is one.
            prop_assert!(owners > 0 || !had_owner);
            had_owner = owners > 0;
        }
    }
}
