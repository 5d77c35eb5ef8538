//! Links that work once.

use super::{PostgresSignIn, failed};
use app::{
    Fault,
    port::links::{Link, LinkPurpose, Links},
};
use async_trait::async_trait;
use domain::id::{CustomerId, Instant, UserId};
use uuid::Uuid;

type Row = (String, Uuid, Option<Uuid>, Instant);

#[async_trait]
impl Links for PostgresSignIn {
    async fn make(&self, hash: &str, link: &Link) -> Result<(), Fault> {
        // Of a set-up link the tenant is what there is one of; of a reset link the user.
        sqlx::query(
            "insert into es.sign_in_links as l (hash, purpose, user_id, customer, expires_at)
             values ($1, $2, $3, $4, $5)
             on conflict (purpose, coalesce(customer, user_id)) do update set
               hash = excluded.hash, user_id = excluded.user_id, expires_at = excluded.expires_at, created_at = now()",
        )
        .bind(hash)
        .bind(link.purpose.as_str())
        .bind(link.user.0)
        .bind(link.customer.map(|customer| customer.0))
        .bind(link.expires_at)
        .execute(&self.pool)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn look_up(&self, hash: &str, now: Instant) -> Result<Option<Link>, Fault> {
        let row: Option<Row> = sqlx::query_as(
            "select purpose, user_id, customer, expires_at from es.sign_in_links where hash = $1 and expires_at > $2",
        )
        .bind(hash)
        .bind(now)
        .fetch_optional(&self.pool)
        .await
        .map_err(failed)?;
        Ok(row.map(|(purpose, user, customer, expires_at)| Link {
            purpose: if purpose == LinkPurpose::Reset.as_str() {
                LinkPurpose::Reset
            } else {
                LinkPurpose::SetUp
            },
            user: UserId(user),
            customer: customer.map(CustomerId),
            expires_at,
        }))
    }

    async fn use_up(&self, hash: &str) -> Result<bool, Fault> {
        let used = sqlx::query("delete from es.sign_in_links where hash = $1")
            .bind(hash)
            .execute(&self.pool)
            .await
            .map_err(failed)?;
        Ok(used.rows_affected() == 1)
    }
}
