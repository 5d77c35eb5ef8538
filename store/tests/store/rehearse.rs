//! Nothing enters the log that its readers cannot take out again (safety 1, 2).

use crate::support::{Process, TallyCommand, meta, number};
use app::{Fault, FaultKind, port::Execute};
use serde_json::{Value, json};
use std::sync::Arc;
use store::{EventStoreCommands, LogEntry, Rehearse, testing::TestDatabase};

/// A read model that cannot hold thirteen.
struct Superstitious;

impl Rehearse for Superstitious {
    fn rehearse(&self, entry: &LogEntry) -> Result<(), String> {
        if entry.fields()["amount"] == 13 { Err("thirteen does not fit".to_owned()) } else { Ok(()) }
    }
}

fn read_by_it(database: &TestDatabase) -> Process {
    let mut process = Process::of(database);
    process.commands = EventStoreCommands::read_by(
        process.pool.clone(),
        process.progress.clone(),
        Arc::new(crate::support::TestIds),
        vec![Arc::new(Superstitious)],
    );
    process
}

async fn refused(process: &Process, command: TallyCommand) -> Fault {
    let fault = process.execute("a", command).await.expect_err("is refused");
    assert_eq!((fault.code, fault.kind), ("event/indigestible", FaultKind::Invalid), "{fault:?}");
    fault
}

fn nested(depth: usize) -> Value {
    (0..depth).fold(json!(null), |inner, _| json!([inner]))
}

#[tokio::test]
async fn safety_1_what_a_reader_cannot_take_in_is_not_recorded() {
    let database = TestDatabase::create().await;
    let process = read_by_it(&database);
    process.execute("a", TallyCommand::Add(12)).await.expect("adds");
    refused(&process, TallyCommand::Add(13)).await;
    refused(&process, TallyCommand::AddEach(vec![14, 13, 15])).await;
    assert_eq!(number(&database.pool, "select count(*) from es.events").await, 1, "all or none");
    let command = meta();
    let fault = process.execute_as("a", TallyCommand::Add(13), command.clone()).await.expect_err("refused");
    assert_eq!(fault.code, "event/indigestible");
    let again =
        process.execute_as("a", TallyCommand::Add(14), command).await.expect("the id was not used up");
    assert_eq!((again.version, again.state.total), (2, 26), "the stream goes on");
}

#[tokio::test]
async fn safety_1_what_comes_back_as_something_else_is_not_recorded() {
    let database = TestDatabase::create().await;
    let process = Process::of(&database);
    for (what, command) in [
        ("deeper than a reader reads", TallyCommand::Note(nested(150))),
        ("no number in JSON", TallyCommand::Weigh(f64::NAN)),
        ("no number in JSON either", TallyCommand::Weigh(f64::INFINITY)),
    ] {
        refused(&process, command).await;
        assert_eq!(number(&database.pool, "select count(*) from es.events").await, 0, "{what}");
    }
    process.execute("a", TallyCommand::Note(nested(20))).await.expect("is recorded");
    process.execute("a", TallyCommand::Weigh(0.1 + 0.2)).await.expect("to the last bit");
    process.execute("a", TallyCommand::Weigh(5e-324)).await.expect("the smallest too");
    let loaded = Execute::<crate::support::Tally>::load(&process.commands, "a").await.expect("loads");
    assert_eq!(loaded.version, 3);
}
