//! A list as CWT (RFC 8392): a `COSE_Sign1` (RFC 9052) whose claims have numbers.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::super::StatusListError;
use super::{STATUS_LIST_CWT, TokenInput};
use crate::cbor::{Item, SIGN1};
use crate::jwt::{Algorithm, Header, Jws};

/// Header parameters: `alg`, `kid` (RFC 9052) and `typ` (RFC 9596).
const ALG: i64 = 1;
const KID: i64 = 4;
const TYP: i64 = 16;
/// Claims: `sub`, `exp`, `iat` (RFC 8392), `status_list` and `ttl` (the draft, section 5.2).
const SUB: i64 = 2;
const EXP: i64 = 4;
const IAT: i64 = 6;
const STATUS_LIST: i64 = 65_533;
const TTL: i64 = 65_534;

/// COSE's numbers of the algorithms (RFC 9053, RFC 8812).
const ALGORITHMS: [(i64, Algorithm); 5] = [
    (-8, Algorithm::EdDsa),
    (-7, Algorithm::Es256),
    (-35, Algorithm::Es384),
    (-36, Algorithm::Es512),
    (-47, Algorithm::Es256k),
];

/// The bytes to sign of a list as CWT: the structure of RFC 9052, section 4.4.
pub(super) fn cwt_to_sign(input: &TokenInput<'_>, algorithm: Algorithm, kid: &str) -> Vec<u8> {
    structure(protected(algorithm, kid), payload(input))
}

fn protected(algorithm: Algorithm, kid: &str) -> Vec<u8> {
    let number = ALGORITHMS.iter().find(|(_, other)| *other == algorithm).map_or(0, |(number, _)| *number);
    let header = vec![
        (Item::int(ALG), Item::int(number)),
        (Item::int(KID), Item::Bytes(kid.as_bytes().to_vec())),
        (Item::int(TYP), Item::Text(STATUS_LIST_CWT.to_owned())),
    ];
    Item::Map(header).encode()
}

fn payload(input: &TokenInput<'_>) -> Vec<u8> {
    let name = |name: &str| Item::Text(name.to_owned());
    let mut list = vec![
        (name("bits"), Item::Uint(u64::from(input.list.status_size()))),
        (name("lst"), Item::Bytes(input.list.deflate())),
    ];
    if let Some(aggregation) = input.aggregation.as_deref() {
        list.push((name("aggregation_uri"), name(aggregation)));
    }
    let mut claims = vec![(Item::int(SUB), name(input.subject))];
    if let Some(end) = input.expires_at {
        claims.push((Item::int(EXP), Item::int(end.timestamp())));
    }
    claims.push((Item::int(IAT), Item::int(input.issued_at.timestamp())));
    claims.push((Item::int(STATUS_LIST), Item::Map(list)));
    if let Some(ttl) = input.ttl_seconds {
        claims.push((Item::int(TTL), Item::Uint(ttl)));
    }
    Item::Map(claims).encode()
}

fn structure(protected: Vec<u8>, payload: Vec<u8>) -> Vec<u8> {
    let parts = vec![
        Item::Text("Signature1".to_owned()),
        Item::Bytes(protected),
        Item::Bytes(Vec::new()),
        Item::Bytes(payload),
    ];
    Item::Array(parts).encode()
}

/// Whether bytes begin as a tagged `COSE_Sign1` of four parts.
pub(super) fn begins(data: &[u8]) -> bool {
    data.starts_with(&[0xd2, 0x84])
}

struct Sign1 {
    protected: Vec<u8>,
    header: Item,
    unprotected: Item,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

fn parts(bytes: &[u8]) -> Option<Sign1> {
    let Item::Tag(SIGN1, parts) = Item::decode(bytes)? else { return None };
    let Item::Array(parts) = *parts else { return None };
    let [protected, unprotected, payload, signature] = <[Item; 4]>::try_from(parts).ok()?;
    let (Item::Bytes(protected), Item::Bytes(payload), Item::Bytes(signature)) =
        (protected, payload, signature)
    else {
        return None;
    };
    let header = Item::decode(&protected)?;
    Some(Sign1 { protected, header, unprotected, payload, signature })
}

const NO_TOKEN: StatusListError = StatusListError::Resource("it is no status list token");

/// What a CWT says of its list, in the names and forms of a JWT.
pub(super) fn claims(bytes: &[u8]) -> Result<Value, StatusListError> {
    let sign1 = parts(bytes).ok_or(NO_TOKEN)?;
    let typ = sign1.header.number(TYP).and_then(Item::as_text).unwrap_or_default();
    if typ != STATUS_LIST_CWT {
        return Err(StatusListError::Resource("the token's typ is not application/statuslist+cwt"));
    }
    let payload = Item::decode(&sign1.payload).ok_or(NO_TOKEN)?;
    let mut claims = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            claims.insert(name.to_owned(), value);
        }
    };
    let whole = |key: i64| payload.number(key).map(|item| item.as_i64().map_or(Value::Null, Value::from));
    put("sub", payload.number(SUB).and_then(Item::as_text).map(Value::from));
    put("exp", whole(EXP));
    put("iat", whole(IAT));
    put("ttl", whole(TTL));
    put("status_list", payload.number(STATUS_LIST).map(list));
    Ok(Value::Object(claims))
}

fn list(item: &Item) -> Value {
    let mut list = Map::new();
    if let Some(bits) = item.named("bits").and_then(Item::as_i64) {
        list.insert("bits".to_owned(), Value::from(bits));
    }
    if let Some(bytes) = item.named("lst").and_then(Item::as_bytes) {
        list.insert("lst".to_owned(), Value::from(URL_SAFE_NO_PAD.encode(bytes)));
    }
    if let Some(uri) = item.named("aggregation_uri").and_then(Item::as_text) {
        list.insert("aggregation_uri".to_owned(), Value::from(uri));
    }
    Value::Object(list)
}

/// Its signature, as that of a JWS.
pub(super) fn signed(bytes: &[u8]) -> Result<Jws, StatusListError> {
    let sign1 = parts(bytes).ok_or(NO_TOKEN)?;
    let number = sign1.header.number(ALG).and_then(Item::as_i64);
    let alg = ALGORITHMS.iter().find(|(other, _)| Some(*other) == number).map(|(_, algorithm)| *algorithm);
    let alg = alg.ok_or(StatusListError::Resource("the token's algorithm is not supported"))?;
    // Usually it stands where it is not signed: it helps to find the key, and the key is what counts.
    let kid = sign1.header.number(KID).or_else(|| sign1.unprotected.number(KID)).and_then(Item::as_bytes);
    let kid = kid.map(|kid| String::from_utf8_lossy(kid).into_owned());
    // What a reader must understand, this one does not (RFC 9052, section 3.1).
    if sign1.header.number(2).is_some() {
        return Err(StatusListError::Resource("the token demands an extension that is not supported"));
    }
    let Ok(Value::Object(claims)) = claims(bytes) else { return Err(NO_TOKEN) };
    let header = Header { alg, kid, typ: None, raw: Map::new() };
    let signing_input = structure(sign1.protected, sign1.payload);
    Ok(Jws { header, claims, signing_input, signature: sign1.signature })
}
