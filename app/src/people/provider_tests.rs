//! What an identity provider tells unasked, over a world in memory.

use super::*;
use crate::{
    Fault, Studio,
    fake::World,
    port::{
        IdentityProvider, ProviderUsers,
        provider_users::{CustomerNote, Grants, Told, ToldUser},
        sign_in::{BeginSignIn, Begun, Callback, Identified, Machine, Pending, SignedOut},
    },
};
use async_trait::async_trait;
use chrono::TimeDelta;
use domain::id::Instant;
use std::sync::Arc;

const ISSUER: &str = "https://id.example";

/// A provider that believes everybody: a code is `subject session`, a logout token `word subject session`, a webhook a subject,
/// with `!` behind it if the user is suspended there. `-` is nothing.
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
        let code = callback.code.unwrap();
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
        })
    }
    async fn end(&self, _: Option<&str>, _: &str) -> Option<String> {
        None
    }
    fn end_origin(&self) -> Option<String> {
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
    async fn id_token(&self, _: &str) -> Result<Identified, Fault> {
        unused()
    }
    async fn machine(&self, _: &str) -> Result<Machine, Fault> {
        unused()
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
    let memory = Pending {
        state: String::new(),
        nonce: String::new(),
        verifier: String::new(),
        return_to: "/".to_owned(),
    };
    let callback = Callback { code: Some(code.to_owned()), ..Callback::default() };
    sign_in_with_provider(studio, &world.call(), memory, callback, None, &Arrival::default())
        .await
        .unwrap()
        .opened
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
