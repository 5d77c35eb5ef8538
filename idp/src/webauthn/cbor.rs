//! CBOR (RFC 8949) from outside, in the one spelling that authenticators must use.

use super::Judged;
use app::port::authenticators::Flaw;
use ciborium::Value;

domain::limits! {
    /// Deepest nesting of what authenticators write (CTAP 2.1, 8: four levels; statements have their own).
    CBOR_DEPTH_MAX: usize = 16, "levels";
}

const UNREADABLE: Flaw = Flaw("its CBOR cannot be read");

/// The item that `bytes` begin with; what follows it is left.
pub(super) fn read(bytes: &mut &[u8]) -> Judged<Value> {
    ciborium::de::from_reader_with_recursion_limit(bytes, CBOR_DEPTH_MAX).map_err(|_| UNREADABLE)
}

/// The members of a map that are all of these bytes, written in their one spelling: every number as short as it can be, every
/// length told in front, names in order and none twice (CTAP 2.1, 8). Two readers cannot understand it differently.
pub(super) fn canonical_map(bytes: &[u8]) -> Judged<Vec<(Value, Value)>> {
    let mut rest = bytes;
    let value = read(&mut rest)?;
    if !rest.is_empty() || written(&value)? != bytes {
        return Err(Flaw("its CBOR is not written in the one way that authenticators write it"));
    }
    let Value::Map(members) = value else { return Err(UNREADABLE) };
    let mut former: Option<(usize, Vec<u8>)> = None;
    for (name, _) in &members {
        let name = written(name)?;
        let place = Some((name.len(), name));
        if place <= former {
            return Err(Flaw("the members of its CBOR are not in order"));
        }
        former = place;
    }
    Ok(members)
}

fn written(value: &Value) -> Judged<Vec<u8>> {
    let mut bytes = Vec::new();
    ciborium::ser::into_writer(value, &mut bytes).map_err(|_| UNREADABLE)?;
    Ok(bytes)
}
