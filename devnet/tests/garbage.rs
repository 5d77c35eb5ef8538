//! Damaged transactions and queries are refused, never a crash, and leave the chain working.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "test helpers: a surprise must end the test, and tests take the time from the system"
)]

use devnet::chain::Chain;
use devnet::{Genesis, query};
use proptest::prelude::*;
use serde_json::Value;
use std::sync::Arc;

fn recorded() -> Vec<Vec<u8>> {
    let vectors: Value = serde_json::from_slice(include_bytes!("fixtures/ledger-vectors.json")).unwrap();
    let cases = vectors.get("cases").and_then(Value::as_array).unwrap();
    cases.iter().map(|c| hex::decode(c.get("txRawHex").unwrap().as_str().unwrap()).unwrap()).collect()
}

fn chain() -> Chain {
    let mut genesis = Genesis { chain_id: "cheqd-testnet-6".into(), ..Genesis::default() };
    genesis.accounts.swap(0, 3);
    Chain::open(Some(genesis), None, Arc::new(chrono::Utc::now)).unwrap()
}

/// Replaces, drops or inserts one byte.
fn damage(bytes: &mut Vec<u8>, at: prop::sample::Index, kind: u8, byte: u8) {
    if bytes.is_empty() {
        return;
    }
    let at = at.index(bytes.len());
    match kind % 3 {
        0 => {
            bytes.splice(at..=at, [byte]);
        }
        1 => {
            bytes.remove(at);
        }
        _ => bytes.insert(at, byte),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn damaged_transactions_never_crash_and_the_right_one_still_passes(
        case in 0_usize..5,
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), any::<u8>()), 1..4),
    ) {
        let good = recorded();
        let mut bytes = good.get(case).unwrap().clone();
        for (at, kind, byte) in edits {
            damage(&mut bytes, at, kind, byte);
        }
        let mut chain = chain();
        let simulated = chain.simulate(&bytes);
        let offered = chain.offer(&bytes).unwrap();
        if good.contains(&bytes) {
            return Ok(());
        }
        prop_assert_ne!(offered.code, 0, "the signature covers every byte");
        prop_assert!(!offered.log.is_empty());
        prop_assert!(simulated.code == 0 || !simulated.log.is_empty());
        chain.make_block(true).unwrap();
        prop_assert_eq!(chain.offer(good.first().unwrap()).unwrap().code, 0);
    }

    #[test]
    fn any_bytes_as_a_query_get_an_answer(
        path in prop::sample::select(vec![
            "/cheqd.did.v2.Query/DidDoc", "/cheqd.did.v2.Query/DidDocVersion", "/cheqd.resource.v2.Query/Resource",
            "/cheqd.resource.v2.Query/LatestResourceVersion", "/cheqd.oracle.v2.Query/ConvertUSDCtoCHEQ",
            "/cosmos.auth.v1beta1.Query/Account", "/cosmos.bank.v1beta1.Query/Balance",
            "/cosmos.tx.v1beta1.Service/Simulate", "/cosmos.tx.v1beta1.Service/GetTx",
        ]),
        text in "[ -~]{0,60}",
        raw in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let chain = chain();
        // A well-formed request with arbitrary text in its first two fields, and plain garbage.
        let field = |n: u8| [vec![n << 3 | 2, u8::try_from(text.len()).unwrap()], text.clone().into_bytes()].concat();
        for data in [[field(1), field(2)].concat(), raw] {
            let answer = query::run(&chain, path, &data, 0);
            prop_assert!(answer.code == 0 || !answer.log.is_empty());
        }
    }
}
