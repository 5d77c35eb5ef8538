//! What happened: the account's timeline.
#![expect(clippy::unused_async, reason = "resolvers are async, whether they wait or not")]

use super::{
    deed::{Deed, deed},
    kind::{ActorType, EventStatus, Network},
};
use crate::{asking::asking, fault::Result, page::CHANGES, reference::Kind, scalar::Amount};
use app::Actor;
use async_graphql::{Context, ID, Object, SimpleObject};
use domain::id::Instant;
use projections::ActivityRow;

/// Who acted.
#[derive(SimpleObject)]
pub(crate) struct EventActor {
    /// What sort of actor.
    #[graphql(name = "type")]
    sort: ActorType,
    /// The API key, if it was a caller with one.
    api_key_id: Option<ID>,
    /// The user, if it was a person who was signed in.
    user_id: Option<ID>,
    /// The client that the identity provider knows the program as, if it was one.
    client_id: Option<String>,
    /// Which part of Studio, if it was Studio itself.
    part: Option<String>,
}

impl From<Actor> for EventActor {
    fn from(actor: Actor) -> Self {
        let only = |sort| Self { sort, api_key_id: None, user_id: None, client_id: None, part: None };
        match actor {
            Actor::ApiKey(key) => Self { api_key_id: Some(ID(key.to_string())), ..only(ActorType::ApiKey) },
            Actor::User(user) => Self { user_id: Some(ID(user.to_string())), ..only(ActorType::User) },
            Actor::Machine(client) => Self { client_id: Some(client), ..only(ActorType::Machine) },
            Actor::Operator => only(ActorType::Operator),
            Actor::Studio(part) => Self { part: Some(part), ..only(ActorType::Studio) },
        }
    }
}

/// A deed. A ledger write is one deed, completed by its outcome. It names things by their ids and holds no personal data.
#[derive(Clone)]
pub(crate) struct Event(pub(crate) ActivityRow);

shows!(Event: ActivityRow);

/// A deed. A ledger write is one deed, completed by its outcome. It names things by their ids and holds no personal data.
#[Object]
impl Event {
    /// Global id.
    pub(crate) async fn id(&self) -> ID {
        Kind::Event.id(self.0.activity)
    }

    /// The place of its last change: `after` of the subscription `events` resumes behind it. Pages of the list have cursors
    /// of their own.
    async fn cursor(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(asking(ctx)?.sealed(CHANGES, self.0.change()))
    }

    #[graphql(flatten)]
    async fn deed(&self) -> Deed<'_> {
        deed!(self.0)
    }

    /// The network, if it is a ledger write.
    async fn network(&self) -> Option<Network> {
        self.0.network.map(Into::into)
    }

    /// How it stands.
    async fn status(&self) -> EventStatus {
        self.0.status.into()
    }

    /// Why it failed: a stable slug.
    async fn failure(&self) -> Option<&str> {
        self.0.failure.as_deref()
    }

    /// Upper-case hex of the transaction, once there is one.
    async fn tx_hash(&self) -> Option<&str> {
        self.0.tx_hash.as_deref()
    }

    /// What was paid, once it is known.
    async fn fee_paid(&self) -> Option<Amount> {
        self.0.fee_paid.as_deref().and_then(Amount::of_text)
    }

    /// When it was done or asked for.
    async fn created_at(&self) -> Instant {
        self.0.created_at
    }

    /// When its outcome was recorded, for a ledger write.
    async fn updated_at(&self) -> Option<Instant> {
        self.0.updated_at
    }
}
