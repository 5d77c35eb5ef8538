//! For whom passkeys are.

use crate::{Fault, FaultKind, Studio, port::authenticators::RelyingParty};
use url::{Host, Url};

/// This Studio as a relying party, for a browser that reached it by this address (scheme and authority, nothing behind). A
/// passkey is bound to a name for ever, so it is the name that the operator says; without his word only this very machine has
/// one. Browsers want https, and no number. Fault `auth/passkeys-unavailable`.
pub fn relying_party(studio: &Studio, reached_by: &str) -> Result<RelyingParty, Fault> {
    party(reached_by, studio.settings.base_url.is_some()).ok_or_else(|| {
        let sentence = "There are no passkeys by this address. They need https and the name that the operator says (APPLICATION_BASE_URL), or localhost.";
        Fault::new(FaultKind::Forbidden, "auth/passkeys-unavailable", sentence)
    })
}

fn party(address: &str, is_operators_word: bool) -> Option<RelyingParty> {
    let address = Url::parse(address).ok()?;
    let Some(Host::Domain(name)) = address.host() else { return None };
    let is_this_machine = name == "localhost" || name.ends_with(".localhost");
    let is_taken = is_this_machine || (is_operators_word && address.scheme() == "https");
    is_taken.then(|| RelyingParty { id: name.to_owned(), origin: address.origin().ascii_serialization() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passkey_is_for_a_name_that_nobody_else_can_have() {
        let id = |address: &str, word: bool| party(address, word).map(|party| (party.id, party.origin));
        let of = |id: &str, origin: &str| Some((id.to_owned(), origin.to_owned()));
        let operators = "https://studio.example:8443";
        assert_eq!(id(operators, true), of("studio.example", operators));
        assert_eq!(id("http://localhost:3000", false), of("localhost", "http://localhost:3000"));
        assert_eq!(id("http://Studio.localhost", false), of("studio.localhost", "http://studio.localhost"));
        for (address, word) in [
            // Whoever sends a request chooses its Host.
            ("https://studio.example", false),
            ("http://localhost.example", false),
            // Browsers have no passkeys there.
            ("http://studio.example", true),
            ("https://192.0.2.1", true),
            ("http://127.0.0.1:3000", false),
            ("http://[::1]:3000", true),
            ("https://", true),
            ("", true),
        ] {
            assert_eq!(id(address, word), None, "{address}");
        }
    }
}
