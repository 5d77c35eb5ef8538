//! What an API key may do, and from where.

use crate::id::{Malformed, Network, UserId};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{collections::BTreeSet, fmt, net::IpAddr, str::FromStr};

/// What an API key may do. A key without one may do all that its tenant may, from anywhere.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiKeyGrant {
    /// By name, as in `create:did:testnet`; `None` is everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<BTreeSet<String>>,
    /// On these networks only; `None` is any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub networks: Option<BTreeSet<Network>>,
    /// From these client addresses only; none means from anywhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<AddressRange>,
    /// Who made it, himself or with another key of his.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maker: Option<UserId>,
}

impl ApiKeyGrant {
    /// Whether it says nothing.
    pub fn is_unlimited(&self) -> bool {
        *self == Self::default()
    }
}

/// Client addresses that begin alike, as `192.0.2.0/24` or `2001:db8::/32`; a single one has no slash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressRange {
    first: IpAddr,
    bits: u8,
}

impl AddressRange {
    /// The range of one address.
    pub fn of(address: IpAddr) -> Self {
        let first = address.to_canonical();
        Self { first, bits: width(first) }
    }

    /// Whether the address is in it. An IPv4 address that came mapped into IPv6 is that IPv4 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.covers(&Self::of(address))
    }

    /// Whether all of the other is in it.
    pub fn covers(&self, other: &Self) -> bool {
        width(self.first) == width(other.first)
            && self.bits <= other.bits
            && masked(other.first, self.bits) == self.first
    }
}

const fn width(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

/// The address with only its first bits left.
fn masked(address: IpAddr, bits: u8) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(bits.min(32))).unwrap_or_default();
            IpAddr::V4((u32::from(v4) & mask).into())
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(bits.min(128))).unwrap_or_default();
            IpAddr::V6((u128::from(v6) & mask).into())
        }
    }
}

impl FromStr for AddressRange {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let malformed = |why: &str| Malformed { what: "address range", why: why.to_owned() };
        let (address, bits) =
            text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr =
            address.parse().map_err(|_| malformed("must be an IP address, or one with /bits behind"))?;
        let Some(bits) = bits else { return Ok(Self::of(address)) };
        let is_number = !bits.is_empty() && bits.len() <= 3 && bits.bytes().all(|byte| byte.is_ascii_digit());
        let bits: u8 =
            bits.parse().ok().filter(|_| is_number).ok_or_else(|| malformed("the bits must be a number"))?;
        if bits > width(address) {
            return Err(malformed("an address has fewer bits"));
        }
        if masked(address, bits) != address {
            return Err(malformed("the address must have no bits behind those of the range"));
        }
        let first = address.to_canonical();
        // A mapped range that is no range of IPv4 addresses would silently mean something else.
        match (address, first) {
            (IpAddr::V6(_), IpAddr::V4(_)) if bits < 96 => Err(malformed("write IPv4 ranges as IPv4")),
            (IpAddr::V6(_), IpAddr::V4(_)) => Ok(Self { first, bits: bits - 96 }),
            _ => Ok(Self { first, bits }),
        }
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.bits == width(self.first) {
            self.first.fmt(f)
        } else {
            write!(f, "{}/{}", self.first, self.bits)
        }
    }
}

impl Serialize for AddressRange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AddressRange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> AddressRange {
        text.parse().unwrap()
    }

    fn has(text: &str, address: &str) -> bool {
        range(text).contains(address.parse().unwrap())
    }

    #[test]
    fn a_range_holds_what_begins_like_it() {
        assert!(has("192.0.2.0/24", "192.0.2.255") && !has("192.0.2.0/24", "192.0.3.0"));
        assert!(has("192.0.2.7", "192.0.2.7") && !has("192.0.2.7", "192.0.2.8"));
        assert!(has("192.0.2.7", "::ffff:192.0.2.7") && has("::ffff:192.0.2.0/120", "192.0.2.7"));
        assert!(has("2001:db8::/32", "2001:db8:1::1") && !has("2001:db8::/32", "2001:db9::1"));
        assert!(
            has("0.0.0.0/0", "203.0.113.1") && !has("0.0.0.0/0", "2001:db8::1") && !has("::/0", "192.0.2.1")
        );
    }

    #[test]
    fn a_range_covers_what_is_all_within_it() {
        assert!(range("10.0.0.0/8").covers(&range("10.1.0.0/16")));
        assert!(!range("10.1.0.0/16").covers(&range("10.0.0.0/8")));
        assert!(range("10.0.0.1").covers(&range("10.0.0.1/32")));
        assert!(!range("::/0").covers(&range("0.0.0.0/0")));
    }

    #[test]
    fn what_is_no_range_is_refused_and_what_is_has_one_spelling() {
        for bad in [
            "",
            "10.0.0.0/",
            "10.0.0.0/33",
            "10.0.0.1/8",
            "::/129",
            "10.0.0.0/+8",
            "ten",
            "::ffff:0.0.0.0/90",
        ] {
            assert!(bad.parse::<AddressRange>().is_err(), "{bad}");
        }
        for (text, spelled) in [
            ("10.0.0.1/32", "10.0.0.1"),
            ("2001:DB8::/32", "2001:db8::/32"),
            ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
        ] {
            assert_eq!(range(text).to_string(), spelled);
            assert_eq!(serde_json::to_string(&range(text)).unwrap(), format!("\"{spelled}\""));
        }
    }
}
