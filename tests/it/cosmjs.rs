//! The unmodified `@cheqd/sdk` and cosmjs judge the devnet: `tests/sdk/referee.mjs`, from a locked npm installation.

use crate::{
    npm::{Skipped, judges, say, text},
    patience::run,
};
use devnet::{DevnetConfig, FAUCET_MNEMONIC, Genesis};
use std::process::Command;
use std::sync::Arc;
use studio::adapter::system::SystemClock;

/// Gas limit of a block: the SDK simulates with it, and a chain without one refuses that.
const MAX_BLOCK_GAS: i64 = 30_000_000;

#[tokio::test(flavor = "multi_thread")]
async fn the_npm_sdk_and_cosmjs_find_a_ledger() {
    let script = match tokio::task::spawn_blocking(|| judges("sdk")).await.expect("no panic") {
        Ok(place) => place.join("referee.mjs"),
        Err(Skipped(reason)) => {
            return say(&format!("SKIPPED: the devnet was NOT judged by @cheqd/sdk and cosmjs: {reason}"));
        }
    };
    let clock = Arc::new(|| app::port::Clock::now(&SystemClock));
    let mut config = DevnetConfig::new(clock);
    let mut genesis = Genesis::default();
    genesis.block_params.max_gas = MAX_BLOCK_GAS;
    config.genesis = Some(genesis);
    let devnet = devnet::start(config).await.expect("devnet starts");
    let url = devnet.url();
    let judged = tokio::task::spawn_blocking(move || {
        run(Command::new("node").arg(script).arg(url).arg(FAUCET_MNEMONIC), "").expect("node starts")
    });
    let output = judged.await.expect("no panic");
    let said = text(&output);
    assert!(output.status.success(), "the referee is not content:\n{said}");
    let passed = said.lines().filter(|line| line.starts_with("ok ")).count();
    assert!(passed >= MIN_CHECKS, "too few checks:\n{said}");
    say(&format!("the devnet was judged by @cheqd/sdk and cosmjs: {passed} checks passed"));
    devnet.shutdown().await;
}

/// The referee has more checks than this; fewer mean that a part did not run.
const MIN_CHECKS: usize = 90;
