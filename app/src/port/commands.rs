//! The write side: load an aggregate, decide, append.

use crate::{Actor, Call, Fault};
use async_trait::async_trait;
use domain::{
    Aggregate,
    id::{CustomerId, Instant, KeyId},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What stands beside every event of a command.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Meta {
    /// The command; appending the same command to the same stream twice is refused by the database.
    pub command_id: Uuid,
    /// The request it belongs to.
    pub correlation_id: Uuid,
    /// The event or command that caused it.
    pub causation_id: Option<Uuid>,
    /// The tenant.
    pub customer: CustomerId,
    /// Who acted.
    pub actor: Actor,
    /// W3C trace context.
    pub traceparent: Option<String>,
    /// When it happened by our clock (the database adds its own).
    pub occurred_at: Instant,
    /// Identity keys of the vault that signed what the events of this command tell. Payers' keys sign in the outbox and are not
    /// among them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys_used: Vec<KeyId>,
}

impl Meta {
    /// Metadata of the command `what` inside a call. Commands of one call to different streams get different ids. It names the
    /// keys that have signed since the command before: make it after signing, and give it to the command that tells what for.
    pub fn of(call: &Call, what: &str) -> Self {
        Self {
            command_id: call.derived(what),
            correlation_id: call.correlation_id,
            causation_id: Some(call.command_id),
            customer: call.who.customer,
            actor: call.who.actor.clone(),
            traceparent: call.traceparent.clone(),
            occurred_at: call.at,
            keys_used: call.desk.take_used(),
        }
    }
}

/// How far a reader must have come to see a write: the database's insert number of its last event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Token(pub i64);

/// A decided and appended command.
#[derive(Debug, Clone)]
pub struct Committed<A: Aggregate> {
    /// The aggregate after it.
    pub state: A,
    /// What happened; empty if the command had taken effect before.
    pub events: Vec<A::Event>,
    /// Number of the stream's last event.
    pub version: u64,
    /// How far readers must have come to see it.
    pub token: Token,
}

/// An aggregate as its stream says.
#[derive(Debug, Clone)]
pub struct Loaded<A> {
    /// The aggregate.
    pub state: A,
    /// Number of the stream's last event; 0 for a stream without events.
    pub version: u64,
}

/// A command and the stream it goes to.
#[derive(Debug, Clone)]
pub struct Addressed<A: Aggregate> {
    /// Id of the aggregate.
    pub id: String,
    /// What it is told.
    pub command: A::Command,
    /// What stands beside its events.
    pub meta: Meta,
}

/// Commands to one type of aggregate.
#[async_trait]
pub trait Execute<A: Aggregate>: Send + Sync {
    /// Loads, decides and appends; on a conflict loads and decides again, a few times. Runs to its end even if the
    /// caller goes away. Faults: the refusal; `store/conflict` (409); `store/unavailable` (503).
    async fn execute(&self, id: &str, command: A::Command, meta: Meta) -> Result<Committed<A>, Fault>;

    /// Many commands to different aggregates; each as [`Execute::execute`] would, with its own answer, in their order. Not
    /// all or nothing: it is for speed only.
    async fn execute_many(&self, commands: Vec<Addressed<A>>) -> Vec<Result<(), Fault>> {
        let mut answers = Vec::with_capacity(commands.len());
        for Addressed { id, command, meta } in commands {
            answers.push(self.execute(&id, command, meta).await.map(|_| ()));
        }
        answers
    }

    /// Reads an aggregate; a stream without events is its default.
    async fn load(&self, id: &str) -> Result<Loaded<A>, Fault>;
}

macro_rules! commands {
    ($($module:ident: $name:ident = $aggregate:ty,)+) => {
        /// Commands to every type of aggregate.
        pub trait Commands: $(Execute<$aggregate> +)+ {}

        impl<T> Commands for T where T: $(Execute<$aggregate> +)+ {}
    };
}
domain::aggregates!(commands);
