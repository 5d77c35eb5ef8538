//! Users, and members, invitations and roles of customers.

mod queries;

pub use queries::PeopleViews;

use crate::{
    error::Result,
    model::{Fact, ReadModel, placed},
    rows::{Rows, Tables},
    table::{Generation, ModelId, Row as _, TableDef, table},
};
use async_trait::async_trait;
use domain::{
    Aggregate as _,
    customer::{Customer, CustomerEvent, RoleName},
    id::{CustomerId, Instant, InvitationId, Sealed, UserId},
    register::AnyEvent,
    user::{User, UserEvent},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

table! {
    /// A user.
    pub struct UserRow {
        /// The user.
        pub user_id: UserId = "uuid",
        /// His e-mail address, sealed in a place of his own.
        pub email: Option<Sealed> = "text",
        /// His name, sealed in a place of his own.
        pub name: Option<Sealed> = "text",
        /// Since when he is suspended.
        pub suspended_at: Option<Instant> = "timestamptz",
        /// When he last signed in.
        pub signed_in_at: Option<Instant> = "timestamptz",
        /// When he was registered.
        pub created_at: Instant = "timestamptz not null",
        /// Log position of his first event.
        pub position: i64 = "bigint not null",
    }
    key |row| UserKey { user_id: UserId = row.user_id };
    unique "(position)";
}

table! {
    /// A user in a customer, also one who was removed.
    pub struct MemberRow in "member" {
        /// The customer.
        pub customer: CustomerId = "uuid",
        /// The user.
        pub user_id: UserId = "uuid",
        /// His role.
        pub role: RoleName = "text not null",
        /// His e-mail address, sealed for the customer.
        pub email: Option<Sealed> = "text",
        /// His name, sealed for the customer.
        pub name: Option<Sealed> = "text",
        /// The invitation he accepted.
        pub invitation: Option<InvitationId> = "uuid",
        /// Whether he is a member.
        pub present: bool = "boolean not null",
        /// Since when he is suspended there.
        pub suspended_at: Option<Instant> = "timestamptz",
        /// When he joined.
        pub joined_at: Instant = "timestamptz not null",
        /// Log position of the event with which he joined.
        pub position: i64 = "bigint not null",
    }
    key |row| MemberKey { customer: CustomerId = row.customer, user_id: UserId = row.user_id };
    index "(customer, position)";
    index "(user_id, position)";
}

/// What the log says of an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InvitationState {
    /// Nothing since it was made.
    Open,
    /// Somebody joined with it.
    Accepted,
    /// It was taken back.
    Revoked,
}

/// What became of an invitation by some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum InvitationStanding {
    /// Nothing yet.
    Open,
    /// Nobody accepted it in time.
    Expired,
    /// Somebody joined with it.
    Accepted,
    /// It was taken back.
    Revoked,
}

impl InvitationRow {
    /// What has become of it at this time.
    pub fn standing(&self, at: Instant) -> InvitationStanding {
        match self.state {
            InvitationState::Open if self.expires_at <= at => InvitationStanding::Expired,
            InvitationState::Open => InvitationStanding::Open,
            InvitationState::Accepted => InvitationStanding::Accepted,
            InvitationState::Revoked => InvitationStanding::Revoked,
        }
    }
}

table! {
    /// An invitation; its token is nowhere.
    pub struct InvitationRow in "invitation" {
        /// The invitation.
        pub invitation: InvitationId = "uuid",
        /// Whose it is.
        pub customer: CustomerId = "uuid not null",
        /// The e-mail address it is bound to, sealed for the customer.
        pub email: Sealed = "text not null",
        /// The role it gives.
        pub role: RoleName = "text not null",
        /// Keyed hash of its token, lower-case hex.
        pub token_hash: String = "text not null",
        /// When it can no longer be accepted.
        pub expires_at: Instant = "timestamptz not null",
        /// What became of it.
        pub state: InvitationState = "text not null",
        /// Who joined with it.
        pub accepted_by: Option<UserId> = "uuid",
        /// When it was accepted or taken back.
        pub ended_at: Option<Instant> = "timestamptz",
        /// When it was made.
        pub created_at: Instant = "timestamptz not null",
        /// Log position of its first event.
        pub position: i64 = "bigint not null",
    }
    key |row| InvitationKey { invitation: InvitationId = row.invitation };
    index "(customer, position)";
    index "(token_hash, position)";
}

table! {
    /// A role of a customer's own, also one that was removed.
    pub struct RoleRow in "role" {
        /// The customer.
        pub customer: CustomerId = "uuid",
        /// The role.
        pub role: RoleName = "text",
        /// What it may do, by scopes.
        pub scopes: BTreeSet<String> = "json not null",
        /// Whether there is one.
        pub present: bool = "boolean not null",
        /// Log position of the event that defined it last.
        pub position: i64 = "bigint not null",
    }
    key |row| RoleKey { customer: CustomerId = row.customer, role: RoleName = row.role.clone() };
    index "(customer, position)";
}

placed!(UserRow, MemberRow, InvitationRow, RoleRow);

pub(crate) struct Model;

pub(crate) const MODEL: ModelId = ModelId { name: "people", revision: 2 };

#[async_trait]
impl ReadModel for Model {
    fn id(&self) -> ModelId {
        MODEL
    }
    fn tables(&self) -> &'static [TableDef] {
        &[UserRow::TABLE, MemberRow::TABLE, InvitationRow::TABLE, RoleRow::TABLE]
    }
    fn streams(&self) -> &'static [&'static str] {
        &[Customer::TYPE, User::TYPE]
    }

    async fn fold(&self, generation: Generation, db: &mut Tables<'_>, facts: &[Fact<'_>]) -> Result<()> {
        let mut touched = Touched::default();
        for fact in facts {
            touched.note(fact);
        }
        let Touched { users, members, invitations, roles } = touched;
        let mut users: Rows<UserRow> = Rows::load(db, generation, users).await?;
        let mut members: Rows<MemberRow> = Rows::load(db, generation, members).await?;
        let mut invitations: Rows<InvitationRow> = Rows::load(db, generation, invitations).await?;
        let mut roles: Rows<RoleRow> = Rows::load(db, generation, roles).await?;
        for fact in facts {
            match &fact.event {
                AnyEvent::User(event) => of_user(&mut users, fact, event),
                AnyEvent::Customer(event) => {
                    of_member(&mut members, fact, event);
                    of_invitation(&mut invitations, fact, event);
                    of_role(&mut roles, fact, event);
                }
                _ => {}
            }
        }
        users.save(db, generation).await?;
        members.save(db, generation).await?;
        invitations.save(db, generation).await?;
        roles.save(db, generation).await
    }
}

/// The rows that a batch changes.
#[derive(Default)]
struct Touched {
    users: BTreeSet<UserKey>,
    members: BTreeSet<MemberKey>,
    invitations: BTreeSet<InvitationKey>,
    roles: BTreeSet<RoleKey>,
}

impl Touched {
    fn note(&mut self, fact: &Fact<'_>) {
        match &fact.event {
            AnyEvent::User(_) => {
                self.users.extend(user_of(fact));
            }
            AnyEvent::Customer(event) => match event {
                CustomerEvent::MemberRoleChanged { user, .. }
                | CustomerEvent::MemberSuspended { user, .. }
                | CustomerEvent::MemberReinstated { user, .. }
                | CustomerEvent::MemberRemoved { user, .. } => {
                    self.members.insert(member_of(fact, *user));
                }
                CustomerEvent::InvitationRevoked { invitation, .. }
                | CustomerEvent::MemberJoined { invitation: Some(invitation), .. } => {
                    self.invitations.insert(InvitationKey { invitation: *invitation });
                }
                CustomerEvent::RoleRemoved { role, .. } => {
                    self.roles.insert(role_of(fact, role));
                }
                _ => {}
            },
            _ => {}
        }
    }
}

fn user_of(fact: &Fact<'_>) -> Option<UserKey> {
    fact.entry.stream_id.parse().ok().map(|user_id| UserKey { user_id })
}

fn member_of(fact: &Fact<'_>, user: UserId) -> MemberKey {
    MemberKey { customer: fact.entry.metadata.customer, user_id: user }
}

fn role_of(fact: &Fact<'_>, role: &RoleName) -> RoleKey {
    RoleKey { customer: fact.entry.metadata.customer, role: role.clone() }
}

fn of_user(users: &mut Rows<UserRow>, fact: &Fact<'_>, event: &UserEvent) {
    let Some(key) = user_of(fact) else { return };
    match event.clone() {
        UserEvent::UserRegistered { user, email, name, at, .. } => users.put(UserRow {
            user_id: user,
            email,
            name,
            suspended_at: None,
            signed_in_at: None,
            created_at: at,
            position: fact.position(),
        }),
        UserEvent::EmailVerified { email, .. } => users.change(&key, |row| row.email = Some(email)),
        UserEvent::UserSuspended { at } => users.change(&key, |row| row.suspended_at = Some(at)),
        UserEvent::UserReinstated { .. } => users.change(&key, |row| row.suspended_at = None),
        UserEvent::SignedIn { at, .. } => users.change(&key, |row| row.signed_in_at = Some(at)),
        // Deeds, which the activities tell.
        UserEvent::IdentityLinked { .. }
        | UserEvent::PasswordChanged { .. }
        | UserEvent::PasskeyAdded { .. }
        | UserEvent::PasskeyRenamed { .. }
        | UserEvent::PasskeyRemoved { .. }
        | UserEvent::SignInFailed { .. }
        | UserEvent::UserDataRevealed { .. } => {}
    }
}

fn of_member(members: &mut Rows<MemberRow>, fact: &Fact<'_>, event: &CustomerEvent) {
    match event.clone() {
        CustomerEvent::MemberJoined { user, role, email, name, invitation, at, .. } => {
            members.put(MemberRow {
                customer: fact.entry.metadata.customer,
                user_id: user,
                role,
                email,
                name,
                invitation,
                present: true,
                suspended_at: None,
                joined_at: at,
                position: fact.position(),
            });
        }
        CustomerEvent::MemberRoleChanged { user, role, .. } => {
            members.change(&member_of(fact, user), |row| row.role = role);
        }
        CustomerEvent::MemberSuspended { user, at, .. } => {
            members.change(&member_of(fact, user), |row| row.suspended_at = Some(at));
        }
        CustomerEvent::MemberReinstated { user, .. } => {
            members.change(&member_of(fact, user), |row| row.suspended_at = None);
        }
        CustomerEvent::MemberRemoved { user, .. } => {
            members.change(&member_of(fact, user), |row| row.present = false);
        }
        _ => {}
    }
}

fn of_invitation(invitations: &mut Rows<InvitationRow>, fact: &Fact<'_>, event: &CustomerEvent) {
    match event.clone() {
        CustomerEvent::MemberInvited { invitation, email, role, token_hash, expires_at, at, .. } => {
            invitations.put(InvitationRow {
                invitation,
                customer: fact.entry.metadata.customer,
                email,
                role,
                token_hash,
                expires_at,
                state: InvitationState::Open,
                accepted_by: None,
                ended_at: None,
                created_at: at,
                position: fact.position(),
            });
        }
        CustomerEvent::InvitationRevoked { invitation, at } => {
            invitations.change(&InvitationKey { invitation }, |row| {
                row.state = InvitationState::Revoked;
                row.ended_at = Some(at);
            });
        }
        CustomerEvent::MemberJoined { invitation: Some(invitation), user, at, .. } => {
            invitations.change(&InvitationKey { invitation }, |row| {
                row.state = InvitationState::Accepted;
                row.accepted_by = Some(user);
                row.ended_at = Some(at);
            });
        }
        _ => {}
    }
}

fn of_role(roles: &mut Rows<RoleRow>, fact: &Fact<'_>, event: &CustomerEvent) {
    match event.clone() {
        CustomerEvent::RoleDefined { role, scopes, .. } => roles.put(RoleRow {
            customer: fact.entry.metadata.customer,
            role,
            scopes,
            present: true,
            position: fact.position(),
        }),
        CustomerEvent::RoleRemoved { role, .. } => {
            roles.change(&role_of(fact, &role), |row| row.present = false);
        }
        _ => {}
    }
}
