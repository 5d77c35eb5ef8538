//! Events of users, members, invitations and roles.

use crate::customer::{ApiKeyGrant, CustomerEvent, Revealed, RoleName};
use crate::given::sample::{api_key, at, customer, invitation, operation, passkey, sealed, sign_in, user};
use crate::id::{Network, RevealId, UserId};
use crate::user::{Identity, SignInFailure, SignInMethod, UserEvent};
use std::collections::BTreeSet;

fn role(text: &str) -> RoleName {
    RoleName::parse(text).expect("a name of a role")
}

fn scopes(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn hash() -> String {
    "ef".repeat(32)
}

fn invited(number: u8, what: &str, inviter: Option<UserId>) -> CustomerEvent {
    CustomerEvent::MemberInvited {
        invitation: invitation(number),
        email: sealed("email"),
        email_hash: hash(),
        role: role(what),
        token_hash: "fe".repeat(32),
        expires_at: at(200),
        inviter,
        key: inviter.map(|_| api_key(2)),
        at: at(10),
    }
}

/// Events of a customer about people, and an API key that may not do everything.
pub(super) fn of_customer() -> Vec<CustomerEvent> {
    let issued = |grant| CustomerEvent::ApiKeyIssued {
        key: api_key(2),
        customer: customer(1),
        hash: "ba".repeat(32),
        last_four: "9f3e".to_owned(),
        name: "ci".to_owned(),
        expires_at: at(200),
        grant: Some(grant),
        at: at(8),
    };
    vec![
        issued(ApiKeyGrant {
            scopes: Some(scopes(&["create:did:testnet", "read:key"])),
            networks: Some(BTreeSet::from([Network::Testnet])),
            addresses: ["192.0.2.0/24", "2001:db8::1"].map(|text| text.parse().expect("a range")).to_vec(),
            maker: Some(user(1)),
        }),
        issued(ApiKeyGrant { maker: Some(user(1)), ..ApiKeyGrant::default() }),
        CustomerEvent::OrganisationChanged {
            name: Some(sealed("name")),
            email: Some(sealed("email")),
            description: Some(sealed("description")),
            at: at(9),
        },
        CustomerEvent::OrganisationChanged {
            name: Some(sealed("name")),
            email: None,
            description: None,
            at: at(9),
        },
        invited(1, "issuer", None),
        invited(3, "auditor", Some(user(1))),
        CustomerEvent::InvitationRevoked { invitation: invitation(2), at: at(11) },
        CustomerEvent::MemberJoined {
            user: user(2),
            role: role("issuer"),
            email: Some(sealed("email")),
            email_hash: Some(hash()),
            name: Some(sealed("name")),
            invitation: Some(invitation(1)),
            at: at(12),
        },
        CustomerEvent::MemberJoined {
            user: user(1),
            role: role("owner"),
            email: None,
            email_hash: None,
            name: None,
            invitation: None,
            at: at(12),
        },
        CustomerEvent::MemberRoleChanged { user: user(2), role: role("auditor"), at: at(13) },
        CustomerEvent::MemberSuspended { user: user(2), held: vec![api_key(2)], at: at(14) },
        CustomerEvent::MemberReinstated { user: user(2), released: vec![api_key(2)], at: at(15) },
        CustomerEvent::MemberRemoved { user: user(2), at: at(16) },
        CustomerEvent::RoleDefined {
            role: role("registrar"),
            scopes: scopes(&["issue:credential:testnet", "list:credential:testnet"]),
            at: at(17),
        },
        CustomerEvent::RoleRemoved { role: role("registrar"), at: at(18) },
    ]
}

/// Events of a user.
pub(super) fn of_user() -> Vec<UserEvent> {
    vec![
        UserEvent::UserRegistered {
            user: user(1),
            email: Some(sealed("email")),
            email_hash: Some(hash()),
            name: Some(sealed("name")),
            at: at(1),
        },
        UserEvent::UserRegistered { user: user(2), email: None, email_hash: None, name: None, at: at(1) },
        UserEvent::EmailVerified { email: sealed("email"), email_hash: hash(), at: at(2) },
        UserEvent::IdentityLinked {
            identity: Identity { issuer: "https://id.example.org/oidc".to_owned(), subject_hash: hash() },
            at: at(3),
        },
        UserEvent::PasswordChanged { at: at(4) },
        UserEvent::PasskeyAdded { passkey: passkey(1), name: sealed("laptop"), at: at(4) },
        UserEvent::PasskeyRenamed { passkey: passkey(1), name: sealed("old laptop"), at: at(4) },
        UserEvent::PasskeyRemoved { passkey: passkey(1), at: at(4) },
        UserEvent::UserSuspended { at: at(5) },
        UserEvent::UserReinstated { at: at(6) },
        UserEvent::SignedIn {
            sign_in: sign_in(1),
            address: sealed("address"),
            method: SignInMethod::Password,
            at: at(7),
        },
        UserEvent::SignInFailed {
            sign_in: sign_in(2),
            address: sealed("address"),
            reason: SignInFailure::WrongPassword,
            at: at(8),
        },
        UserEvent::SignInFailed {
            sign_in: sign_in(3),
            address: sealed("address"),
            reason: SignInFailure::ClonedPasskey,
            at: at(9),
        },
        UserEvent::UserDataRevealed {
            reveal: RevealId(operation(9).0),
            what: Revealed { until_position: Some(42), ..Revealed::default() },
            at: at(10),
        },
    ]
}
