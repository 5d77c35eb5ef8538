//! `studio audit`: proof that the log was not edited, and its replay.

mod replay;

use super::{
    database::DataDir,
    terminal::{say, warn},
};
use crate::Config;
use clap::Subcommand;
use domain::id::{CustomerId, Instant};
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
        /// Show personal data in the clear, of a customer (`--customer`) or of a user (`--stream user-<id>`); needs the master
        /// key. That it was shown is recorded in the log of whom it is of, before anything is.
        #[arg(long)]
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
                let result = replay::replay(&config, &database, filter, reveal).await;
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
