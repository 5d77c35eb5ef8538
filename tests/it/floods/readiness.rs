//! What `/health/ready` must not overlook: a disk that takes nothing, and a start that is not over.

use super::PATIENCE;
use crate::{
    house::{Reply, TestHouse},
    patience::client,
};
use rest::Readiness as _;
use serde_json::Value;
use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use studio::{
    House,
    adapter::readiness::{Begun, StudioReadiness},
};

/// What the database says to a write: the disk is full, it is a stand-by, the replica that must agree is away.
const REFUSALS: [&str; 3] = ["53100", "25006", "57014"];

/// Asks until the answer has this status.
async fn ready(house: &TestHouse, status: u16) -> Reply {
    let started = Instant::now();
    loop {
        let reply = house.get("/health/ready").await;
        if reply.status == status {
            return reply;
        }
        assert!(started.elapsed() < PATIENCE, "never {status}: {}", reply.text);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn failing(body: &Value) -> Vec<&str> {
    let checks = body["checks"].as_array().expect("checks");
    checks.iter().filter(|check| check["ok"] == false).filter_map(|check| check["name"].as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn safety_14_a_database_that_takes_no_writes_is_not_ready() {
    let house = TestHouse::start().await;
    let pool = &house.house.pool;
    let run = async |sql: &str| {
        sqlx::raw_sql(sql).execute(pool).await.expect(sql);
    };
    ready(&house, 200).await;
    for state in REFUSALS {
        run(&format!(
            "create function es.refuse() returns trigger language plpgsql as
                 $$ begin raise exception 'no' using errcode = '{state}'; end $$;
             create trigger refuse before insert on es.trial_write execute function es.refuse()"
        ))
        .await;
        let told = ready(&house, 503).await;
        assert_eq!(failing(&told.body), ["storage"], "{state}: {}", told.text);
        assert!(!told.text.contains(state) && !told.text.contains("trial"), "{}", told.text);
        // Who only reads does not notice, and the process is not to be restarted.
        house.get("/health/live").await.expect(200);
        house.get("/account").await.expect(200);
        run("drop function es.refuse() cascade").await;
        ready(&house, 200).await;
    }
    // Two processes that try at the same moment do not take each other for a full disk.
    let mut other = pool.begin().await.expect("a transaction");
    sqlx::raw_sql("lock table es.trial_write").execute(&mut *other).await.expect("a lock");
    for check in StudioReadiness::new(house.house.clone()).look().await {
        assert!(check.ok, "{}: {:?}", check.name, check.detail);
    }
    drop(other);
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn safety_14_a_start_that_is_not_over_is_not_ready() {
    let house = TestHouse::start().await;
    ready(&house, 200).await;
    let begun = Begun::not_yet();
    let readiness = StudioReadiness::new(House { begun: begun.clone(), ..house.house.clone() });
    for _ in 0..2 {
        let checks = readiness.checks().await;
        assert!(checks.iter().any(|check| check.name == "start" && !check.ok));
    }
    begun.set();
    assert!(readiness.checks().await.iter().all(|check| check.name != "start" || check.ok));
    house.stop().await;
}

/// What a read model of another revision holds, this version cannot read: every request that needs it is 503, so no balancer
/// may send one.
#[tokio::test(flavor = "multi_thread")]
async fn safety_14_beside_another_version_that_took_over_the_read_models_nothing_is_ready() {
    let house = TestHouse::start().await;
    ready(&house, 200).await;
    let change = async |by: i32| {
        let sql =
            format!("update es.checkpoints set version = version + {by} where name = 'account' and live");
        sqlx::raw_sql(&sql).execute(&house.house.pool).await.expect("is changed");
    };
    change(100_000).await;
    let checks = StudioReadiness::new(house.house.clone()).look().await;
    let told = checks.iter().find(|check| !check.ok).and_then(|check| check.detail.clone());
    assert_eq!(told.as_deref(), Some("the read model account is of another version of Studio"));
    change(-100_000).await;
    assert!(StudioReadiness::new(house.house.clone()).look().await.iter().all(|check| check.ok));
    house.stop().await;
}

/// A `studio up`, gone with the value.
struct Up(Child);

impl Drop for Up {
    fn drop(&mut self) {
        // As Ctrl-C does, so that its Postgres ends too.
        drop(Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status());
        drop(self.0.wait());
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port()
}

#[tokio::test(flavor = "multi_thread")]
async fn safety_14_whoever_finds_studio_up_ready_finds_its_first_key() {
    let target = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let directory = tempfile::Builder::new().prefix("up-").tempdir_in(target).expect("a directory");
    // Its Postgres may have to enter as another user.
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(directory.path(), open).expect("permissions");
    let data = directory.path().join("data");
    let (port, ledger_port) = (free_port(), free_port());
    let mut command = Command::new(env!("CARGO_BIN_EXE_studio"));
    command.arg("up").arg("--data-dir").arg(&data).env("LOG_LEVEL", "error");
    command.args(["--port", &port.to_string(), "--ledger-port", &ledger_port.to_string()]);
    let mut up = Up(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts"));
    let http = client().build().expect("a client");
    let base = format!("http://127.0.0.1:{port}");
    let started = Instant::now();
    let mut answers = 0_usize;
    // Asked without a pause, so that no moment of the start is missed.
    loop {
        match http.get(format!("{base}/health/ready")).send().await {
            Ok(answer) if answer.status() == 200 => break,
            Ok(_) => answers += 1,
            Err(_) => tokio::task::yield_now().await,
        }
        assert!(started.elapsed() < PATIENCE, "never ready");
        assert!(up.0.try_wait().expect("its state").is_none(), "it ended");
    }
    let key = std::fs::read_to_string(data.join("api-key")).expect("the first key is there");
    let account = http.get(format!("{base}/account")).header("x-api-key", key.trim()).send().await;
    assert_eq!(account.expect("an answer").status(), 200, "and it opens the door ({answers} answers before)");
}
