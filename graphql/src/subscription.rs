//! Subscriptions: they look at the read models again and again, so they survive a restart of anything but the socket, and
//! resume by the cursor of the last deed seen.

use crate::{
    asking::{Asking, asking, require_key},
    fault::{Raised, Result},
    input::EventFilter,
    limits::{
        CONNECTION_ROWS_MAX, SUBSCRIPTION_POLL_MILLISECONDS, SUBSCRIPTION_POLLS_PER_KEY_CHECK,
        SUBSCRIPTION_UNSETTLED_MAX,
    },
    page::cursor,
    query::things::deeds,
    reference::{Kind, not_found},
    view::{Event, Operation},
};
use async_graphql::{Context, ID, Subscription as GraphSubscription};
use domain::id::OperationId;
use futures::{Stream, stream};
use projections::{
    ActivityFilter, ActivityRow, ActivityStatus, Cursor, Paging, Placed,
    operation::{Operation as OperationRow, OperationState},
};
use std::{collections::VecDeque, sync::Arc, time::Duration};

/// Everything that can be followed, over `/graphql/ws`.
#[derive(Default)]
pub(crate) struct Subscription;

/// Everything that can be followed, over `/graphql/ws`.
#[GraphSubscription]
impl Subscription {
    /// A ledger operation as it stands, and again whenever that changes, until it has ended.
    async fn operation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> Result<impl Stream<Item = Result<Operation>> + use<>> {
        let asking = Arc::clone(asking(ctx)?);
        let missing = || not_found("operation/not-found", "Operation", &id);
        let operation = OperationId(Kind::Operation.uuid(&id).ok_or_else(missing)?);
        let found = asking.views().operations().get(asking.customer(), operation).await?;
        found.ok_or_else(missing)?;
        Ok(stream::try_unfold(FollowOperation::new(asking, operation), FollowOperation::next))
    }

    /// What happens from now on, or after a deed already seen, oldest first. A ledger write comes when it is asked for and
    /// again with its outcome; the outcome of one that was seen before a reconnection is read with `operation`.
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Resume after the deed with this cursor.")] after: Option<String>,
        #[graphql(desc = "Which.", default)] filter: EventFilter,
    ) -> Result<impl Stream<Item = Result<Event>> + use<>> {
        let asking = Arc::clone(asking(ctx)?);
        let after = if let Some(after) = cursor("after", after.as_deref())? {
            Some(after)
        } else {
            let views = asking.views().activities();
            let newest = Paging::first(1, None);
            let page = views.list(asking.customer(), &ActivityFilter::default(), newest).await?;
            page.rows.first().map(Placed::cursor)
        };
        let mut filter = deeds(filter)?;
        let statuses = std::mem::take(&mut filter.statuses);
        let following = FollowEvents {
            pulse: Pulse::new(asking),
            filter,
            statuses,
            after,
            ready: VecDeque::new(),
            unsettled: VecDeque::new(),
        };
        Ok(stream::try_unfold(following, FollowEvents::next))
    }
}

/// The rhythm of a subscription; it ends when the API key stops working.
struct Pulse {
    asking: Arc<Asking>,
    polls: u32,
}

impl Pulse {
    fn new(asking: Arc<Asking>) -> Self {
        Self { asking, polls: 0 }
    }

    async fn wait(&mut self) -> Result<()> {
        tokio::time::sleep(Duration::from_millis(SUBSCRIPTION_POLL_MILLISECONDS)).await;
        self.polls = (self.polls + 1) % SUBSCRIPTION_POLLS_PER_KEY_CHECK;
        if self.polls == 0 {
            require_key(&self.asking.house, &self.asking.caller).await?;
        }
        Ok(())
    }
}

struct FollowOperation {
    pulse: Pulse,
    operation: OperationId,
    shown: Option<OperationRow>,
}

impl FollowOperation {
    fn new(asking: Arc<Asking>, operation: OperationId) -> Self {
        Self { pulse: Pulse::new(asking), operation, shown: None }
    }

    async fn next(mut self) -> Result<Option<(Operation, Self)>, Raised> {
        if self.shown.as_ref().is_some_and(|shown| has_ended(shown.state)) {
            return Ok(None);
        }
        loop {
            if self.shown.is_some() {
                self.pulse.wait().await?;
            }
            let asking = &self.pulse.asking;
            let Some(detail) = asking.views().operations().get(asking.customer(), self.operation).await?
            else {
                return Ok(None);
            };
            if self.shown.as_ref() != Some(&detail.operation) {
                self.shown = Some(detail.operation.clone());
                return Ok(Some((detail.into(), self)));
            }
        }
    }
}

fn has_ended(state: OperationState) -> bool {
    matches!(state, OperationState::Confirmed | OperationState::Failed | OperationState::Cancelled)
}

struct FollowEvents {
    pulse: Pulse,
    /// Without statuses: a deed that does not match yet may do so with its outcome.
    filter: ActivityFilter,
    /// Only these are shown; empty means all.
    statuses: Vec<ActivityStatus>,
    after: Option<Cursor>,
    ready: VecDeque<ActivityRow>,
    /// Ledger writes that were shown without their outcome.
    unsettled: VecDeque<ActivityRow>,
}

impl FollowEvents {
    async fn next(mut self) -> Result<Option<(Event, Self)>, Raised> {
        loop {
            while let Some(row) = self.ready.pop_front() {
                if self.statuses.is_empty() || self.statuses.contains(&row.status) {
                    return Ok(Some((Event(row), self)));
                }
            }
            self.look().await?;
            if self.ready.is_empty() {
                self.pulse.wait().await?;
            }
        }
    }

    async fn look(&mut self) -> Result<()> {
        let asking = &self.pulse.asking;
        let views = asking.views().activities();
        for known in std::mem::take(&mut self.unsettled) {
            match views.get(asking.customer(), known.activity).await? {
                Some(row) if row.status == ActivityStatus::Pending => self.unsettled.push_back(row),
                Some(row) => self.ready.push_back(row),
                None => {}
            }
        }
        // The oldest that are newer than what was seen, turned round.
        let page = views
            .list(asking.customer(), &self.filter, Paging::last(CONNECTION_ROWS_MAX, self.after))
            .await?;
        for row in page.rows.into_iter().rev() {
            self.after = Some(row.cursor());
            if row.status == ActivityStatus::Pending {
                self.unsettled.push_back(row.clone());
            }
            self.ready.push_back(row);
        }
        while self.unsettled.len() > SUBSCRIPTION_UNSETTLED_MAX {
            self.unsettled.pop_front();
        }
        Ok(())
    }
}
