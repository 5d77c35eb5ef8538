//! What the recorded chain saw: the material mutations start from.

use super::mutate::{WORDS, words};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use devnet::Genesis;
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::Read;

/// Longer byte strings of the recording are left out of the dictionary.
const MAX_WORD_BYTES: usize = 4_000;

pub(crate) struct Corpus {
    pub(crate) genesis: Genesis,
    pub(crate) txs: Vec<Vec<u8>>,
    /// Path and request.
    pub(crate) queries: Vec<(String, Vec<u8>)>,
    /// Method and parameters.
    pub(crate) calls: Vec<(String, Value)>,
    pub(crate) words: Vec<Vec<u8>>,
}

impl Corpus {
    pub(crate) fn read() -> Self {
        let mut text = String::new();
        let packed = include_bytes!("../../tests/fixtures/ledger-corpus.json.gz");
        flate2::read::GzDecoder::new(packed.as_slice()).read_to_string(&mut text).unwrap();
        let file: Value = serde_json::from_str(&text).unwrap();
        let genesis = Genesis::from_json(&file).unwrap();
        let mut corpus =
            Self { genesis, txs: Vec::new(), queries: Vec::new(), calls: Vec::new(), words: Vec::new() };
        let mut found: BTreeSet<Vec<u8>> = WORDS.iter().map(|word| word.as_bytes().to_vec()).collect();
        let member = |step: &Value, name: &str| step.get(name).and_then(Value::as_str).map(str::to_owned);
        let bytes = |text: Option<String>| text.and_then(|text| STANDARD.decode(text).ok());
        for step in file.get("steps").and_then(Value::as_array).unwrap() {
            if let Some(tx) = bytes(member(step, "tx_b64")) {
                found.extend(words(&tx).into_iter().filter(|word| word.len() <= MAX_WORD_BYTES));
                corpus.txs.push(tx);
            }
            if let (Some(path), Some(data)) = (member(step, "path"), bytes(member(step, "request_b64"))) {
                found.extend(words(&data));
                corpus.queries.push((path, data));
            }
            let request = member(step, "request").and_then(|text| serde_json::from_str::<Value>(&text).ok());
            if let Some(request) = request
                && let Some(method) = member(&request, "method")
            {
                let params = request.get("params").cloned().unwrap_or(Value::Null);
                corpus.calls.push((method, params));
            }
        }
        corpus.words = found.into_iter().collect();
        corpus
    }
}
