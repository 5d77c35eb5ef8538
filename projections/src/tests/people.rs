//! Users, members, invitations and roles, and what becomes of the API keys of a member.

use super::world::*;
use crate::{InvitationStanding, InvitationState, Paging};
use domain::{
    customer::{ApiKeyGrant, CustomerEvent, RoleName},
    given::sample::sealed,
    id::{ApiKeyId, InvitationId, UserId},
    user::UserEvent,
};

fn role(name: &str) -> RoleName {
    RoleName::parse(name).unwrap()
}

#[tokio::test]
async fn the_end_of_an_api_key_is_due_while_the_key_works() {
    let world = World::new().await;
    let (customer, user, key) = (new_customer(), UserId(id()), ApiKeyId(id()));
    let end = at(1) + chrono::Days::new(30);
    let issued = CustomerEvent::ApiKeyIssued {
        key,
        customer,
        hash: format!("of {key}"),
        last_four: "abcd".to_owned(),
        name: "his".to_owned(),
        expires_at: end,
        grant: Some(ApiKeyGrant { maker: Some(user), ..ApiKeyGrant::default() }),
        at: at(1),
    };
    let append = async |events: &[CustomerEvent]| {
        world.append(customer, &[story("customer", &customer, events)]).await;
        world.settle().await;
    };
    let due = async |days| {
        let now = at(1) + chrono::Days::new(days);
        let page = world.views.accounts().api_keys_due(now, Paging::first(100, None)).await.unwrap();
        page.rows.iter().any(|row| row.key == key)
    };
    let mut all = registered(customer);
    all.events.extend(story("customer", &customer, &[issued]).events);
    world.append(customer, &[all]).await;
    world.settle().await;
    assert!(!due(15).await && due(16).await && due(29).await);
    assert!(!due(30).await, "nobody is helped by hearing of it any more");
    append(&[CustomerEvent::MemberSuspended { user, held: vec![key], at: at(2) }]).await;
    assert!(!due(16).await);
    append(&[CustomerEvent::MemberReinstated { user, released: vec![key], at: at(3) }]).await;
    assert!(due(16).await, "it was not said");
    world.end().await;
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one account's whole story")]
async fn people_are_shown_as_the_log_says_and_a_rebuild_says_the_same() {
    let world = World::new().await;
    let (customer, user, key) = (new_customer(), UserId(id()), ApiKeyId(id()));
    let (first, second) = (InvitationId(id()), InvitationId(id()));
    let invited = |invitation, token: &str| CustomerEvent::MemberInvited {
        invitation,
        email: sealed("email"),
        email_hash: "address".to_owned(),
        role: role("registrar"),
        token_hash: token.to_owned(),
        expires_at: at(500),
        inviter: None,
        key: None,
        at: at(2),
    };
    let joined = CustomerEvent::MemberJoined {
        user,
        role: role("registrar"),
        email: Some(sealed("email")),
        email_hash: Some("address".to_owned()),
        name: None,
        invitation: Some(second),
        at: at(5),
    };
    let issued = CustomerEvent::ApiKeyIssued {
        key,
        customer,
        hash: format!("of {key}"),
        last_four: "abcd".to_owned(),
        name: "his".to_owned(),
        expires_at: at(9_999),
        grant: Some(ApiKeyGrant { maker: Some(user), ..ApiKeyGrant::default() }),
        at: at(6),
    };
    let scopes = ["read:key".to_owned()].into();
    let defined = CustomerEvent::RoleDefined { role: role("registrar"), scopes, at: at(1) };
    let registered_user = UserEvent::UserRegistered {
        user,
        email: Some(sealed("own")),
        email_hash: Some(format!("hash of {user}")),
        name: None,
        at: at(4),
    };
    let mut all = registered(customer);
    let events = [
        defined,
        invited(first, "token 1"),
        CustomerEvent::InvitationRevoked { invitation: first, at: at(3) },
        invited(second, "token 2"),
        joined,
        issued,
        CustomerEvent::MemberSuspended { user, held: vec![key], at: at(7) },
        CustomerEvent::OrganisationChanged {
            name: None,
            email: Some(sealed("office")),
            description: None,
            at: at(8),
        },
    ];
    all.events.extend(story("customer", &customer, &events).events);
    world.append(customer, &[story("user", &user, &[registered_user]), all]).await;
    world.settle().await;

    let (people, accounts) = (world.views.people(), world.views.accounts());
    let member = people.member(customer, user).await.unwrap().unwrap();
    assert_eq!(
        (member.role.as_str(), member.suspended_at, member.invitation),
        ("registrar", Some(at(7)), Some(second))
    );
    assert_eq!(people.memberships(user).await.unwrap(), [member]);
    assert!(people.member(new_customer(), user).await.unwrap().is_none());
    let count = async |standing, now| people.invitation_count(customer, Some((standing, now))).await.unwrap();
    let open = count(InvitationStanding::Open, at(9)).await;
    let accepted = people.invitation_by_token("token 2").await.unwrap().unwrap();
    assert_eq!((open, accepted.state, accepted.accepted_by), (0, InvitationState::Accepted, Some(user)));
    let listed = people.invitations(customer, None, Paging::first(9, None)).await.unwrap();
    assert_eq!(
        listed.rows.iter().map(|row| row.state).collect::<Vec<_>>(),
        [InvitationState::Accepted, InvitationState::Revoked]
    );
    assert_eq!(people.roles(customer).await.unwrap().len(), 1);
    assert!(accounts.api_key(customer, key).await.unwrap().unwrap().held_at.is_some());
    assert_eq!(accounts.customer(customer).await.unwrap().unwrap().email, Some(sealed("office")));

    let open = [(499, InvitationStanding::Open), (500, InvitationStanding::Expired)];
    let third = InvitationId(id());
    world.append(customer, &[story("customer", &customer, &[invited(third, "token 3")])]).await;
    world.settle().await;
    let row = people.invitation(customer, third).await.unwrap().unwrap();
    for (now, standing) in open {
        assert_eq!(row.standing(at(now)), standing);
        for (other, _) in open {
            assert_eq!(count(standing, at(other)).await, u64::from(other == now), "{standing:?} at {other}");
        }
    }

    let later = [
        CustomerEvent::MemberReinstated { user, released: vec![key], at: at(9) },
        CustomerEvent::MemberRoleChanged { user, role: role("auditor"), at: at(10) },
        CustomerEvent::RoleRemoved { role: role("registrar"), at: at(11) },
    ];
    world
        .append(
            customer,
            &[
                story("customer", &customer, &later),
                story("user", &user, &[UserEvent::UserSuspended { at: at(12) }]),
            ],
        )
        .await;
    world.settle().await;
    let member = people.member(customer, user).await.unwrap().unwrap();
    assert_eq!((member.role.as_str(), member.suspended_at), ("auditor", None));
    assert!(accounts.api_key(customer, key).await.unwrap().unwrap().held_at.is_none());
    assert!(people.role(customer, &role("registrar")).await.unwrap().is_none());
    assert_eq!(people.user(user).await.unwrap().unwrap().suspended_at, Some(at(12)));

    world
        .append(
            customer,
            &[story("customer", &customer, &[CustomerEvent::MemberRemoved { user, at: at(13) }])],
        )
        .await;
    world.settle().await;
    assert!(people.member(customer, user).await.unwrap().is_none());
    assert_eq!(people.member_count(customer).await.unwrap(), 0);
    for model in ["people", "account"] {
        let verified = world.projections.verify(model, &world.stop).await.unwrap();
        assert!(verified.is_equal(), "{model}: {verified:?}");
    }
    world.end().await;
}
