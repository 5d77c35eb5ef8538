//! Subscriptions: they look at the read models whenever their tenant has news, so they survive a restart of anything but
//! the socket. Nothing is lost between two looks: deeds are read in the order of their changes, on behind the last one seen.

use crate::{
    asking::{Asking, asking},
    fault::{Raised, Result},
    input::EventFilter,
    limits::CONNECTION_ROWS_MAX,
    loader::hides_operation,
    page::{CHANGES, cursor},
    pulse::Beat,
    query::things::seen_deeds,
    reference::{Kind, not_found},
    view::{Event, Operation},
};
use async_graphql::{Context, ID, Subscription as GraphSubscription};
use domain::id::OperationId;
use futures::{Stream, stream};
use projections::{
    ActivityFilter, ActivityRow, Cursor,
    operation::{Operation as OperationRow, OperationState},
};
use std::{collections::VecDeque, sync::Arc};

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
        let found = found.filter(|detail| !hides_operation(&asking.caller, &detail.operation));
        found.ok_or_else(missing)?;
        Ok(stream::try_unfold(FollowOperation::new(&asking, operation), FollowOperation::next))
    }

    /// What happens from now on, or after what was seen already, in the order it happened. A ledger write comes when it is
    /// asked for and again with its outcome; one whose outcome is there before it could be shown comes once, with it. Nothing
    /// is left out: whoever resumes with the `cursor` of the last event gets every change since.
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Resume behind the event with this `cursor`.")] after: Option<String>,
        #[graphql(desc = "Which; all by default.")] filter: Option<EventFilter>,
    ) -> Result<impl Stream<Item = Result<Event>> + use<>> {
        let asking = Arc::clone(asking(ctx)?);
        let seen = match cursor(&*asking, CHANGES, "after", after.as_deref())? {
            Some(after) => Some(after),
            None => asking.views().activities().newest_change(asking.customer()).await?,
        };
        let filter = seen_deeds(&asking, filter)?;
        let following = FollowEvents {
            beat: asking.pulses.of(&asking),
            asking,
            filter,
            seen,
            ready: VecDeque::new(),
            // There may be news since `after`.
            is_behind: true,
        };
        Ok(stream::try_unfold(following, FollowEvents::next))
    }
}

struct FollowOperation {
    asking: Arc<Asking>,
    beat: Beat,
    operation: OperationId,
    shown: Option<OperationRow>,
}

impl FollowOperation {
    fn new(asking: &Arc<Asking>, operation: OperationId) -> Self {
        let mut beat = asking.pulses.of(asking);
        beat.watch(operation);
        Self { beat, asking: Arc::clone(asking), operation, shown: None }
    }

    async fn next(mut self) -> Result<Option<(Operation, Self)>, Raised> {
        if self.shown.as_ref().is_some_and(|shown| has_ended(shown.state)) {
            return Ok(None);
        }
        self.asking.end_answer();
        loop {
            if self.shown.is_some() {
                self.beat.next().await?;
            }
            let turn = self.beat.turn().await;
            let asking = &self.asking;
            let found = asking.views().operations().get(asking.customer(), self.operation).await?;
            drop(turn);
            let Some(detail) = found else { return Ok(None) };
            if self.shown.as_ref() != Some(&detail.operation) {
                self.shown = Some(detail.operation.clone());
                asking.begin_answer().await?;
                return Ok(Some((detail.into(), self)));
            }
        }
    }
}

fn has_ended(state: OperationState) -> bool {
    matches!(state, OperationState::Confirmed | OperationState::Failed | OperationState::Cancelled)
}

struct FollowEvents {
    asking: Arc<Asking>,
    beat: Beat,
    filter: ActivityFilter,
    /// The place of the last change that was read.
    seen: Option<Cursor>,
    ready: VecDeque<ActivityRow>,
    /// Whether more may be there already.
    is_behind: bool,
}

impl FollowEvents {
    async fn next(mut self) -> Result<Option<(Event, Self)>, Raised> {
        self.asking.end_answer();
        loop {
            if let Some(row) = self.ready.pop_front() {
                self.asking.begin_answer().await?;
                return Ok(Some((Event(row), self)));
            }
            if self.is_behind {
                self.look().await?;
            } else {
                // What the filter leaves out moves the tenant's last change too; then a look finds nothing.
                self.is_behind = self.beat.next().await?.changed > self.seen;
            }
        }
    }

    async fn look(&mut self) -> Result<()> {
        let _turn = self.beat.turn().await;
        let (views, customer) = (self.asking.views().activities(), self.asking.customer());
        // Read before the rows: whatever changes meanwhile is seen at the next beat.
        let newest = views.newest_change(customer).await?;
        let rows = views.changed_after(customer, &self.filter, self.seen, CONNECTION_ROWS_MAX).await?;
        self.is_behind = rows.len() >= CONNECTION_ROWS_MAX as usize;
        match rows.last() {
            Some(last) => self.seen = Some(last.change()),
            None => self.seen = self.seen.max(newest),
        }
        self.ready.extend(rows);
        Ok(())
    }
}
