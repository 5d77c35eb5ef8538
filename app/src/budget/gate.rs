//! The places of one kind of work, and the turns of those who wait for one.

use super::Caller;
use crate::{Fault, FaultKind};
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{sync::oneshot, time::timeout};

/// How many places there are, and how much of them one caller may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Places in all.
    pub places: usize,
    /// Most of them for one caller, however many are free.
    pub places_each: usize,
    /// Most requests of one caller that wait.
    pub waiting_each: usize,
    /// Longest wait.
    pub wait_seconds: u64,
}

/// The places of one kind, with those who wait for one.
#[derive(Debug)]
pub struct Gate {
    share: Share,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    taken: usize,
    /// Only callers who hold a place or wait for one.
    callers: HashMap<Caller, Held>,
    /// Callers who wait, each once: whose turn it is.
    turns: VecDeque<Caller>,
    tickets: u64,
}

#[derive(Debug, Default)]
struct Held {
    places: usize,
    waiting: VecDeque<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    ticket: u64,
    called: oneshot::Sender<Place>,
}

/// A place; free again when it is dropped.
#[derive(Debug)]
pub struct Place {
    gate: Arc<Gate>,
    caller: Caller,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.gate.leave(self.caller);
    }
}

/// A turn that is waited for. Whoever goes away before gives it up.
struct Turn<'a> {
    gate: &'a Arc<Gate>,
    caller: Caller,
    ticket: u64,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.gate.forget(self.caller, self.ticket);
    }
}

enum Entered {
    Now(Place),
    Later(u64, oneshot::Receiver<Place>),
}

impl State {
    /// Whether a caller who holds this many may have one more.
    fn has_room(&self, share: &Share, held: usize) -> bool {
        held < share.places_each && held < share.places.saturating_sub(self.taken)
    }

    /// The next one who waits and may enter, with his place taken.
    fn call(&mut self, share: &Share) -> Option<(Caller, oneshot::Sender<Place>)> {
        if self.taken >= share.places {
            return None;
        }
        for _ in 0..self.turns.len() {
            let caller = self.turns.pop_front()?;
            let held = self.callers.get(&caller).map_or(0, |held| held.places);
            if !self.has_room(share, held) {
                self.turns.push_back(caller);
                continue;
            }
            // A caller without anybody waiting any more just loses his turn.
            let Some(held) = self.callers.get_mut(&caller) else { continue };
            let Some(next) = held.waiting.pop_front() else { continue };
            held.places += 1;
            self.taken += 1;
            if !held.waiting.is_empty() {
                self.turns.push_back(caller);
            }
            return Some((caller, next.called));
        }
        None
    }

    fn tidy(&mut self, caller: Caller) {
        let is_over = |held: &Held| held.places == 0 && held.waiting.is_empty();
        if self.callers.get(&caller).is_some_and(is_over) {
            self.callers.remove(&caller);
        }
    }
}

impl Gate {
    /// With this share.
    pub fn new(share: Share) -> Self {
        Self { share, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn taken(&self) -> usize {
        self.state().taken
    }

    pub(super) fn waiting(&self) -> usize {
        self.state().callers.values().map(|held| held.waiting.len()).sum()
    }

    pub(super) async fn enter(self: &Arc<Self>, caller: Caller) -> Result<Place, Fault> {
        let (ticket, receiver) = match self.knock(caller)? {
            Entered::Now(place) => return Ok(place),
            Entered::Later(ticket, receiver) => (ticket, receiver),
        };
        let _turn = Turn { gate: self, caller, ticket };
        match timeout(Duration::from_secs(self.share.wait_seconds), receiver).await {
            Ok(Ok(place)) => Ok(place),
            Ok(Err(_)) | Err(_) => Err(busy()),
        }
    }

    /// Takes a place if there is one. Faults: `request/too-many` if the caller has his share, else `server/busy`.
    pub fn enter_now(self: &Arc<Self>, caller: Caller) -> Result<Place, Fault> {
        match self.knock(caller)? {
            Entered::Now(place) => Ok(place),
            Entered::Later(ticket, _) => {
                self.forget(caller, ticket);
                Err(busy())
            }
        }
    }

    fn knock(self: &Arc<Self>, caller: Caller) -> Result<Entered, Fault> {
        let mut state = self.state();
        let (places, waiting) =
            state.callers.get(&caller).map_or((0, 0), |held| (held.places, held.waiting.len()));
        if waiting == 0 && state.has_room(&self.share, places) {
            state.callers.entry(caller).or_default().places += 1;
            state.taken += 1;
            return Ok(Entered::Now(Place { gate: Arc::clone(self), caller }));
        }
        if waiting >= self.share.waiting_each {
            // Whoever has nothing and does not wait is kept out by others.
            let is_the_callers = waiting > 0 || places >= self.share.places_each;
            return Err(if is_the_callers { too_many() } else { busy() });
        }
        state.tickets += 1;
        let ticket = state.tickets;
        let (sender, receiver) = oneshot::channel();
        state.callers.entry(caller).or_default().waiting.push_back(Waiting { ticket, called: sender });
        if waiting == 0 {
            state.turns.push_back(caller);
        }
        Ok(Entered::Later(ticket, receiver))
    }

    fn leave(self: &Arc<Self>, caller: Caller) {
        let mut next = Vec::new();
        {
            let mut state = self.state();
            state.taken = state.taken.saturating_sub(1);
            if let Some(held) = state.callers.get_mut(&caller) {
                held.places = held.places.saturating_sub(1);
            }
            while let Some((who, sender)) = state.call(&self.share) {
                next.push((Place { gate: Arc::clone(self), caller: who }, sender));
            }
            state.tidy(caller);
        }
        for (place, sender) in next {
            // Whoever went away in this very moment gives the place back by dropping it.
            drop(sender.send(place));
        }
    }

    fn forget(&self, caller: Caller, ticket: u64) {
        let mut state = self.state();
        let Some(held) = state.callers.get_mut(&caller) else { return };
        held.waiting.retain(|waiting| waiting.ticket != ticket);
        if held.waiting.is_empty() {
            state.turns.retain(|turn| *turn != caller);
        }
        state.tidy(caller);
    }
}

fn too_many() -> Fault {
    let sentence = "You have as many requests of this kind running and waiting as one caller may have. Wait for some to end.";
    Fault::new(FaultKind::TooMany, "request/too-many", sentence)
}

fn busy() -> Fault {
    let sentence = "Studio is serving as many requests as it can; try again shortly.";
    Fault::new(FaultKind::Unavailable, "server/busy", sentence)
}

#[cfg(test)]
impl Gate {
    pub(super) fn has_room_for(&self, caller: Caller) -> bool {
        let state = self.state();
        state.has_room(&self.share, state.callers.get(&caller).map_or(0, |held| held.places))
    }

    pub(super) fn is_idle(&self) -> bool {
        let state = self.state();
        state.taken == 0 && state.callers.is_empty() && state.turns.is_empty()
    }
}
