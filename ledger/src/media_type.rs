//! What a resource costs by the media type that the ledger will detect in its bytes (docs/ledger.md#media-types).

use app::resource::media_type::{detect, has_svg, is_text};

/// Fee classes of resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeeClass {
    /// `image/…`
    Image,
    /// `application/json…`
    Json,
    /// Everything else.
    Default,
}

/// The fee class; `None` if only the node can tell.
pub fn fee_class(data: &[u8]) -> Option<FeeClass> {
    match detect(data) {
        Some(kind) if kind.starts_with("image/") => Some(FeeClass::Image),
        Some(kind) if kind.starts_with("application/json") => Some(FeeClass::Json),
        Some(_) => Some(FeeClass::Default),
        // No text that we cannot name is an image or JSON, and neither is a zip.
        None if data.starts_with(b"PK\x03\x04") => Some(FeeClass::Default),
        None if is_text(data) && !data.starts_with(b"BM") && !has_svg(data) => Some(FeeClass::Default),
        None => None,
    }
}

#[cfg(test)]
mod tests;
