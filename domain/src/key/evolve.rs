//! How a key changes with its events.

use super::{Key, KeyEvent};

pub(super) fn evolve(state: &mut Key, event: &KeyEvent) {
    match event {
        KeyEvent::KeyCreated { customer, algorithm, purpose, public_key_hex, .. } => {
            state.customer = Some(*customer);
            state.algorithm = Some(*algorithm);
            state.purpose = Some(*purpose);
            state.public_key_hex.clone_from(public_key_hex);
            state.deleted = false;
        }
        KeyEvent::KeyDeleted { .. } => state.deleted = true,
        KeyEvent::KeyRestored { .. } => state.deleted = false,
    }
}
