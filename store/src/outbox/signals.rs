//! Who must be told at once: workers about new rows, waiters about ended and held operations. Only a hint: everybody
//! polls as well.

use domain::id::OperationId;
use sqlx::{PgPool, postgres::PgListener};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{Notify, broadcast},
    task::AbortHandle,
};
use uuid::Uuid;

/// The channel of all outbox notifications. Nothing in an append's transaction ever notifies it.
pub(super) const CHANNEL: &str = "outbox";
/// Signals that a slow waiter may be behind; beyond it just looks at the database.
const SIGNALS_BUFFERED: usize = 1024;
/// How long to wait before listening again after the database went away, in milliseconds.
const RELISTEN_MILLIS: u64 = 500;

/// What waiters hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    /// This operation has ended.
    Ended(OperationId),
    /// Something else happened that may concern anybody.
    Look,
}

/// Signals within this process and, once it listens, from others. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Signals(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    work: Notify,
    waiters: broadcast::Sender<Signal>,
    present: AtomicBool,
    listener: std::sync::Mutex<Option<AbortHandle>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        let listener = self.listener.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(listener) = listener.take() {
            listener.abort();
        }
    }
}

impl Default for Signals {
    fn default() -> Self {
        Self(Arc::new(Inner {
            work: Notify::new(),
            waiters: broadcast::channel(SIGNALS_BUFFERED).0,
            present: AtomicBool::new(false),
            listener: std::sync::Mutex::new(None),
        }))
    }
}

impl Signals {
    /// Starts listening, on a connection of its own, for as long as any clone lives.
    pub(super) fn listen(&self, pool: PgPool, presence: i64) {
        let inner = Arc::downgrade(&self.0);
        let task = tokio::spawn(async move {
            loop {
                let heard = async {
                    let mut listener = PgListener::connect_with(&pool).await?;
                    // The reconnection would be silent and lose the lock: better to fail and start again.
                    listener.eager_reconnect(false);
                    listener.listen(CHANNEL).await?;
                    sqlx::query("select pg_advisory_lock($1)").bind(presence).execute(&mut listener).await?;
                    if let Some(inner) = inner.upgrade() {
                        inner.present.store(true, Ordering::Release);
                        inner.work.notify_one();
                        inner.waiters.send(Signal::Look).ok();
                    }
                    while let Some(notification) = listener.try_recv().await? {
                        let Some(inner) = inner.upgrade() else { break };
                        inner.hear(notification.payload());
                    }
                    Ok::<_, sqlx::Error>(())
                };
                if let Err(error) = heard.await {
                    if pool.is_closed() {
                        return;
                    }
                    tracing::warn!(%error, "the outbox cannot listen for notifications; it polls");
                }
                let Some(inner) = inner.upgrade() else { return };
                inner.present.store(false, Ordering::Release);
                drop(inner);
                tokio::time::sleep(Duration::from_millis(RELISTEN_MILLIS)).await;
            }
        });
        let mut listener = self.0.listener.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(former) = listener.replace(task.abort_handle()) {
            former.abort();
        }
    }

    pub(super) async fn wait_present(&self, limit: Duration) -> bool {
        let mut heard = self.0.waiters.subscribe();
        let present = async {
            while !self.present() {
                // A `Look` is told right after the presence is noted.
                heard.recv().await.ok();
            }
        };
        tokio::time::timeout(limit, present).await.is_ok()
    }

    /// Whether the database can see that this process lives.
    pub(super) fn present(&self) -> bool {
        self.0.present.load(Ordering::Acquire)
    }

    /// Says that there may be work.
    pub fn work(&self) {
        self.0.work.notify_one();
    }

    pub(super) async fn wait_for_work(&self, limit: Duration) {
        tokio::time::timeout(limit, self.0.work.notified()).await.ok();
    }

    pub(super) fn tell(&self, signal: Signal) {
        // Nobody may be waiting.
        self.0.waiters.send(signal).ok();
    }

    pub(super) fn hear_all(&self) -> broadcast::Receiver<Signal> {
        self.0.waiters.subscribe()
    }
}

impl Inner {
    fn hear(&self, payload: &str) {
        match payload.strip_prefix("ended:").map(Uuid::parse_str) {
            Some(Ok(id)) => {
                self.waiters.send(Signal::Ended(OperationId(id))).ok();
            }
            Some(Err(_)) | None if payload == "work" => self.work.notify_one(),
            Some(Err(_)) | None => {
                self.waiters.send(Signal::Look).ok();
            }
        }
    }
}
