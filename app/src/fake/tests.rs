//! The world keeps what the ports promise: a test over a fake that promises less proves nothing.

use super::*;
use crate::{
    FaultKind,
    port::{
        Execute, Meta,
        chain::{Chain as _, EffectFound},
        replies::{Begun, Reply},
    },
    resource::{self, CreateResource},
};
use domain::{
    customer::CustomerCommand,
    id::{Ncheq, Sealed},
    ledger::{Effect, LedgerWrite},
};

fn renamed(name: &str, world: &World) -> CustomerCommand {
    let (key, name, at) = (API_KEY, Some(name.to_owned()), world.time.present());
    CustomerCommand::ChangeApiKey { key, name, expires_at: None, at }
}

#[tokio::test]
async fn a_command_is_decided_once_however_often_it_comes() {
    let world = World::new();
    let (studio, meta, id) = (world.studio(), Meta::of(&world.call(), "x"), CUSTOMER.to_string());
    let execute = async |name: &str, meta: &Meta| {
        let command = renamed(name, &world);
        Execute::<Customer>::execute(&*studio.commands, &id, command, meta.clone()).await.unwrap()
    };
    let first = execute("a", &meta).await;
    execute("b", &Meta::of(&world.call(), "x")).await;
    let events = world.log.len();
    let again = execute("a", &meta).await;
    assert_eq!((again.events, world.log.len()), (first.events, events), "told again, not done again");
    assert_eq!(again.state.api_keys[&API_KEY].name, "b", "as it is now");
    assert!(again.token > first.token, "readers must have come to what is told");
}

#[tokio::test]
async fn nobody_reads_what_is_not_his_and_nobody_what_is_erased() {
    let world = World::new();
    let (studio, stranger) = (world.studio(), world.stranger());
    let seal = async || studio.vault.seal(CUSTOMER, "somebody", b"a secret").await.unwrap();
    let (one, two) = (seal().await, seal().await);
    assert_ne!(one, two, "the same text differs each time it is sealed");
    assert!(!one.0.contains(&hex::encode("a secret")));
    assert_eq!(studio.vault.open(CUSTOMER, &one).await.unwrap().unwrap(), b"a secret");
    assert_eq!(studio.vault.open(stranger, &one).await.unwrap_err().kind, FaultKind::Bug);
    assert_eq!(studio.vault.erase(CUSTOMER, "somebody").await.unwrap(), 1);
    assert_eq!(studio.vault.open(CUSTOMER, &two).await.unwrap(), None);
    let later = seal().await;
    assert!(studio.vault.open(CUSTOMER, &later).await.unwrap().is_some(), "under a new key");
    assert_eq!(studio.vault.erase(CUSTOMER, "somebody").await.unwrap(), 2, "how many there ever were");
}

/// What a DID's resource would say, and the write that asks for it.
async fn asked(world: &World) -> LedgerWrite {
    let did = world.did().await;
    let call = Call { wait_seconds: 0, ..world.call() };
    let (name, resource_type) = ("note".to_owned(), "Note".to_owned());
    let (version, also_known_as, data) = (String::new(), Vec::new(), b"x".to_vec());
    let wish = CreateResource { did, name, resource_type, version, also_known_as, data, id: None };
    resource::create(&world.studio(), &call, wish).await.unwrap();
    world.log.since(0).iter().rev().find_map(Appended::write).unwrap()
}

#[tokio::test]
async fn the_ledger_takes_only_what_is_signed_by_whoever_must() {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let world = World::new();
    let write = asked(&world).await;
    let text = String::from_utf8(STANDARD.decode(&write.value).unwrap()).unwrap();
    let with = |text: String| LedgerWrite { value: STANDARD.encode(text), ..write.clone() };
    let other = world.ledger.include(&with(text.replace("note", "nota"))).unwrap_err();
    assert!(other.contains("does not hold"), "{other}");
    let start = text.rfind(",[{\"verification_method").unwrap();
    let unsigned = format!("{},[]]\n{}", &text[..start], text.split_once('\n').unwrap().1);
    let nobody = world.ledger.include(&with(unsigned)).unwrap_err();
    assert!(nobody.contains("has not signed"), "{nobody}");
    let Effect::Resource { did, .. } = write.effect.clone() else { panic!("a resource") };
    let effect = async || world.ledger.effect(did.network(), &write.effect).await.unwrap();
    assert_eq!(effect().await, EffectFound::Absent);
    let before = world.ledger.balance(did.network(), &write.payer).await.unwrap();
    let included = world.ledger.include(&write).unwrap();
    let after = world.ledger.balance(did.network(), &write.payer).await.unwrap();
    assert_eq!(Ncheq(before.0 - after.0), included.fee_paid);
    assert!(matches!(effect().await, EffectFound::Ours { .. }));
}

#[tokio::test]
async fn a_key_that_recorded_something_stays_with_its_request() {
    let world = World::new();
    let (studio, call) = (world.studio(), world.call());
    let begin = async |hash: &str| studio.replies.begin(CUSTOMER, "k", hash, call.at).await.unwrap();
    assert_eq!(
        (begin("a").await, begin("a").await, begin("b").await),
        (Begun::Go, Begun::InFlight, Begun::Mismatch)
    );
    studio.replies.release(CUSTOMER, "k", call.command_id).await.unwrap();
    assert_eq!(begin("b").await, Begun::Go, "it was let go of");
    let (id, meta) = (CUSTOMER.to_string(), Meta::of(&call, "x"));
    Execute::<Customer>::execute(&*studio.commands, &id, renamed("a", &world), meta).await.unwrap();
    studio.replies.release(CUSTOMER, "k", call.command_id).await.unwrap();
    assert_eq!((begin("a").await, begin("b").await), (Begun::Mismatch, Begun::Go));
    let reply = |what: &str| Reply { body: Sealed(what.to_owned()), is_bare: false };
    studio.replies.finish(CUSTOMER, "k", &reply("first")).await.unwrap();
    studio.replies.finish(CUSTOMER, "k", &reply("second")).await.unwrap();
    assert_eq!(begin("b").await, Begun::Answered(reply("first")), "the first answer stays");
}
