//! The password becomes another one while somebody uses the one that it was.

use super::{join::invited, *};
use crate::{
    Studio,
    fake::Entrance,
    port::{Passwords, passwords::Password},
};
use async_trait::async_trait;
use std::{
    pin::Pin,
    sync::{Arc, Mutex},
};

type Happening = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The passwords of a world where something happens once, right after a password was compared.
struct Meanwhile {
    passwords: Arc<Entrance>,
    happening: Mutex<Option<Happening>>,
}

#[async_trait]
impl Passwords for Meanwhile {
    async fn begin(&self, user: UserId, password: &Password, is_new: bool) -> Result<bool, Fault> {
        self.passwords.begin(user, password, is_new).await
    }

    async fn set_at(&self, user: UserId) -> Result<Option<Instant>, Fault> {
        self.passwords.set_at(user).await
    }

    async fn replace(
        &self,
        user: UserId,
        password: &Password,
        set_at: Option<Instant>,
    ) -> Result<bool, Fault> {
        self.passwords.replace(user, password, set_at).await
    }

    async fn set(&self, user: UserId, password: &Password) -> Result<(), Fault> {
        self.passwords.set(user, password).await
    }

    async fn verify(&self, user: Option<UserId>, password: &Password) -> Result<bool, Fault> {
        let is_right = self.passwords.verify(user, password).await?;
        let happening = self.happening.lock().unwrap().take();
        if let Some(happening) = happening {
            happening.await;
        }
        Ok(is_right)
    }

    async fn erase(&self, user: UserId) -> Result<bool, Fault> {
        self.passwords.erase(user).await
    }
}

/// A Studio where Ana chooses `OTHER` with a link, right after the password that she had was compared.
async fn reset_meanwhile(world: &World) -> Studio {
    let (studio, call) = (world.studio(), world.call());
    let link = make_reset_link(&studio, EMAIL).await.unwrap();
    let happening = async move {
        reset(&studio, &call, &link, OTHER, &arrival()).await.unwrap();
    };
    let mut studio = world.studio();
    studio.sign_in.passwords = Arc::new(Meanwhile {
        passwords: Arc::clone(&world.entrance),
        happening: Mutex::new(Some(Box::pin(happening))),
    });
    studio
}

#[tokio::test]
async fn a_session_that_is_opened_with_the_former_password_ends_at_once() {
    let world = World::new();
    owner(&world).await;
    let studio = reset_meanwhile(&world).await;
    let late = sign_in(&studio, &world.call(), EMAIL, PASSWORD, &arrival()).await;
    assert_eq!(code(late), "auth/wrong-password");
    let left = sessions(&studio, ana_id()).await.unwrap();
    assert_eq!(left.len(), 1, "the one that began with the link: {left:?}");
    assert!(try_in(&world, EMAIL, OTHER).await.is_ok());
}

/// The other door that a password opens: an invitation of somebody who has an account.
#[tokio::test]
async fn a_session_that_is_joined_with_the_former_password_ends_at_once() {
    let world = World::new();
    owner(&world).await;
    let gone = CustomerEvent::MemberRemoved { user: ana_id(), at: Instant::UNIX_EPOCH };
    world.given::<Customer>(&CUSTOMER.to_string(), [gone]);
    invited(&world, "back", EMAIL);
    let studio = reset_meanwhile(&world).await;
    let late = join(&studio, &world.call(), "back", &newcomer(EMAIL, PASSWORD), &arrival()).await;
    assert_eq!(code(late), "auth/wrong-password");
    let left = sessions(&studio, ana_id()).await.unwrap();
    assert_eq!(left.len(), 1, "the one that began with the link: {left:?}");
}

#[tokio::test]
async fn whoever_resets_a_password_while_another_changes_it_has_the_last_word() {
    let world = World::new();
    let session = owner(&world).await.session;
    let studio = reset_meanwhile(&world).await;
    let third = "nine patient herons";
    let late = change_password(&studio, &world.call(), &session, (PASSWORD, third), &arrival()).await;
    assert_eq!(code(late), "auth/wrong-password");
    assert_eq!(code(try_in(&world, EMAIL, third).await), "auth/wrong-password");
    assert!(try_in(&world, EMAIL, OTHER).await.is_ok());
}
