//! JSON-LD 1.1, as far as credentials use it, to canonical RDF: what Linked Data proofs and `rdfc` cryptosuites sign.
//!
//! Strict where JSON-LD is lenient. By the book, whatever a context does not define is left out, which means that it is not signed
//! although it stands there. Here it is refused; so is every feature of JSON-LD that is not read, by name. What remains is either in the
//! signature or says nothing (`null`, an empty list). Contexts are bundled and never fetched, work is bounded.

mod canonical;
mod context;
mod contexts;
mod expand;
mod rdf;

use serde_json::Value;

domain::limits! {
    /// How deep a document nests, and how deep contexts lead to contexts.
    DEPTH_MAX: usize = 64, "levels";
    /// Terms that the contexts of one document define, counted wherever a context stands.
    DEFINITIONS_MAX: usize = 60_000, "terms";
    /// Statements of one document.
    QUADS_MAX: usize = 5_000, "statements";
    /// What the names in the statements of one document come to, each counted wherever it stands.
    QUAD_BYTES_MAX: usize = 16 * 1024 * 1024, "bytes of names";
}

pub(crate) use canonical::LIMITS as CANONICAL_LIMITS;

/// Why a document is not signed, or not verified.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LdError {
    /// A context that is not bundled.
    #[error(
        "the context {0} is not known here, and contexts are never fetched (docs/credentials.md#contexts)"
    )]
    UnknownContext(String),
    /// A name, type or id that no context defines.
    #[error("{0} is not defined by any context, so no signature would cover it")]
    Undefined(String),
    /// A context that is against the rules.
    #[error("the contexts cannot be read: {0}")]
    Context(String),
    /// JSON-LD that is not read here.
    #[error("{0} is not read in JSON-LD here")]
    Unsupported(String),
    /// A value that would be left out, or that readers understand differently.
    #[error("{0}")]
    Value(String),
    /// Deeper, longer or more work than is done.
    #[error("the document has more than {0} {1}")]
    TooMuch(usize, &'static str),
    /// So many nodes without an id look alike that telling them apart takes too long.
    #[error("too many of its nodes have no id and look alike")]
    TooAlike,
}

/// What a document says, in canonical N-Quads (RDFC-1.0, SHA-256).
pub(crate) fn canonical(document: &Value) -> Result<String, LdError> {
    canonical::canonical(&expand::quads(document)?)
}

/// A text for a sentence.
fn cut(text: &str) -> String {
    text.chars().take(100).collect()
}

#[cfg(test)]
mod tests;
