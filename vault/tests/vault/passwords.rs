//! Passwords of users.

use crate::{another, assert_corrupt, execute, vault};
use app::port::{Passwords as _, passwords::Password};
use domain::id::UserId;
use futures::future::join_all;
use uuid::Uuid;
use vault::MasterKey;

const GOOD: &str = "correct horse battery staple";

fn typed(text: &str) -> Password {
    Password::typed(text).expect("a password")
}

#[tokio::test]
async fn a_password_is_known_to_every_process_and_to_no_dump() {
    let (database, vault) = vault().await;
    let user = UserId(Uuid::new_v4());
    vault.set(user, &typed(GOOD)).await.unwrap();
    let other = another(&database).await;
    assert!(other.verify(Some(user), &typed(GOOD)).await.unwrap() && other.has(user).await.unwrap());
    assert!(!other.verify(Some(user), &typed("correct horse battery stapler")).await.unwrap());
    assert!(!other.verify(Some(UserId(Uuid::new_v4())), &typed(GOOD)).await.unwrap());
    assert!(!other.verify(None, &typed(GOOD)).await.unwrap());
    let sealed: Vec<u8> =
        sqlx::query_scalar("select sealed from vault.passwords").fetch_one(&database.pool).await.unwrap();
    assert!(!String::from_utf8_lossy(&sealed).contains("argon2"), "the hash itself is sealed");
    vault.set(user, &typed("another long password")).await.unwrap();
    assert!(!vault.verify(Some(user), &typed(GOOD)).await.unwrap());
    assert!(vault.verify(Some(user), &typed("another long password")).await.unwrap());
    assert!(vault.erase(user).await.unwrap() && !vault.erase(user).await.unwrap());
    assert!(!vault.has(user).await.unwrap());
    assert!(!vault.verify(Some(user), &typed("another long password")).await.unwrap());
}

#[tokio::test]
async fn a_hash_opens_in_no_other_users_place() {
    let (database, vault) = vault().await;
    let (ann, bob) = (UserId(Uuid::new_v4()), UserId(Uuid::new_v4()));
    vault.set(ann, &typed(GOOD)).await.unwrap();
    vault.set(bob, &typed("bob's own long password")).await.unwrap();
    execute(
        &database,
        &format!(
            "update vault.passwords set sealed = (select sealed from vault.passwords where user_id = '{ann}') where user_id = '{bob}'"
        ),
    )
    .await;
    assert_corrupt(vault.verify(Some(bob), &typed(GOOD)).await);
}

/// Of several who begin at once one does; what was begun and left is begun again, until there is a user.
#[tokio::test(flavor = "multi_thread")]
async fn a_first_password_is_one() {
    let (database, vault) = vault().await;
    let user = UserId(Uuid::new_v4());
    let tries = (0..4).map(|number| {
        let vault = vault.clone();
        async move { vault.begin(user, &typed(&format!("a first password {number}")), true).await.unwrap() }
    });
    let begun: Vec<bool> = join_all(tries).await;
    assert_eq!(begun.iter().filter(|begun| **begun).count(), 1, "{begun:?}");
    let first = format!("a first password {}", begun.iter().position(|begun| *begun).unwrap());
    assert!(vault.verify(Some(user), &typed(&first)).await.unwrap());
    let set_at = vault.set_at(user).await.unwrap();
    execute(&database, "update vault.passwords set set_at = set_at - interval '1 hour'").await;
    assert!(!vault.begin(user, &typed(GOOD), false).await.unwrap(), "a user's stays");
    assert!(vault.begin(user, &typed(GOOD), true).await.unwrap(), "nobody came of it");
    assert!(vault.verify(Some(user), &typed(GOOD)).await.unwrap());
    assert_ne!(vault.set_at(user).await.unwrap(), set_at);
}

/// Of two who replace the same password at once one does; whoever chose another one meanwhile keeps it.
#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_replaced_once_and_only_as_it_was() {
    let (database, vault) = vault().await;
    let user = UserId(Uuid::new_v4());
    assert!(!vault.replace(user, &typed(GOOD), None).await.unwrap(), "there is none to be replaced");
    vault.set(user, &typed(GOOD)).await.unwrap();
    let set_at = vault.set_at(user).await.unwrap();
    let chosen = ["the first of two passwords", "the second of two passwords"];
    let processes = [vault.clone(), another(&database).await];
    let tries = processes.iter().zip(chosen).map(|(vault, text)| {
        let text = typed(text);
        async move { vault.replace(user, &text, set_at).await.unwrap() }
    });
    let replaced: Vec<bool> = join_all(tries).await;
    assert_ne!(replaced[0], replaced[1], "one of the two");
    for (text, is_in) in chosen.into_iter().zip(replaced) {
        assert_eq!(vault.verify(Some(user), &typed(text)).await.unwrap(), is_in, "{text}");
    }
    assert!(!vault.verify(Some(user), &typed(GOOD)).await.unwrap());

    let set_at = vault.set_at(user).await.unwrap();
    let reset = "chosen with a link meanwhile";
    vault.set(user, &typed(reset)).await.unwrap();
    assert!(!vault.replace(user, &typed(GOOD), set_at).await.unwrap());
    assert!(vault.verify(Some(user), &typed(reset)).await.unwrap());
    vault.erase(user).await.unwrap();
    assert!(!vault.replace(user, &typed(GOOD), set_at).await.unwrap());
    assert_eq!(vault.set_at(user).await.unwrap(), None, "what was erased does not come back");
}

#[tokio::test]
async fn passwords_outlive_the_master_key() {
    let (_database, vault) = vault().await;
    let user = UserId(Uuid::new_v4());
    vault.set(user, &typed(GOOD)).await.unwrap();
    let next = MasterKey::generate();
    vault.rewrap(&next).await.unwrap();
    assert!(vault.verify(Some(user), &typed(GOOD)).await.unwrap());
}

/// Many at once wait for their turn, and each is answered.
#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_are_all_answered() {
    let (_database, vault) = vault().await;
    let user = UserId(Uuid::new_v4());
    vault.set(user, &typed(GOOD)).await.unwrap();
    let tries = (0..12).map(|number| {
        let vault = vault.clone();
        async move {
            let text = if number % 3 == 0 { GOOD.to_owned() } else { format!("wrong password {number}") };
            vault.verify(Some(user), &typed(&text)).await.unwrap() == (number % 3 == 0)
        }
    });
    assert!(join_all(tries).await.into_iter().all(|right| right));
}
