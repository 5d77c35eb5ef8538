//! The port of `app::outbox` in SQL. Every write of a worker compares owner and fence of its lease; all times are the
//! database's. What can be found out again from the chain is committed without waiting for the disk; what must not be
//! lost, a signed transaction, is waited for.

use super::{
    conclude,
    row::{self, OP_COLUMNS, TX_COLUMNS, fault, signed, unsigned},
    signals::{CHANNEL, Signal, Signals},
};
use app::outbox::{
    Behind, Conclusion, Former, Hold, Lease, Limits, LiveTx, NewTx, OutboxFault, OutboxStore, QueuedOp,
    TxEnd, Work,
};
use async_trait::async_trait;
use domain::id::{CustomerId, Did, Network, OperationId};
use sqlx::{PgPool, Postgres, Row as _, Transaction};
use std::time::Duration;
use uuid::Uuid;

/// The outbox's memory in Postgres. Cheap to clone.
#[derive(Debug, Clone)]
pub struct SqlOutbox {
    pool: PgPool,
    signals: Signals,
    presence: i64,
}

impl SqlOutbox {
    /// On this database; listens for notifications on a connection of its own. `presence` is any number no other process
    /// uses (a random one): while this process lives it holds the advisory lock of that number, so that after a crash
    /// its lanes are free at once. Call it inside a tokio runtime.
    pub fn start(pool: PgPool, presence: i64) -> Self {
        let signals = Signals::default();
        signals.listen(pool.clone(), presence);
        Self { pool, signals, presence }
    }

    /// The number under which this process shows that it lives; none while it cannot.
    pub fn presence(&self) -> Option<i64> {
        self.signals.present().then_some(self.presence)
    }

    /// Waits until the database can see that this process lives, at most `limit`. What is leased or claimed before that is
    /// free after its time only, should the process die.
    pub async fn wait_present(&self, limit: Duration) -> bool {
        self.signals.wait_present(limit).await
    }

    /// The signals of this process, for waiting.
    pub fn signals(&self) -> &Signals {
        &self.signals
    }

    /// Whether the database sees that this process lives, and notifications arrive. Without it everything works, only
    /// later: waiters and workers poll, and a crashed process's lanes are free when their leases run out.
    pub fn present(&self) -> bool {
        self.signals.present()
    }

    /// A transaction whose loss in a power cut costs nothing but time, holding the lane's row if the lease still stands.
    async fn fenced(
        &self,
        lease: &Lease,
        durable: bool,
    ) -> Result<Transaction<'static, Postgres>, OutboxFault> {
        let mut transaction = self.pool.begin().await.map_err(fault)?;
        let held = sqlx::query(
            "select set_config('synchronous_commit', case when $5 then 'on' else 'off' end, true)
             from outbox.lanes where network = $1 and payer = $2 and owner = $3 and fence = $4 for update",
        )
        .bind(lease.network.as_str())
        .bind(&lease.payer)
        .bind(lease.owner)
        .bind(lease.fence)
        .bind(durable)
        .fetch_optional(&mut *transaction)
        .await
        .map_err(fault)?;
        held.map(|_| transaction).ok_or(OutboxFault::Fenced)
    }

    /// The transactions of a lane that may be on their way, by sequence; only the first with its bytes.
    async fn live(&self, lease: &Lease) -> Result<(Option<LiveTx>, Vec<Behind>), OutboxFault> {
        let sql = format!(
            "select {TX_COLUMNS} from outbox.txs t where t.network = $1 and t.payer = $2 and t.state = 'live'
             order by t.sequence"
        );
        let found = sqlx::query(&sql)
            .bind(lease.network.as_str())
            .bind(&lease.payer)
            .fetch_all(&self.pool)
            .await
            .map_err(fault)?;
        let front = found.first().map(row::live_tx).transpose()?;
        let behind = found.iter().skip(1).map(row::behind).collect::<Result<_, _>>()?;
        Ok((front, behind))
    }

    /// The operations of a lane whose outcome is to be recorded, and those in the transaction `front`.
    async fn moving(
        &self,
        lease: &Lease,
        front: Option<Uuid>,
    ) -> Result<(Vec<QueuedOp>, Vec<QueuedOp>), OutboxFault> {
        let sql = format!(
            "select {OP_COLUMNS} from outbox.ops o left join outbox.tx_ops x on x.tx = o.tx and x.operation = o.operation
             where o.network = $1 and o.payer = $2
               and (o.state = 'settling' or (o.state = 'in_tx' and o.tx = $3)) order by x.index, o.position"
        );
        let moving = sqlx::query(&sql)
            .bind(lease.network.as_str())
            .bind(&lease.payer)
            .bind(front)
            .fetch_all(&self.pool)
            .await
            .map_err(fault)?;
        let (mut settling, mut sent) = (Vec::new(), Vec::new());
        for found in &moving {
            let state: String = found.try_get("state").map_err(fault)?;
            let op = row::queued_op(found)?;
            if state == "settling" { settling.push(op) } else { sent.push(op) }
        }
        Ok((settling, sent))
    }

    /// What of a lane can leave now, at most `limit` operations; if nothing can, how long until something may.
    async fn ready(
        &self,
        lease: &Lease,
        limit: usize,
    ) -> Result<(Vec<QueuedOp>, Option<Duration>), OutboxFault> {
        let sql = format!(
            "select {OP_COLUMNS} {HEADS} and o.run_at <= clock_timestamp() order by o.cancel_asked desc, o.position limit $3"
        );
        let heads = sqlx::query(&sql)
            .bind(lease.network.as_str())
            .bind(&lease.payer)
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(&self.pool)
            .await
            .map_err(fault)?;
        let ready: Vec<QueuedOp> = heads.iter().map(row::queued_op).collect::<Result<_, _>>()?;
        if !ready.is_empty() {
            return Ok((ready, None));
        }
        let sql = format!(
            "select extract(epoch from min(run_at) - clock_timestamp())::float8 from (select o.run_at {HEADS}) heads"
        );
        let next: Option<f64> = sqlx::query_scalar(&sql)
            .bind(lease.network.as_str())
            .bind(&lease.payer)
            .fetch_one(&self.pool)
            .await
            .map_err(fault)?;
        Ok((ready, next.map(|seconds| Duration::from_secs_f64(seconds.max(0.0)))))
    }
}

fn end_name(end: TxEnd) -> &'static str {
    match end {
        TxEnd::Included => "included",
        TxEnd::Reverted => "reverted",
        TxEnd::Refused => "refused",
        TxEnd::Retired => "retired",
        TxEnd::Expired => "expired",
    }
}

fn one(affected: u64) -> Result<(), OutboxFault> {
    if affected == 1 { Ok(()) } else { Err(OutboxFault::Fenced) }
}

/// Heads of their ordering keys in one lane, and what is to be cancelled, which has no need to wait for its turn.
const HEADS: &str = "from outbox.ops o where o.network = $1 and o.payer = $2 and o.state = 'queued'
    and (not exists (select from outbox.ops e where e.network = o.network and e.ordering_key = o.ordering_key
      and e.position < o.position and e.state in ('queued', 'in_tx', 'settling', 'dead')) or o.cancel_asked)";

#[async_trait]
impl OutboxStore for SqlOutbox {
    async fn lease(&self, owner: Uuid, ttl: Duration) -> Result<Option<Lease>, OutboxFault> {
        let leased = sqlx::query(
            "update outbox.lanes l set owner = $1, fence = l.fence + 1, presence = $3,
               lease_until = clock_timestamp() + make_interval(secs => $2)
             from (select network, payer from outbox.lanes c where wake_at <= clock_timestamp()
                     and (lease_until is null or lease_until < clock_timestamp()
                       or (presence is not null and not exists (select from pg_locks k
                             where k.locktype = 'advisory' and k.objsubid = 1
                               and k.database = (select oid from pg_database where datname = current_database())
                               and ((k.classid::bigint << 32) | k.objid::bigint) = c.presence)))
                   order by wake_at limit 1 for update skip locked) due
             where l.network = due.network and l.payer = due.payer
             returning l.network, l.payer, l.fence",
        )
        .bind(owner)
        .bind(ttl.as_secs_f64())
        .bind(self.signals.present().then_some(self.presence))
        .fetch_optional(&self.pool)
        .await
        .map_err(fault)?;
        let Some(found) = leased else { return Ok(None) };
        let network: String = found.try_get("network").map_err(fault)?;
        Ok(Some(Lease {
            network: network.parse().map_err(|error| OutboxFault::Unreadable(format!("{error}")))?,
            payer: found.try_get("payer").map_err(fault)?,
            owner,
            fence: found.try_get("fence").map_err(fault)?,
        }))
    }

    async fn work(&self, lease: &Lease, ttl: Duration, limits: Limits) -> Result<Work, OutboxFault> {
        let lane = sqlx::query(
            "update outbox.lanes set lease_until = clock_timestamp() + make_interval(secs => $5)
             where network = $1 and payer = $2 and owner = $3 and fence = $4 returning bumps, failures",
        )
        .bind(lease.network.as_str())
        .bind(&lease.payer)
        .bind(lease.owner)
        .bind(lease.fence)
        .bind(ttl.as_secs_f64())
        .fetch_optional(&self.pool)
        .await
        .map_err(fault)?
        .ok_or(OutboxFault::Fenced)?;
        let mut work = Work {
            bumps: lane.try_get("bumps").map_err(fault)?,
            failures: row::small(lane.try_get("failures").map_err(fault)?)?,
            ..Work::default()
        };
        let (front, behind) = self.live(lease).await?;
        work.behind = behind;
        let (settling, operations) = self.moving(lease, front.as_ref().map(|front| front.tx.id)).await?;
        work.settling = settling;
        if let Some(front) = front {
            if operations.is_empty() {
                // Somebody else's outcome event ended them all: nothing is left to find out.
                let tx = Some((front.tx.id, TxEnd::Included));
                self.conclude(lease, &Conclusion { tx, ..Conclusion::default() }).await?;
            } else {
                work.front = Some((front, operations));
            }
        }
        let in_flight = usize::from(work.front.is_some()) + work.behind.len();
        if in_flight >= limits.in_flight || !work.settling.is_empty() {
            return Ok(work);
        }
        (work.ready, work.next_in) = self.ready(lease, limits.ready).await?;
        Ok(work)
    }

    async fn bumped(&self, lease: &Lease, bumps: i64) -> Result<bool, OutboxFault> {
        sqlx::query_scalar(
            "select bumps <> $5 from outbox.lanes where network = $1 and payer = $2 and owner = $3 and fence = $4",
        )
        .bind(lease.network.as_str())
        .bind(&lease.payer)
        .bind(lease.owner)
        .bind(lease.fence)
        .bind(bumps)
        .fetch_optional(&self.pool)
        .await
        .map_err(fault)?
        .ok_or(OutboxFault::Fenced)
    }

    async fn renew(&self, lease: &Lease, ttl: Duration) -> Result<(), OutboxFault> {
        let renewed = sqlx::query(
            "update outbox.lanes set lease_until = clock_timestamp() + make_interval(secs => $5)
             where network = $1 and payer = $2 and owner = $3 and fence = $4",
        )
        .bind(lease.network.as_str())
        .bind(&lease.payer)
        .bind(lease.owner)
        .bind(lease.fence)
        .bind(ttl.as_secs_f64())
        .execute(&self.pool)
        .await
        .map_err(fault)?;
        one(renewed.rows_affected())
    }

    async fn prepare(
        &self,
        lease: &Lease,
        tx: &NewTx,
        operations: &[OperationId],
    ) -> Result<(), OutboxFault> {
        let mut transaction = self.fenced(lease, true).await?;
        let ids: Vec<Uuid> = operations.iter().map(|operation| operation.0).collect();
        let taken = sqlx::query(
            "with t as (insert into outbox.txs (id, network, payer, sequence, bytes, hash, timeout_height, fee_offered,
                 fee_expected, gas_limit)
               values ($1, $2, $3, $4, $5, $6, $7, $8::numeric, $9::numeric, $10)),
             x as (insert into outbox.tx_ops (tx, operation, index)
               select $1, u.operation, u.no - 1 from unnest($11::uuid[]) with ordinality as u (operation, no)),
             l as (update outbox.lanes set hold_code = null, hold_reason = null, held_at = null, failures = 0
               where network = $2 and payer = $3)
             update outbox.ops set state = 'in_tx', tx = $1, tx_hash = $6, code = null, reason = null,
               fee_quoted = trunc($9::numeric / cardinality($11::uuid[])), updated_at = clock_timestamp()
             where operation = any($11) and state = 'queued'",
        )
        .bind(tx.id)
        .bind(lease.network.as_str())
        .bind(&lease.payer)
        .bind(signed(tx.sequence)?)
        .bind(&tx.bytes)
        .bind(&tx.hash)
        .bind(signed(tx.timeout_height)?)
        .bind(tx.fee_offered.to_string())
        .bind(tx.fee_expected.to_string())
        .bind(signed(tx.gas_limit)?)
        .bind(&ids)
        .execute(&mut *transaction)
        .await
        .map_err(fault)?;
        if taken.rows_affected() != ids.len() as u64 {
            // An operator was faster; nothing was sent, so nothing is kept.
            return Err(OutboxFault::Unavailable("the operations changed meanwhile".to_owned()));
        }
        transaction.commit().await.map_err(fault)
    }

    async fn sending(&self, lease: &Lease, tx: Uuid) -> Result<(), OutboxFault> {
        let mut transaction = self.fenced(lease, false).await?;
        sqlx::query("update outbox.txs set sends = sends + 1, updated_at = clock_timestamp() where id = $1")
            .bind(tx)
            .execute(&mut *transaction)
            .await
            .map_err(fault)?;
        transaction.commit().await.map_err(fault)
    }

    async fn accepted(&self, lease: &Lease, tx: Uuid) -> Result<(), OutboxFault> {
        let mut transaction = self.fenced(lease, false).await?;
        sqlx::query(
            "with l as (update outbox.lanes set hold_code = null, hold_reason = null, held_at = null, failures = 0
               where network = $2 and payer = $3)
             update outbox.txs set accepted = true, updated_at = clock_timestamp() where id = $1",
        )
        .bind(tx)
        .bind(lease.network.as_str())
        .bind(&lease.payer)
        .execute(&mut *transaction)
        .await
        .map_err(fault)?;
        transaction.commit().await.map_err(fault)
    }

    async fn conclude(&self, lease: &Lease, conclusion: &Conclusion) -> Result<(), OutboxFault> {
        let mut transaction = self.fenced(lease, false).await?;
        if let Some((tx, end)) = conclusion.tx {
            sqlx::query(
                "with l as (update outbox.lanes set hold_code = null, hold_reason = null, held_at = null
                   where network = $3 and payer = $4 and hold_code is not null)
                 update outbox.txs set state = $2, updated_at = clock_timestamp() where id = $1",
            )
            .bind(tx)
            .bind(end_name(end))
            .bind(lease.network.as_str())
            .bind(&lease.payer)
            .execute(&mut *transaction)
            .await
            .map_err(fault)?;
        }
        for requeue in &conclusion.requeued {
            conclude::requeue(&mut transaction, requeue).await?;
        }
        conclude::decide(&mut transaction, &conclusion.decided).await?;
        transaction.commit().await.map_err(fault)?;
        if conclusion.requeued.iter().any(|requeue| requeue.dead) {
            self.signals.tell(Signal::Look);
        }
        Ok(())
    }

    async fn settled(&self, lease: &Lease, operations: &[OperationId]) -> Result<(), OutboxFault> {
        let tell = || {
            for operation in operations {
                self.signals.tell(Signal::Ended(*operation));
            }
        };
        tell();
        let mut transaction = self.fenced(lease, false).await?;
        conclude::settle(&mut transaction, operations).await?;
        transaction.commit().await.map_err(fault)?;
        // Again, for whoever looked before the rows were final.
        tell();
        Ok(())
    }

    async fn hold(&self, lease: &Lease, hold: &Hold) -> Result<(), OutboxFault> {
        let noted = sqlx::query(
            "with held as (update outbox.lanes set hold_code = $5, hold_reason = $6, held_at = clock_timestamp(),
                 wake_at = clock_timestamp() + make_interval(secs => $7),
                 failures = failures + case when $7 > 0 then 1 else 0 end
               where network = $1 and payer = $2 and owner = $3 and fence = $4 returning 1)
             select pg_notify($8, 'hold') from held",
        )
        .bind(lease.network.as_str())
        .bind(&lease.payer)
        .bind(lease.owner)
        .bind(lease.fence)
        .bind(&hold.note.code)
        .bind(&hold.note.reason)
        .bind(hold.delay.as_secs_f64())
        .bind(CHANNEL)
        .fetch_optional(&self.pool)
        .await
        .map_err(fault)?;
        self.signals.tell(Signal::Look);
        one(u64::from(noted.is_some()))
    }

    async fn release(&self, lease: &Lease, bumps: i64, wake_in: Option<Duration>) -> Result<(), OutboxFault> {
        let released = sqlx::query(
            "update outbox.lanes set owner = null, lease_until = null, presence = null,
               wake_at = case when bumps <> $5 then clock_timestamp() when $6::float8 is null then 'infinity'
                              else clock_timestamp() + make_interval(secs => $6) end
             where network = $1 and payer = $2 and owner = $3 and fence = $4",
        )
        .bind(lease.network.as_str())
        .bind(&lease.payer)
        .bind(lease.owner)
        .bind(lease.fence)
        .bind(bumps)
        .bind(wake_in.map(|wake_in| wake_in.as_secs_f64()))
        .execute(&self.pool)
        .await
        .map_err(fault)?;
        one(released.rows_affected())
    }

    async fn former(&self, operation: OperationId) -> Result<Vec<Former>, OutboxFault> {
        let rows = sqlx::query(
            "select t.hash, t.sequence, t.timeout_height, t.fee_expected::text as fee_expected, t.state, x.index,
               (select count(*) from outbox.tx_ops n where n.tx = t.id) as messages
             from outbox.tx_ops x join outbox.txs t on t.id = x.tx where x.operation = $1 order by t.created_at desc",
        )
        .bind(operation.0)
        .fetch_all(&self.pool)
        .await
        .map_err(fault)?;
        rows.iter()
            .map(|found| {
                let state: String = found.try_get("state").map_err(fault)?;
                let fee: String = found.try_get("fee_expected").map_err(fault)?;
                let messages: i64 = found.try_get("messages").map_err(fault)?;
                let index: i32 = found.try_get("index").map_err(fault)?;
                Ok(Former {
                    hash: found.try_get("hash").map_err(fault)?,
                    sequence: unsigned(found.try_get("sequence").map_err(fault)?)?,
                    timeout_height: unsigned(found.try_get("timeout_height").map_err(fault)?)?,
                    messages: usize::try_from(messages).unwrap_or(1),
                    index: usize::try_from(index).unwrap_or_default(),
                    fee_expected: row::amount(&fee)?,
                    retired: state == "retired",
                    unproven: matches!(state.as_str(), "retired" | "included" | "live"),
                })
            })
            .collect()
    }

    async fn creation_pending(
        &self,
        network: Network,
        customer: CustomerId,
        except: &Did,
    ) -> Result<bool, OutboxFault> {
        sqlx::query_scalar(
            "select exists (select from outbox.ops where network = $1 and customer = $2 and ordering_key <> $3
               and kind = 'did-create' and state in ('queued', 'in_tx', 'settling'))",
        )
        .bind(network.as_str())
        .bind(customer.0)
        .bind(except.as_str())
        .fetch_one(&self.pool)
        .await
        .map_err(fault)
    }

    async fn wait_for_work(&self, limit: Duration) {
        self.signals.wait_for_work(limit).await;
    }
}
