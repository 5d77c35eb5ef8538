//! What one request may ask for. Everything here is checked before anything is executed.

mod introspection;

use crate::acts;
use app::{Fault, FaultKind, act::Spec, budget::Work};
use async_graphql::parser::types::{ExecutableDocument, OperationType, Selection, SelectionSet};
use std::collections::{BTreeMap, BTreeSet};

domain::limits! {
    /// Largest request body, in bytes.
    pub BODY_BYTES_MAX: usize = 1024 * 1024, "bytes";
    /// Longest query text, in bytes; variables do not count.
    pub QUERY_BYTES_MAX: usize = 64 * 1024, "bytes";
    /// Most requests in one body.
    pub BATCH_REQUESTS_MAX: usize = 10, "requests";
    /// Deepest nesting of fields. Introspection as tools do it takes 15.
    pub DEPTH_MAX: usize = 18, "levels";
    /// Highest cost of a query: one per field, times the rows asked for in connections; see [`crate::CONNECTION_ROWS_MAX`].
    pub COMPLEXITY_MAX: usize = 20_000, "fields";
    /// Most aliased fields in a document.
    pub ALIASES_MAX: usize = 50, "aliases";
    /// Most fields at the root of one operation; each mutation may wait for the ledger.
    pub ROOT_FIELDS_MAX: usize = 20, "fields";
    /// Most fields of a document with its fragments written out.
    pub FIELDS_MAX: usize = 2_000, "fields";
    /// Most directives on one field.
    pub DIRECTIVES_MAX: usize = 5, "directives";
    /// Deepest nesting that is looked at at all, fragments written out; more is refused before any rule of GraphQL looks.
    pub(crate) NESTING_MAX: usize = 2 * DEPTH_MAX, "levels";
    /// Most rows of one page of a connection.
    pub CONNECTION_ROWS_MAX: u32 = 100, "rows";
    /// Rows of a page when the caller names no number.
    pub(crate) CONNECTION_ROWS_DEFAULT: u32 = 20, "rows";
    /// What a field costs that asks the ledger or the vault, in plain fields.
    pub(crate) REMOTE_COST: usize = 20, "fields";
    /// What a field costs that opens what a job holds, up to the size of a resource twice over, in plain fields.
    pub(crate) JOB_CONTENT_COST: usize = 80, "fields";
    /// How long a new WebSocket may take to show its API key, in seconds.
    pub(crate) SOCKET_INIT_SECONDS_MAX: u64 = 10, "seconds";
    /// How often a WebSocket is asked whether anybody is there.
    pub(crate) SOCKET_PING_SECONDS: u64 = 20, "seconds";
    /// How long a WebSocket may say nothing at all before it is closed.
    pub(crate) SOCKET_SILENCE_SECONDS_MAX: u64 = 60, "seconds";
    /// How long a client may take to read one message.
    pub(crate) SOCKET_SEND_SECONDS_MAX: u64 = 10, "seconds";
}

/// Fields that ask the ledger, wherever they stand.
const QUESTIONS: [&str; 9] = [
    "trustChain",
    "verifyCredential",
    "verifyPresentation",
    "statusOf",
    "resolve",
    "resourceAt",
    "resourceHistory",
    "data",
    "balance",
];

/// Which places an operation takes, alone in its document: a query, and each answer of a subscription, the dearest of all
/// its fields', a mutation the dearest of its roots'. What is no known act is taken for a ledger write. None without an
/// operation.
pub(crate) fn work_of(document: &ExecutableDocument) -> Option<Work> {
    let (kind, fields) = Fields::of(document)?;
    match kind {
        OperationType::Query | OperationType::Subscription
            if QUESTIONS.iter().any(|name| fields.all.contains(name)) =>
        {
            Some(Work::Ask)
        }
        OperationType::Query | OperationType::Subscription => Some(Work::Read),
        OperationType::Mutation => {
            let ends_here =
                |name: &&str| acts::of(kind, name).is_some_and(|act| act.effect.work() == Work::Sign);
            Some(if fields.roots.iter().all(ends_here) { Work::Sign } else { Work::LedgerWrite })
        }
    }
}

/// The acts at the root of an operation, alone in its document.
pub(crate) fn acts_of(document: &ExecutableDocument) -> Vec<&'static Spec> {
    let Some((kind, fields)) = Fields::of(document) else { return Vec::new() };
    fields.roots.iter().filter_map(|name| acts::of(kind, name)).collect()
}

/// The names of an operation's fields, fragments written out. The document has been counted before, so its depth is bounded.
struct Fields<'a> {
    document: &'a ExecutableDocument,
    roots: BTreeSet<&'a str>,
    all: BTreeSet<&'a str>,
    /// Fragments that were looked into, and whether at the root.
    open: BTreeSet<(&'a str, bool)>,
}

impl<'a> Fields<'a> {
    fn of(document: &'a ExecutableDocument) -> Option<(OperationType, Self)> {
        let operation = document.operations.iter().map(|(_, operation)| &operation.node).next()?;
        let mut fields =
            Self { document, roots: BTreeSet::new(), all: BTreeSet::new(), open: BTreeSet::new() };
        fields.collect(&operation.selection_set.node, true);
        Some((operation.ty, fields))
    }

    fn collect(&mut self, set: &'a SelectionSet, at_root: bool) {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => {
                    let name = field.node.name.node.as_str();
                    self.all.insert(name);
                    if at_root {
                        self.roots.insert(name);
                    }
                    self.collect(&field.node.selection_set.node, false);
                }
                Selection::InlineFragment(fragment) => {
                    self.collect(&fragment.node.selection_set.node, at_root);
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if let Some(fragment) = self.document.fragments.get(name)
                        && self.open.insert((name.as_str(), at_root))
                    {
                        self.collect(&fragment.node.selection_set.node, at_root);
                    }
                }
            }
        }
    }
}

/// The cost of a connection field: its rows times what is asked of each.
pub(crate) fn page_cost(first: Option<i32>, last: Option<i32>, child: usize) -> usize {
    let asked = first.or(last).and_then(|rows| usize::try_from(rows).ok());
    let rows = asked.unwrap_or(CONNECTION_ROWS_DEFAULT as usize).min(CONNECTION_ROWS_MAX as usize);
    rows.saturating_mul(child).saturating_add(1)
}

/// Counts of a selection with its fragments written out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Size {
    fields: usize,
    root_fields: usize,
}

impl Size {
    fn plus(self, other: Self) -> Self {
        Self {
            fields: self.fields.saturating_add(other.fields),
            root_fields: self.root_fields.saturating_add(other.root_fields),
        }
    }
}

/// Refuses documents that would cost much before any rule of GraphQL looks at them: fragments that multiply, hundreds of
/// aliases, hundreds of root fields.
pub(crate) fn check(document: &ExecutableDocument) -> Result<(), Fault> {
    let mut counting =
        Counting { document, known: BTreeMap::new(), open: BTreeSet::new(), aliases: 0, depth: 0 };
    for (_, operation) in document.operations.iter() {
        let size = counting.size(&operation.node.selection_set.node)?;
        if size.fields > FIELDS_MAX {
            return Err(too_much(
                "graphql/too-many-fields",
                format!("The query has more than {FIELDS_MAX} fields."),
            ));
        }
        if size.root_fields > ROOT_FIELDS_MAX {
            let sentence = format!("An operation may have at most {ROOT_FIELDS_MAX} fields at its root.");
            return Err(too_much("graphql/too-many-root-fields", sentence));
        }
    }
    if counting.aliases > ALIASES_MAX {
        let sentence = format!("The query has more than {ALIASES_MAX} aliases.");
        return Err(too_much("graphql/too-many-aliases", sentence));
    }
    introspection::check(document)
}

pub(crate) fn too_much(code: &'static str, sentence: impl Into<String>) -> Fault {
    Fault::new(FaultKind::Invalid, code, sentence)
}

struct Counting<'a> {
    document: &'a ExecutableDocument,
    known: BTreeMap<&'a str, Size>,
    open: BTreeSet<&'a str>,
    aliases: usize,
    depth: usize,
}

impl<'a> Counting<'a> {
    /// Bounded in depth: fragments can nest far deeper than a text with as many braces.
    fn size(&mut self, set: &'a SelectionSet) -> Result<Size, Fault> {
        if self.depth > NESTING_MAX {
            let sentence = format!("The query is nested deeper than {DEPTH_MAX} fields.");
            return Err(too_much("graphql/too-deep", sentence));
        }
        self.depth += 1;
        let size = self.sum(set);
        self.depth -= 1;
        size
    }

    fn sum(&mut self, set: &'a SelectionSet) -> Result<Size, Fault> {
        let mut size = Size::default();
        for item in &set.items {
            size = size.plus(match &item.node {
                Selection::Field(field) => {
                    self.aliases += usize::from(field.node.alias.is_some());
                    let below = self.size(&field.node.selection_set.node)?;
                    Size { fields: below.fields.saturating_add(1), root_fields: 1 }
                }
                Selection::InlineFragment(fragment) => self.size(&fragment.node.selection_set.node)?,
                Selection::FragmentSpread(spread) => {
                    self.fragment(spread.node.fragment_name.node.as_str())?
                }
            });
        }
        Ok(size)
    }

    /// Each fragment is counted once and remembered, however often it is spread.
    fn fragment(&mut self, name: &str) -> Result<Size, Fault> {
        let Some((name, fragment)) = self.document.fragments.iter().find(|(known, _)| known.as_str() == name)
        else {
            // Validation says it better.
            return Ok(Size::default());
        };
        if let Some(size) = self.known.get(name.as_str()) {
            return Ok(*size);
        }
        if !self.open.insert(name.as_str()) {
            return Err(too_much("graphql/fragment-cycle", format!("The fragment {name} spreads itself.")));
        }
        let size = self.size(&fragment.node.selection_set.node)?;
        self.open.remove(name.as_str());
        self.known.insert(name.as_str(), size);
        Ok(size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::parser::parse_query;
    use std::fmt::Write as _;

    fn code(text: &str) -> Option<&'static str> {
        check(&parse_query(text).unwrap()).err().map(|fault| fault.code)
    }

    #[test]
    fn multiplying_fragments_are_counted_without_being_written_out() {
        let mut text = "{ ...f0 } fragment f30 on Query { viewer { id } }".to_owned();
        for i in 0..30 {
            write!(text, " fragment f{i} on Query {{ ...f{0} ...f{0} }}", i + 1).unwrap();
        }
        assert_eq!(code(&text), Some("graphql/too-many-fields"));
    }

    #[test]
    fn a_fragment_that_spreads_itself_is_refused() {
        assert_eq!(
            code("{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }"),
            Some("graphql/fragment-cycle")
        );
    }

    #[test]
    fn fragments_cannot_nest_without_end() {
        let mut text = "{ ...f0 } fragment f1000 on Query { viewer { id } }".to_owned();
        for i in 0..1000 {
            write!(text, " fragment f{i} on Query {{ ...f{} }}", i + 1).unwrap();
        }
        assert_eq!(code(&text), Some("graphql/too-deep"));
    }

    #[test]
    fn aliases_and_root_fields_are_bounded() {
        let aliased = |count: usize| {
            let fields: Vec<String> = (0..count).map(|i| format!("a{i}: id")).collect();
            format!("{{ viewer {{ {} }} }}", fields.join(" "))
        };
        assert_eq!(code(&aliased(ALIASES_MAX)), None);
        assert_eq!(code(&aliased(ALIASES_MAX + 1)), Some("graphql/too-many-aliases"));
        let roots = |count: usize| format!("{{ {} }}", vec!["viewer { id }"; count].join(" "));
        assert_eq!(code(&roots(ROOT_FIELDS_MAX)), None);
        assert_eq!(code(&roots(ROOT_FIELDS_MAX + 1)), Some("graphql/too-many-root-fields"));
    }

    #[test]
    fn an_operation_takes_the_places_of_its_dearest_field() {
        let table = [
            ("{ viewer { id } }", Some(Work::Read)),
            ("query { viewer { id } a: verifyCredential { verified } }", Some(Work::Ask)),
            ("query { ... { statusOf { valid } } }", Some(Work::Ask)),
            ("query { ...f } fragment f on Query { trustChain { verified } }", Some(Work::Ask)),
            ("mutation { createKey { key { kid } } }", Some(Work::Sign)),
            ("mutation { createKey { key { kid } } createDid { did { did } } }", Some(Work::LedgerWrite)),
            ("mutation { issueCredential { credential { id } } }", Some(Work::Sign)),
            (
                "mutation { ...f } fragment f on Mutation { createDid { did { did } } }",
                Some(Work::LedgerWrite),
            ),
            ("mutation { somethingNew { id } }", Some(Work::LedgerWrite)),
            ("subscription { events { id } }", Some(Work::Read)),
            (
                "subscription { events { operation { controller { resources { nodes { data } } } } } }",
                Some(Work::Ask),
            ),
            ("{ resources { nodes { name } } }", Some(Work::Read)),
            ("{ resources { nodes { data } } }", Some(Work::Ask)),
            (
                "{ ...f } fragment f on Query { viewer { payers { ...p } } } fragment p on Payer { balance }",
                Some(Work::Ask),
            ),
            (
                "mutation { a: createKey { replayed } ...f } fragment f on Mutation { createKey { replayed } }",
                Some(Work::Sign),
            ),
            (
                "mutation { createKey { ...f } } fragment f on CreateKeyPayload { createDid { id } }",
                Some(Work::Sign),
            ),
        ];
        for (text, expected) in table {
            assert_eq!(work_of(&parse_query(text).unwrap()), expected, "{text}");
        }
    }

    #[test]
    fn a_page_costs_its_rows() {
        assert_eq!(page_cost(Some(50), None, 3), 151);
        assert_eq!(page_cost(None, Some(7), 2), 15);
        assert_eq!(page_cost(None, None, 1), CONNECTION_ROWS_DEFAULT as usize + 1);
        assert_eq!(page_cost(Some(1_000_000), None, 1), CONNECTION_ROWS_MAX as usize + 1);
        assert_eq!(page_cost(Some(-1), None, 1), CONNECTION_ROWS_DEFAULT as usize + 1);
    }
}
