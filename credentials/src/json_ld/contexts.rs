//! The contexts that are known (`credentials/contexts/README.md`). None is ever fetched.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::Value;

/// Address and text of each.
pub(super) const BUNDLED: [(&str, &str); 36] = [
    ("https://www.w3.org/2018/credentials/v1", include_str!("../../contexts/credentials-v1.jsonld")),
    ("https://www.w3.org/ns/credentials/v2", include_str!("../../contexts/credentials-v2.jsonld")),
    (
        "https://www.w3.org/2018/credentials/examples/v1",
        include_str!("../../contexts/credentials-examples-v1.jsonld"),
    ),
    (
        "https://www.w3.org/ns/credentials/examples/v2",
        include_str!("../../contexts/credentials-examples-v2.jsonld"),
    ),
    (
        "https://www.w3.org/ns/credentials/undefined-terms/v2",
        include_str!("../../contexts/undefined-terms-v2.jsonld"),
    ),
    (
        "https://www.w3.org/ns/credentials/status/v1",
        include_str!("../../contexts/bitstring-status-v1.jsonld"),
    ),
    ("https://w3id.org/vc-status-list-2021/v1", include_str!("../../contexts/status-list-2021-v1.jsonld")),
    ("https://w3id.org/vc/status-list/2021/v1", include_str!("../../contexts/status-list-2021-v1.jsonld")),
    ("https://w3id.org/security/data-integrity/v1", include_str!("../../contexts/data-integrity-v1.jsonld")),
    ("https://w3id.org/security/data-integrity/v2", include_str!("../../contexts/data-integrity-v2.jsonld")),
    ("https://w3id.org/security/multikey/v1", include_str!("../../contexts/multikey-v1.jsonld")),
    ("https://www.w3.org/ns/odrl.jsonld", include_str!("../../contexts/odrl.jsonld")),
    ("https://www.w3.org/ns/did/v1", include_str!("../../contexts/did-v1.jsonld")),
    ("https://w3id.org/did/v1", include_str!("../../contexts/did-v1.jsonld")),
    (
        "https://identity.foundation/.well-known/did-configuration/v1",
        include_str!("../../contexts/did-configuration-v1.jsonld"),
    ),
    ("https://w3id.org/security/v1", include_str!("../../contexts/security-v1.jsonld")),
    ("https://w3id.org/security/v2", include_str!("../../contexts/security-v2.jsonld")),
    ("https://w3id.org/security/v3-unstable", include_str!("../../contexts/security-v3-unstable.jsonld")),
    ("https://w3id.org/security/bbs/v1", include_str!("../../contexts/bbs-v1.jsonld")),
    (
        "https://w3id.org/security/suites/ed25519-2018/v1",
        include_str!("../../contexts/ed25519-2018-v1.jsonld"),
    ),
    (
        "https://w3id.org/security/suites/ed25519-2020/v1",
        include_str!("../../contexts/ed25519-2020-v1.jsonld"),
    ),
    ("https://w3id.org/security/suites/x25519-2019/v1", include_str!("../../contexts/x25519-2019-v1.jsonld")),
    ("https://w3id.org/security/suites/x25519-2020/v1", include_str!("../../contexts/x25519-2020-v1.jsonld")),
    ("https://w3id.org/security/suites/jws-2020/v1", include_str!("../../contexts/jws-2020-v1.jsonld")),
    (
        "https://w3id.org/security/suites/secp256k1recovery-2020/v2",
        include_str!("../../contexts/secp256k1recovery-2020-v2.jsonld"),
    ),
    (
        "https://identity.foundation/EcdsaSecp256k1RecoverySignature2020/lds-ecdsa-secp256k1-recovery2020-2.0.jsonld",
        include_str!("../../contexts/secp256k1recovery-2020-v2.jsonld"),
    ),
    (
        "https://identity.foundation/EcdsaSecp256k1RecoverySignature2020/lds-ecdsa-secp256k1-recovery2020-0.0.jsonld",
        include_str!("../../contexts/secp256k1recovery-2020-v0.jsonld"),
    ),
    (
        "https://w3id.org/security/suites/eip712sig-2021",
        include_str!("../../contexts/eip712sig-2021-v1.jsonld"),
    ),
    (
        "https://w3id.org/security/suites/eip712sig-2021/v1",
        include_str!("../../contexts/eip712sig-2021-v1.jsonld"),
    ),
    (
        "https://w3c-ccg.github.io/ethereum-eip712-signature-2021-spec/",
        include_str!("../../contexts/eip712sig-2021-v1.jsonld"),
    ),
    ("https://veramo.io/contexts/profile/v1", include_str!("../../contexts/veramo-profile-v1.jsonld")),
    ("https://schema.org", include_str!("../../contexts/schema-org.jsonld")),
    ("https://schema.org/", include_str!("../../contexts/schema-org.jsonld")),
    ("http://schema.org", include_str!("../../contexts/schema-org.jsonld")),
    ("http://schema.org/", include_str!("../../contexts/schema-org.jsonld")),
    ("https://w3id.org/citizenship/v1", include_str!("../../contexts/citizenship-v1.jsonld")),
];

/// Parsed once.
static PARSED: LazyLock<BTreeMap<&str, Value>> = LazyLock::new(|| {
    let parsed = BUNDLED.into_iter().filter_map(|(address, text)| {
        let document: Value = serde_json::from_str(text).ok()?;
        Some((address, document.get("@context")?.clone()))
    });
    parsed.collect()
});

/// What stands at an address.
pub(super) fn at(address: &str) -> Option<&'static Value> {
    PARSED.get(address)
}
