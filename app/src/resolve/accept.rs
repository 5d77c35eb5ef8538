//! Which representation a client wants: the media types of DID Resolution (`application/did-resolution`,
//! `application/did-url-dereferencing`), those of DID documents, and the older ones with a profile that cheqd's clients
//! send (docs/resolver.md#representations).

use super::{Problem, locator::Locator};

pub(super) const RESOLUTION_PROFILE: &str = "https://w3id.org/did-resolution";
pub(super) const DEREFERENCING_PROFILE: &str = "https://w3id.org/did-url-dereferencing";

domain::limits! {
    /// Most entries of an `Accept` header that are looked at.
    pub ACCEPT_ENTRIES_MAX: usize = 32, "entries";
}

/// A supported media type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    DidJson,
    DidLdJson,
    LdJson,
    Json,
    Did,
    Resolution,
    Dereferencing,
}

impl Kind {
    /// In the order in which a wildcard chooses.
    const ALL: [Self; 7] = [
        Self::LdJson,
        Self::Resolution,
        Self::Json,
        Self::Did,
        Self::DidLdJson,
        Self::DidJson,
        Self::Dereferencing,
    ];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::DidJson => "application/did+json",
            Self::DidLdJson => "application/did+ld+json",
            Self::LdJson => "application/ld+json",
            Self::Json => "application/json",
            Self::Did => "application/did",
            Self::Resolution => "application/did-resolution",
            Self::Dereferencing => "application/did-url-dereferencing",
        }
    }

    /// Whether documents of this kind carry their `@context`. As at cheqd's resolver the plain types do not.
    pub(super) const fn is_json_ld(self) -> bool {
        matches!(self, Self::DidLdJson | Self::LdJson | Self::Resolution | Self::Dereferencing)
    }
}

/// The two envelopes that answers and failures come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Envelope {
    Resolution,
    Dereferencing,
}

/// What an entry says about the envelope, by its type or its profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Profile {
    None,
    Resolution,
    Dereferencing,
    Other,
}

/// What was agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Accept {
    pub(super) kind: Kind,
    profile: Profile,
    /// Whether the client named the envelope itself.
    is_profile_explicit: bool,
    /// Whether the client takes none of these, but the bytes of a resource in a type of its own.
    is_foreign: bool,
}

impl Accept {
    /// What is used before anything was agreed on, and without an `Accept` header.
    pub(super) const DEFAULT: Self =
        Self { kind: Kind::LdJson, profile: Profile::None, is_profile_explicit: false, is_foreign: false };

    /// The first supported entry by preference. Of a resource, which has a type of its own, any other entry will do, as long as
    /// what is found is of that type ([`takes`]).
    pub(super) fn negotiate(header: Option<&str>, locator: &Locator) -> Result<Self, Problem> {
        let Some(header) = header.map(str::trim).filter(|header| !header.is_empty()) else {
            return Ok(Self::DEFAULT);
        };
        let (mut entries, is_resource) = (entries(header), locator.is_resource());
        let refused: Vec<Kind> =
            entries.iter().filter(|entry| entry.weight == 0).filter_map(Entry::exact).collect();
        // What is named is meant more than a wildcard. Stable, so the order of the header decides between equals.
        entries.sort_by_key(|entry| (std::cmp::Reverse(entry.weight), entry.is_wildcard()));
        entries.retain(|entry| entry.weight > 0);
        if let Some(accept) = entries.iter().find_map(|entry| entry.supported(is_resource, &refused)) {
            return Ok(accept);
        }
        let is_foreign = locator.may_be_data() && entries.iter().any(Entry::is_foreign);
        if is_foreign { Ok(Self { is_foreign, ..Self::DEFAULT }) } else { Err(Problem::NotAcceptable) }
    }

    /// Whether only the bytes of a resource can be what is asked for.
    pub(super) const fn is_foreign(self) -> bool {
        self.is_foreign
    }

    /// Whether `/:did` answers the whole result instead of the bare document.
    pub(super) fn wants_result(self) -> bool {
        matches!(self.kind, Kind::Json | Kind::Resolution)
            || (self.kind == Kind::LdJson && self.profile == Profile::Resolution)
    }

    pub(super) fn is_resolution_asked_for(self) -> bool {
        self.is_profile_explicit && self.profile == Profile::Resolution
    }

    pub(super) fn is_dereferencing_asked_for(self) -> bool {
        self.is_profile_explicit && self.profile == Profile::Dereferencing
    }

    /// Value of `Content-Type` for an envelope. An envelope is never called a DID document.
    pub(super) fn envelope_type(self, envelope: Envelope) -> String {
        let (kind, profile) = match envelope {
            Envelope::Resolution => (Kind::Resolution, RESOLUTION_PROFILE),
            Envelope::Dereferencing => (Kind::Dereferencing, DEREFERENCING_PROFILE),
        };
        match self.kind {
            Kind::LdJson | Kind::DidLdJson => format!("{};profile=\"{profile}\"", Kind::LdJson.as_str()),
            Kind::Resolution | Kind::Dereferencing => kind.as_str().to_owned(),
            Kind::Json | Kind::DidJson | Kind::Did => Kind::Json.as_str().to_owned(),
        }
    }

    /// `contentType` of a DID document inside an envelope.
    pub(super) const fn document_type(self) -> &'static str {
        match self.kind {
            Kind::LdJson | Kind::Resolution | Kind::Dereferencing => Kind::Did.as_str(),
            kind => kind.as_str(),
        }
    }

    /// `contentType` of a failure, which has no content: as at cheqd's resolver the type that was agreed on.
    pub(super) const fn failure_type(self) -> &'static str {
        match self.kind {
            Kind::Resolution | Kind::Dereferencing => Kind::Did.as_str(),
            kind => kind.as_str(),
        }
    }

    /// `contentType` of a part of a document, which is no DID document itself.
    pub(super) const fn part_type(self) -> &'static str {
        if self.kind.is_json_ld() { Kind::LdJson.as_str() } else { Kind::Json.as_str() }
    }
}

/// Whether an `Accept` header takes this media type: what is said of the type itself, else of its family.
pub fn takes(header: Option<&str>, media_type: &str) -> bool {
    let own = media_type.split(';').next().unwrap_or_default().trim();
    let family = own.split('/').next().unwrap_or_default();
    let entries = entries(header.unwrap_or_default());
    let weight = |kind: &str| {
        entries.iter().filter(|entry| entry.kind.eq_ignore_ascii_case(kind)).map(|entry| entry.weight).max()
    };
    weight(own)
        .or_else(|| weight(&format!("{family}/*")))
        .or_else(|| weight("*/*"))
        .is_some_and(|weight| weight > 0)
}

fn entries(header: &str) -> Vec<Entry<'_>> {
    split(header, ',').into_iter().take(ACCEPT_ENTRIES_MAX).map(Entry::read).collect()
}

struct Entry<'a> {
    kind: &'a str,
    profile: Option<String>,
    /// Preference in thousandths.
    weight: u16,
}

impl<'a> Entry<'a> {
    fn read(text: &'a str) -> Self {
        let mut parts = split(text, ';').into_iter();
        let mut entry = Self { kind: parts.next().unwrap_or_default().trim(), profile: None, weight: 1000 };
        for part in parts {
            let Some((name, value)) = part.split_once('=') else { continue };
            let value = value.trim().trim_matches('"');
            match name.trim().to_ascii_lowercase().as_str() {
                "profile" if entry.profile.is_none() => entry.profile = Some(value.to_owned()),
                "q" => entry.weight = weight(value),
                _ => {}
            }
        }
        entry
    }

    fn is_wildcard(&self) -> bool {
        self.kind.ends_with("/*")
    }

    /// Whether it names a type, or a family of types, that is none of these.
    fn is_foreign(&self) -> bool {
        self.exact().is_none() && self.kind.contains('/')
    }

    /// The type it names without a wildcard, if it is supported.
    fn exact(&self) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(self.kind))
    }

    fn supported(&self, is_resource: bool, refused: &[Kind]) -> Option<Accept> {
        let implied = if is_resource { Profile::None } else { Profile::Resolution };
        if matches!(self.kind, "*/*" | "application/*") {
            let kind = Kind::ALL.into_iter().find(|kind| !refused.contains(kind))?;
            return Some(Accept { kind, profile: implied, ..Accept::DEFAULT });
        }
        let kind = self.exact()?;
        let profile = match (kind, self.profile.as_deref()) {
            // These say it by themselves, whatever profile stands beside them.
            (Kind::Resolution, _) => Some(Profile::Resolution),
            (Kind::Dereferencing, _) => Some(Profile::Dereferencing),
            (_, None | Some("")) => None,
            (_, Some(RESOLUTION_PROFILE)) => Some(Profile::Resolution),
            (_, Some(DEREFERENCING_PROFILE)) => Some(Profile::Dereferencing),
            (_, Some(_)) => Some(Profile::Other),
        };
        let is_profile_explicit = profile.is_some();
        Some(Accept { kind, profile: profile.unwrap_or(implied), is_profile_explicit, ..Accept::DEFAULT })
    }
}

/// `1`, `0.5` … in thousandths; what is no weight counts as 1.
fn weight(text: &str) -> u16 {
    match text.split_once('.') {
        None => text.parse::<u16>().map_or(1000, |whole| whole.min(1) * 1000),
        Some((whole, rest)) if whole.parse::<u16>().is_ok_and(|whole| whole == 0) => {
            format!("{rest:0<3}").get(..3).and_then(|places| places.parse().ok()).unwrap_or(1000)
        }
        Some(_) => 1000,
    }
}

/// Splits outside of quotes.
fn split(text: &str, separator: char) -> Vec<&str> {
    let mut is_quoted = false;
    text.split(move |c| {
        if c == '"' {
            is_quoted = !is_quoted;
        }
        c == separator && !is_quoted
    })
    .collect()
}
