//! What is sent to sign in with a passkey and to keep some.

use app::people;
use domain::id::Instant;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// What a browser is asked: the argument of `navigator.credentials.create` or `get`, with bytes as base64url (Web Authentication
/// Level 3, 5.4 and 5.5).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PasskeyOptions {
    /// Its `publicKey`.
    #[schema(value_type = Object)]
    pub public_key: Value,
}

/// What a browser answers that has a passkey; bytes as base64url.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct PasskeySignInBody {
    /// Which one.
    pub credential_id: String,
    /// Whose it says it is.
    pub user_handle: String,
    /// What the browser signed for.
    #[schema(rename = "clientDataJSON")]
    pub client_data_json: String,
    /// What the device says of itself.
    pub authenticator_data: String,
    /// Over both.
    pub signature: String,
    /// A path here, where the browser goes then.
    pub return_to: Option<String>,
}

/// What a browser answers that made a passkey; bytes as base64url.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct AddPasskeyBody {
    /// What the browser made it for.
    #[schema(rename = "clientDataJSON")]
    pub client_data_json: String,
    /// The passkey's public half, and what the device says of itself.
    pub attestation_object: String,
    /// By which its owner knows it again.
    pub name: Option<String>,
}

/// Another name.
#[derive(Debug, ToSchema)]
pub struct RenamePasskeyBody {
    /// Which passkey.
    pub id: String,
    /// Its new name.
    pub name: String,
}

/// One of the user's passkeys.
#[derive(Debug, ToSchema)]
pub struct RemovePasskeyBody {
    /// Which.
    pub id: String,
}

/// The user's passkeys, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct PasskeyList {
    /// All of them.
    pub passkeys: Vec<PasskeyView>,
}

/// A passkey.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Passkey)]
pub struct PasskeyView {
    /// Its id, which opens nothing.
    pub id: String,
    /// By which its owner knows it again; `null` once it was erased.
    pub name: Option<String>,
    /// When it was added.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
    /// When it signed somebody in last.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Instant>,
    /// Whether other devices may have it too.
    pub is_backed_up: bool,
}

impl From<&people::OwnPasskey> for PasskeyView {
    fn from(passkey: &people::OwnPasskey) -> Self {
        Self {
            id: passkey.id.to_string(),
            name: passkey.name.clone(),
            created_at: passkey.created_at,
            last_used_at: passkey.last_used_at,
            is_backed_up: passkey.is_backed_up,
        }
    }
}

/// A passkey is gone.
#[derive(Debug, Serialize, ToSchema)]
pub struct PasskeyRemoved {
    /// Always 1.
    pub removed: u64,
}

/// A passkey is called otherwise.
#[derive(Debug, Serialize, ToSchema)]
pub struct PasskeyRenamed {
    /// Always 1.
    pub renamed: u64,
}
