//! What a key says to a command.

use super::{Key, KeyAlgorithm, KeyCommand, KeyEvent, KeyPurpose, KeyRefusal};
use crate::id::{CustomerId, KeyId};

/// Hex characters of an Ed25519 public key.
const ED25519_HEX_CHARS: usize = 64;
/// Hex characters of a compressed point of secp256k1 or P-256.
const POINT_HEX_CHARS: usize = 66;

pub(super) fn decide(state: &Key, command: KeyCommand) -> Result<Vec<KeyEvent>, KeyRefusal> {
    match command {
        KeyCommand::Create { kid, customer, algorithm, purpose, public_key_hex, alias, imported, at } => {
            if let Some(holder) = state.customer {
                let same = holder == customer
                    && state.algorithm == Some(algorithm)
                    && state.purpose == Some(purpose)
                    && state.public_key_hex == public_key_hex;
                if !same {
                    return Err(KeyRefusal::AlreadyHeld);
                }
                if !state.deleted {
                    return Ok(Vec::new());
                }
            }
            check_form(&kid, algorithm, &public_key_hex)?;
            if purpose == KeyPurpose::Payer && algorithm != KeyAlgorithm::Secp256k1 {
                return Err(KeyRefusal::WrongAlgorithm);
            }
            let (alias, sealed_alias) = (None, alias);
            Ok(vec![KeyEvent::KeyCreated {
                kid,
                customer,
                algorithm,
                purpose,
                public_key_hex,
                alias,
                sealed_alias,
                imported,
                at,
            }])
        }
        KeyCommand::Delete { kid, customer, at } => {
            holds(state, customer)?;
            if state.purpose == Some(KeyPurpose::Payer) {
                return Err(KeyRefusal::PaysFees);
            }
            Ok(if state.deleted { Vec::new() } else { vec![KeyEvent::KeyDeleted { kid, customer, at }] })
        }
        KeyCommand::Restore { kid, customer, at } => {
            holds(state, customer)?;
            Ok(if state.deleted { vec![KeyEvent::KeyRestored { kid, customer, at }] } else { Vec::new() })
        }
    }
}

fn holds(state: &Key, customer: CustomerId) -> Result<(), KeyRefusal> {
    if state.customer == Some(customer) { Ok(()) } else { Err(KeyRefusal::NotFound) }
}

fn check_form(kid: &KeyId, algorithm: KeyAlgorithm, public_key_hex: &str) -> Result<(), KeyRefusal> {
    let chars = match algorithm {
        KeyAlgorithm::Ed25519 => ED25519_HEX_CHARS,
        KeyAlgorithm::Secp256k1 | KeyAlgorithm::Secp256r1 => POINT_HEX_CHARS,
    };
    let is_lower_hex = public_key_hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if public_key_hex.len() == chars && is_lower_hex && kid.0 == public_key_hex {
        Ok(())
    } else {
        Err(KeyRefusal::Malformed)
    }
}
