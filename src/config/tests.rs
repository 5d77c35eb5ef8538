//! What the environment says, and what it must not.

use super::*;

fn read(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::from_map(&pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
}

#[test]
fn nothing_set_gives_the_documented_defaults() {
    let config = read(&[]).unwrap();
    assert_eq!(config.port, 3000);
    assert_eq!(config.ledger_port, 26657);
    assert_eq!(config.write_wait_seconds, 30);
    assert_eq!(config.resolver_url(), "https://resolver.cheqd.net/1.0/identifiers/");
}

#[test]
fn a_mistyped_name_stops_the_start_and_names_the_right_one() {
    let error = read(&[("STUDIO_MASTERKEY", "x")]).err().unwrap();
    assert!(error.to_string().contains("did you mean STUDIO_MASTER_KEY?"), "{error}");
}

#[test]
fn an_invalid_value_says_what_it_is_for_and_never_shows_a_secret() {
    let error = read(&[("PORT", "eighty")]).err().unwrap().to_string();
    assert!(error.contains("PORT is 'eighty'") && error.contains("HTTP port"), "{error}");
    let error = read(&[("TESTNET_RPC_URL", "hunter2")]).err().unwrap().to_string();
    assert!(!error.contains("hunter2"), "{error}");
}

#[test]
fn doors_6_a_list_of_origins_is_checked_at_the_start() {
    assert!(read(&[]).unwrap().cors_origins.is_empty());
    let two = read(&[("CORS_ALLOWED_ORIGINS", "https://a.example, http://localhost:5173,")]).unwrap();
    assert_eq!(two.cors_origins.len(), 2);
    let error = read(&[("CORS_ALLOWED_ORIGINS", "https://a.example/app")]).err().unwrap().to_string();
    assert!(error.contains("CORS_ALLOWED_ORIGINS is not a list of origins"), "{error}");
}

#[test]
fn whoever_needs_not_say_who_they_are_acts_as_somebody_who_was_named() {
    const ID: &str = "00000000-0000-4000-8000-000000000001";
    assert_eq!(read(&[]).unwrap().open_to, None);
    assert_eq!(read(&[("DEFAULT_CUSTOMER_ID", ID)]).unwrap().open_to, None, "without effect");
    let error = read(&[("ENABLE_AUTHENTICATION", "false")]).err().unwrap().to_string();
    assert!(error.contains("DEFAULT_CUSTOMER_ID must be set"), "{error}");
    let off = read(&[("ENABLE_AUTHENTICATION", "false"), ("DEFAULT_CUSTOMER_ID", ID)]).unwrap();
    assert_eq!(off.open_to.unwrap().to_string(), ID);
    for (enable, id) in [("no", ID), ("false", "me")] {
        assert!(read(&[("ENABLE_AUTHENTICATION", enable), ("DEFAULT_CUSTOMER_ID", id)]).is_err());
    }
}

#[test]
fn secrets_of_cookies_are_long_and_not_shown() {
    let (new, old) = ("n".repeat(32), "o".repeat(40));
    let config = read(&[("COOKIE_SECRET", &format!("{new}, {old},"))]).unwrap();
    assert_eq!(config.cookie_secrets, [new, old]);
    let error = read(&[("COOKIE_SECRET", "hunter2")]).err().unwrap().to_string();
    assert!(error.contains("at least 32 characters") && !error.contains("hunter2"), "{error}");
}

#[test]
fn an_own_address_is_an_origin() {
    let read = |text| read(&[("APPLICATION_BASE_URL", text)]).map(|config| config.base_url);
    assert_eq!(read("https://Studio.example/").unwrap().as_deref(), Some("https://studio.example"));
    for wrong in ["studio.example", "https://studio.example/app", "ftp://studio.example"] {
        assert!(read(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_resolver_address_gets_its_slash() {
    assert_eq!(
        read(&[("RESOLVER_URL", "https://r.example/1.0/identifiers")]).unwrap().resolver_url(),
        "https://r.example/1.0/identifiers/"
    );
}

/// identifiers 8: what is written into credentials must be understood as a DID URL when it is read.
#[test]
fn a_resolver_address_is_one_that_is_read_back_as_a_did_url() {
    for fine in ["http://localhost:3000/1.0/identifiers/", "HTTPS://r.example/1.0/identifiers//"] {
        assert!(read(&[("RESOLVER_URL", fine)]).is_ok(), "{fine}");
    }
    for wrong in [
        "https://r.example/",
        "https://r.example/resolve/",
        "https://r.example/studio/1.0/identifiers/",
        "https://user:pw@r.example/1.0/identifiers/",
        "https://r.example/1.0/identifiers/?x=",
        "ftp://r.example/1.0/identifiers/",
    ] {
        assert!(read(&[("RESOLVER_URL", wrong)]).is_err(), "{wrong}");
    }
    assert_eq!(read(&[]).unwrap().resolver_url, None, "studio up puts its own there");
}
