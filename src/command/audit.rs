//! `studio audit`: proof that the log was not edited, and its replay.

use super::{
    database::{DataDir, Database},
    terminal::{say, warn},
};
use crate::{Config, House};
use clap::Subcommand;
use domain::id::{CustomerId, Instant, Sealed};
use futures::TryStreamExt;
use serde_json::{Value, json};
use std::process::ExitCode;
use store::{
    Anchor, ReplayFilter, Verdict, Verified,
    audit::{self, Beside},
};

/// Options of the command.
#[derive(clap::Args)]
pub(super) struct Audit {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Recomputes the hash chain over every event; names the first position that does not hold.
    Verify {
        /// A link noted earlier, as `position:hex`: whoever rewrites the whole database cannot fake one kept elsewhere.
        #[arg(long, value_parser = parse_anchor)]
        anchor: Vec<Anchor>,
        #[command(flatten)]
        database: DataDir,
    },
    /// Prints events as JSON lines, in order.
    Replay {
        /// Only this stream, e.g. `did-did:cheqd:testnet:…` or `credential-<uuid>`.
        #[arg(long)]
        stream: Option<String>,
        /// Only this customer.
        #[arg(long)]
        customer: Option<CustomerId>,
        /// Up to this position.
        #[arg(long)]
        until_position: Option<i64>,
        /// Up to this instant (RFC 3339).
        #[arg(long)]
        until: Option<Instant>,
        /// Show personal data of the customer in the clear; needs the master key and `--customer`.
        #[arg(long, requires = "customer")]
        reveal: bool,
        #[command(flatten)]
        database: DataDir,
    },
}

impl Audit {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        match self.verb {
            Verb::Verify { anchor, database } => {
                let database = database.open(&config).await?;
                let verdict = audit::verify(&database.pool, &anchor).await;
                database.close().await?;
                Ok(tell(verdict?))
            }
            Verb::Replay { stream, customer, until_position, until, reveal, database } => {
                let stream = stream.as_deref().map(parse_stream).transpose()?;
                let filter = ReplayFilter { stream, customer, after: 0, until_position, until };
                let database = database.open(&config).await?;
                let result = replay(&config, &database, filter, reveal).await;
                database.close().await?;
                result?;
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

fn tell(verdict: Verdict) -> ExitCode {
    match verdict {
        Verdict::Intact(verified) => {
            let head = hex::encode(verified.head);
            say(&format!(
                "The log is intact: {} positions. Note {}:{head} elsewhere.",
                verified.positions, verified.positions
            ));
            tell_compared(&verified);
            ExitCode::SUCCESS
        }
        Verdict::Differs(verified) => {
            say(&format!("The log is intact: {} positions.", verified.positions));
            tell_compared(&verified);
            for difference in &verified.beside.differences {
                warn(&format!("What stands beside the log differs from it: {difference}"));
            }
            if verified.beside.unnamed > 0 {
                warn(&format!("… and {} more differences.", verified.beside.unnamed));
            }
            ExitCode::FAILURE
        }
        Verdict::Broken(broken) => {
            warn(&format!("The log is broken at position {}: {}", broken.position, broken.why));
            warn("What stands beside the log was not compared: a broken log is no measure.");
            ExitCode::FAILURE
        }
    }
}

/// What the verdict speaks about, and what it does not.
fn tell_compared(verified: &Verified) {
    let Beside { commands, operations, outcomes, .. } = verified.beside;
    say(&format!(
        "Compared with it: {commands} rows of the command table; {operations} operations of the outbox with the events that \
         asked for them, and {outcomes} with the events that ended them."
    ));
    if verified.pending > 0 {
        say(&format!("{} events wait for their position: no link covers them yet.", verified.pending));
    }
    say(NOT_COVERED);
}

/// Everything in the database that is neither the log nor compared with it.
const NOT_COVERED: &str = "Not covered: read models (`studio rebuild --all --verify` compares them); the outbox's attempts and \
    transactions on their way, saved replies, snapshots and the vault's keys, of which the log knows nothing.";

/// `position:hex` of a link.
fn parse_anchor(text: &str) -> Result<Anchor, String> {
    let wanted = "an anchor is `position:hex`, as `studio audit verify` prints it";
    let (position, link) = text.split_once(':').ok_or(wanted)?;
    let chain = hex::decode(link).ok().and_then(|bytes| bytes.try_into().ok()).ok_or(wanted)?;
    Ok(Anchor { position: position.parse().map_err(|_| wanted)?, chain })
}

/// `<type>-<id>`; the longest aggregate type that fits wins (`status-list-…`).
fn parse_stream(text: &str) -> anyhow::Result<(String, String)> {
    domain::register::AGGREGATES
        .iter()
        .filter_map(|known| {
            let id = text.strip_prefix(known.aggregate_type)?.strip_prefix('-')?;
            Some((known.aggregate_type.to_owned(), id.to_owned()))
        })
        .max_by_key(|(kind, _)| kind.len())
        .ok_or_else(|| {
            anyhow::anyhow!("'{text}' is no stream: it must be <type>-<id>, e.g. did-did:cheqd:testnet:…")
        })
}

async fn replay(
    config: &Config,
    database: &Database,
    filter: ReplayFilter,
    reveal: bool,
) -> anyhow::Result<()> {
    let customer = filter.customer;
    let house = match (reveal, customer) {
        (true, Some(_)) => {
            let master = database.master_key(config)?;
            Some(House::open(database.with_ledger(config), database.pool.clone(), master).await?)
        }
        _ => None,
    };
    let mut entries = std::pin::pin!(audit::replay(&database.pool, filter));
    while let Some(entry) = entries.try_next().await? {
        let mut payload = entry.payload.clone();
        if let (Some(house), Some(customer)) = (&house, customer) {
            open_sealed(house, customer, &mut payload).await?;
        }
        let line = json!({
            "position": entry.position,
            "stream": format!("{}-{}", entry.stream_type, entry.stream_id),
            "sequence": entry.sequence,
            "kind": entry.kind,
            "version": entry.version,
            "eventId": entry.event_id,
            "recordedAt": entry.recorded_at,
            "metadata": entry.metadata,
            "payload": payload,
            "chain": hex::encode(entry.chain),
        });
        say(&line.to_string());
    }
    Ok(())
}

/// Members of events that hold sealed personal data.
const SEALED_MEMBERS: [&str; 3] = ["sealed", "name", "email"];

/// Opens the sealed members of an event, for who may see them; what was erased reads `null`.
async fn open_sealed(house: &House, customer: CustomerId, payload: &mut Value) -> anyhow::Result<()> {
    let Some(body) =
        payload.as_object_mut().and_then(|event| event.values_mut().next()).and_then(Value::as_object_mut)
    else {
        return Ok(());
    };
    for member in SEALED_MEMBERS {
        if let Some(Value::String(text)) = body.get(member)
            && text.starts_with("v1.")
        {
            let opened = house.studio.vault.open(customer, &Sealed(text.clone())).await?;
            let shown = opened.map_or(Value::Null, |bytes| {
                serde_json::from_slice(&bytes)
                    .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()))
            });
            body.insert(member.to_owned(), shown);
        }
    }
    Ok(())
}
