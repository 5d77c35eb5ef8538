//! Browsers that are signed in.

use super::{PostgresSignIn, failed};
use app::{
    Fault,
    port::sessions::{
        EndedAtProvider, ROTATED_GRACE_SECONDS, SESSIONS_PER_USER_MAX, Session, SessionId, Sessions, Turn,
    },
};
use async_trait::async_trait;
use chrono::TimeDelta;
use domain::id::{CustomerId, Instant, Sealed, UserId};
use sqlx::{FromRow, Row as _, postgres::PgRow};
use uuid::Uuid;

const COLUMNS: &str = "id, user_id, customer, role_mark, created_at, last_seen_at, absolute_until, user_agent, address, \
     id_token, provider_session, subject_hash";

struct Row {
    id: Uuid,
    user_id: Uuid,
    customer: Uuid,
    role_mark: String,
    created_at: Instant,
    last_seen_at: Instant,
    absolute_until: Instant,
    user_agent: Option<String>,
    address: Option<String>,
    id_token: Option<String>,
    provider_session: Option<String>,
    subject_hash: Option<String>,
}

impl FromRow<'_, PgRow> for Row {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            user_id: row.try_get("user_id")?,
            customer: row.try_get("customer")?,
            role_mark: row.try_get("role_mark")?,
            created_at: row.try_get("created_at")?,
            last_seen_at: row.try_get("last_seen_at")?,
            absolute_until: row.try_get("absolute_until")?,
            user_agent: row.try_get("user_agent")?,
            address: row.try_get("address")?,
            id_token: row.try_get("id_token")?,
            provider_session: row.try_get("provider_session")?,
            subject_hash: row.try_get("subject_hash")?,
        })
    }
}

impl From<Row> for Session {
    fn from(row: Row) -> Self {
        Self {
            id: SessionId(row.id),
            user: UserId(row.user_id),
            customer: CustomerId(row.customer),
            created_at: row.created_at,
            last_seen_at: row.last_seen_at,
            absolute_until: row.absolute_until,
            user_agent: row.user_agent,
            address: row.address,
            id_token: row.id_token.map(Sealed),
            provider_session: row.provider_session,
            subject_hash: row.subject_hash,
            role_mark: row.role_mark,
        }
    }
}

impl PostgresSignIn {
    async fn ended_at_provider(&self, ended: &EndedAtProvider) -> Result<Option<u64>, sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        let taken =
            sqlx::query("insert into es.logout_words (word, until) values ($1, $2) on conflict do nothing")
                .bind(&ended.word)
                .bind(ended.until)
                .execute(&mut *transaction)
                .await?;
        if taken.rows_affected() == 0 {
            return Ok(None);
        }
        // Who says nothing ends nothing.
        let gone = sqlx::query(
            "delete from es.sessions where coalesce($1::text, $2::text) is not null
               and ($1::text is null or subject_hash = $1) and ($2::text is null or provider_session = $2)",
        )
        .bind(&ended.subject_hash)
        .bind(&ended.provider_session)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(Some(gone.rows_affected()))
    }

    /// Ends the user's sessions beyond the number there may be, the one longest unused first.
    async fn make_room(&self, user: UserId) -> Result<(), sqlx::Error> {
        sqlx::query(
            "delete from es.sessions where id in (
               select id from es.sessions where user_id = $1 order by last_seen_at desc, id desc offset $2)",
        )
        .bind(user.0)
        .bind(SESSIONS_PER_USER_MAX)
        .execute(&self.pool)
        .await
        .map(|_| ())
    }
}

#[async_trait]
impl Sessions for PostgresSignIn {
    async fn open(&self, session: &Session, hash: &str) -> Result<(), Fault> {
        sqlx::query(
            "insert into es.sessions (id, hash, user_id, customer, role_mark, created_at, last_seen_at, absolute_until,
               user_agent, address, id_token, provider_session, subject_hash)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        )
        .bind(session.id.0)
        .bind(hash)
        .bind(session.user.0)
        .bind(session.customer.0)
        .bind(&session.role_mark)
        .bind(session.created_at)
        .bind(session.last_seen_at)
        .bind(session.absolute_until)
        .bind(&session.user_agent)
        .bind(&session.address)
        .bind(session.id_token.as_ref().map(|sealed| &sealed.0))
        .bind(&session.provider_session)
        .bind(&session.subject_hash)
        .execute(&self.pool)
        .await
        .map_err(failed)?;
        self.make_room(session.user).await.map_err(failed)
    }

    async fn find(&self, hash: &str, now: Instant) -> Result<Option<Session>, Fault> {
        let row: Option<Row> = sqlx::query_as(&format!(
            "select {COLUMNS} from es.sessions where hash = $1 or (former_hash = $1 and rotated_at > $2)"
        ))
        .bind(hash)
        .bind(now - TimeDelta::seconds(ROTATED_GRACE_SECONDS))
        .fetch_optional(&self.pool)
        .await
        .map_err(failed)?;
        Ok(row.map(Session::from))
    }

    async fn get(&self, session: SessionId) -> Result<Option<Session>, Fault> {
        let row: Option<Row> = sqlx::query_as(&format!("select {COLUMNS} from es.sessions where id = $1"))
            .bind(session.0)
            .fetch_optional(&self.pool)
            .await
            .map_err(failed)?;
        Ok(row.map(Session::from))
    }

    async fn touch(&self, session: SessionId, now: Instant) -> Result<(), Fault> {
        sqlx::query("update es.sessions set last_seen_at = $2 where id = $1 and last_seen_at < $2")
            .bind(session.0)
            .bind(now)
            .execute(&self.pool)
            .await
            .map_err(failed)?;
        Ok(())
    }

    async fn rotate(&self, session: &Session, hash: &str, turn: &Turn, now: Instant) -> Result<bool, Fault> {
        let rotated = sqlx::query(
            "update es.sessions set former_hash = hash, rotated_at = $3, hash = $2, customer = $4, role_mark = $5
             where id = $1 and customer = $6 and role_mark = $7",
        )
        .bind(session.id.0)
        .bind(hash)
        .bind(now)
        .bind(turn.customer.0)
        .bind(&turn.role_mark)
        .bind(session.customer.0)
        .bind(&session.role_mark)
        .execute(&self.pool)
        .await
        .map_err(failed)?;
        Ok(rotated.rows_affected() == 1)
    }

    async fn list(&self, user: UserId, now: Instant, idle: TimeDelta) -> Result<Vec<Session>, Fault> {
        let rows: Vec<Row> = sqlx::query_as(&format!(
            "select {COLUMNS} from es.sessions where user_id = $1 and absolute_until > $2 and last_seen_at > $3
             order by created_at desc, id desc limit $4"
        ))
        .bind(user.0)
        .bind(now)
        .bind(now - idle)
        .bind(SESSIONS_PER_USER_MAX)
        .fetch_all(&self.pool)
        .await
        .map_err(failed)?;
        Ok(rows.into_iter().map(Session::from).collect())
    }

    async fn end(&self, user: UserId, session: SessionId) -> Result<bool, Fault> {
        let ended = sqlx::query("delete from es.sessions where user_id = $1 and id = $2")
            .bind(user.0)
            .bind(session.0)
            .execute(&self.pool)
            .await
            .map_err(failed)?;
        Ok(ended.rows_affected() == 1)
    }

    async fn end_others(&self, user: UserId, except: Option<SessionId>) -> Result<u64, Fault> {
        let ended = sqlx::query("delete from es.sessions where user_id = $1 and id is distinct from $2")
            .bind(user.0)
            .bind(except.map(|session| session.0))
            .execute(&self.pool)
            .await
            .map_err(failed)?;
        Ok(ended.rows_affected())
    }

    async fn end_at_provider(&self, ended: &EndedAtProvider) -> Result<Option<u64>, Fault> {
        self.ended_at_provider(ended).await.map_err(failed)
    }
}
