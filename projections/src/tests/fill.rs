//! Long lists of one tenant beside others', as rows of read models: events for so many would take longer than what is asked.

use domain::id::CustomerId;
use sqlx::PgPool;

/// A row's number is its position. Every value stands in many rows, but for what names a row.
const DIDS: &str = r"insert into {table} (did, customer, network, unique_id, controller_key, name, name_key, kind, phase, document, keys, version,
    created_at, updated_at, position)
  select 'did:cheqd:' || network || ':' || id, customer, network, id, md5((n % 500)::text), 'Name ' || n % 900, 'name ' || n % 900,
    case n % 3 when 0 then 'organisation' when 1 then 'agent' else '' end, phase,
    json_build_object('id', 'did:cheqd:' || network || ':' || id, 'rest', repeat('x', $3)), '[]', md5(n::text)::uuid,
    '2026-01-01Z'::timestamptz + (n / 7) * interval '1 second',
    '2026-01-01Z'::timestamptz + (n * 7919 % 1000) * interval '1 minute', n
  from (select n, gen_random_uuid()::text id, case when n % 10 = 0 then 'mainnet' else 'testnet' end network,
      case when n % 50 = 1 then 'deactivated' when n % 200 = 2 then 'failed' when n % 400 = 3 then 'creating' else 'active' end phase,
      case when n % 6 > 0 then $1 else md5((n % 60)::text)::uuid end customer
    from generate_series(1, $2) n) rows";

const RESOURCES: &str = r"insert into {table} (operation, customer, resource, did, network, name, resource_type, version,
    also_known_as, size_bytes, checksum, media_type, source, line, state, next_version, latest, created_at, updated_at, position)
  select md5(n::text)::uuid, customer, md5('r' || n)::uuid,
    'did:cheqd:' || network || ':' || md5((n % 300)::text)::uuid, network, 'name ' || n % 700, 'type ' || n % 40, n % 90, '[]', 1,
    repeat('x', $3), 'media/' || n % 20,
    case when n % 30 = 1 then 'accreditation' when n % 10 = 2 then 'statusList' else 'resource' end, md5((n % 5000)::text)::uuid,
    case when n % 100 = 1 then 'rejected' when n % 100 = 2 then 'pending' else 'published' end,
    case when n % 4 = 1 then md5(n::text)::uuid end, n % 4 <> 1,
    '2026-01-01Z'::timestamptz + (n / 7) * interval '1 second', '2026-01-01Z'::timestamptz, n
  from (select n, case when n % 10 = 0 then 'mainnet' else 'testnet' end network,
      case when n % 6 > 0 then $1 else md5((n % 60)::text)::uuid end customer
    from generate_series(1, $2) n) rows";

/// So many DIDs, five of six the customer's, with documents of about so many bytes; and what is counted of them.
pub(crate) async fn dids(pool: &PgPool, customer: CustomerId, rows: i64, bytes: i32) {
    fill(pool, "did", (DIDS, "network, phase, kind"), customer, rows, bytes).await;
}

/// So many resource versions.
pub(crate) async fn resources(pool: &PgPool, customer: CustomerId, rows: i64, bytes: i32) {
    let counted = "network, state, source, latest";
    fill(pool, "resource", (RESOURCES, counted), customer, rows, bytes).await;
}

async fn fill(
    pool: &PgPool,
    model: &str,
    (sql, counted): (&str, &str),
    customer: CustomerId,
    rows: i64,
    bytes: i32,
) {
    let table: String = sqlx::query_scalar(
        "select 'rm.' || tablename from pg_tables where schemaname = 'rm' and tablename ~ ('^' || $1 || '_v')",
    )
    .bind(model)
    .fetch_one(pool)
    .await
    .unwrap();
    // Longer than any statement of a request may take.
    let mut connection = pool.acquire().await.unwrap();
    sqlx::query("set statement_timeout = 0").execute(&mut *connection).await.unwrap();
    sqlx::query(&sql.replace("{table}", &table))
        .bind(customer.0)
        .bind(rows)
        .bind(bytes)
        .execute(&mut *connection)
        .await
        .unwrap();
    let numbers = table.replacen("_v", "_count_v", 1);
    let count = format!(
        "insert into {numbers} select customer, {counted}, count(*) from {table} group by customer, {counted}"
    );
    sqlx::query(&count).execute(&mut *connection).await.unwrap();
    sqlx::query(&format!("vacuum analyze {table}")).execute(&mut *connection).await.unwrap();
    connection.close().await.unwrap();
}
