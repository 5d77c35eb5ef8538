//! The rhythm of subscriptions: when a tenant's read models may have news.

use crate::{
    asking::{Asking, require_key},
    limits::{SUBSCRIPTION_POLL_MILLISECONDS, SUBSCRIPTION_POLLS_PER_KEY_CHECK},
    page::read,
};
use app::Fault;
use projections::Cursor;
use std::{sync::Arc, time::Duration};

/// What a beat tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct News {
    /// The place of the tenant's last change; `None` if nothing ever happened.
    pub(crate) changed: Option<Cursor>,
}

/// One subscription's ear.
pub(crate) struct Beat {
    asking: Arc<Asking>,
    beats: u32,
}

impl Beat {
    /// Of a subscription of this caller.
    pub(crate) fn of(asking: &Arc<Asking>) -> Self {
        Self { asking: Arc::clone(asking), beats: 0 }
    }

    /// The next beat. Ends with `auth/invalid-key` once the caller's API key stops working.
    pub(crate) async fn next(&mut self) -> Result<News, Fault> {
        tokio::time::sleep(Duration::from_millis(SUBSCRIPTION_POLL_MILLISECONDS)).await;
        self.beats = (self.beats + 1) % SUBSCRIPTION_POLLS_PER_KEY_CHECK;
        if self.beats == 0 {
            require_key(&self.asking.house, &self.asking.caller).await?;
        }
        let changed = self.asking.views().activities().newest_change(self.asking.customer()).await;
        Ok(News { changed: read(changed)? })
    }
}
