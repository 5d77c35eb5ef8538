//! What the browser saw (Web Authentication 5.8.1): who asked, and what for.

use super::Judged;
use app::port::authenticators::{Expected, Flaw};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::json;
use serde::Deserialize;

/// Members that are not named here may come and go.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    cross_origin: Option<bool>,
    top_origin: Option<String>,
}

impl ClientData {
    pub(super) fn read(bytes: &[u8]) -> Judged<Self> {
        const UNREADABLE: Flaw = Flaw("what the browser saw cannot be read");
        let value = json::read(bytes).map_err(|_| UNREADABLE)?;
        serde_json::from_value(value).map_err(|_| UNREADABLE)
    }

    /// Whether it is this kind of answer, to this challenge, by a page of ours that no other page holds.
    pub(super) fn is_of(&self, kind: &str, expected: Expected<'_>) -> Judged<()> {
        if self.kind != kind {
            return Err(Flaw("it answers another kind of question"));
        }
        if self.challenge != URL_SAFE_NO_PAD.encode(expected.challenge) {
            return Err(Flaw("it answers another challenge"));
        }
        if self.origin != expected.party.origin {
            return Err(Flaw("it was made at another page"));
        }
        if self.cross_origin == Some(true) || self.top_origin.is_some() {
            return Err(Flaw("it was made in a page that another one holds"));
        }
        Ok(())
    }
}
