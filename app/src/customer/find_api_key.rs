//! Which API key is meant.

use super::API_KEY_CHARS_MAX;
use crate::{Fault, Studio};
use domain::id::{ApiKeyId, CustomerId};
use uuid::Uuid;

/// The customer's key that `text` names: its id, or its secret, which is compared by its keyed hash and kept nowhere. Whether
/// a key with that id exists is for the use case to say; a secret of nobody or of another tenant is
/// `customer/api-key-not-found`.
pub async fn find_api_key(studio: &Studio, customer: CustomerId, text: &str) -> Result<ApiKeyId, Fault> {
    if let Ok(id) = Uuid::try_parse(text) {
        return Ok(ApiKeyId(id));
    }
    if text.len() > API_KEY_CHARS_MAX {
        return Err(no_such_api_key());
    }
    let owner = studio.directory.api_key(&studio.api_keys.hash(text)).await?;
    let owner = owner.filter(|owner| owner.customer == customer);
    owner.map(|owner| owner.key).ok_or_else(no_such_api_key)
}

/// The customer has no such key.
pub fn no_such_api_key() -> Fault {
    Fault::not_found("customer/api-key-not-found", "No such API key.")
}
