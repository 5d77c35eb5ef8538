//! Who is signed in, in memory.

use super::lock;
use crate::{
    Fault,
    port::{
        Attempts, Identities, Links, Passwords, Sessions,
        attempts::{ATTEMPT_WINDOW_SECONDS, Counted},
        identities::Claim,
        links::Link,
        passwords::Password,
        sessions::{ROTATED_GRACE_SECONDS, Session, SessionId, Turn},
        vault::Cookies,
    },
};
use async_trait::async_trait;
use chrono::TimeDelta;
use domain::id::{Instant, UserId};
use std::{collections::HashMap, sync::Mutex};

/// The ports of signing in, in memory. What is sealed can be read.
#[derive(Default)]
pub struct Entrance(Mutex<State>);

/// A session with its hash, its former one, and until when that is taken.
type Kept = (String, Option<(String, Instant)>, Session);

#[derive(Default)]
struct State {
    sessions: Vec<Kept>,
    identities: HashMap<(String, String), UserId>,
    emails: HashMap<String, UserId>,
    passwords: HashMap<UserId, String>,
    attempts: HashMap<String, (i32, Instant)>,
    links: HashMap<String, Link>,
}

#[async_trait]
impl Sessions for Entrance {
    async fn open(&self, session: &Session, hash: &str) -> Result<(), Fault> {
        lock(&self.0).sessions.push((hash.to_owned(), None, session.clone()));
        Ok(())
    }

    async fn find(&self, hash: &str, now: Instant) -> Result<Option<Session>, Fault> {
        let state = lock(&self.0);
        let mut found = state.sessions.iter().filter(|(own, former, _)| {
            own == hash || former.as_ref().is_some_and(|(former, until)| former == hash && now < *until)
        });
        Ok(found.next().map(|(_, _, session)| session.clone()))
    }

    async fn get(&self, session: SessionId) -> Result<Option<Session>, Fault> {
        let state = lock(&self.0);
        Ok(state.sessions.iter().find(|(_, _, other)| other.id == session).map(|(_, _, found)| found.clone()))
    }

    async fn touch(&self, session: SessionId, now: Instant) -> Result<(), Fault> {
        for (_, _, other) in &mut lock(&self.0).sessions {
            if other.id == session {
                other.last_seen_at = other.last_seen_at.max(now);
            }
        }
        Ok(())
    }

    async fn rotate(&self, session: &Session, hash: &str, turn: &Turn, now: Instant) -> Result<bool, Fault> {
        let mut state = lock(&self.0);
        let is_same = |other: &Session| {
            other.id == session.id
                && other.customer == session.customer
                && other.role_mark == session.role_mark
        };
        let Some((own, former, found)) = state.sessions.iter_mut().find(|(_, _, other)| is_same(other))
        else {
            return Ok(false);
        };
        let replaced = std::mem::replace(own, hash.to_owned());
        *former = Some((replaced, now + TimeDelta::seconds(ROTATED_GRACE_SECONDS)));
        found.customer = turn.customer;
        found.role_mark.clone_from(&turn.role_mark);
        Ok(true)
    }

    async fn list(&self, user: UserId, now: Instant, idle: TimeDelta) -> Result<Vec<Session>, Fault> {
        let state = lock(&self.0);
        let sessions = state.sessions.iter().rev().map(|(_, _, session)| session);
        Ok(sessions.filter(|one| one.user == user && one.is_live(now, idle)).cloned().collect())
    }

    async fn end(&self, user: UserId, session: SessionId) -> Result<bool, Fault> {
        let mut state = lock(&self.0);
        let before = state.sessions.len();
        state.sessions.retain(|(_, _, other)| other.user != user || other.id != session);
        Ok(state.sessions.len() < before)
    }

    async fn end_others(&self, user: UserId, except: Option<SessionId>) -> Result<u64, Fault> {
        let mut state = lock(&self.0);
        let before = state.sessions.len();
        state.sessions.retain(|(_, _, other)| other.user != user || Some(other.id) == except);
        Ok((before - state.sessions.len()) as u64)
    }
}

#[async_trait]
impl Identities for Entrance {
    async fn claim(&self, claim: &Claim, fresh: UserId) -> Result<UserId, Fault> {
        let mut state = lock(&self.0);
        let identity = (claim.issuer.clone(), claim.subject_hash.clone());
        let known = state.identities.get(&identity).copied();
        let named = claim.verified_email_hash.clone();
        let named = named.map(|hash| *state.emails.entry(hash).or_insert(known.unwrap_or(fresh)));
        let user = known.or(named).unwrap_or(fresh);
        state.identities.insert(identity, user);
        Ok(user)
    }

    async fn by_email(&self, email_hash: &str) -> Result<Option<UserId>, Fault> {
        Ok(lock(&self.0).emails.get(email_hash).copied())
    }

    async fn forget(&self, user: UserId) -> Result<u64, Fault> {
        let mut state = lock(&self.0);
        let before = state.identities.len() + state.emails.len();
        state.identities.retain(|_, other| *other != user);
        state.emails.retain(|_, other| *other != user);
        Ok((before - state.identities.len() - state.emails.len()) as u64)
    }
}

#[async_trait]
impl Passwords for Entrance {
    async fn begin(&self, user: UserId, password: &Password, _: bool) -> Result<bool, Fault> {
        let passwords = &mut lock(&self.0).passwords;
        let is_first = !passwords.contains_key(&user);
        passwords.entry(user).or_insert_with(|| password.expose().to_owned());
        Ok(is_first)
    }

    async fn replace(
        &self,
        user: UserId,
        password: &Password,
        set_at: Option<Instant>,
    ) -> Result<bool, Fault> {
        if self.set_at(user).await? != set_at || set_at.is_none() {
            return Ok(false);
        }
        self.set(user, password).await.map(|()| true)
    }

    async fn set_at(&self, user: UserId) -> Result<Option<Instant>, Fault> {
        // One password, one time: here its length and letters tell them apart.
        let state = lock(&self.0);
        let number =
            |own: &String| own.bytes().fold(0_i64, |sum, byte| sum.wrapping_mul(31) + i64::from(byte));
        let at = |own| Instant::UNIX_EPOCH + TimeDelta::milliseconds(number(own).rem_euclid(1_000_000_007));
        Ok(state.passwords.get(&user).map(at))
    }

    async fn set(&self, user: UserId, password: &Password) -> Result<(), Fault> {
        lock(&self.0).passwords.insert(user, password.expose().to_owned());
        Ok(())
    }

    async fn verify(&self, user: Option<UserId>, password: &Password) -> Result<bool, Fault> {
        let state = lock(&self.0);
        Ok(user.and_then(|user| state.passwords.get(&user)).is_some_and(|own| own == password.expose()))
    }

    async fn erase(&self, user: UserId) -> Result<bool, Fault> {
        Ok(lock(&self.0).passwords.remove(&user).is_some())
    }
}

#[async_trait]
impl Attempts for Entrance {
    async fn count(&self, counted: &[Counted], now: Instant) -> Result<Option<Instant>, Fault> {
        let window = TimeDelta::seconds(ATTEMPT_WINDOW_SECONDS);
        let mut state = lock(&self.0);
        let mut again = None;
        for Counted { subject, failures_max } in counted {
            let (failures, since) = state.attempts.entry(subject.clone()).or_insert((0, now));
            if *since + window <= now {
                (*failures, *since) = (0, now);
            }
            *failures = (*failures).min(*failures_max) + 1;
            if *failures > *failures_max {
                again = again.max(Some(*since + window));
            }
        }
        Ok(again)
    }

    async fn succeeded(&self, forgotten: &[String], taken_back: &str) -> Result<(), Fault> {
        let mut state = lock(&self.0);
        state.attempts.retain(|subject, _| !forgotten.contains(subject));
        if let Some((failures, _)) = state.attempts.get_mut(taken_back) {
            *failures = (*failures - 1).max(0);
        }
        Ok(())
    }
}

#[async_trait]
impl Links for Entrance {
    async fn make(&self, hash: &str, link: &Link) -> Result<(), Fault> {
        let mut state = lock(&self.0);
        state.links.retain(|_, other| {
            let is_of_same = match link.customer {
                Some(customer) => other.customer == Some(customer),
                None => other.user == link.user,
            };
            other.purpose != link.purpose || !is_of_same
        });
        state.links.insert(hash.to_owned(), link.clone());
        Ok(())
    }

    async fn look_up(&self, hash: &str, now: Instant) -> Result<Option<Link>, Fault> {
        Ok(lock(&self.0).links.get(hash).filter(|link| now < link.expires_at).cloned())
    }

    async fn use_up(&self, hash: &str) -> Result<bool, Fault> {
        Ok(lock(&self.0).links.remove(hash).is_some())
    }
}

impl Cookies for Entrance {
    fn seal(&self, plaintext: &[u8]) -> Result<String, Fault> {
        Ok(hex::encode(plaintext))
    }

    fn open(&self, text: &str) -> Option<Vec<u8>> {
        hex::decode(text).ok()
    }
}
