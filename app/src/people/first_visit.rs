//! The first time that somebody comes, and every other time.

use super::{USER_SUBJECT, acting, place_of, suspended};
use crate::{
    Call, Fault, FaultKind, Studio, customer,
    port::{
        Execute,
        commands::{Meta, Token},
        vault::Hashed,
    },
    write,
};
use domain::{
    customer::{Customer, CustomerCommand, Joining},
    id::{CustomerId, Network, Sealed, UserId, derived_uuid},
    user::{EmailAddress, Identity, User, UserCommand},
};

/// What the account of somebody is called who has neither name nor e-mail address.
const NAMELESS: &str = "Account";

/// Somebody who has proved who he is.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// The user; his id was reserved for what he proved.
    pub user: UserId,
    /// His e-mail address, if he has one.
    pub email: Option<EmailAddress>,
    /// Whether the address was verified to be his. One that was not makes him nobody.
    pub email_verified: bool,
    /// His name.
    pub name: Option<String>,
    /// By what the identity provider knows him, if he came from one.
    pub identity: Option<Identity>,
}

/// Where a user is at home.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Home {
    /// The user.
    pub user: UserId,
    /// The customer that he acts for until he chooses another one of his.
    pub customer: CustomerId,
}

impl Visitor {
    /// Keyed hash of his e-mail address, if it was verified.
    pub(super) fn email_hash(&self, studio: &Studio) -> Option<String> {
        let email = self.email.as_ref().filter(|_| self.email_verified)?;
        Some(studio.hashes.keyed_hash(Hashed::Email, &email.canonical()))
    }

    /// His name, if it is one.
    pub(super) fn shown_name(&self) -> Option<&str> {
        self.name.as_deref().map(str::trim).filter(|name| customer::is_name(name))
    }

    /// He as a new member of a customer, sealed for that one.
    pub(super) async fn joining(&self, studio: &Studio, customer: CustomerId) -> Result<Joining, Fault> {
        let subject = format!("member/{}", self.user);
        let email = self.email.as_ref().map(EmailAddress::as_str);
        Ok(Joining {
            user: self.user,
            email: sealed(studio, customer, &subject, email).await?,
            email_hash: self.email_hash(studio),
            name: sealed(studio, customer, &subject, self.shown_name()).await?,
        })
    }
}

async fn sealed(
    studio: &Studio,
    customer: CustomerId,
    subject: &str,
    text: Option<&str>,
) -> Result<Option<Sealed>, Fault> {
    match text {
        Some(text) => studio.vault.seal(customer, subject, text.as_bytes()).await.map(Some),
        None => Ok(None),
    }
}

/// Makes sure that the user exists, that his provider's name for him is linked, and that he has a customer to act for: one of
/// which he is a member, else one of his own, with a payer account on each network and himself as its owner. Each step is
/// recorded before the next and made once, so whoever dies on the way is taken further by his next visit. Payers get test
/// money from whatever keeps payers funded, which holds up nobody. Faults: `auth/suspended`, `auth/no-account` (he was
/// removed from his own), those of the store and the vault.
pub async fn first_visit(studio: &Studio, call: &Call, visitor: &Visitor) -> Result<Home, Fault> {
    let user = visitor.user;
    let registered = register_user(studio, call, visitor).await?;
    // Those who have just been invited, or came from elsewhere, have a home.
    write::visible(studio, registered).await?;
    let memberships = studio.people.memberships(user).await?;
    if let Some(membership) = memberships.iter().find(|membership| !membership.suspended) {
        return Ok(Home { user, customer: membership.customer });
    }
    if !memberships.is_empty() {
        return Err(suspended());
    }
    let customer = own_customer(user);
    let token = provision(studio, &acting(call, user, customer, &["first-visit"]), visitor).await?;
    write::visible(studio, token).await?;
    Ok(Home { user, customer })
}

/// Makes the user, or tells an existing one what is new: an e-mail address that was verified, an identity. Faults:
/// `auth/suspended`, those of the store and the vault.
pub async fn register_user(studio: &Studio, call: &Call, visitor: &Visitor) -> Result<Token, Fault> {
    let (user, place) = (visitor.user, place_of(visitor.user));
    let email = visitor.email.as_ref().map(EmailAddress::as_str);
    let email_hash = visitor.email_hash(studio);
    let known = Execute::<User>::load(&*studio.commands, &user.to_string()).await?.state;
    if known.suspended {
        return Err(suspended());
    }
    let mut token = Token::default();
    if known.user.is_none() || (known.email_hash.is_none() && email_hash.is_some()) {
        // What was verified meanwhile is another command than the first.
        let call = acting(call, user, place, &["register", email_hash.as_deref().unwrap_or_default()]);
        let command = UserCommand::Register {
            user,
            email: sealed(studio, place, USER_SUBJECT, email).await?,
            email_hash,
            name: sealed(studio, place, USER_SUBJECT, visitor.shown_name()).await?,
            at: call.at,
        };
        token = tell(studio, &call, user, command).await?;
    }
    if let Some(identity) = visitor.identity.clone().filter(|identity| !known.identities.contains(identity)) {
        let call = acting(call, user, place, &["identity", &identity.issuer, &identity.subject_hash]);
        token = tell(studio, &call, user, UserCommand::LinkIdentity { identity, at: call.at }).await?;
    }
    Ok(token)
}

async fn tell(studio: &Studio, call: &Call, user: UserId, command: UserCommand) -> Result<Token, Fault> {
    let meta = Meta::of(call, "");
    Ok(Execute::<User>::execute(&*studio.commands, &user.to_string(), command, meta).await?.token)
}

/// The customer that is made for a user who belongs to none.
fn own_customer(user: UserId) -> CustomerId {
    CustomerId(derived_uuid("own-customer", &[&user.to_string()]))
}

async fn provision(studio: &Studio, call: &Call, visitor: &Visitor) -> Result<Token, Fault> {
    let email = visitor.email.as_ref().map(EmailAddress::as_str);
    let name = visitor.shown_name().or_else(|| email.filter(|email| customer::is_name(email)));
    // An address that was not verified may be somebody else's: the account is not reached by it.
    let verified = email.filter(|_| visitor.email_verified);
    customer::found(studio, call, name.unwrap_or(NAMELESS), verified, &Network::ALL).await?;
    let joining = visitor.joining(studio, call.who.customer).await?;
    let command = CustomerCommand::Found { joining, at: call.at };
    let (id, meta) = (call.who.customer.to_string(), Meta::of(call, "found"));
    let done = Execute::<Customer>::execute(&*studio.commands, &id, command, meta).await;
    match done {
        Ok(done) if done.state.members.contains_key(&visitor.user) => Ok(done.token),
        Ok(_) => Err(no_account()),
        Err(fault) if fault.code == "customer/has-members" => Err(no_account()),
        Err(fault) => Err(fault),
    }
}

fn no_account() -> Fault {
    Fault::new(
        FaultKind::Forbidden,
        "auth/no-account",
        "You were removed from the account that was made for you. Ask somebody for an invitation to another one.",
    )
}
