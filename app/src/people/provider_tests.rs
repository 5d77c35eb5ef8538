//! What an identity provider tells unasked, over a world in memory.

use super::*;
use crate::{
    Fault, Studio,
    act::Scopes,
    customer::still_works,
    fake::World,
    port::{
        IdentityProvider, ProviderUsers,
        provider_users::{CustomerNote, Grants, Told, ToldUser},
        sign_in::{BeginSignIn, Begun, Callback, Identified, Machine, Pending, SignedOut},
    },
};
use async_trait::async_trait;
use chrono::TimeDelta;
use domain::{
    customer::{Customer, CustomerEvent, RoleName},
    id::Instant,
    user::{User, UserEvent},
};
use std::sync::Arc;

/// Turns that others are given before what is noted aside is looked for no longer.
const TURNS: usize = 100;

const ISSUER: &str = "https://id.example";

/// A provider that believes everybody: a code and an ID token are `subject session`, a machine's token `client scope scope`, a
/// logout token `word subject session`, a webhook a subject, with `!` behind it if the user is suspended there. `-` is nothing.
struct Double;

fn said(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| text != "-")
}

fn unused<T>() -> Result<T, Fault> {
    Err(Fault::bug("nobody asks this here"))
}

#[async_trait]
impl IdentityProvider for Double {
    async fn begin(&self, _: BeginSignIn) -> Result<Begun, Fault> {
        unused()
    }
    async fn finish(&self, _: Pending, callback: Callback) -> Result<Identified, Fault> {
        self.id_token(&callback.code.unwrap()).await
    }
    async fn id_token(&self, code: &str) -> Result<Identified, Fault> {
        let (subject, session) = code.split_once(' ').unwrap();
        // Two names of one person, told by the address.
        let email = format!("{}@example.org", subject.trim_end_matches(char::is_numeric));
        Ok(Identified {
            issuer: ISSUER.to_owned(),
            subject: subject.to_owned(),
            email: Some(email),
            email_verified: true,
            name: None,
            id_token: "a.b.c".to_owned(),
            provider_session: said(session),
            until: Instant::UNIX_EPOCH + TimeDelta::days(40_000),
        })
    }
    async fn end(&self, _: Option<&str>, _: &str) -> Option<String> {
        None
    }
    async fn end_origin(&self) -> Option<String> {
        None
    }
    async fn signed_out(&self, token: &str) -> Result<SignedOut, Fault> {
        let parts: Vec<&str> = token.split(' ').collect();
        let [word, subject, session] = parts[..] else {
            let fault = Fault::new(crate::FaultKind::Unauthenticated, "auth/token-invalid", "No.");
            return Err(fault.because("no token of mine"));
        };
        let until = Instant::UNIX_EPOCH + TimeDelta::days(40_000);
        let (subject, provider_session) = (said(subject), said(session));
        Ok(SignedOut { issuer: ISSUER.to_owned(), subject, provider_session, word: word.to_owned(), until })
    }
    async fn machine(&self, token: &str) -> Result<Machine, Fault> {
        let mut words = token.split(' ').map(str::to_owned);
        Ok(Machine { client: words.next().unwrap(), scopes: words.collect(), until: Instant::MAX_UTC })
    }
}

#[async_trait]
impl ProviderUsers for Double {
    fn told(&self, _: Option<&str>, body: &[u8]) -> Result<Told, Fault> {
        let text = String::from_utf8(body.to_vec()).unwrap();
        let subject = text.trim_end_matches('!').to_owned();
        let user = ToldUser {
            issuer: ISSUER.to_owned(),
            email: format!("{subject}@example.org"),
            is_suspended: text.ends_with('!'),
            subject,
            name: None,
        };
        Ok(Told { event: "PostRegister".to_owned(), user })
    }
    async fn give_default_roles(&self, _: &str) -> Result<(), Fault> {
        Ok(())
    }
    async fn note_customer(&self, _: &str, _: &CustomerNote) -> Result<bool, Fault> {
        Ok(true)
    }
    fn limits(&self) -> bool {
        false
    }
    async fn grants(&self, _: &str) -> Result<Option<Grants>, Fault> {
        Ok(None)
    }
}

fn with_provider(world: &World) -> Studio {
    let mut studio = world.studio();
    studio.sign_in.provider = Some(Arc::new(Double));
    studio
}

async fn come(studio: &Studio, world: &World, code: &str) -> Opened {
    try_in(studio, world, code).await.unwrap().opened
}

async fn try_in(studio: &Studio, world: &World, code: &str) -> Result<Returned, Fault> {
    let memory = Pending {
        state: String::new(),
        nonce: String::new(),
        verifier: String::new(),
        return_to: "/".to_owned(),
    };
    let callback = Callback { code: Some(code.to_owned()), ..Callback::default() };
    sign_in_with_provider(studio, &world.call(), memory, callback, None, &Arrival::default()).await
}

#[tokio::test]
async fn whom_the_provider_signs_out_is_signed_out_here() {
    let world = World::new();
    let studio = with_provider(&world);
    let ana = come(&studio, &world, "ana s1").await;
    let ana_elsewhere = come(&studio, &world, "ana s2").await;
    // The same person by another name there.
    let ana_2 = come(&studio, &world, "ana2 s3").await;
    assert_eq!(ana_2.session.user, ana.session.user);
    let bob = come(&studio, &world, "bob s4").await;
    let is_in = async |opened: &Opened| recognise(&studio, &opened.secret).await.is_ok();
    let end = async |token: &str| sign_out_at_provider(&studio, token).await.map_err(|fault| fault.code);

    assert_eq!(end("w1 bob s1").await, Ok(0), "no session of his is called so");
    assert_eq!(end("w2 - s1").await, Ok(1));
    assert!(!is_in(&ana).await && is_in(&ana_elsewhere).await);
    assert_eq!(end("w2 - s2").await, Err("auth/logout-token-invalid"), "a word is taken once");
    assert_eq!(end("w3 ana -").await, Ok(1), "not what was opened by her other name");
    assert!(!is_in(&ana_elsewhere).await && is_in(&ana_2).await);
    assert_eq!(end("w4 bob s4").await, Ok(1));
    assert!(!is_in(&bob).await && is_in(&ana_2).await);
    assert_eq!(end("forged").await, Err("auth/logout-token-invalid"));
    let nobody = sign_out_at_provider(&world.studio(), "w5 ana -").await;
    assert_eq!(nobody.unwrap_err().code, "auth/no-provider");
}

#[tokio::test]
async fn of_a_user_whom_the_provider_suspended_it_is_told_what_there_is() {
    let world = World::new();
    let studio = with_provider(&world);
    let fault = bootstrap(&studio, &world.call(), None, b"ana").await.unwrap_err();
    assert_eq!(fault.code, "auth/no-provider");
    assert!(fault.public.contains("LogTo only"), "there is a provider: {}", fault.public);
    let mut studio = studio;
    studio.sign_in.provider_users = Some(Arc::new(Double));
    let told = async |body: &str| bootstrap(&studio, &world.call(), None, body.as_bytes()).await.unwrap();
    assert_eq!(told("eve!").await, Bootstrapped::default(), "nobody makes an account for somebody suspended");
    let made = told("ana").await;
    assert!(made.customer_initialized && made.testnet_account_provisioned && made.custom_data_updated);
    let ana = come(&studio, &world, "ana s1").await;
    let suspended = told("ana!").await;
    assert_eq!(suspended, Bootstrapped { custom_data_updated: false, ..made });
    assert!(recognise(&studio, &ana.secret).await.is_err(), "the sessions ended");
}

/// Why people were not let in, once so much was noted aside.
async fn reasons(world: &World, count: usize) -> Vec<String> {
    let mut told = Vec::new();
    for _ in 0..TURNS {
        let events = world.log.since(0);
        let failures = events.iter().filter(|one| one.kind == "SignInFailed");
        told = failures.map(|one| one.body()["reason"].as_str().unwrap().to_owned()).collect();
        if told.len() >= count {
            break;
        }
        tokio::task::yield_now().await;
    }
    told
}

#[tokio::test]
async fn whom_the_provider_knows_and_studio_lets_in_nowhere_is_noted() {
    let world = World::new();
    let studio = with_provider(&world);
    let refused = async |code: &str| try_in(&studio, &world, code).await.err().map(|fault| fault.code);
    let (ana, bob) = (come(&studio, &world, "ana s1").await, come(&studio, &world, "bob s2").await);
    let (user, at) = (bob.session.user, world.call().at);
    world.given::<User>(&ana.session.user.to_string(), [UserEvent::UserSuspended { at }]);
    world.given::<Customer>(&bob.session.customer.to_string(), [CustomerEvent::MemberRemoved { user, at }]);
    assert_eq!(refused("ana s3").await, Some("auth/suspended"));
    assert_eq!(reasons(&world, 1).await, ["suspended"]);
    assert_eq!(refused("bob s4").await, Some("auth/no-account"));
    assert_eq!(reasons(&world, 2).await, ["suspended", "no-account"]);
}

/// A provider's scopes are its own words: those that mean nothing here must not become rights that a key could be given.
#[tokio::test]
async fn of_a_machines_scopes_only_those_count_that_there_are() {
    let world = World::new();
    let studio = with_provider(&world);
    let ana = come(&studio, &world, "ana s1").await.session;
    let role = RoleName::parse("auditor").unwrap();
    let changed = CustomerEvent::MemberRoleChanged { user: ana.user, role, at: world.call().at };
    world.given::<Customer>(&ana.customer.to_string(), [changed]);
    let token = "robot act:customer create:key of:its-own";
    let Scopes::Only(scopes) =
        recognise_machine(&studio, token, &ana.customer.to_string()).await.unwrap().scopes
    else {
        panic!("a machine may not do everything")
    };
    assert_eq!(scopes.into_iter().collect::<Vec<_>>(), ["create:key"]);
    let who = recognise_user_of_machine(&studio, &world.call(), token, "ana s1").await.unwrap();
    assert_eq!((who.customer, who.actor), (ana.customer, Actor::User(ana.user.0)));
    let Scopes::Only(scopes) = who.scopes else { panic!("an auditor may not do everything") };
    assert!(scopes.contains("create:key") && scopes.contains("read:key"));
    assert!(!scopes.contains("of:its-own") && !scopes.contains("act:customer"));
}

/// What is begun within one request does not go on beyond the token that let it in.
#[tokio::test]
async fn what_somebody_began_with_a_token_ends_with_it() {
    let world = World::new();
    let studio = with_provider(&world);
    let ana = come(&studio, &world, "ana s1").await.session;
    let with_id_token = recognise_token(&studio, &world.call(), "ana s1").await.unwrap();
    let customer = ana.customer.to_string();
    let machine = recognise_machine(&studio, "robot act:customer", &customer).await.unwrap();
    let both = recognise_user_of_machine(&studio, &world.call(), "robot", "ana s1").await.unwrap();
    let works = async |who: &Principal| still_works(&studio, who).await.err().map(|fault| fault.code);
    for who in [&with_id_token, &machine, &both] {
        assert!(who.credential().is_some(), "it is looked after: {who:?}");
        assert_eq!(works(who).await, None);
    }
    assert_eq!(both.token_until, with_id_token.token_until, "what is over first");
    let (user, at) = (ana.user, world.call().at);
    world.given::<Customer>(&customer, [CustomerEvent::MemberRemoved { user, at }]);
    assert_eq!(works(&with_id_token).await, Some("auth/not-a-member"));
    assert_eq!(works(&machine).await, None);
    for who in [with_id_token, machine] {
        let over = Principal { token_until: Some(world.time.present()), ..who };
        assert_eq!(works(&over).await, Some("auth/token-expired"));
    }
}
