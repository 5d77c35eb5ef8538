//! What an identity provider does beside saying who somebody is: it tells of its users unasked, gives them roles, and lets
//! machines act.

use super::{
    Home,
    enter::{subject_hash, visitor_of},
    first_visit, principal_of,
    sign_in::no_provider,
};
use crate::{
    Actor, Call, Fault, FaultKind, Principal, Studio,
    act::{Scopes, role::every_scope},
    port::{
        Execute,
        provider_users::{CustomerNote, ProviderUsers, ToldUser},
        sessions::EndedAtProvider,
        sign_in::Identified,
    },
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    customer::Customer,
    id::{CustomerId, Instant, Network, UserId},
};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;

/// The scope that lets a machine act for whichever customer it names.
const ANY_CUSTOMER: &str = "act:customer";

/// What came of a webhook, as cheqd Studio tells it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "the shape of the contract")]
pub struct Bootstrapped {
    /// Whether the user has a customer.
    pub customer_initialized: bool,
    /// Whether that has a payer on mainnet.
    pub mainnet_account_provisioned: bool,
    /// Whether that has a payer on testnet.
    pub testnet_account_provisioned: bool,
    /// Whether the account was shown at the provider just now.
    pub custom_data_updated: bool,
    /// Never here: payers get test money from whatever keeps them funded.
    pub testnet_minimum_balance: bool,
    /// Never: there are no such accounts.
    pub stripe_account_created: bool,
    /// What the provider did not take, as sentences.
    pub errors: Vec<String>,
}

/// Takes what the provider tells of a user: makes sure of their account, as their first visit would, and of their role and
/// their data there. Telling it again does nothing more. Of a user whom the provider suspended it ends the sessions. Faults:
/// `auth/webhook-…`, `auth/no-provider`, those of a first visit.
pub async fn bootstrap(
    studio: &Studio,
    call: &Call,
    signature: Option<&str>,
    body: &[u8],
) -> Result<Bootstrapped, Fault> {
    let users = studio.sign_in.provider_users.as_ref().ok_or_else(|| no_webhooks(studio))?;
    let told = users.told(signature, body)?;
    tracing::info!(event = told.event, is_suspended = told.user.is_suspended, "app.provider.told");
    let is_suspended = told.user.is_suspended;
    let identified = identified(told.user);
    let visitor = visitor_of(studio, &identified).await?;
    if is_suspended {
        studio.sign_in.sessions.end_others(visitor.user, None).await?;
        return as_it_stands(studio, visitor.user).await;
    }
    let home = first_visit(studio, call, &visitor).await?;
    introduce(studio, &**users, home, &identified).await
}

/// Nobody who sends webhooks is configured.
fn no_webhooks(studio: &Studio) -> Fault {
    if studio.sign_in.provider.is_none() {
        return no_provider();
    }
    let sentence = "This Studio takes webhooks of LogTo only, and its identity provider is another one.";
    Fault::not_found("auth/no-provider", sentence)
}

/// What there is of somebody's account, if he has one. Nothing is made.
async fn as_it_stands(studio: &Studio, user: UserId) -> Result<Bootstrapped, Fault> {
    let memberships = studio.people.memberships(user).await?;
    let Some(membership) = memberships.first() else { return Ok(Bootstrapped::default()) };
    let id = membership.customer.to_string();
    let customer = Execute::<Customer>::load(&*studio.commands, &id).await?.state;
    Ok(Bootstrapped::of(&customer))
}

impl Bootstrapped {
    /// Of a customer as it stands.
    fn of(customer: &Customer) -> Self {
        let has = |network| customer.payers.iter().any(|payer| payer.network == network);
        Self {
            customer_initialized: customer.customer.is_some(),
            mainnet_account_provisioned: has(Network::Mainnet),
            testnet_account_provisioned: has(Network::Testnet),
            ..Self::default()
        }
    }
}

/// As its own ID token would name them, which says of each of its addresses that it is verified.
fn identified(user: ToldUser) -> Identified {
    Identified {
        issuer: user.issuer,
        subject: user.subject,
        email: Some(user.email),
        email_verified: true,
        name: user.name,
        id_token: String::new(),
        provider_session: None,
        // There is no token.
        until: Instant::UNIX_EPOCH,
    }
}

/// Makes sure that the provider gives somebody the default role, and shows their account.
async fn introduce(
    studio: &Studio,
    users: &dyn ProviderUsers,
    home: Home,
    identified: &Identified,
) -> Result<Bootstrapped, Fault> {
    let customer = Execute::<Customer>::load(&*studio.commands, &home.customer.to_string()).await?.state;
    let payer = |network| {
        customer.payers.iter().find(|payer| payer.network == network).map(|payer| payer.address.clone())
    };
    let note = CustomerNote {
        customer: home.customer.to_string(),
        name: identified.name.clone().or_else(|| identified.email.clone()).unwrap_or_default(),
        mainnet: payer(Network::Mainnet),
        testnet: payer(Network::Testnet),
    };
    let mut done = Bootstrapped::of(&customer);
    let failed = |fault: Fault| {
        tracing::warn!(code = fault.code, detail = fault.private, "app.provider.not_introduced");
        fault.public
    };
    done.errors.extend(users.give_default_roles(&identified.subject).await.err().map(failed));
    match users.note_customer(&identified.subject, &note).await {
        Ok(is_new) => done.custom_data_updated = is_new,
        Err(fault) => done.errors.push(failed(fault)),
    }
    Ok(done)
}

/// The same behind a sign-in, which does not wait for it: a webhook may have been lost.
pub(super) fn introduce_aside(studio: &Studio, home: Home, identified: &Identified) {
    let Some(users) = studio.sign_in.provider_users.clone() else { return };
    let (studio, identified) = (studio.clone(), identified.clone());
    tokio::spawn(async move {
        if let Err(fault) = introduce(&studio, &*users, home, &identified).await {
            tracing::warn!(code = fault.code, detail = fault.private, "app.provider.not_introduced");
        }
    });
}

/// Ends the sessions of whomever the provider signed out, as it tells with a logout token: those of its session, or all of its user.
/// One word of the provider's is taken once. How many ended. Faults: `auth/logout-token-invalid`, that of a provider that is away,
/// `auth/no-provider`.
pub async fn sign_out_at_provider(studio: &Studio, logout_token: &str) -> Result<u64, Fault> {
    let provider = studio.sign_in.provider.as_ref().ok_or_else(no_provider)?;
    let out = provider.signed_out(logout_token).await.map_err(|fault| match fault.kind {
        // A provider asks, and nobody who could sign in again.
        FaultKind::Unauthenticated => logout_refused(fault.private.unwrap_or(fault.public)),
        _ => fault,
    })?;
    let ended = EndedAtProvider {
        subject_hash: out.subject.as_deref().map(|subject| subject_hash(studio, &out.issuer, subject)),
        provider_session: out.provider_session,
        word: hex::encode(Sha256::digest(format!("{}\n{}", out.issuer, out.word))),
        until: out.until,
    };
    let ended = studio.sign_in.sessions.end_at_provider(&ended).await?;
    let ended = ended.ok_or_else(|| logout_refused("jti was taken before"))?;
    tracing::info!(ended, "app.provider.signed_out");
    Ok(ended)
}

fn logout_refused(detail: impl std::fmt::Display) -> Fault {
    let sentence = "This is no logout token that the identity provider made for this Studio just now.";
    Fault::invalid("auth/logout-token-invalid", sentence).because(detail)
}

/// A machine with a token of the provider's that acts for a customer. Faults: those of the provider, `auth/forbidden` without
/// the scope for it, `auth/not-a-member` if there is no such customer.
pub async fn recognise_machine(studio: &Studio, token: &str, customer: &str) -> Result<Principal, Fault> {
    let provider = studio.sign_in.provider.as_ref().ok_or_else(no_provider)?;
    let machine = provider.machine(token).await?;
    if !machine.scopes.contains(ANY_CUSTOMER) {
        let sentence = format!("This machine is not allowed to act for a customer: it needs {ANY_CUSTOMER}.");
        let fault = Fault::new(FaultKind::Forbidden, "auth/forbidden", sentence);
        return Err(fault.with("scope", ANY_CUSTOMER));
    }
    let nobody = || Fault::new(FaultKind::Forbidden, "auth/not-a-member", "There is no such account.");
    let customer: CustomerId = customer.parse().map_err(|_| nobody())?;
    let known = Execute::<Customer>::load(&*studio.commands, &customer.to_string()).await?.state;
    if known.customer.is_none() {
        return Err(nobody());
    }
    let actor = Actor::Machine(machine.client);
    Ok(Principal {
        scopes: Scopes::Only(&machine.scopes & &every_scope()),
        token_until: Some(machine.until),
        ..Principal::unbounded(customer, actor)
    })
}

/// A machine that brings the ID token of the user for whom it acts: what the two may do together. Faults: those of the
/// provider, `auth/suspended`, `auth/no-account`.
pub async fn recognise_user_of_machine(
    studio: &Studio,
    call: &Call,
    token: &str,
    id_token: &str,
) -> Result<Principal, Fault> {
    let provider = studio.sign_in.provider.as_ref().ok_or_else(no_provider)?;
    let machine = provider.machine(token).await?;
    let mut who = recognise_token(studio, call, id_token).await?;
    if let Scopes::Only(scopes) = &mut who.scopes {
        // Words that mean nothing here are nobody's rights, and must not become those of a key.
        scopes.extend(&machine.scopes & &every_scope());
    }
    // The two are together as long as both are believed.
    who.token_until = who.token_until.map(|until| until.min(machine.until));
    Ok(who)
}

/// Who came with an ID token of the provider's. Faults: those of the provider, `auth/suspended`, `auth/no-account`.
pub async fn recognise_token(studio: &Studio, call: &Call, token: &str) -> Result<Principal, Fault> {
    let provider = studio.sign_in.provider.as_ref().ok_or_else(no_provider)?;
    let identified = provider.id_token(token).await?;
    let visitor = visitor_of(studio, &identified).await?;
    let home = first_visit(studio, call, &visitor).await?;
    let who = principal_of(studio, home.customer, home.user).await?;
    limited(studio, Principal { token_until: Some(identified.until), ..who }, &identified.subject).await
}

/// Whether the provider's roles take something away from what people may do here.
pub(super) fn has_limits(studio: &Studio) -> bool {
    studio.sign_in.provider_users.as_ref().is_some_and(|users| users.limits())
}

/// What the provider's roles leave somebody of what their role here allows: of a scope that the provider knows, whether they
/// have it there too. Fault: that of a provider that is away for too long.
pub(super) async fn limited(studio: &Studio, who: Principal, subject: &str) -> Result<Principal, Fault> {
    let Some(users) = &studio.sign_in.provider_users else { return Ok(who) };
    let Some(grants) = users.grants(subject).await? else { return Ok(who) };
    let allowed = match &who.scopes {
        Scopes::All => every_scope(),
        Scopes::Only(scopes) => scopes.clone(),
    };
    let left: BTreeSet<String> = allowed.iter().filter(|scope| grants.leave(scope)).cloned().collect();
    // Who loses nothing keeps what all scopes together are not: everything.
    if left == allowed { Ok(who) } else { Ok(Principal { scopes: Scopes::Only(left), ..who }) }
}

/// Whose ID token this is. It was checked when it was kept, and is nobody's proof here.
pub(super) fn subject_of(token: &str) -> Option<String> {
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: serde_json::Value = serde_json::from_slice(&claims).ok()?;
    claims.get("sub")?.as_str().map(str::to_owned)
}
