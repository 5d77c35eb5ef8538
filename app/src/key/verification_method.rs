//! `GET /key/{kid}/verification-method`.

use crate::{Fault, did::is_fragment};
use credentials::{
    did_document::{FIRST_KEY_FRAGMENT, VerificationMethodType, did_from_public_key, verification_method},
    key::PublicKey,
};
use domain::{
    id::{Did, Network},
    key::KeyAlgorithm,
};
use serde_json::Value;

/// How a key is to be written down in a DID document.
#[derive(Debug, Clone)]
pub struct MethodForm<'a> {
    /// Which type, and with it which encoding.
    pub kind: VerificationMethodType,
    /// The DID that controls it; one on testnet, made of the key, without.
    pub controller: Option<&'a Did>,
    /// The fragment of its id; `key-1` without.
    pub fragment: Option<&'a str>,
}

/// The key as a verification method (DID Core 1.0, section 5.2), for a document that is written elsewhere: `id`, `type`,
/// `controller`, and the key as the type has it. Faults: `key/wrong-type` for a type that is not of this curve, `request/invalid`
/// for a fragment that is none.
pub fn method_of(
    algorithm: KeyAlgorithm,
    public_key_hex: &str,
    form: &MethodForm<'_>,
) -> Result<Value, Fault> {
    let bytes = hex::decode(public_key_hex).map_err(Fault::bug)?;
    let key = match algorithm {
        KeyAlgorithm::Ed25519 => PublicKey::ed25519(&bytes),
        KeyAlgorithm::Secp256k1 => PublicKey::secp256k1(&bytes),
        KeyAlgorithm::Secp256r1 => PublicKey::p256(&bytes),
    };
    let key = key.map_err(Fault::bug)?;
    if algorithm != KeyAlgorithm::Ed25519 && form.kind != VerificationMethodType::JsonWebKey2020 {
        let sentence =
            format!("A key of type {} cannot be written down as {}", algorithm.as_str(), form.kind.as_str());
        return Err(Fault::invalid("key/wrong-type", sentence));
    }
    let fragment = form.fragment.unwrap_or(FIRST_KEY_FRAGMENT);
    if !is_fragment(fragment) {
        return Err(Fault::about("id", "id should be the fragment of a DID URL"));
    }
    let made = || did_from_public_key(Network::Testnet.as_str(), &bytes);
    let controller = form.controller.map_or_else(made, ToString::to_string);
    Ok(verification_method(&controller, fragment, form.kind, &key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The public half of 32 bytes of 01.
    const ED25519: &str = "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c";
    /// The generator of secp256k1, compressed.
    const SECP256K1: &str = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";

    const fn form(kind: VerificationMethodType) -> MethodForm<'static> {
        MethodForm { kind, controller: None, fragment: None }
    }

    #[test]
    fn a_key_is_written_down_in_each_of_three_ways() {
        let did = "did:cheqd:testnet:7Uhoi7PPzLUax2JtMkKRop";
        let x = "iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w";
        for (kind, member, material) in [
            (
                "Ed25519VerificationKey2018",
                "publicKeyBase58",
                json!("AKnL4NNf3DGWZJS6cPknBuEGnVsV4A4m5tgebLHaRSZ9"),
            ),
            (
                "Ed25519VerificationKey2020",
                "publicKeyMultibase",
                json!("z6Mkon3Necd6NkkyfoGoHxid2znGc59LU3K7mubaRcFbLfLX"),
            ),
            ("JsonWebKey2020", "publicKeyJwk", json!({"crv": "Ed25519", "kty": "OKP", "x": x})),
        ] {
            let form = form(kind.parse().unwrap());
            let made = method_of(KeyAlgorithm::Ed25519, ED25519, &form).unwrap();
            let expected =
                json!({"id": format!("{did}#key-1"), "type": kind, "controller": did, member: material});
            assert_eq!(made, expected);
        }
    }

    #[test]
    fn the_caller_chooses_controller_and_fragment() {
        let did = Did::parse("did:cheqd:mainnet:7bf81a20-633c-4cc7-bc4a-5a45801005e0").unwrap();
        let of = |fragment| {
            let kind = VerificationMethodType::Ed25519VerificationKey2020;
            let form = MethodForm { kind, controller: Some(&did), fragment: Some(fragment) };
            method_of(KeyAlgorithm::Ed25519, ED25519, &form)
        };
        let made = of("signing").unwrap();
        assert_eq!((&made["id"], &made["controller"]), (&json!(format!("{did}#signing")), &json!(did)));
        for wrong in ["", "a b", "#a", "%zz"] {
            assert_eq!(of(wrong).unwrap_err().members["field"], "id", "{wrong}");
        }
    }

    #[test]
    fn a_key_of_an_account_is_a_jwk_and_nothing_else() {
        let of = |kind| method_of(KeyAlgorithm::Secp256k1, SECP256K1, &form(kind));
        let made = of(VerificationMethodType::JsonWebKey2020).unwrap();
        let jwk = &made["publicKeyJwk"];
        assert_eq!((&jwk["kty"], &jwk["crv"]), (&json!("EC"), &json!("secp256k1")));
        assert_eq!(jwk["x"], "eb5mfvncu6xVoGKVzocLBwKb_NstzijZWfKBWxb4F5g");
        assert_eq!(jwk["y"], "SDradyajxGVdpPv8DhEIqP0XtEimhVQZnEfQj_sQ1Lg");
        for kind in [
            VerificationMethodType::Ed25519VerificationKey2018,
            VerificationMethodType::Ed25519VerificationKey2020,
        ] {
            assert_eq!(of(kind).unwrap_err().code, "key/wrong-type");
        }
    }
}
