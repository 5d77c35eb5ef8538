//! Contexts: what the names in a document mean (JSON-LD 1.1 API sections 4 and 5).

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::{DEFINITIONS_MAX, DEPTH_MAX, LdError, contexts, cut};

/// How values of a term are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Container {
    Plain,
    List,
    Graph,
}

/// The language of a term's texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Language {
    /// Whatever the context says.
    OfContext,
    None,
    Named(String),
}

/// What a term means.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Definition {
    /// An IRI, or `@id` or `@type`.
    pub(super) iri: String,
    /// `@id`, `@vocab`, `@json`, `@none`, or a datatype.
    pub(super) kind: Option<String>,
    pub(super) container: Container,
    pub(super) language: Language,
    /// The context of its values.
    pub(super) scoped: Option<Value>,
    is_protected: bool,
    is_prefix: bool,
}

/// What names mean at a place in the document.
#[derive(Debug, Clone, Default)]
pub(super) struct Active {
    terms: Arc<BTreeMap<String, Arc<Definition>>>,
    vocab: Option<String>,
    pub(super) language: Option<String>,
    /// What they mean again further inside, where a context is for one node alone.
    pub(super) previous: Option<Arc<Active>>,
}

/// How a context is taken in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mode {
    /// For the values inside too.
    pub(super) propagates: bool,
    /// It belongs to a property, whose definition may change protected terms.
    pub(super) overrides: bool,
}

impl Mode {
    pub(super) const OF_DOCUMENT: Self = Self { propagates: true, overrides: false };
    pub(super) const OF_TYPE: Self = Self { propagates: false, overrides: false };
    pub(super) const OF_PROPERTY: Self = Self { propagates: true, overrides: true };
}

/// Work that is left.
#[derive(Debug)]
pub(super) struct Budget {
    definitions: usize,
}

impl Budget {
    pub(super) const fn new() -> Self {
        Self { definitions: 0 }
    }
}

/// An absolute IRI that N-Quads can hold (RFC 3987 has more rules, which nothing here depends on).
pub(super) fn is_iri(text: &str) -> bool {
    let Some((scheme, _)) = text.split_once(':') else { return false };
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    is_scheme && !text.chars().any(|c| c <= ' ' || "<>\"{}|^`\\".contains(c) || c.is_control())
}

pub(super) fn is_language(text: &str) -> bool {
    let mut parts = text.split('-');
    let fits = |part: &str| (1..=8).contains(&part.len());
    parts.next().is_some_and(|first| fits(first) && first.bytes().all(|b| b.is_ascii_alphabetic()))
        && parts.all(|part| fits(part) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}

fn wrong(what: impl Into<String>) -> LdError {
    LdError::Context(what.into())
}

/// A local context while its terms are being defined.
struct Local<'a> {
    members: &'a Map<String, Value>,
    /// Whether a term is done; `false` while it is on its way.
    defined: BTreeMap<String, bool>,
    is_protected: bool,
    mode: Mode,
    /// How many terms led to the one that is defined.
    depth: usize,
}

impl Active {
    pub(super) fn definition(&self, term: &str) -> Option<&Arc<Definition>> {
        self.terms.get(term)
    }

    /// With another context taken in. `depth` is how many contexts led here.
    pub(super) fn with(
        &self,
        context: &Value,
        mode: Mode,
        budget: &mut Budget,
        depth: usize,
    ) -> Result<Self, LdError> {
        if depth > DEPTH_MAX {
            return Err(LdError::TooMuch(DEPTH_MAX, "contexts that lead to one another"));
        }
        let mut result = self.clone();
        if !mode.propagates && result.previous.is_none() {
            result.previous = Some(Arc::new(self.clone()));
        }
        let items = match context {
            Value::Array(items) => items.as_slice(),
            single => std::slice::from_ref(single),
        };
        for item in items {
            match item {
                Value::Null => {
                    if !mode.overrides && result.terms.values().any(|term| term.is_protected) {
                        return Err(wrong("protected terms cannot be taken back by null"));
                    }
                    let previous = (!mode.propagates).then(|| Arc::new(self.clone()));
                    result = Self { previous, ..Self::default() };
                }
                Value::String(address) => {
                    let known = contexts::at(address).ok_or_else(|| LdError::UnknownContext(cut(address)))?;
                    let mode = Mode { propagates: true, overrides: false };
                    result = result.with(known, mode, budget, depth + 1)?;
                }
                Value::Object(members) => result.take_in(members, mode, budget)?,
                _ => return Err(wrong("a context is an address or an object")),
            }
        }
        Ok(result)
    }

    fn take_in(
        &mut self,
        members: &Map<String, Value>,
        mode: Mode,
        budget: &mut Budget,
    ) -> Result<(), LdError> {
        budget.definitions = budget.definitions.saturating_add(members.len());
        if budget.definitions > DEFINITIONS_MAX {
            return Err(LdError::TooMuch(DEFINITIONS_MAX, "terms in its contexts"));
        }
        let mut is_protected = false;
        for (name, value) in members.iter().filter(|(name, _)| name.starts_with('@')) {
            match (name.as_str(), value) {
                ("@version", value) if value.as_f64() == Some(1.1) => {}
                ("@protected", Value::Bool(protected)) => is_protected = *protected,
                ("@vocab", Value::String(vocab)) => {
                    let expanded = self.expand(vocab, true)?;
                    self.vocab = Some(expanded);
                }
                ("@language", Value::Null) => self.language = None,
                ("@language", Value::String(tag)) if is_language(tag) => self.language = Some(tag.clone()),
                (name, _) => return Err(LdError::Unsupported(format!("{} in a context", cut(name)))),
            }
        }
        let mut local = Local { members, defined: BTreeMap::new(), is_protected, mode, depth: 0 };
        for name in members.keys().filter(|name| !name.starts_with('@')) {
            self.define(&mut local, name)?;
        }
        Ok(())
    }

    fn define(&mut self, local: &mut Local<'_>, term: &str) -> Result<(), LdError> {
        match local.defined.get(term) {
            Some(true) => return Ok(()),
            Some(false) => return Err(wrong(format!("{} is defined by itself", cut(term)))),
            None => {}
        }
        let Some(value) = local.members.get(term).filter(|_| !term.is_empty()) else {
            return Err(wrong("a term without a name"));
        };
        // Terms are defined by one another; whoever makes a chain of them must not run the stack out.
        local.depth += 1;
        if local.depth > DEPTH_MAX {
            return Err(LdError::TooMuch(DEPTH_MAX, "terms that are defined by one another"));
        }
        local.defined.insert(term.to_owned(), false);
        let before = self.terms.get(term).cloned();
        Arc::make_mut(&mut self.terms).remove(term);
        let definition = self.read_definition(local, term, value)?;
        if let Some(before) = before.filter(|before| before.is_protected && !local.mode.overrides) {
            let same = Definition { is_protected: true, ..definition.clone() };
            if same != *before {
                return Err(wrong(format!("the protected term {} cannot be changed", cut(term))));
            }
            Arc::make_mut(&mut self.terms).insert(term.to_owned(), before);
        } else {
            Arc::make_mut(&mut self.terms).insert(term.to_owned(), Arc::new(definition));
        }
        local.defined.insert(term.to_owned(), true);
        local.depth -= 1;
        Ok(())
    }

    fn read_definition(
        &mut self,
        local: &mut Local<'_>,
        term: &str,
        value: &Value,
    ) -> Result<Definition, LdError> {
        let nothing = Map::new();
        let (id, members) = match value {
            Value::String(id) => (Some(id.as_str()), &nothing),
            Value::Object(members) => match members.get("@id") {
                Some(Value::String(id)) => (Some(id.as_str()), members),
                None => (None, members),
                Some(_) => return Err(wrong(format!("{} is taken away", cut(term)))),
            },
            // A term that is taken away would leave its values unsigned.
            _ => return Err(wrong(format!("{} is taken away", cut(term)))),
        };
        let is_short = value.is_string();
        let iri = self.meaning(local, term, id)?;
        let mut definition = Definition {
            is_prefix: is_short
                && !term.contains([':', '/'])
                && iri.ends_with([':', '/', '?', '#', '[', ']', '@']),
            iri,
            kind: None,
            container: Container::Plain,
            language: Language::OfContext,
            scoped: members.get("@context").cloned(),
            is_protected: local.is_protected,
        };
        for (name, value) in members {
            match (name.as_str(), value) {
                ("@id" | "@context", _) => {}
                ("@protected", Value::Bool(protected)) => definition.is_protected = *protected,
                ("@prefix", Value::Bool(prefix)) => definition.is_prefix = *prefix,
                ("@language", Value::Null) => definition.language = Language::None,
                ("@language", Value::String(tag)) if is_language(tag) => {
                    definition.language = Language::Named(tag.clone());
                }
                ("@type", Value::String(kind)) => {
                    definition.kind = Some(self.kind_of_values(local, kind)?);
                }
                ("@container", value) => definition.container = container(value)?,
                (name, _) => {
                    return Err(LdError::Unsupported(format!("{} of the term {}", cut(name), cut(term))));
                }
            }
        }
        Ok(definition)
    }

    fn kind_of_values(&mut self, local: &mut Local<'_>, kind: &str) -> Result<String, LdError> {
        if matches!(kind, "@id" | "@vocab" | "@json" | "@none") {
            return Ok(kind.to_owned());
        }
        let datatype = self.expand_in(Some(local), kind, true)?;
        if is_iri(&datatype) { Ok(datatype) } else { Err(wrong(format!("{} is no datatype", cut(kind)))) }
    }

    /// The IRI of a term, by its `@id` or by itself.
    fn meaning(&mut self, local: &mut Local<'_>, term: &str, id: Option<&str>) -> Result<String, LdError> {
        if let Some(id) = id.filter(|id| *id != term) {
            let expanded = self.expand_in(Some(local), id, true)?;
            if !matches!(expanded.as_str(), "@id" | "@type") && !is_iri(&expanded) {
                return Err(wrong(format!("{} stands for {}", cut(term), cut(&expanded))));
            }
            if term.contains([':', '/']) {
                local.defined.insert(term.to_owned(), true);
                if self.expand_in(Some(local), term, true)? != expanded {
                    return Err(wrong(format!("{} stands for something else", cut(term))));
                }
                local.defined.insert(term.to_owned(), false);
            }
            return Ok(expanded);
        }
        let prefix = term.split_once(':').filter(|(prefix, _)| !prefix.is_empty());
        if let Some((prefix, rest)) = prefix {
            if local.members.contains_key(prefix) {
                self.define(local, prefix)?;
            }
            return Ok(match self.terms.get(prefix) {
                Some(definition) => format!("{}{rest}", definition.iri),
                None => term.to_owned(),
            })
            .and_then(|iri| if is_iri(&iri) { Ok(iri) } else { Err(LdError::Undefined(cut(term))) });
        }
        match &self.vocab {
            Some(vocab) if !term.contains('/') => Ok(format!("{vocab}{term}")),
            _ => Err(wrong(format!("{} stands for nothing", cut(term)))),
        }
    }

    /// The IRI, keyword or blank node that a text stands for; with `vocab` as names of terms and types do.
    pub(super) fn expand(&self, text: &str, vocab: bool) -> Result<String, LdError> {
        // Without a local context nothing is defined on the way.
        self.clone().expand_in(None, text, vocab)
    }

    fn expand_in(
        &mut self,
        mut local: Option<&mut Local<'_>>,
        text: &str,
        vocab: bool,
    ) -> Result<String, LdError> {
        if matches!(text, "@id" | "@type") {
            return Ok(text.to_owned());
        }
        if text.starts_with('@') {
            return Err(LdError::Unsupported(cut(text)));
        }
        if let Some(local) = &mut local
            && local.members.contains_key(text)
            && local.defined.get(text) != Some(&true)
        {
            self.define(local, text)?;
        }
        if let Some(definition) = self.terms.get(text)
            && (vocab || definition.iri.starts_with('@'))
        {
            return Ok(definition.iri.clone());
        }
        if let Some((prefix, rest)) = text.split_once(':').filter(|(prefix, _)| !prefix.is_empty()) {
            if prefix == "_" {
                return Ok(text.to_owned());
            }
            if !rest.starts_with("//") {
                if let Some(local) = &mut local
                    && local.members.contains_key(prefix)
                    && local.defined.get(prefix) != Some(&true)
                {
                    self.define(local, prefix)?;
                }
                if let Some(definition) = self.terms.get(prefix).filter(|definition| definition.is_prefix) {
                    return absolute(format!("{}{rest}", definition.iri));
                }
            }
            return absolute(text.to_owned());
        }
        match &self.vocab {
            Some(vocabulary) if vocab => absolute(format!("{vocabulary}{text}")),
            _ => Err(LdError::Undefined(cut(text))),
        }
    }
}

fn absolute(iri: String) -> Result<String, LdError> {
    if is_iri(&iri) { Ok(iri) } else { Err(LdError::Undefined(cut(&iri))) }
}

fn container(value: &Value) -> Result<Container, LdError> {
    let names = match value {
        Value::Array(names) => names.iter().map(Value::as_str).collect(),
        single => vec![single.as_str()],
    };
    let mut container = Container::Plain;
    for name in names {
        container = match (name, container) {
            (Some("@set"), container) => container,
            (Some("@list"), Container::Plain) => Container::List,
            (Some("@graph"), Container::Plain) => Container::Graph,
            (name, _) => {
                let shown = cut(name.unwrap_or("this"));
                return Err(LdError::Unsupported(format!("{shown} as a container")));
            }
        };
    }
    Ok(container)
}
