//! What LogTo has beside OpenID Connect: a management API and webhooks. Answers of a real one are what the tests here are
//! checked against.

mod api;
mod grants;
mod hook;

#[cfg(test)]
mod tests;

use crate::{
    config::{self, ConfigError, Secret},
    fault,
};
use api::{Api, ApiError};
use app::{
    Fault,
    port::{
        Clock,
        provider_users::{CustomerNote, Grants, ProviderUsers, Told},
    },
};
use async_trait::async_trait;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// What its users' own documents call the account here.
const CUSTOMER_MEMBER: &str = "customer";
const PAYERS_MEMBER: &str = "paymentAccount";

/// A LogTo and what Studio may do there.
#[derive(Debug, Clone)]
pub struct LogToConfig {
    /// Its address (`LOGTO_ENDPOINT`).
    pub endpoint: String,
    /// Studio's machine there; without one the management API is not called.
    pub machine: Option<LogToMachine>,
    /// The audience of its management API (`LOGTO_MANAGEMENT_API`): a name, never called.
    pub management_api: String,
    /// The roles that everybody gets (`LOGTO_DEFAULT_ROLE_ID`, `LOGTO_TESTNET_ROLE_ID`).
    pub default_roles: Vec<String>,
    /// The API resource whose scopes its roles give (`LOGTO_DEFAULT_RESOURCE_URL`); without one, roles there take nothing away.
    pub resource: Option<String>,
    /// What webhooks are signed with (`LOGTO_WEBHOOK_SECRET`); without it none is believed.
    pub webhook_secret: Option<Secret>,
}

/// A machine-to-machine app that may use the management API.
#[derive(Debug, Clone)]
pub struct LogToMachine {
    /// Its name (`LOGTO_M2M_APP_ID`).
    pub client_id: String,
    /// Its password (`LOGTO_M2M_APP_SECRET`).
    pub client_secret: Secret,
}

/// The issuer of the LogTo at this address.
pub fn issuer(endpoint: &str) -> String {
    format!("{}/oidc", endpoint.trim_end_matches('/'))
}

/// The limits of this module.
pub(crate) fn limits() -> Vec<domain::limit::Limit> {
    [api::LIMITS, grants::LIMITS, hook::LIMITS].concat()
}

/// A LogTo.
pub struct LogTo {
    config: LogToConfig,
    issuer: String,
    api: Option<Api>,
    grants: grants::Memory,
    clock: Arc<dyn Clock>,
}

impl LogTo {
    /// Checks the configuration; asks nobody yet.
    ///
    /// # Errors
    /// When the address is none, or plain http to another machine.
    pub fn new(config: LogToConfig, clock: Arc<dyn Clock>) -> Result<Self, ConfigError> {
        let endpoint = config::issuer("LOGTO_ENDPOINT", config.endpoint.trim_end_matches('/'))?;
        let machine = config.machine.as_ref();
        let api =
            machine.map(|machine| Api::new(&config, machine, endpoint, Arc::clone(&clock))).transpose()?;
        let issuer = issuer(&config.endpoint);
        Ok(Self { config, issuer, api, grants: grants::Memory::new(Arc::clone(&clock)), clock })
    }
}

/// Gives a user a role; whether it is new.
async fn give_role(api: &Api, subject: &str, role: &str) -> Result<(), Fault> {
    match api.post(&["users", subject, "roles"], &json!({"roleIds": [role]})).await {
        Ok(_) => Ok(()),
        // Versions before 1.30 refuse what is done already.
        Err(ApiError::Refused { status: 422, code }) if code == "user.role_exists" => Ok(()),
        Err(error) => Err(error.into_fault()),
    }
}

#[async_trait]
impl ProviderUsers for LogTo {
    fn told(&self, signature: Option<&str>, body: &[u8]) -> Result<Told, Fault> {
        let secret = self.config.webhook_secret.as_ref();
        hook::read(secret, &self.issuer, signature, body, self.clock.now())
    }

    async fn give_default_roles(&self, subject: &str) -> Result<(), Fault> {
        let Some(api) = &self.api else { return Ok(()) };
        // One by one: a version that refuses what is done already would refuse the others with it.
        for role in &self.config.default_roles {
            give_role(api, subject, role).await?;
        }
        Ok(())
    }

    async fn note_customer(&self, subject: &str, note: &CustomerNote) -> Result<bool, Fault> {
        let Some(api) = &self.api else { return Ok(false) };
        let path = ["users", subject, "custom-data"];
        let there = api.get(&path, &[]).await.map_err(ApiError::into_fault)?;
        let there: Map<String, Value> = there.json().map_err(fault::unreachable)?;
        if there.contains_key(CUSTOMER_MEMBER) {
            return Ok(false);
        }
        let payers = json!({"mainnet": note.mainnet, "testnet": note.testnet});
        let data = json!({CUSTOMER_MEMBER: {"id": note.customer, "name": note.name}, PAYERS_MEMBER: payers});
        // Members of the first level that are not named here stay as they are.
        api.patch(&path, &json!({"customData": data})).await.map_err(ApiError::into_fault)?;
        Ok(true)
    }

    fn limits(&self) -> bool {
        self.api.is_some() && self.config.resource.is_some()
    }

    async fn grants(&self, subject: &str) -> Result<Option<Grants>, Fault> {
        let (Some(api), Some(resource)) = (&self.api, &self.config.resource) else { return Ok(None) };
        self.grants.of(api, resource, subject).await.map(Some)
    }
}
