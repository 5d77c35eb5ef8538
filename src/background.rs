//! What runs beside the API: sequencer, followers, outbox workers, housekeeping.

use crate::{House, funds, reminders};
use app::outbox::{Settings, Worker, worker::Parts};
use domain::id::Network;
use projections::Projections;
use std::{sync::Arc, time::Duration};
use store::{Runner, Sequencer, outbox::Feeder};
use tokio::{sync::watch, task::JoinSet};
use tokio_util::sync::CancellationToken;

/// How often saved answers and sessions past their time are thrown away.
const PURGE_EVERY: Duration = Duration::from_hours(1);

/// How often the ledger is compared with the log.
const RECONCILE_EVERY: Duration = Duration::from_hours(6);
/// How often balances are looked at.
const FUNDS_EVERY: Duration = Duration::from_mins(1);
/// How often it is looked which API keys end soon.
const REMIND_EVERY: Duration = Duration::from_hours(1);
/// How long to wait before each page of a comparison, so that it never is what the node is busy with.
const RECONCILE_PAUSE: Duration = Duration::from_secs(30);
/// How long to wait after a page that could not be compared.
const RECONCILE_AGAIN_AFTER: Duration = Duration::from_mins(5);

/// How long to wait before following again after a failure.
const FOLLOW_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Which parts a process runs.
#[derive(Debug, Clone, Copy)]
pub struct Roles {
    /// Sequencer, projections and the outbox's feeder.
    pub followers: bool,
    /// Outbox workers.
    pub workers: usize,
}

/// Starts the parts; they end when `stop` is cancelled, each after its present step. Every part is safe to run in
/// several processes at once.
pub async fn start(house: &House, roles: Roles, stop: &CancellationToken) -> anyhow::Result<JoinSet<()>> {
    let mut tasks = JoinSet::new();
    if roles.followers {
        start_followers(house, stop, &mut tasks).await?;
    }
    if roles.workers > 0 {
        start_workers(house, roles.workers, stop, &mut tasks);
        for network in house.networks() {
            tasks.spawn(reconcile(house.clone(), network, stop.clone()));
        }
        tasks.spawn(follow_funds(house.clone(), stop.clone()));
        tasks.spawn(remind(house.clone(), stop.clone()));
    }
    if let Some(oidc) = house.provider.oidc.clone() {
        let stopping = stop.clone();
        tasks.spawn(async move {
            stopping.run_until_cancelled(oidc.warm()).await;
        });
    }
    let (house, stop) = (house.clone(), stop.clone());
    tasks.spawn(async move { purge(&house, stop).await });
    Ok(tasks)
}

async fn start_followers(
    house: &House,
    stop: &CancellationToken,
    tasks: &mut JoinSet<()>,
) -> anyhow::Result<()> {
    let owner = house.studio.ids.next().to_string();
    let sequencer = Sequencer::new(house.pool.clone(), house.progress.clone(), owner.clone());
    let stopping = stop.clone();
    tasks.spawn(async move { sequencer.run(stopping).await });
    let runner = Runner::new(house.pool.clone(), house.progress.clone(), owner.clone());
    let stopping = stop.clone();
    tasks.spawn(async move { runner.run(&mut Feeder, stopping).await });
    let projections = Projections::new(house.pool.clone(), house.progress.clone(), owner);
    // Readers need tables before the first event comes.
    projections.prepare(stop).await?;
    let stopping = stop.clone();
    tasks.spawn(async move { follow(&projections, stopping).await });
    Ok(())
}

/// Follows with every read model; a database that is away at the start is waited for.
async fn follow(projections: &Projections, stop: CancellationToken) {
    while let Err(error) = projections.follow_all(stop.clone()).await {
        tracing::error!(%error, "the read models stopped following; trying again");
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(FOLLOW_AGAIN_AFTER) => {}
        }
    }
}

fn start_workers(house: &House, count: usize, stop: &CancellationToken, tasks: &mut JoinSet<()>) {
    let (stopped, stopping) = watch::channel(false);
    let token = stop.clone();
    tasks.spawn(async move {
        token.cancelled().await;
        stopped.send_replace(true);
    });
    for _ in 0..count {
        let parts = Parts {
            store: Arc::new(house.outbox.clone()),
            chain: Arc::clone(&house.studio.chain),
            vault: Arc::clone(&house.studio.vault),
            commands: Arc::clone(&house.studio.commands),
            clock: Arc::clone(&house.studio.clock),
            ids: Arc::clone(&house.studio.ids),
            crash: Arc::clone(&house.crash),
        };
        let worker =
            Arc::new(Worker::new(parts, Settings { lease: house.config.lease, ..Settings::default() }));
        let stopping = stopping.clone();
        tasks.spawn(async move { worker.run(stopping).await });
    }
}

/// Compares a ledger with the log, a page at a time, and begins again after [`RECONCILE_EVERY`]; a page that could not be
/// compared is tried again. In several processes at once it only asks the nodes more often than needed: what is known is
/// not told again.
async fn reconcile(house: House, network: Network, stop: CancellationToken) {
    let (mut after, mut wait) = (None, RECONCILE_PAUSE);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
        }
        wait = match app::reconcile::page(&house.studio, network, after.as_ref()).await {
            Ok(page) => {
                after = page.next;
                if after.is_some() { RECONCILE_PAUSE } else { RECONCILE_EVERY }
            }
            Err(fault) => {
                tracing::warn!(%fault, private = fault.private, %network, "ledger and log could not be compared");
                RECONCILE_AGAIN_AFTER
            }
        };
    }
}

async fn follow_funds(house: House, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(FUNDS_EVERY) => {}
        }
        if let Err(error) = funds::pass(&house).await {
            tracing::warn!(error = format!("{error:#}"), "balances could not be followed");
        }
    }
}

async fn remind(house: House, stop: CancellationToken) {
    loop {
        if let Err(error) = reminders::pass(&house).await {
            tracing::warn!(error = format!("{error:#}"), "the ends of API keys could not be said");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(REMIND_EVERY) => {}
        }
    }
}

async fn purge(house: &House, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(PURGE_EVERY) => {}
        }
        if let Err(fault) = house.replies.purge(house.studio.clock.now()).await {
            tracing::warn!(%fault, private = fault.private, "saved answers could not be purged");
        }
        let idle = house.studio.settings.sessions.idle;
        if let Err(fault) = house.people.purge(house.studio.clock.now(), idle).await {
            tracing::warn!(%fault, private = fault.private, "what is over of signing in could not be purged");
        }
    }
}
