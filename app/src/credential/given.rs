//! A credential that somebody hands in.

use crate::Fault;
use credentials::{
    document::{NotSigned, accept},
    format,
    verify::Kind,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;

/// A credential in any form that is read: a compact JWT, JSON with its proof, a VCDM 2.0 envelope, a data URL, or a JSON
/// text of these. Whether it holds is another question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GivenCredential(Value);

impl GivenCredential {
    /// Faults: `credential/not-a-credential`, `credential/format-unsupported`.
    pub fn accept(given: &Value) -> Result<Self, Fault> {
        accept(given, Kind::Credential).map(Self).map_err(|why| {
            let code = match &why {
                NotSigned::Missing(_) | NotSigned::Other(_) => "credential/not-a-credential",
                NotSigned::Unsupported(_) => "credential/format-unsupported",
            };
            Fault::invalid(code, why.to_string()).with("field", "credential")
        })
    }

    /// It, as it was signed or with JSON around that.
    pub const fn document(&self) -> &Value {
        &self.0
    }

    /// What it is known again by.
    pub fn mark(&self) -> Cow<'_, str> {
        format::mark_of(&self.0).unwrap_or_default()
    }

    /// It as it is shown, if it can be read.
    pub(crate) fn shown(&self) -> Option<Value> {
        format::shown(&self.0)
    }
}
