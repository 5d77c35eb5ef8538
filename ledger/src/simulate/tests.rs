//! Every refused simulation of the recorded chain gets the code that the block gave.

use super::*;
use serde_json::Value;

#[test]
fn refusals_carry_the_code_they_have_in_a_block() {
    let corpus: Value = serde_json::from_str(include_str!("../../tests/data/corpus-excerpt.json")).unwrap();
    let mut count = 0;
    for chain in ["usd", "ranges"] {
        for case in corpus[chain]["simulate_refusals"].as_array().unwrap() {
            // Simulated while its DID was still pending; by the block the DID was there.
            if case["name"] == "pipe-dep-resource" {
                continue;
            }
            let simulate = &case["simulate"];
            let found = as_in_a_block(TxCode {
                code: u32::try_from(simulate["code"].as_u64().unwrap()).unwrap(),
                codespace: simulate["codespace"].as_str().unwrap().to_owned(),
                log: simulate["log"].as_str().unwrap().to_owned(),
            });
            let name = &case["name"];
            assert_eq!(u64::from(found.code), case["code"].as_u64().unwrap(), "{name}: {}", found.log);
            assert_eq!(found.codespace, case["codespace"].as_str().unwrap(), "{name}");
            assert!(
                !found.log.contains("with gas used") && !found.log.contains("rpc error"),
                "{name}: {}",
                found.log
            );
            count += 1;
        }
    }
    assert!(count > 25, "{count}");
}

#[test]
fn an_unregistered_error_is_1_undefined_and_other_codes_pass() {
    let code =
        |code, log: &str| as_in_a_block(TxCode { code, codespace: "sdk".to_owned(), log: log.to_owned() });
    let plain = code(
        6,
        "rpc error: code = Unknown desc = something odd [a.go:1] with gas used: '5': unknown request",
    );
    assert_eq!((plain.code, plain.codespace.as_str(), plain.log.as_str()), (1, "undefined", "something odd"));
    assert_eq!(code(18, "x: invalid request").code, 18);
}
