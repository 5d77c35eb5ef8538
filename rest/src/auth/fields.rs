//! What is sent to sign in: a form of ours, or JSON of a program.

use app::{Fault, FaultKind};
use axum::{
    body::Body,
    http::{HeaderMap, header},
};
use domain::json;
use serde_json::Value;
use zeroize::Zeroizing;

domain::limits! {
    /// Largest body of a form for signing in.
    SIGN_IN_BODY_BYTES_MAX: usize = 16 * 1024, "bytes";
}

/// What a form of a page is sent as.
pub(super) const FORM: &str = "application/x-www-form-urlencoded";

/// What a body says it is, in small letters and without parameters.
pub(super) fn media_type(headers: &HeaderMap) -> String {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// The texts of a body, wiped when they are let go.
pub(super) struct Fields(Vec<(String, Zeroizing<String>)>);

impl Fields {
    /// Reads them. Faults: those of a body that cannot be read, `request/unsupported-media-type`.
    pub(super) async fn read(headers: &HeaderMap, body: Body) -> Result<Self, Fault> {
        porch::head::is_plain(headers)?;
        let bytes = porch::body::read(headers, body, SIGN_IN_BODY_BYTES_MAX).await?;
        match media_type(headers).as_str() {
            FORM => {
                let pairs: Vec<(String, String)> = serde_urlencoded::from_bytes(&bytes)
                    .map_err(|_| Fault::invalid("request/body-malformed", "The body is no form."))?;
                Ok(Self(pairs.into_iter().map(|(name, value)| (name, Zeroizing::new(value))).collect()))
            }
            "application/json" => {
                let Value::Object(members) = json::read(&bytes)? else {
                    return Err(Fault::invalid("request/body-malformed", "The body should be an object."));
                };
                // A member that is null is one that is left out.
                let members = members.into_iter().filter(|(_, value)| !value.is_null());
                let texts = members.map(|(name, value)| match value {
                    Value::String(text) => Ok((name, Zeroizing::new(text))),
                    _ => Err(Fault::about(&name, format!("{name} should be a string"))),
                });
                Ok(Self(texts.collect::<Result<_, _>>()?))
            }
            "" if bytes.is_empty() => Ok(Self(Vec::new())),
            _ => Err(Fault::new(
                FaultKind::UnsupportedMedia,
                "request/unsupported-media-type",
                "Send a form or application/json.",
            )),
        }
    }

    /// A text; empty if it was not sent.
    pub(super) fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(other, _)| other == name).map_or("", |(_, value)| value.as_str())
    }

    /// A text that was sent and is not empty.
    pub(super) fn given(&self, name: &str) -> Option<&str> {
        Some(self.text(name).trim()).filter(|text| !text.is_empty())
    }
}
