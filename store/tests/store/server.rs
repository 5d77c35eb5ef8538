//! The private server: survives its parent, its own crash, stale files; refuses a second owner.

use store::{PostgresError, PostgresOptions, PrivatePostgres, testing::TestDatabase};

fn options() -> PostgresOptions {
    PostgresOptions { durable: false, connections_max: 20, ..PostgresOptions::default() }
}

async fn one(server: &PrivatePostgres) -> i32 {
    let pool = store::pool::pool(&server.url(), 2).expect("its url parses");
    sqlx::query_scalar("select 1").fetch_one(&pool).await.expect("it answers")
}

#[tokio::test]
async fn a_test_database_is_migrated_and_private() {
    let database = TestDatabase::create().await;
    let other = TestDatabase::create().await;
    sqlx::query("insert into es.pending values (7)")
        .execute(&database.pool)
        .await
        .expect("schema es is there");
    let rows: i64 =
        sqlx::query_scalar("select count(*) from es.pending").fetch_one(&other.pool).await.expect("query");
    assert_eq!(rows, 0, "another test sees nothing of it");
}

#[tokio::test]
async fn a_server_that_outlived_its_parent_is_adopted_and_stops_cleanly() {
    let (directory, server) = store::testing::own_server().await;
    let data = directory.path().join("pg");
    assert!(!server.adopted());
    assert!(
        matches!(PrivatePostgres::start(&data, options()).await, Err(PostgresError::InUse(_))),
        "a second Studio on the same data directory is refused while the first lives"
    );
    drop(server); // What kill -9 of the parent leaves: no lock, a running server.
    let server = PrivatePostgres::start(&data, options()).await.expect("adopted");
    assert!(server.adopted());
    assert_eq!(one(&server).await, 1);
    server.stop().await.expect("stops");
    let server = PrivatePostgres::start(&data, options()).await.expect("starts again");
    assert!(!server.adopted());
    assert_eq!(one(&server).await, 1);
    server.stop().await.expect("stops");
}

#[tokio::test]
async fn a_crashed_server_and_a_stale_pid_file_do_not_hinder_the_next_start() {
    let (directory, server) = store::testing::own_server().await;
    let data = directory.path().join("pg");
    server.crash().await.expect("crashes");
    drop(server);
    // The number of a live process that is no Postgres: ours. That is what a reboot can leave.
    std::fs::write(data.join("data/postmaster.pid"), format!("{}\n", std::process::id())).expect("writes");
    std::fs::create_dir_all(data.join("data.new")).expect("an interrupted initdb");
    let server = PrivatePostgres::start(&data, options()).await.expect("starts");
    assert_eq!(one(&server).await, 1);
    server.stop().await.expect("stops");
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let directory = tempfile::tempdir().expect("directory");
    std::fs::create_dir_all(directory.path().join("data")).expect("directory");
    std::fs::write(directory.path().join("data/PG_VERSION"), "9\n").expect("writes");
    let error = store::postgres::Binaries::find(Some("9")).await.expect_err("nobody has version 9");
    let text = error.to_string();
    assert!(text.contains("version 9") && text.contains("apt-get install postgresql"), "{text}");
}
