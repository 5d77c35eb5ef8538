//! Whatever is sent to whichever write of either door: the answer is a success or a refusal with a documented code, the
//! server goes on, and the log holds nothing that its readers cannot take in.
//!
//! The writes are those that `openapi.json` and the schema list, so a new one is tried without being named here. Bodies
//! begin with the recorded examples, or are made from the types, and are then changed: odd numbers, texts, dates and depths
//! in every place, members left out, doubled and added, tokens taken apart and signed anew.
//!
//! The suite sends the same few hundred each time. `STUDIO_PROPERTY_MINUTES=10` sends others for so long, `STUDIO_PROPERTY_SEED`
//! names the seed of an earlier run (docs/testing.md).

pub mod after;
pub mod graphql;
mod mutate;
pub mod odd;
pub mod raw;
pub mod rest;
pub mod world;

use crate::house::TestHouse;
use odd::Dice;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
    time::{Duration, Instant},
};
use world::World;

/// The seed of the suite.
const SEED: u64 = 20_261_129;
/// Changed requests in the suite, to each door.
const CASES: u64 = 260;
/// Failures that are told at the end; with more the rest says the same.
const FAILURES_MAX: usize = 12;
/// Characters of a request or answer that are told.
const SHOWN_CHARS_MAX: usize = 1_500;

/// Every code that has a page.
static DOCUMENTED: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/errors")).expect("docs/errors");
    let texts = folder.filter_map(|entry| std::fs::read_to_string(entry.ok()?.path()).ok());
    let codes = |text: String| -> Vec<String> {
        let codes = text.lines().filter_map(|line| line.strip_prefix("## `")?.strip_suffix('`'));
        codes.map(str::to_owned).collect()
    };
    texts.flat_map(codes).collect()
});
/// Codes that say that Studio, not the caller, is at fault. What no reader can take in is not stored, but a rule at the door
/// should have named it.
const FAULTS_OF_OURS: [&str; 4] = ["bug", "server/", "store/", "event/"];

/// What is wrong with a code of a refusal.
fn undocumented(code: &Value) -> Option<String> {
    let Some(code) = code.as_str() else { return Some(format!("a refusal without a code: {code}")) };
    if FAULTS_OF_OURS.iter().any(|ours| code.starts_with(ours)) {
        return Some(format!("a fault of ours: {code}"));
    }
    (!DOCUMENTED.contains(code)).then(|| format!("{code} has no page in docs/errors"))
}

/// What came of one request.
pub struct Exchange {
    is_done: bool,
    status: u16,
    text: String,
    /// What should not be.
    wrong: Vec<String>,
}

/// How much is sent.
struct Run {
    name: &'static str,
    seed: u64,
    until: Option<Instant>,
    case: u64,
    failures: Vec<String>,
    /// By write: whether it took effect as its example shows it.
    examples: BTreeMap<String, bool>,
    done: usize,
    codes: BTreeMap<String, usize>,
}

impl Run {
    fn begin(name: &'static str) -> Self {
        let variable = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
        let minutes: Option<u64> =
            variable("STUDIO_PROPERTY_MINUTES").map(|text| text.parse().expect("a number of minutes"));
        let seed = variable("STUDIO_PROPERTY_SEED").map(|text| text.parse().expect("a seed is a number"));
        let seed = seed.unwrap_or_else(|| if minutes.is_some() { rand::random() } else { SEED });
        println!("{name}: STUDIO_PROPERTY_SEED={seed}");
        let until = minutes.map(|minutes| Instant::now() + Duration::from_mins(minutes));
        Self {
            name,
            seed,
            until,
            case: 0,
            failures: Vec::new(),
            examples: BTreeMap::new(),
            done: 0,
            codes: BTreeMap::new(),
        }
    }

    /// The dice of the next case, if there is one.
    fn next(&mut self) -> Option<Dice> {
        let is_over = match self.until {
            Some(until) => Instant::now() >= until,
            None => self.case >= CASES,
        };
        if is_over || self.failures.len() >= FAILURES_MAX {
            return None;
        }
        self.case += 1;
        Some(Dice::of(self.seed, self.case))
    }

    /// Should the process end with the next request, this file tells which one it was.
    fn remember(&self, shown: &str) {
        let path = format!("{}/property-{}.txt", env!("CARGO_TARGET_TMPDIR"), self.name);
        let text = format!("STUDIO_PROPERTY_SEED={} case {}\n{shown}\n", self.seed, self.case);
        std::fs::write(path, text).expect("the next request is noted");
    }

    fn note(&mut self, write: &str, shown: &str, is_example: bool, told: Result<Exchange, String>) {
        let cut = |text: &str| text.chars().take(SHOWN_CHARS_MAX).collect::<String>();
        let told = match told {
            Ok(told) => told,
            Err(why) => Exchange { is_done: false, status: 0, text: String::new(), wrong: vec![why] },
        };
        if is_example && !told.is_done {
            println!("{}: the example of {write} is {} {}", self.name, told.status, cut(&told.text));
        }
        if is_example {
            *self.examples.entry(write.to_owned()).or_default() |= told.is_done;
        }
        self.done += usize::from(told.is_done);
        let code =
            told.text.split("\"code\":\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or("-");
        *self.codes.entry(format!("{} {code}", told.status)).or_default() += 1;
        // What the ledger says no to, a rule of ours might have said before: worth a look, and no failure.
        if code.starts_with("ledger/") {
            println!(
                "{}: case {}: {code}\nasked: {}\nanswered: {}",
                self.name,
                self.case,
                cut(shown),
                cut(&told.text)
            );
        }
        if told.wrong.is_empty() {
            return;
        }
        self.failures.push(format!(
            "case {}{} of {write}: {}\nasked: {}\nanswered: {} {}",
            self.case,
            if is_example { " (an example)" } else { "" },
            told.wrong.join("; "),
            cut(shown),
            told.status,
            cut(&told.text)
        ));
    }

    async fn end(mut self, house: TestHouse) {
        self.failures.extend(after::complaints(&house).await);
        let idle: Vec<&String> =
            self.examples.iter().filter(|(_, done)| !**done).map(|(write, _)| write).collect();
        println!("{}: {} of {} cases done; {:?}", self.name, self.done, self.case, self.codes);
        println!("{}: examples without success: {idle:?}", self.name);
        assert!(
            self.failures.is_empty(),
            "{}: STUDIO_PROPERTY_SEED={}, {} cases\n\n{}",
            self.name,
            self.seed,
            self.case,
            self.failures.join("\n\n")
        );
        // A property of requests that are all refused at the first look would say little.
        assert!(
            idle.len() * 4 <= self.examples.len(),
            "too few writes take effect; not even the examples of {idle:?}"
        );
        house.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn safety_1_2_4_no_rest_body_stops_anybody() {
    let house = TestHouse::start().await;
    let mut run = Run::begin("rest");
    let mut world = World::build(&house).await;
    let (reads, writes) = rest::routes();
    let mut examples: Vec<&rest::Route> = writes.iter().collect();
    while let Some(mut dice) = run.next() {
        world.before(&house, run.case).await;
        let example = examples.pop();
        let all = if dice.chance(10) { &reads } else { &writes };
        let route = example.unwrap_or_else(|| dice.pick(all));
        let asking = rest::Asking::of(route, world.some(&mut dice), &mut dice, example.is_some());
        let shown = asking.shown();
        run.remember(&shown);
        let told = asking.send(&house).await;
        run.note(&route.name(), &shown, asking.is_example, told);
    }
    run.failures.extend(rest::read_all(&house, &reads, world.some(&mut Dice::of(0, 0))).await);
    run.end(house).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn safety_1_2_4_no_graphql_input_stops_anybody() {
    let house = TestHouse::start().await;
    let mut run = Run::begin("graphql");
    let mut world = World::build(&house).await;
    let schema = graphql::Schema::of(&house).await;
    let (queries, mutations) = schema.fields();
    let mut examples: Vec<&graphql::Field> = mutations.iter().chain(&mutations).collect();
    while let Some(mut dice) = run.next() {
        world.before(&house, run.case).await;
        let example = examples.pop();
        let all = if dice.chance(15) { &queries } else { &mutations };
        let field = example.unwrap_or_else(|| dice.pick(all));
        let asking = graphql::Asking::of(&schema, field, world.some(&mut dice), &mut dice, example.is_some());
        let shown = asking.shown();
        run.remember(&shown);
        let told = asking.send(&house).await;
        run.note(field.name(), &shown, asking.is_example, told);
    }
    run.failures.extend(graphql::read_all(&house, &schema, &queries).await);
    run.end(house).await;
}
