//! Questions about resources that the ledger answers, and what their contents may be.

use crate::{
    asking::asking,
    fault::Result,
    input,
    limits::REMOTE_COST,
    view::resource_version::{ResourceAt, ResourceHistory, ResourceTemplate},
};
use app::{
    Fault, act, did,
    resource::{self, HISTORY_ROWS_MAX, Line, template},
};
use async_graphql::{Context, Object};
use domain::id::Instant;

/// Each version of a page is read from the ledger, and one more, and they are compared.
const HISTORY_COST: usize = 8 * REMOTE_COST * (HISTORY_ROWS_MAX as usize + 1);

#[derive(Default)]
pub(super) struct ResourceQuery;

#[Object]
impl ResourceQuery {
    /// The versions of a resource of one of the account's DIDs as the ledger has them, newest first, with who wrote which and what
    /// it changed. Those that were written from elsewhere are among them. Null if the ledger has none.
    #[graphql(complexity = "HISTORY_COST + HISTORY_ROWS_MAX as usize * child_complexity")]
    async fn resource_history(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The DID it hangs on.")] did: String,
        #[graphql(desc = "Its name, as it is and not escaped.")] name: String,
        #[graphql(desc = "Its type.")] resource_type: String,
        #[graphql(desc = "Which page; counts from 1.")] page: Option<u32>,
        #[graphql(desc = "How many versions a page has; 25 by default and at most.")] limit: Option<u32>,
    ) -> Result<Option<ResourceHistory>> {
        let asking = asking(ctx)?;
        let line = Line { did: input::did("did", &did)?, name, resource_type };
        let (page, rows) = (page.unwrap_or(1), limit.unwrap_or(HISTORY_ROWS_MAX));
        if page == 0 {
            return Err(Fault::about("page", "page should be a positive whole number").into());
        }
        if !(1..=HISTORY_ROWS_MAX).contains(&rows) {
            let sentence = format!("limit should be a whole number from 1 to {HISTORY_ROWS_MAX}");
            return Err(Fault::about("limit", sentence).into());
        }
        asking.caller.may(&act::RESOURCE_READ, Some(line.did.network()))?;
        match did::owned_by(asking.studio(), asking.customer(), &line.did).await {
            Ok(_) => {}
            Err(fault) if fault.code == "did/not-found" => return Ok(None),
            Err(fault) => return Err(fault.into()),
        }
        let skipped = u64::from(page - 1) * u64::from(rows);
        let Some(found) = resource::history(asking.studio(), &line, skipped, rows).await? else {
            return Ok(None);
        };
        ResourceHistory::of(asking, &line, found).await.map(Some)
    }

    /// The version of a resource that was the newest at a time, with its bytes; of anybody's DID. A time without a fraction stands for
    /// its whole second. Null if there was none yet.
    #[graphql(complexity = "2 * REMOTE_COST + child_complexity")]
    async fn resource_at(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The DID it hangs on.")] did: String,
        #[graphql(desc = "Its name, as it is and not escaped.")] name: String,
        #[graphql(desc = "Its type.")] resource_type: String,
        #[graphql(desc = "As of when.")] at: Instant,
    ) -> Result<Option<ResourceAt>> {
        let line = Line { did: input::did("did", &did)?, name, resource_type };
        let at = input::time("at", Some(at))?.unwrap_or(at);
        let found = resource::version_at(asking(ctx)?.studio(), &line, at).await?;
        Ok(found.map(|found| ResourceAt::of(&line, found)))
    }

    /// Templates for resources of common types: what they hold, and an example to begin with.
    async fn resource_templates(&self) -> Vec<ResourceTemplate> {
        template::all().iter().map(Into::into).collect()
    }
}
