//! Everything that happened, decided by the real aggregates and read back from its JSON form, as from the database.

use super::{CUSTOMER, lock};
use crate::{
    Actor, Fault,
    port::{Committed, Execute, Loaded, Meta, commands::Token},
};
use async_trait::async_trait;
use domain::{
    Aggregate, Event as _,
    id::{Instant, derived_uuid},
    ledger::LedgerWrite,
    register,
};
use serde_json::Value;
use std::sync::Mutex;

/// One event with what stands beside it.
#[derive(Debug, Clone)]
pub struct Appended {
    /// The type of its aggregate.
    pub aggregate_type: &'static str,
    /// The id of its aggregate.
    pub id: String,
    /// Its number in the stream, from 1.
    pub version: u64,
    /// Its kind.
    pub kind: &'static str,
    /// Itself, externally tagged.
    pub payload: Value,
    /// What stands beside it.
    pub meta: Meta,
}

impl Appended {
    /// Its members.
    pub fn body(&self) -> &Value {
        self.payload.get(self.kind).unwrap_or(&Value::Null)
    }

    /// The ledger write it asks for, if it asks for one.
    pub fn write(&self) -> Option<LedgerWrite> {
        register::ledger_write(self.aggregate_type, &self.payload)
            .expect("a write that can be read")
            .map(|asked| asked.write)
    }
}

/// How the database is.
#[derive(Default)]
enum Weather {
    #[default]
    Fine,
    /// Away after so many more commands.
    Away(usize),
    Panics,
}

/// The write side: load is fold, execute is decide and append. A command that was appended is not decided again.
#[derive(Default)]
pub struct Log {
    entries: Mutex<Vec<Appended>>,
    weather: Mutex<Weather>,
}

impl Log {
    /// The database is away after so many more commands: 0 is at once.
    pub fn away_after(&self, commands: usize) {
        *lock(&self.weather) = Weather::Away(commands);
    }

    /// Commands panic.
    pub fn panics(&self) {
        *lock(&self.weather) = Weather::Panics;
    }

    /// It works again.
    pub fn works(&self) {
        *lock(&self.weather) = Weather::Fine;
    }

    /// How many events there are.
    pub fn len(&self) -> usize {
        lock(&self.entries).len()
    }

    /// Whether nothing ever happened.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What happened after the first so many events.
    pub fn since(&self, events: usize) -> Vec<Appended> {
        lock(&self.entries).iter().skip(events).cloned().collect()
    }

    /// An aggregate as its stream says.
    pub fn state<A: Aggregate>(&self, id: &str) -> A {
        self.state_until(id, usize::MAX)
    }

    /// Ids of the aggregates of a type, oldest first, as the first so many events know them.
    pub(super) fn ids<A: Aggregate>(&self, until: usize) -> Vec<String> {
        let entries = lock(&self.entries);
        let firsts =
            entries.iter().take(until).filter(|one| one.aggregate_type == A::TYPE && one.version == 1);
        firsts.map(|one| one.id.clone()).collect()
    }

    /// An aggregate as the first so many events know it.
    pub(super) fn state_until<A: Aggregate>(&self, id: &str, until: usize) -> A {
        let entries = lock(&self.entries);
        fold(entries.get(..until).unwrap_or(&entries), id).0
    }

    /// The events of an aggregate among the first so many.
    pub(super) fn events<A: Aggregate>(&self, id: &str, until: usize) -> Vec<A::Event> {
        let entries = lock(&self.entries);
        let own = entries.iter().take(until).filter(|one| one.aggregate_type == A::TYPE && one.id == id);
        own.map(event).collect()
    }

    /// These events happened.
    pub(super) fn given<A: Aggregate>(&self, id: &str, events: impl IntoIterator<Item = A::Event>) {
        let mut entries = lock(&self.entries);
        for event in events {
            let command_id = derived_uuid("given", &[&entries.len().to_string()]);
            let meta = Meta {
                command_id,
                correlation_id: command_id,
                causation_id: None,
                customer: CUSTOMER,
                actor: Actor::Operator,
                traceparent: None,
                occurred_at: Instant::UNIX_EPOCH,
                keys_used: Vec::new(),
            };
            push::<A>(&mut entries, id, &event, &meta);
        }
    }

    /// A command, whatever the weather.
    pub(super) fn append<A: Aggregate>(
        &self,
        id: &str,
        command: A::Command,
        meta: &Meta,
    ) -> Result<Committed<A>, Fault> {
        let mut entries = lock(&self.entries);
        let (mut state, mut version) = fold::<A>(&entries, id);
        let is_of_stream = |one: &&Appended| one.aggregate_type == A::TYPE && one.id == id;
        let repeated =
            entries.iter().filter(is_of_stream).filter(|one| one.meta.command_id == meta.command_id);
        let mut events: Vec<A::Event> = repeated.map(event).collect();
        if events.is_empty() {
            events = state.decide(command).map_err(|refusal| Fault::refused(&refusal))?;
            for event in &events {
                state.evolve(event);
                version = push::<A>(&mut entries, id, event, meta);
            }
        }
        let last = entries.iter().rposition(|one| is_of_stream(&one));
        let token = last.and_then(|last| i64::try_from(last).ok()).map_or(0, |last| last + 1);
        Ok(Committed { state, events, version, token: Token(token) })
    }

    fn reached(&self, is_command: bool) -> Result<(), Fault> {
        let mut weather = lock(&self.weather);
        match &mut *weather {
            Weather::Fine => return Ok(()),
            Weather::Away(0) => {}
            Weather::Away(left) => {
                *left -= usize::from(is_command);
                return Ok(());
            }
            Weather::Panics => {
                drop(weather);
                assert!(!is_command, "the detail");
                return Ok(());
            }
        }
        Err(Fault::unavailable("store/unavailable", "The database cannot be reached.", "the detail"))
    }
}

fn event<E: domain::Event>(one: &Appended) -> E {
    serde_json::from_value(one.payload.clone()).expect("an event can be read back")
}

fn fold<A: Aggregate>(entries: &[Appended], id: &str) -> (A, u64) {
    let (mut state, mut version) = (A::default(), 0);
    for one in entries.iter().filter(|one| one.aggregate_type == A::TYPE && one.id == id) {
        state.evolve(&event(one));
        version = one.version;
    }
    (state, version)
}

fn push<A: Aggregate>(entries: &mut Vec<Appended>, id: &str, event: &A::Event, meta: &Meta) -> u64 {
    let version =
        1 + entries.iter().filter(|one| one.aggregate_type == A::TYPE && one.id == id).count() as u64;
    entries.push(Appended {
        aggregate_type: A::TYPE,
        id: id.to_owned(),
        version,
        kind: event.kind(),
        payload: serde_json::to_value(event).expect("an event has a JSON form"),
        meta: meta.clone(),
    });
    version
}

#[async_trait]
impl<A: Aggregate> Execute<A> for Log {
    async fn execute(&self, id: &str, command: A::Command, meta: Meta) -> Result<Committed<A>, Fault> {
        // Others get a turn here, as they do while a database is asked.
        tokio::task::yield_now().await;
        self.reached(true)?;
        self.append(id, command, &meta)
    }

    async fn load(&self, id: &str) -> Result<Loaded<A>, Fault> {
        tokio::task::yield_now().await;
        self.reached(false)?;
        let (state, version) = fold(&lock(&self.entries), id);
        Ok(Loaded { state, version })
    }
}
