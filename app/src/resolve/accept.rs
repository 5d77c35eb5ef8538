//! Which representation a client wants (docs/resolver.md#representations).

use super::Problem;

pub(super) const RESOLUTION_PROFILE: &str = "https://w3id.org/did-resolution";
pub(super) const DEREFERENCING_PROFILE: &str = "https://w3id.org/did-url-dereferencing";
/// Most entries of an `Accept` header that are looked at.
const ENTRIES_MAX: usize = 32;

/// A supported media type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    DidJson,
    DidLdJson,
    LdJson,
    Json,
    Did,
}

impl Kind {
    const ALL: [Self; 5] = [Self::DidJson, Self::DidLdJson, Self::LdJson, Self::Json, Self::Did];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::DidJson => "application/did+json",
            Self::DidLdJson => "application/did+ld+json",
            Self::LdJson => "application/ld+json",
            Self::Json => "application/json",
            Self::Did => "application/did",
        }
    }

    pub(super) const fn is_json_ld(self) -> bool {
        matches!(self, Self::DidLdJson | Self::LdJson)
    }
}

/// A profile of `application/ld+json`.
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
    pub(super) profile: Profile,
    /// Whether the client wrote the profile itself.
    is_profile_explicit: bool,
}

impl Accept {
    /// What is used before anything was agreed on, and without an `Accept` header.
    pub(super) const DEFAULT: Self =
        Self { kind: Kind::LdJson, profile: Profile::None, is_profile_explicit: false };

    /// The first supported entry by preference.
    pub(super) fn negotiate(header: Option<&str>, is_resource: bool) -> Result<Self, Problem> {
        let Some(header) = header.map(str::trim).filter(|header| !header.is_empty()) else {
            return Ok(Self::DEFAULT);
        };
        let mut entries: Vec<Entry<'_>> =
            split(header, ',').into_iter().take(ENTRIES_MAX).map(Entry::read).collect();
        // Stable, so the order of the header decides between equals.
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.weight));
        entries
            .iter()
            .filter(|entry| entry.weight > 0)
            .find_map(|entry| entry.supported(is_resource))
            .ok_or(Problem::NotAcceptable)
    }

    /// Whether `/:did` answers the whole result instead of the bare document.
    pub(super) fn wants_result(self) -> bool {
        self.kind == Kind::Json || (self.kind == Kind::LdJson && self.profile == Profile::Resolution)
    }

    pub(super) fn is_resolution_asked_for(self) -> bool {
        self.is_profile_explicit && self.profile == Profile::Resolution
    }

    pub(super) fn is_dereferencing_asked_for(self) -> bool {
        self.is_profile_explicit && self.profile == Profile::Dereferencing
    }

    /// Value of `Content-Type` for JSON answers.
    pub(super) fn content_type(self) -> String {
        match (self.kind, self.profile) {
            (Kind::LdJson, Profile::Resolution) => {
                format!("{};profile=\"{RESOLUTION_PROFILE}\"", self.kind.as_str())
            }
            (Kind::LdJson, Profile::Dereferencing) => {
                format!("{};profile=\"{DEREFERENCING_PROFILE}\"", self.kind.as_str())
            }
            _ => self.kind.as_str().to_owned(),
        }
    }

    /// Value of `contentType` in the metadata: with the resolution profile that of the document inside.
    pub(super) fn inner_content_type(self) -> &'static str {
        match (self.kind, self.profile) {
            (Kind::LdJson, Profile::Resolution) => Kind::Did.as_str(),
            _ => self.kind.as_str(),
        }
    }
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
                "profile" => entry.profile = Some(value.to_owned()),
                "q" => entry.weight = weight(value),
                _ => {}
            }
        }
        entry
    }

    fn supported(&self, is_resource: bool) -> Option<Accept> {
        let implied = if is_resource { Profile::None } else { Profile::Resolution };
        if matches!(self.kind, "*/*" | "application/*") {
            return Some(Accept { kind: Kind::LdJson, profile: implied, is_profile_explicit: false });
        }
        let kind = Kind::ALL.into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(self.kind))?;
        let profile = match self.profile.as_deref() {
            None | Some("") => implied,
            Some(RESOLUTION_PROFILE) => Profile::Resolution,
            Some(DEREFERENCING_PROFILE) => Profile::Dereferencing,
            Some(_) => Profile::Other,
        };
        let is_profile_explicit = self.profile.as_deref().is_some_and(|profile| !profile.is_empty());
        Some(Accept { kind, profile, is_profile_explicit })
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
