//! The schema is brought up once, however often that is asked for.

use store::testing::TestDatabase;

#[tokio::test]
async fn migrating_again_changes_nothing() {
    let database = TestDatabase::create().await;
    store::migrate(&database.pool).await.expect("a second start of Studio on the same database");
    let books: i64 = sqlx::query_scalar(
        "select count(*) from pg_class where relname = '_sqlx_migrations' and relkind = 'r'",
    )
    .fetch_one(&database.pool)
    .await
    .unwrap();
    assert_eq!(books, 1, "one book of migrations");
}
