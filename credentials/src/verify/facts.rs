//! What a token says, wherever it says it. VC-JWT has two places for most facts (a claim, and a member of `vc` or `vp`), and
//! several spellings for some (`nbf`, `issuanceDate`, `validFrom`).

use serde_json::{Map, Value};

use super::Kind;
use crate::json::{list, text};

/// Something that is said, and where: `iss`, `vc.issuer`.
#[derive(Debug, Clone)]
pub(super) struct Said<'a> {
    pub(super) place: String,
    pub(super) value: &'a Value,
}

/// The claims of a token, and the credential or presentation inside.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts<'a> {
    claims: &'a Map<String, Value>,
    inner: Option<&'a Map<String, Value>>,
    kind: Kind,
}

impl<'a> Facts<'a> {
    pub(super) fn new(claims: &'a Map<String, Value>, kind: Kind) -> Self {
        let inner = claims.get(container(kind)).and_then(Value::as_object);
        Self { claims, inner, kind }
    }

    /// Whether the payload is the document itself (VC-JOSE-COSE), so that its claims are about the signature alone.
    pub(super) const fn is_bare(self) -> bool {
        self.inner.is_none()
    }

    /// Every value under one of these names, claims first. `null` says nothing.
    pub(super) fn all(self, names: &[&str]) -> Vec<Said<'a>> {
        let outer = names.iter().map(|name| (name.to_string(), self.claims.get(*name)));
        let inner = names.iter().map(|name| {
            (format!("{}.{name}", container(self.kind)), self.inner.and_then(|inner| inner.get(*name)))
        });
        outer
            .chain(inner)
            .filter_map(|(place, value)| Some(Said { place, value: value.filter(|value| !value.is_null())? }))
            .collect()
    }

    /// The contexts. did-jwt-vc also knows a claim `context`.
    pub(super) fn contexts(self) -> Vec<Said<'a>> {
        let claim = self.claims.get("context").filter(|value| !value.is_null());
        let claim = claim.map(|value| Said { place: "context".to_owned(), value });
        claim.into_iter().chain(self.all(&["@context"])).collect()
    }

    /// Who the token says it is from.
    pub(super) fn issuers(self) -> Vec<Said<'a>> {
        self.all(match self.kind {
            Kind::Credential => &["iss", "issuer"],
            Kind::Presentation => &["iss", "holder"],
        })
    }

    /// From when it holds. `iat` says when the token was made; it stands in only where nothing speaks of the start.
    pub(super) fn starts(self) -> Vec<Said<'a>> {
        let starts = self.all(&["nbf", "issuanceDate", "validFrom"]);
        if starts.iter().any(|said| said.place == "nbf") {
            return starts;
        }
        self.all(&["iat"]).into_iter().chain(starts).collect()
    }

    /// Until when it holds.
    pub(super) fn ends(self) -> Vec<Said<'a>> {
        self.all(&["exp", "expirationDate", "validUntil"])
    }

    /// Whatever stands where the ids of subjects do.
    pub(super) fn subject_ids_as_said(self) -> Vec<Said<'a>> {
        self.all(&["credentialSubject"])
            .into_iter()
            .flat_map(|said| {
                let place = format!("{}.id", said.place);
                let ids = list(Some(said.value)).into_iter().filter_map(|subject| subject.get("id"));
                ids.filter(|id| !id.is_null()).map(move |value| Said { place: place.clone(), value })
            })
            .collect()
    }

    /// The ids of subjects, with the place of each.
    pub(super) fn subject_ids(self) -> Vec<(String, &'a str)> {
        self.all(&["credentialSubject"])
            .into_iter()
            .flat_map(|said| {
                let place = format!("{}.id", said.place);
                list(Some(said.value))
                    .into_iter()
                    .filter_map(move |subject| Some((place.clone(), text(subject, "id")?)))
            })
            .collect()
    }

    /// Names of members that stand in both places.
    pub(super) fn twice(self) -> impl Iterator<Item = &'a str> {
        let inner = self.inner;
        self.claims
            .keys()
            .map(String::as_str)
            .filter(move |name| inner.is_some_and(|inner| inner.contains_key(*name)))
    }
}

pub(super) const fn container(kind: Kind) -> &'static str {
    match kind {
        Kind::Credential => "vc",
        Kind::Presentation => "vp",
    }
}

/// The id of a party: a text, or an object with an `id`.
pub(super) enum Party<'a> {
    Named(&'a str),
    /// An object that describes somebody without naming them.
    Described,
    /// Neither.
    Malformed,
}

impl<'a> Party<'a> {
    pub(super) fn of(value: &'a Value) -> Self {
        match value {
            Value::String(id) => Self::Named(id),
            Value::Object(members) => match members.get("id") {
                Some(Value::String(id)) => Self::Named(id),
                None | Some(Value::Null) => Self::Described,
                Some(_) => Self::Malformed,
            },
            _ => Self::Malformed,
        }
    }
}
