//! The identity provider: LogTo's variables as cheqd Studio has them, or those of any other provider.

use super::{ConfigError, Reader, invalid, meaning};
use idp::{
    Connectors, OidcConfig, Secret,
    logto::{self, LogToConfig, LogToMachine},
};

/// Where LogTo sends browsers back to, as cheqd Studio's set-up says.
const LOGTO_CALLBACK: &str = "/logto/sign-in-callback";
/// Where every other provider does.
const CALLBACK: &str = "/auth/callback";
/// What LogTo is asked for.
const LOGTO_SCOPES: &str = "openid profile email";

/// A provider that people sign in with.
#[derive(Clone)]
pub struct Identity {
    /// What Studio is there; where browsers come back to is a path.
    pub oidc: OidcConfig,
    /// What it may do beside signing in, if the provider is LogTo.
    pub logto: Option<LogToConfig>,
}

impl Identity {
    /// What Studio is there, if browsers reach it by this address, which has no slash at its end.
    pub fn reached_by(&self, base: &str) -> OidcConfig {
        OidcConfig { redirect_uri: format!("{base}{}", self.oidc.redirect_uri), ..self.oidc.clone() }
    }
}

/// The provider, if one is configured.
pub(super) fn read(reader: &Reader<'_>) -> Result<Option<Identity>, ConfigError> {
    match (reader.optional("OIDC_ISSUER_URL"), reader.optional("LOGTO_ENDPOINT")) {
        (None, None) => {
            // Who named the client meant to name the provider too.
            unaccompanied(reader, "OIDC_CLIENT_ID", "OIDC_ISSUER_URL")?;
            unaccompanied(reader, "LOGTO_APP_ID", "LOGTO_ENDPOINT")?;
            Ok(None)
        }
        (Some(_), Some(_)) => {
            Err(invalid("OIDC_ISSUER_URL", "set beside LOGTO_ENDPOINT, but people sign in with one provider"))
        }
        (Some(issuer), None) => any(reader, issuer).map(Some),
        (None, Some(endpoint)) => logto(reader, endpoint).map(Some),
    }
}

fn any(reader: &Reader<'_>, issuer: String) -> Result<Identity, ConfigError> {
    let oidc = OidcConfig {
        issuer,
        client_id: required(reader, "OIDC_CLIENT_ID")?,
        client_secret: reader.optional("OIDC_CLIENT_SECRET").map(Secret::new),
        redirect_uri: CALLBACK.to_owned(),
        scopes: reader.text("OIDC_SCOPES"),
        connectors: Connectors::Parameter(reader.text("OIDC_CONNECTOR_PARAMETER")),
        machine_audience: reader.optional("OIDC_AUDIENCE"),
    };
    checked("OIDC_ISSUER_URL", &oidc)?;
    Ok(Identity { oidc, logto: None })
}

fn logto(reader: &Reader<'_>, endpoint: String) -> Result<Identity, ConfigError> {
    let resource = reader.optional("LOGTO_DEFAULT_RESOURCE_URL");
    let oidc = OidcConfig {
        issuer: logto::issuer(&endpoint),
        client_id: required(reader, "LOGTO_APP_ID")?,
        client_secret: Some(Secret::new(required(reader, "LOGTO_APP_SECRET")?)),
        redirect_uri: LOGTO_CALLBACK.to_owned(),
        scopes: LOGTO_SCOPES.to_owned(),
        connectors: Connectors::LogTo,
        machine_audience: resource.clone(),
    };
    checked("LOGTO_ENDPOINT", &oidc)?;
    unaccompanied(reader, "LOGTO_M2M_APP_SECRET", "LOGTO_M2M_APP_ID")?;
    let machine = match reader.optional("LOGTO_M2M_APP_ID") {
        Some(client_id) => {
            let client_secret = Secret::new(required(reader, "LOGTO_M2M_APP_SECRET")?);
            Some(LogToMachine { client_id, client_secret })
        }
        None => None,
    };
    let logto = LogToConfig {
        endpoint,
        machine,
        management_api: reader.text("LOGTO_MANAGEMENT_API"),
        default_roles: default_roles(reader)?,
        resource,
        webhook_secret: reader.optional("LOGTO_WEBHOOK_SECRET").map(Secret::new),
    };
    Ok(Identity { oidc, logto: Some(logto) })
}

/// The roles that a new user has at cheqd Studio, where the one for mainnet comes with a paid plan: there are none here, and nobody
/// gets it by signing in.
fn default_roles(reader: &Reader<'_>) -> Result<Vec<String>, ConfigError> {
    let names = ["LOGTO_DEFAULT_ROLE_ID", "LOGTO_TESTNET_ROLE_ID"];
    let roles: Vec<String> = names.into_iter().filter_map(|name| reader.optional(name)).collect();
    if reader.optional("LOGTO_MAINNET_ROLE_ID").is_some_and(|mainnet| roles.contains(&mainnet)) {
        let problem = "the same role as one that everybody gets, but it is what mainnet needs";
        return Err(invalid("LOGTO_MAINNET_ROLE_ID", problem));
    }
    Ok(roles)
}

fn required(reader: &Reader<'_>, name: &'static str) -> Result<String, ConfigError> {
    reader.optional(name).ok_or(ConfigError::Missing { name, meaning: meaning(name) })
}

/// One that is of no use without another.
fn unaccompanied(reader: &Reader<'_>, name: &str, other: &'static str) -> Result<(), ConfigError> {
    if reader.optional(name).is_some() { required(reader, other).map(|_| ()) } else { Ok(()) }
}

fn checked(name: &'static str, oidc: &OidcConfig) -> Result<(), ConfigError> {
    oidc.check().map_err(|error| invalid(name, &format!("not what it should be: {error}")))
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, ConfigError};

    const LOGTO: [(&str, &str); 3] =
        [("LOGTO_ENDPOINT", "https://id.example/"), ("LOGTO_APP_ID", "app"), ("LOGTO_APP_SECRET", "hunter2")];
    const OIDC: [(&str, &str); 2] =
        [("OIDC_ISSUER_URL", "https://id.example/realms/a"), ("OIDC_CLIENT_ID", "studio")];

    fn read(first: &[(&str, &str)], more: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let pairs = first.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::from_map(&pairs.collect())
    }

    #[test]
    fn logtos_names_stay_valid() {
        assert!(read(&[], &[]).unwrap().identity.is_none());
        let more = [
            ("APPLICATION_BASE_URL", "https://studio.example"),
            ("LOGTO_DEFAULT_RESOURCE_URL", "https://studio.example/api"),
            ("LOGTO_M2M_APP_ID", "machine"),
            ("LOGTO_M2M_APP_SECRET", "hunter3"),
            ("LOGTO_DEFAULT_ROLE_ID", "role-1"),
            ("LOGTO_TESTNET_ROLE_ID", "role-2"),
            ("LOGTO_MAINNET_ROLE_ID", "role-3"),
            ("LOGTO_WEBHOOK_SECRET", "hunter4"),
        ];
        let identity = read(&LOGTO, &more).unwrap().identity.unwrap();
        assert_eq!(identity.oidc.issuer, "https://id.example/oidc");
        assert_eq!(identity.oidc.redirect_uri, "/logto/sign-in-callback");
        assert_eq!(identity.oidc.machine_audience.as_deref(), Some("https://studio.example/api"));
        let logto = identity.logto.unwrap();
        assert_eq!(logto.management_api, "https://default.logto.app/api");
        assert_eq!(logto.default_roles, ["role-1", "role-2"], "mainnet is nobody's by default");
        let same = [("LOGTO_TESTNET_ROLE_ID", "role-1"), ("LOGTO_MAINNET_ROLE_ID", "role-1")];
        let error = read(&LOGTO, &same).err().unwrap().to_string();
        assert!(error.starts_with("LOGTO_MAINNET_ROLE_ID"), "{error}");
        assert!(logto.machine.is_some() && logto.webhook_secret.is_some());
    }

    #[test]
    fn any_provider_needs_its_issuer_and_a_name_there() {
        let config = read(&OIDC, &[("PORT", "4000")]).unwrap();
        let identity = config.identity.as_ref().unwrap();
        let reached = identity.reached_by(&config.browsers_base());
        assert_eq!(reached.redirect_uri, "http://localhost:4000/auth/callback");
        assert!(identity.logto.is_none() && identity.oidc.client_secret.is_none());
    }

    #[test]
    fn half_a_provider_stops_the_start_and_says_what_is_missing() {
        for (first, more, name) in [
            (&LOGTO[..2], ("PORT", "1"), "LOGTO_APP_SECRET"),
            (&LOGTO[1..], ("PORT", "1"), "LOGTO_ENDPOINT"),
            (&LOGTO[..], ("LOGTO_M2M_APP_ID", "x"), "LOGTO_M2M_APP_SECRET"),
            (&LOGTO[..], ("LOGTO_M2M_APP_SECRET", "x"), "LOGTO_M2M_APP_ID"),
            (&LOGTO[..], OIDC[0], "OIDC_ISSUER_URL"),
            (&OIDC[..1], ("PORT", "1"), "OIDC_CLIENT_ID"),
            (&OIDC[1..], ("PORT", "1"), "OIDC_ISSUER_URL"),
            (&OIDC[1..], ("OIDC_ISSUER_URL", "http://id.example"), "OIDC_ISSUER_URL"),
            (&LOGTO[1..], ("LOGTO_ENDPOINT", "id.example"), "LOGTO_ENDPOINT"),
        ] {
            let error = read(first, &[more]).err().unwrap().to_string();
            assert!(error.starts_with(name) && !error.contains("hunter"), "{error}");
        }
    }
}
