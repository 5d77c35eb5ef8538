//! `studio audit replay`: the log as JSON lines.

use super::super::{
    database::Database,
    terminal::{say, warn},
};
use crate::{Config, House, tenant};
use anyhow::{Context, bail};
use app::{customer, people};
use domain::{
    Aggregate as _,
    customer::Revealed,
    id::{CustomerId, Sealed, UserId},
    register::SEALED,
    user::User,
};
use futures::TryStreamExt;
use serde_json::{Value, json};
use store::{
    ReplayFilter,
    audit::{self, Recorded},
};

/// Prints what the filter lets through. Nothing at all is a failure with a sentence if something was named: whoever mistypes
/// the name of a stream must not believe that nothing happened in it.
pub(super) async fn replay(
    config: &Config,
    database: &Database,
    filter: ReplayFilter,
    reveal: bool,
) -> anyhow::Result<()> {
    let subject = if reveal { Some(Subject::of(&filter)?) } else { None };
    let mut entries = std::pin::pin!(audit::replay(&database.pool, filter.clone()));
    let Some(first) = entries.try_next().await? else { return nothing(database, &filter).await };
    let opener = match subject {
        Some(subject) => Some(Opener::new(config, database, subject, &filter).await?),
        None => None,
    };
    let mut next = Some(first);
    while let Some(recorded) = next {
        let mut payload = recorded.entry.payload.clone();
        if let Some(opener) = &opener {
            opener.open(&recorded, &mut payload).await?;
        }
        say(&line(&recorded, &payload).to_string());
        next = entries.try_next().await?;
    }
    Ok(())
}

/// Says why nothing was printed.
async fn nothing(database: &Database, filter: &ReplayFilter) -> anyhow::Result<()> {
    let ReplayFilter { stream, customer, until_position, until, .. } = filter;
    if let Some((stream_type, id)) = stream {
        let waiting: bool = sqlx::query_scalar(
            "select exists (select from es.events where aggregate_type = $1 and aggregate_id = $2)",
        )
        .bind(stream_type)
        .bind(id)
        .fetch_one(&database.pool)
        .await?;
        if !waiting {
            bail!("there is no stream {stream_type}-{id} in this log");
        }
        if customer.is_none() && until_position.is_none() && until.is_none() {
            bail!(
                "the events of {stream_type}-{id} wait for their position; a running Studio gives it to them"
            );
        }
        bail!("the stream {stream_type}-{id} has no event that is also of that customer and that early");
    }
    if let Some(customer) = customer {
        bail!("there is no event of customer {customer} in this log, or none that early");
    }
    if until_position.is_some() || until.is_some() {
        bail!("the log has no event that early");
    }
    warn("The log is empty.");
    Ok(())
}

/// An event as it is printed: first what people read, then, under `hashed`, everything its link is computed from.
fn line(recorded: &Recorded, payload: &Value) -> Value {
    let entry = &recorded.entry;
    json!({
        "position": entry.position,
        "stream": format!("{}-{}", entry.stream_type, entry.stream_id),
        "sequence": entry.sequence,
        "kind": entry.kind,
        "version": entry.version,
        "eventId": entry.event_id,
        "recordedAt": entry.recorded_at,
        "metadata": entry.metadata,
        "payload": payload,
        "hashed": {
            "previous": hex::encode(recorded.previous),
            "position": entry.position,
            "ingestId": entry.ingest_id,
            "eventId": entry.event_id,
            "tenant": entry.metadata.customer,
            "streamType": entry.stream_type,
            "streamId": entry.stream_id,
            "sequence": entry.sequence,
            "eventType": entry.kind,
            "eventVersion": entry.version,
            "payload": recorded.payload,
            "metadata": recorded.metadata,
            "recordedAtMicros": entry.recorded_at.timestamp_micros(),
        },
        "chain": hex::encode(entry.chain),
    })
}

/// Whose personal data is to be shown.
#[derive(Clone, Copy)]
enum Subject {
    Customer(CustomerId),
    User(UserId),
}

impl Subject {
    fn of(filter: &ReplayFilter) -> anyhow::Result<Self> {
        match (filter.customer, &filter.stream) {
            (Some(customer), _) => Ok(Self::Customer(customer)),
            (None, Some((kind, id))) if kind == User::TYPE => {
                Ok(Self::User(id.parse().with_context(|| format!("'{id}' is no id of a user"))?))
            }
            _ => bail!(
                "--reveal shows what is known of somebody: say of whom, with --customer <id> or --stream user-<id>"
            ),
        }
    }

    /// Where it is sealed.
    const fn place(self) -> CustomerId {
        match self {
            Self::Customer(customer) => customer,
            Self::User(user) => people::place_of(user),
        }
    }
}

/// Opens the sealed members of the events of one customer, or of one user.
struct Opener {
    house: House,
    place: CustomerId,
}

impl Opener {
    /// Notes in the log of whom it is of that this happens, before anything can be shown.
    async fn new(
        config: &Config,
        database: &Database,
        subject: Subject,
        filter: &ReplayFilter,
    ) -> anyhow::Result<Self> {
        let master = database.master_key(config)?;
        let house = House::open(database.with_ledger(config), database.pool.clone(), master).await?;
        let what = Revealed {
            stream: filter.stream.as_ref().map(|(kind, id)| format!("{kind}-{id}")),
            until_position: filter.until_position,
            until: filter.until,
        };
        let place = subject.place();
        let call = tenant::operator_call(&house, place);
        let whose = match subject {
            Subject::Customer(customer) => {
                customer::note_reveal(&house.studio, &call, what).await?;
                format!("customer {customer} is shown now stands in its log")
            }
            Subject::User(user) => {
                people::note_reveal_of_user(&house.studio, &call, user, what).await?;
                format!("user {user} is shown now stands in his history")
            }
        };
        warn(&format!("studio: that personal data of {whose} (command {})", call.command_id));
        Ok(Self { house, place })
    }

    /// What was erased reads `null`.
    async fn open(&self, recorded: &Recorded, payload: &mut Value) -> anyhow::Result<()> {
        let entry = &recorded.entry;
        let Some(body) = payload.get_mut(&entry.kind).and_then(Value::as_object_mut) else { return Ok(()) };
        let sealed =
            SEALED.iter().filter(|(kind, event, _)| *kind == entry.stream_type && *event == entry.kind);
        for (_, _, member) in sealed {
            let Some(Value::String(text)) = body.get(*member) else { continue };
            let opened = self.house.studio.vault.open(self.place, &Sealed(text.clone())).await?;
            // A credential is an object; whatever else is sealed is a text, even one that looks like a number.
            let shown = opened.map_or(Value::Null, |bytes| match serde_json::from_slice(&bytes) {
                Ok(Value::Object(members)) => Value::Object(members),
                _ => Value::String(String::from_utf8_lossy(&bytes).into_owned()),
            });
            body.insert((*member).to_owned(), shown);
        }
        Ok(())
    }
}
