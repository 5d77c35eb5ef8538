//! The Studio under load as a process, and what `/proc` says about it.

use devnet::FAUCET_MNEMONIC;
use domain::id::{Ncheq, Network};
use ledger::{CheqdLedger, Faucet, LedgerConfig, NetworkConfig};
use reqwest::Client;
use serde_json::Value;
use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// Clock ticks per second of `/proc/<pid>/stat`; the same on every Linux that Rust supports.
const TICKS_PER_SECOND: f64 = 100.0;
/// How often a starting Studio is asked whether it is ready.
const ASK_EVERY: Duration = Duration::from_millis(5);
/// What the payer has at least: 1 000 000 CHEQ.
const FUNDS: Ncheq = Ncheq(1_000_000 * 1_000_000_000);
/// The longest start.
const START_MAX: Duration = Duration::from_mins(2);

/// A `studio up`. Killed with the value if it was not ended properly.
pub(crate) struct Running {
    child: Child,
    pub(crate) directory: TempDir,
    pub(crate) base: String,
    pub(crate) key: String,
    pub(crate) http: Client,
    pub(crate) ready_ms: f64,
    pub(crate) ledger_url: String,
}

impl Running {
    /// Starts it, on this data directory or a new one, and waits until `/health/ready` answers 200.
    pub(crate) async fn start(directory: Option<TempDir>) -> Self {
        let directory = directory.unwrap_or_else(store::testing::bench_directory);
        let (port, ledger_port) = (free_port(), free_port());
        let binary = env!("CARGO_BIN_EXE_studio");
        let begin = Instant::now();
        let log = fs::File::create(directory.path().join("bench.log")).expect("a log");
        let child = Command::new(binary)
            .arg("up")
            .arg("--data-dir")
            .arg(directory.path().join("data"))
            .args(["--port", &port.to_string(), "--ledger-port", &ledger_port.to_string()])
            .env("LOG_LEVEL", "warn")
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("studio starts");
        let http = Client::builder().pool_max_idle_per_host(64).tcp_nodelay(true).build().expect("a client");
        let base = format!("http://127.0.0.1:{port}");
        let ledger_url = format!("http://127.0.0.1:{ledger_port}");
        let mut running =
            Self { child, directory, base, key: String::new(), http, ready_ms: 0.0, ledger_url };
        while !running.is_ready().await {
            assert!(
                begin.elapsed() < START_MAX,
                "studio did not get ready: see {}",
                running.directory.path().display()
            );
            assert!(running.child.try_wait().expect("a child").is_none(), "studio ended: {}", running.log());
            tokio::time::sleep(ASK_EVERY).await;
        }
        running.ready_ms = begin.elapsed().as_secs_f64() * 1e3;
        let text = fs::read_to_string(running.directory.path().join("data/api-key"));
        text.expect("the first key is there when Studio is ready").trim().clone_into(&mut running.key);
        running.opened(begin).await;
        running
    }

    /// Gives the first customer's payer enough for thousands of writes; what `studio up` gives lasts for 250 DIDs.
    pub(crate) async fn fund(&self) {
        let account: Value = serde_json::from_str(&self.account().await.expect("an account")).expect("JSON");
        let payer = account["paymentAccount"]["testnet"].as_str().expect("a payer").to_owned();
        let networks =
            [(Network::Testnet, NetworkConfig { rpc_urls: vec![self.ledger_url.clone()], chain_id: None })];
        let chain = CheqdLedger::new(&LedgerConfig { networks: networks.into() }).expect("a ledger client");
        let faucet = Faucet::from_mnemonic(FAUCET_MNEMONIC).expect("a faucet");
        faucet.top_up(&chain, Network::Testnet, &payer, FUNDS, FUNDS).await.expect("funds");
    }

    async fn is_ready(&self) -> bool {
        let answer = self.http.get(format!("{}/health/ready", self.base)).send().await;
        answer.is_ok_and(|answer| answer.status() == 200)
    }

    /// Waits until the key opens the door.
    async fn opened(&self, begin: Instant) {
        while self.account().await.is_none() {
            assert!(begin.elapsed() < START_MAX, "the key is not accepted: {}", self.log());
            tokio::time::sleep(ASK_EVERY).await;
        }
    }

    async fn account(&self) -> Option<String> {
        let answer = self
            .http
            .get(format!("{}/account", self.base))
            .header("x-api-key", &self.key)
            .send()
            .await
            .ok()?;
        if answer.status() == 200 { answer.text().await.ok() } else { None }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("bench.log")).unwrap_or_default()
    }

    /// Stops it as Ctrl-C does and hands its directory back.
    pub(crate) async fn stop(mut self) -> TempDir {
        let pid = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &pid]).status().expect("kill");
        let begin = Instant::now();
        while self.child.try_wait().expect("a child").is_none() {
            assert!(begin.elapsed() < START_MAX, "studio did not stop");
            tokio::time::sleep(ASK_EVERY).await;
        }
        self.directory
    }

    /// Stops it and removes everything.
    pub(crate) async fn end(self) {
        drop(self.stop().await);
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

/// What the processes have used so far.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Usage {
    /// Processor time of Studio, devnet included, in milliseconds.
    pub(crate) studio_cpu_ms: f64,
    /// Processor time of Postgres, all processes, in milliseconds.
    pub(crate) postgres_cpu_ms: f64,
    pub(crate) studio_rss_mb: f64,
    pub(crate) studio_peak_mb: f64,
    /// Proportional set size: pages shared by processes are divided among them.
    pub(crate) postgres_pss_mb: f64,
    pub(crate) postgres_processes: usize,
}

impl Usage {
    /// Of a Studio and its Postgres.
    pub(crate) fn of(studio: &Running) -> Self {
        let pid = studio.child.id();
        let data = studio.directory.path().join("data");
        let postmaster = postmaster(&data).unwrap_or_default();
        let family = family(postmaster);
        // The postmaster also counts the time of its children that have ended.
        let ended = stat(postmaster).map_or(0.0, |fields| ticks_ms(&fields, 13) + ticks_ms(&fields, 14));
        let postgres: f64 = family
            .iter()
            .filter_map(|pid| stat(*pid))
            .map(|fields| ticks_ms(&fields, 11) + ticks_ms(&fields, 12))
            .sum();
        Self {
            studio_cpu_ms: stat(pid).map_or(0.0, |fields| ticks_ms(&fields, 11) + ticks_ms(&fields, 12)),
            postgres_cpu_ms: postgres + ended,
            studio_rss_mb: kilobytes(pid, "status", "VmRSS:") / 1024.0,
            studio_peak_mb: kilobytes(pid, "status", "VmHWM:") / 1024.0,
            postgres_pss_mb: family.iter().map(|pid| kilobytes(*pid, "smaps_rollup", "Pss:")).sum::<f64>()
                / 1024.0,
            postgres_processes: family.len(),
        }
    }
}

/// The first line of the only `postmaster.pid` below the data directory.
fn postmaster(data: &Path) -> Option<u32> {
    let mut open: Vec<PathBuf> = vec![data.join("postgres")];
    while let Some(folder) = open.pop() {
        let file = folder.join("postmaster.pid");
        if let Ok(text) = fs::read_to_string(&file) {
            return text.lines().next()?.trim().parse().ok();
        }
        let below = fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path());
        open.extend(below.filter(|path| path.is_dir()));
    }
    None
}

/// A process and its children.
fn family(parent: u32) -> Vec<u32> {
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = all.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let is_child = |pid: u32| stat(pid).and_then(|fields| fields.get(1)?.parse().ok()) == Some(parent);
    pids.filter(|pid| *pid == parent || is_child(*pid)).collect()
}

/// The fields of `/proc/<pid>/stat` after the name, which may hold blanks: 0 is the state, 1 the parent.
fn stat(pid: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(") ")?;
    Some(rest.split_whitespace().map(str::to_owned).collect())
}

fn ticks_ms(fields: &[String], index: usize) -> f64 {
    let ticks: f64 = fields.get(index).and_then(|field| field.parse().ok()).unwrap_or_default();
    ticks * 1e3 / TICKS_PER_SECOND
}

fn kilobytes(pid: u32, file: &str, name: &str) -> f64 {
    let text = fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or_default()
}
