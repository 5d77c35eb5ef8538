//! Who is signed in, in memory.

use super::{Time, lock};
use crate::{
    Fault,
    port::{
        Attempts, Identities, Links, Passwords, Sessions,
        attempts::{ATTEMPT_WINDOW_SECONDS, Counted},
        identities::Claim,
        links::Link,
        passwords::{PASSWORD_BEGUN_SECONDS, Password},
        sessions::{EndedAtProvider, ROTATED_GRACE_SECONDS, Session, SessionId, Turn},
        vault::Cookies,
    },
};
use async_trait::async_trait;
use chrono::TimeDelta;
use domain::id::{Instant, UserId};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex},
};

/// The ports of signing in, in memory. What is sealed can be read.
pub struct Entrance {
    state: Mutex<State>,
    time: Arc<Time>,
}

impl Entrance {
    /// Nobody has come yet.
    pub(super) fn new(time: Arc<Time>) -> Self {
        Self { state: Mutex::default(), time }
    }

    /// When a password is set: no two at the same time, although the clock stands.
    fn moment(&self, state: &mut State) -> Instant {
        state.passwords_set += 1;
        self.time.present() + TimeDelta::microseconds(state.passwords_set)
    }
}

/// A session with its hash, its former one, and until when that is taken.
type Kept = (String, Option<(String, Instant)>, Session);

#[derive(Default)]
struct State {
    sessions: Vec<Kept>,
    identities: HashMap<(String, String), UserId>,
    emails: HashMap<String, UserId>,
    /// With the time when it was set.
    passwords: HashMap<UserId, (String, Instant)>,
    passwords_set: i64,
    attempts: HashMap<String, (i32, Instant)>,
    links: HashMap<String, Link>,
    words: HashSet<String>,
}

#[async_trait]
impl Sessions for Entrance {
    async fn open(&self, session: &Session, hash: &str) -> Result<(), Fault> {
        lock(&self.state).sessions.push((hash.to_owned(), None, session.clone()));
        Ok(())
    }

    async fn find(&self, hash: &str, now: Instant) -> Result<Option<Session>, Fault> {
        let state = lock(&self.state);
        let mut found = state.sessions.iter().filter(|(own, former, _)| {
            own == hash || former.as_ref().is_some_and(|(former, until)| former == hash && now < *until)
        });
        Ok(found.next().map(|(_, _, session)| session.clone()))
    }

    async fn get(&self, session: SessionId) -> Result<Option<Session>, Fault> {
        let state = lock(&self.state);
        Ok(state.sessions.iter().find(|(_, _, other)| other.id == session).map(|(_, _, found)| found.clone()))
    }

    async fn touch(&self, session: SessionId, now: Instant) -> Result<(), Fault> {
        for (_, _, other) in &mut lock(&self.state).sessions {
            if other.id == session {
                other.last_seen_at = other.last_seen_at.max(now);
            }
        }
        Ok(())
    }

    async fn rotate(&self, session: &Session, hash: &str, turn: &Turn, now: Instant) -> Result<bool, Fault> {
        let mut state = lock(&self.state);
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
        let state = lock(&self.state);
        let sessions = state.sessions.iter().rev().map(|(_, _, session)| session);
        Ok(sessions.filter(|one| one.user == user && one.is_live(now, idle)).cloned().collect())
    }

    async fn end(&self, user: UserId, session: SessionId) -> Result<bool, Fault> {
        let mut state = lock(&self.state);
        let before = state.sessions.len();
        state.sessions.retain(|(_, _, other)| other.user != user || other.id != session);
        Ok(state.sessions.len() < before)
    }

    async fn end_others(&self, user: UserId, except: Option<SessionId>) -> Result<u64, Fault> {
        let mut state = lock(&self.state);
        let before = state.sessions.len();
        state.sessions.retain(|(_, _, other)| other.user != user || Some(other.id) == except);
        Ok((before - state.sessions.len()) as u64)
    }

    async fn end_at_provider(&self, ended: &EndedAtProvider) -> Result<Option<u64>, Fault> {
        let mut state = lock(&self.state);
        if !state.words.insert(ended.word.clone()) {
            return Ok(None);
        }
        let before = state.sessions.len();
        let fits = |said: &Option<String>, own: &Option<String>| said.is_none() || said == own;
        state.sessions.retain(|(_, _, session)| {
            (ended.subject_hash.is_none() && ended.provider_session.is_none())
                || !fits(&ended.subject_hash, &session.subject_hash)
                || !fits(&ended.provider_session, &session.provider_session)
        });
        Ok(Some((before - state.sessions.len()) as u64))
    }
}

#[async_trait]
impl Identities for Entrance {
    async fn claim(&self, claim: &Claim, fresh: UserId) -> Result<UserId, Fault> {
        let mut state = lock(&self.state);
        let identity = (claim.issuer.clone(), claim.subject_hash.clone());
        let known = state.identities.get(&identity).copied();
        let named = claim.verified_email_hash.clone();
        let named = named.map(|hash| *state.emails.entry(hash).or_insert(known.unwrap_or(fresh)));
        let user = known.or(named).unwrap_or(fresh);
        state.identities.insert(identity, user);
        Ok(user)
    }

    async fn by_email(&self, email_hash: &str) -> Result<Option<UserId>, Fault> {
        Ok(lock(&self.state).emails.get(email_hash).copied())
    }

    async fn forget(&self, user: UserId) -> Result<u64, Fault> {
        let mut state = lock(&self.state);
        let before = state.identities.len() + state.emails.len();
        state.identities.retain(|_, other| *other != user);
        state.emails.retain(|_, other| *other != user);
        Ok((before - state.identities.len() - state.emails.len()) as u64)
    }
}

#[async_trait]
impl Passwords for Entrance {
    async fn begin(&self, user: UserId, password: &Password, is_new: bool) -> Result<bool, Fault> {
        let mut state = lock(&self.state);
        let moment = self.moment(&mut state);
        let given_up = TimeDelta::seconds(PASSWORD_BEGUN_SECONDS.cast_signed());
        let is_theirs = |(_, begun): &(String, Instant)| !is_new || moment - *begun <= given_up;
        if state.passwords.get(&user).is_some_and(is_theirs) {
            return Ok(false);
        }
        state.passwords.insert(user, (password.expose().to_owned(), moment));
        Ok(true)
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
        Ok(lock(&self.state).passwords.get(&user).map(|(_, at)| *at))
    }

    async fn set(&self, user: UserId, password: &Password) -> Result<(), Fault> {
        let mut state = lock(&self.state);
        let moment = self.moment(&mut state);
        state.passwords.insert(user, (password.expose().to_owned(), moment));
        Ok(())
    }

    async fn verify(&self, user: Option<UserId>, password: &Password) -> Result<bool, Fault> {
        let state = lock(&self.state);
        Ok(user.and_then(|user| state.passwords.get(&user)).is_some_and(|(own, _)| own == password.expose()))
    }

    async fn erase(&self, user: UserId) -> Result<bool, Fault> {
        Ok(lock(&self.state).passwords.remove(&user).is_some())
    }
}

#[async_trait]
impl Attempts for Entrance {
    async fn count(&self, counted: &[Counted], now: Instant) -> Result<Option<Instant>, Fault> {
        let window = TimeDelta::seconds(ATTEMPT_WINDOW_SECONDS);
        let mut state = lock(&self.state);
        for Counted { subject, failures_max } in counted {
            let (failures, since) = state.attempts.entry(subject.clone()).or_insert((0, now));
            if *since + window <= now {
                (*failures, *since) = (0, now);
            }
            *failures = (*failures).min(*failures_max) + 1;
            if *failures > *failures_max {
                return Ok(Some(*since + window));
            }
        }
        Ok(None)
    }

    async fn succeeded(&self, forgotten: &[String], taken_back: &str) -> Result<(), Fault> {
        let mut state = lock(&self.state);
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
        let mut state = lock(&self.state);
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
        Ok(lock(&self.state).links.get(hash).filter(|link| now < link.expires_at).cloned())
    }

    async fn use_up(&self, hash: &str) -> Result<bool, Fault> {
        Ok(lock(&self.state).links.remove(hash).is_some())
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
