//! What somebody is told about themselves.

use super::place_of;
use crate::{Fault, Studio, port::people::Membership};
use domain::id::UserId;

/// A user, as they see themselves.
#[derive(Debug, Clone)]
pub struct Profile {
    /// Their e-mail address, unless it was erased.
    pub email: Option<String>,
    /// Their name, if they told.
    pub name: Option<String>,
    /// Where they are members, oldest first.
    pub memberships: Vec<Membership>,
}

/// What a user is told about themselves.
pub async fn profile(studio: &Studio, user: UserId) -> Result<Profile, Fault> {
    let person = studio.people.person(user).await?;
    let (email, name) = person.map_or((None, None), |person| (person.email, person.name));
    let mut opened = Vec::with_capacity(2);
    for sealed in [email, name] {
        opened.push(match sealed {
            Some(sealed) => studio.vault.open(place_of(user), &sealed).await?,
            None => None,
        });
    }
    let mut texts = opened.into_iter().map(|bytes| bytes.and_then(|bytes| String::from_utf8(bytes).ok()));
    let (email, name) = (texts.next().flatten(), texts.next().flatten());
    let memberships = studio.people.memberships(user).await?;
    Ok(Profile { email, name, memberships })
}
