//! A document to RDF: expansion (JSON-LD 1.1 API section 5.1) and the making of quads (section 8) in one walk.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Number, Value};

use super::context::{Active, Budget, Container, Definition, Language, Mode, is_iri, is_language};
use super::rdf::{
    Quad, RDF_FIRST, RDF_JSON, RDF_LANG_STRING, RDF_NIL, RDF_REST, RDF_TYPE, Term, XSD_BOOLEAN, XSD_DOUBLE,
    XSD_INTEGER, XSD_STRING,
};
use super::{DEPTH_MAX, LdError, QUAD_BYTES_MAX, QUADS_MAX, cut};

/// Whole numbers up to here are the same for every reader (RFC 8259 section 6).
const LARGEST_EXACT: i64 = 9_007_199_254_740_991;

/// Everything a document says, each statement once.
pub(super) fn quads(document: &Value) -> Result<Vec<Quad>, LdError> {
    let Value::Object(members) = document else {
        return Err(LdError::Value("the document is no object".to_owned()));
    };
    let mut walk = Walk {
        quads: Vec::new(),
        blanks: 0,
        labels: BTreeMap::new(),
        budget: Budget::new(),
        graph: None,
        depth: 0,
        bytes: 0,
        described: BTreeSet::new(),
    };
    walk.node(&Active::default(), members, None)?;
    let label = |blank: usize| blank.to_string();
    let mut seen = BTreeSet::new();
    walk.quads.retain(|quad| seen.insert(quad.line(&label)));
    Ok(walk.quads)
}

struct Walk {
    quads: Vec<Quad>,
    blanks: usize,
    labels: BTreeMap<String, usize>,
    budget: Budget,
    graph: Option<Term>,
    depth: usize,
    /// Of the names in the statements so far.
    bytes: usize,
    /// Which nodes have said something, and in which graph.
    described: BTreeSet<(Option<Term>, Term)>,
}

type Property<'a> = Option<&'a Definition>;

fn refused(why: impl Into<String>) -> LdError {
    LdError::Value(why.into())
}

impl Walk {
    fn say(&mut self, subject: &Term, predicate: &str, object: Term) -> Result<(), LdError> {
        if self.quads.len() >= QUADS_MAX {
            return Err(LdError::TooMuch(QUADS_MAX, "statements"));
        }
        let length = |term: &Term| if let Term::Iri(iri) = term { iri.len() } else { 0 };
        let names =
            [length(subject), predicate.len(), length(&object), self.graph.as_ref().map_or(0, length)];
        self.bytes = self.bytes.saturating_add(names.iter().sum());
        if self.bytes > QUAD_BYTES_MAX {
            return Err(LdError::TooMuch(QUAD_BYTES_MAX, "bytes of names"));
        }
        let (subject, predicate) = (subject.clone(), predicate.to_owned());
        self.quads.push(Quad { subject, predicate, object, graph: self.graph.clone() });
        Ok(())
    }

    const fn blank(&mut self) -> Term {
        self.blanks += 1;
        Term::Blank(self.blanks)
    }

    /// The node of an expanded id.
    fn named(&mut self, id: String) -> Result<Term, LdError> {
        if id.starts_with('@') {
            return Err(LdError::Unsupported(format!("{} in place of an id", cut(&id))));
        }
        if !id.starts_with("_:") {
            return Ok(Term::Iri(id));
        }
        if let Some(blank) = self.labels.get(&id) {
            return Ok(Term::Blank(*blank));
        }
        let term = self.blank();
        self.labels.insert(id, self.blanks);
        Ok(term)
    }

    /// A node, with everything it says.
    fn node(
        &mut self,
        outer: &Active,
        members: &Map<String, Value>,
        property: Property<'_>,
    ) -> Result<Term, LdError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(LdError::TooMuch(DEPTH_MAX, "levels"));
        }
        let mut active = outer.clone();
        let is_reference = members.len() == 1
            && members.keys().all(|name| outer.expand(name, true).is_ok_and(|name| name == "@id"));
        if let (Some(previous), false) = (&outer.previous, is_reference) {
            active = (**previous).clone();
        }
        if let Some(scoped) = property.and_then(|definition| definition.scoped.as_ref()) {
            active = active.with(scoped, Mode::OF_PROPERTY, &mut self.budget, 0)?;
        }
        if let Some(context) = members.get("@context") {
            active = active.with(context, Mode::OF_DOCUMENT, &mut self.budget, 0)?;
        }
        let before_types = active.clone();
        let active = self.typed(active, members)?;
        let subject = self.subject(&active, members)?;
        // Two objects of one id are one node to whoever signs, so that a member of the one could be moved to the other, where
        // nobody looks for it.
        let says_something = members.keys().any(|name| {
            name != "@context" && !active.expand(name, true).is_ok_and(|meaning| meaning == "@id")
        });
        if says_something && !self.described.insert((self.graph.clone(), subject.clone())) {
            let name = if let Term::Iri(iri) = &subject { iri.as_str() } else { "a node without a name" };
            return Err(refused(format!("{} is described in two places", cut(name))));
        }
        for (name, value) in members.iter().filter(|(name, _)| *name != "@context") {
            match active.expand(name, true)?.as_str() {
                "@id" => {}
                "@type" => self.types(&before_types, &subject, value)?,
                predicate if is_iri(predicate) => {
                    let definition = active.definition(name).cloned();
                    self.property(&active, &subject, predicate, definition.as_deref(), value)?;
                }
                _ => return Err(LdError::Undefined(cut(name))),
            }
        }
        self.depth -= 1;
        Ok(subject)
    }

    /// With the contexts of a node's types.
    fn typed(&mut self, active: Active, members: &Map<String, Value>) -> Result<Active, LdError> {
        let scope = active.clone();
        let mut active = active;
        let mut names: Vec<&String> = members.keys().filter(|name| *name != "@context").collect();
        names.sort_unstable();
        for name in names {
            // What is not defined yet may be so by one of the types.
            if !scope.expand(name, true).is_ok_and(|meaning| meaning == "@type") {
                continue;
            }
            let mut types = texts(members.get(name))?;
            types.sort_unstable();
            for kind in types {
                let definition = scope.definition(kind).cloned();
                if let Some(context) = definition.as_ref().and_then(|definition| definition.scoped.as_ref()) {
                    active = active.with(context, Mode::OF_TYPE, &mut self.budget, 0)?;
                }
            }
        }
        Ok(active)
    }

    fn subject(&mut self, active: &Active, members: &Map<String, Value>) -> Result<Term, LdError> {
        let mut id = None;
        for (name, value) in members.iter().filter(|(name, _)| *name != "@context") {
            if active.expand(name, true)? != "@id" {
                continue;
            }
            let text = value.as_str().ok_or_else(|| refused(format!("{} is no text", cut(name))))?;
            if id.replace(active.expand(text, false)?).is_some() {
                return Err(refused("a node has two ids"));
            }
        }
        match id {
            Some(id) => self.named(id),
            None => Ok(self.blank()),
        }
    }

    fn types(&mut self, active: &Active, subject: &Term, value: &Value) -> Result<(), LdError> {
        for kind in texts(Some(value))? {
            let term = self.named(active.expand(kind, true)?)?;
            self.say(subject, RDF_TYPE, term)?;
        }
        Ok(())
    }

    fn property(
        &mut self,
        active: &Active,
        subject: &Term,
        predicate: &str,
        definition: Property<'_>,
        value: &Value,
    ) -> Result<(), LdError> {
        if definition.is_some_and(|definition| definition.kind.as_deref() == Some("@json")) {
            let literal = Term::typed(crate::json::canonical(value), RDF_JSON);
            return self.say(subject, predicate, literal);
        }
        let container = definition.map_or(Container::Plain, |definition| definition.container);
        if container == Container::List && value.get("@list").is_none() {
            if value.is_null() {
                return Ok(());
            }
            let items = match value {
                Value::Array(items) => items.as_slice(),
                single => std::slice::from_ref(single),
            };
            let list = self.list(active, items, definition)?;
            return self.say(subject, predicate, list);
        }
        for item in flat(value)? {
            let object = match container {
                Container::Graph => self.graph_of(active, item, definition)?,
                _ => self.value(active, item, definition)?,
            };
            self.say(subject, predicate, object)?;
        }
        Ok(())
    }

    /// A graph of its own, with the node in it.
    fn graph_of(&mut self, active: &Active, item: &Value, property: Property<'_>) -> Result<Term, LdError> {
        let Value::Object(members) = item else {
            return Err(refused("what stands in a graph is no object, so no signature would cover it"));
        };
        let (name, before) = (self.blank(), self.quads.len());
        let outside = self.graph.replace(name.clone());
        self.node(active, members, property)?;
        self.graph = outside;
        if self.quads.len() == before {
            return Err(refused("a graph that says nothing, so no signature would cover it"));
        }
        Ok(name)
    }

    fn list(&mut self, active: &Active, items: &[Value], property: Property<'_>) -> Result<Term, LdError> {
        let mut rest = Term::Iri(RDF_NIL.to_owned());
        // From the end, so that every cell knows what follows it.
        for item in items.iter().rev().filter(|item| !item.is_null()) {
            let first = match item {
                Value::Array(items) => self.deeper(|walk| walk.list(active, items, property))?,
                item => self.value(active, item, property)?,
            };
            let cell = self.blank();
            self.say(&cell, RDF_FIRST, first)?;
            self.say(&cell, RDF_REST, rest)?;
            rest = cell;
        }
        Ok(rest)
    }

    fn deeper<T>(&mut self, walk: impl FnOnce(&mut Self) -> Result<T, LdError>) -> Result<T, LdError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(LdError::TooMuch(DEPTH_MAX, "levels"));
        }
        let done = walk(self)?;
        self.depth -= 1;
        Ok(done)
    }

    /// One value of a property.
    fn value(&mut self, active: &Active, item: &Value, property: Property<'_>) -> Result<Term, LdError> {
        match item {
            Value::Object(members) if members.contains_key("@value") => {
                let scoped = self.scoped(active, property)?;
                literal(&scoped, members)
            }
            Value::Object(members) if members.contains_key("@list") => match members.get("@list") {
                Some(Value::Array(items)) if members.len() == 1 => {
                    self.deeper(|walk| walk.list(active, items, property))
                }
                _ => Err(LdError::Unsupported("@list beside something else".to_owned())),
            },
            Value::Object(members) => self.node(active, members, property),
            scalar => {
                let scoped = self.scoped(active, property)?;
                self.scalar(&scoped, scalar, property)
            }
        }
    }

    fn scoped(&mut self, active: &Active, property: Property<'_>) -> Result<Active, LdError> {
        match property.and_then(|definition| definition.scoped.as_ref()) {
            Some(context) => active.with(context, Mode::OF_PROPERTY, &mut self.budget, 0),
            None => Ok(active.clone()),
        }
    }

    fn scalar(&mut self, active: &Active, scalar: &Value, property: Property<'_>) -> Result<Term, LdError> {
        let kind = property.and_then(|definition| definition.kind.as_deref());
        match (scalar, kind) {
            (Value::String(text), Some("@id")) => self.named(active.expand(text, false)?),
            (Value::String(text), Some("@vocab")) => self.named(active.expand(text, true)?),
            (Value::String(text), Some(datatype)) if !datatype.starts_with('@') => {
                Ok(Term::typed(text, datatype))
            }
            (Value::String(text), _) => {
                let language = match property.map(|definition| &definition.language) {
                    Some(Language::None) => None,
                    Some(Language::Named(tag)) => Some(tag.clone()),
                    None | Some(Language::OfContext) => active.language.clone(),
                };
                Ok(text_literal(text, language))
            }
            (scalar, kind) => native(scalar, kind.filter(|kind| !kind.starts_with('@'))),
        }
    }
}

/// The items of a value, without the lists in lists and sets that say nothing, and without what says nothing.
fn flat(value: &Value) -> Result<Vec<&Value>, LdError> {
    let mut open = vec![(value, 0_usize)];
    let mut items = Vec::new();
    while let Some((value, depth)) = open.pop() {
        let inner = match value {
            Value::Null => continue,
            Value::Array(inner) => inner.as_slice(),
            Value::Object(members) if members.contains_key("@set") => match members.get("@set") {
                Some(Value::Array(inner)) if members.len() == 1 => inner.as_slice(),
                _ => return Err(LdError::Unsupported("@set beside something else".to_owned())),
            },
            item => {
                items.push(item);
                continue;
            }
        };
        if depth > DEPTH_MAX {
            return Err(LdError::TooMuch(DEPTH_MAX, "levels"));
        }
        open.extend(inner.iter().rev().map(|item| (item, depth + 1)));
    }
    Ok(items)
}

fn texts(value: Option<&Value>) -> Result<Vec<&str>, LdError> {
    let items = match value {
        Some(Value::Array(items)) => items.as_slice(),
        Some(single) => std::slice::from_ref(single),
        None => &[],
    };
    if !items.iter().all(Value::is_string) {
        return Err(refused("a type is no text"));
    }
    Ok(items.iter().filter_map(Value::as_str).collect())
}

fn text_literal(text: &str, language: Option<String>) -> Term {
    let datatype = if language.is_some() { RDF_LANG_STRING } else { XSD_STRING };
    Term::Literal { value: text.to_owned(), datatype: datatype.to_owned(), language }
}

/// A value with its type or language beside it.
fn literal(active: &Active, members: &Map<String, Value>) -> Result<Term, LdError> {
    let known = ["@value", "@type", "@language"];
    if let Some(name) = members.keys().find(|name| !known.contains(&name.as_str())) {
        return Err(LdError::Unsupported(format!("{} beside @value", cut(name))));
    }
    let value = members.get("@value").unwrap_or(&Value::Null);
    match (members.get("@type"), members.get("@language"), value) {
        (Some(Value::String(kind)), None, value) if kind == "@json" => {
            Ok(Term::typed(crate::json::canonical(value), RDF_JSON))
        }
        (Some(Value::String(kind)), None, value) => {
            let datatype = active.expand(kind, true)?;
            if !is_iri(&datatype) {
                return Err(LdError::Undefined(cut(kind)));
            }
            match value {
                Value::String(text) => Ok(Term::typed(text, datatype)),
                value => native(value, Some(&datatype)),
            }
        }
        (None, Some(Value::String(tag)), Value::String(text)) if is_language(tag) => {
            Ok(text_literal(text, Some(tag.clone())))
        }
        (None, None, Value::String(text)) => Ok(text_literal(text, None)),
        (None, None, value) => native(value, None),
        _ => Err(refused("a value with a type or language that cannot be")),
    }
}

/// Numbers and truth values, in the one spelling that every reader gives them.
fn native(value: &Value, datatype: Option<&str>) -> Result<Term, LdError> {
    match value {
        Value::Bool(flag) => Ok(Term::typed(flag.to_string(), datatype.unwrap_or(XSD_BOOLEAN))),
        Value::Number(number) => {
            let (text, usual) = spelled(number, datatype)?;
            Ok(Term::typed(text, datatype.unwrap_or(usual)))
        }
        _ => Err(refused("a value that is neither text, number nor truth value")),
    }
}

fn spelled(number: &Number, datatype: Option<&str>) -> Result<(String, &'static str), LdError> {
    const BEYOND: f64 = 1e21;
    if let Some(whole) = number.as_i64()
        && whole.abs() <= LARGEST_EXACT
        && datatype != Some(XSD_DOUBLE)
    {
        return Ok((whole.to_string(), XSD_INTEGER));
    }
    let inexact = || refused(format!("the number {number}, which readers do not agree on"));
    let double = number.as_f64().filter(|double| double.is_finite()).ok_or_else(inexact)?;
    if !number.is_f64() && datatype != Some(XSD_DOUBLE) {
        return Err(inexact());
    }
    if double.fract() == 0.0 && double.abs() < BEYOND && datatype != Some(XSD_DOUBLE) {
        let whole = format!("{:.0}", double.abs());
        let sign = if double < 0.0 { "-" } else { "" };
        return Ok((format!("{sign}{whole}"), XSD_INTEGER));
    }
    // Fifteen digits behind the point, without the zeros that say nothing.
    let written = format!("{double:.15E}");
    let (mantissa, exponent) = written.split_once('E').ok_or_else(inexact)?;
    let mantissa = mantissa.trim_end_matches('0');
    let point = if mantissa.ends_with('.') { "0" } else { "" };
    Ok((format!("{mantissa}{point}E{exponent}"), XSD_DOUBLE))
}
