//! Where a request comes from.

use axum::{
    extract::ConnectInfo,
    http::{Extensions, HeaderMap},
};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Names the addresses a request came through, nearest last.
pub const FORWARDED_FOR_HEADER: &str = "x-forwarded-for";

domain::limits! {
    /// Entries of `X-Forwarded-For` that are looked at, from its end.
    pub FORWARDED_ENTRIES_MAX: usize = 16, "entries";
}

/// Bits of an IPv6 address that name a network; the rest is one subscriber's to choose.
const NETWORK_BITS: u32 = 64;

/// The address a request comes from. The server puts it into the request's extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client(pub IpAddr);

impl Client {
    /// Of a request: as the server said, else the other end of the connection, else this machine.
    pub fn of(extensions: &Extensions) -> Self {
        let peer = || extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| Self(peer.ip()));
        extensions.get::<Self>().copied().or_else(peer).unwrap_or(Self(IpAddr::V4(Ipv4Addr::LOCALHOST)))
    }

    /// What counts as one caller: an IPv4 address, or an IPv6 network of 64 bits, in which everybody has as many addresses
    /// as he likes.
    pub fn network(self) -> IpAddr {
        match self.0.to_canonical() {
            IpAddr::V4(address) => IpAddr::V4(address),
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from(masked(address, NETWORK_BITS))),
        }
    }
}

fn masked(address: Ipv6Addr, bits: u32) -> u128 {
    address.to_bits() & u128::MAX.checked_shl(128 - bits).unwrap_or(0)
}

/// Reverse proxies of the operator: what they say about where a request comes from is believed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies(Vec<(Ipv6Addr, u32)>);

impl Proxies {
    /// Addresses and networks, comma-separated: `10.0.0.0/8, 192.0.2.7, 2001:db8::/32`. None if one of them is neither.
    pub fn parse(text: &str) -> Option<Self> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(network).collect::<Option<Vec<_>>>().map(Self)
    }

    /// Whether the address is one of theirs.
    pub fn contain(&self, address: IpAddr) -> bool {
        let address = mapped(address);
        self.0.iter().any(|(network, bits)| masked(address, *bits) == masked(*network, *bits))
    }

    /// Who sent a request that came in from `peer`: `peer`, or what the proxies say, if it is one. Whatever stands before the
    /// first address that is no proxy's was written by somebody we do not know.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> Client {
        let mut client = peer;
        let lines = headers.get_all(FORWARDED_FOR_HEADER).iter().filter_map(|value| value.to_str().ok());
        let mut entries: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
        entries.reverse();
        for entry in entries.into_iter().take(FORWARDED_ENTRIES_MAX) {
            if !self.contain(client) {
                break;
            }
            let Some(address) = forwarded(entry) else { break };
            client = address;
        }
        Client(client)
    }
}

/// `192.0.2.7`, `192.0.2.7:443`, `2001:db8::1` or `[2001:db8::1]:443`.
fn forwarded(entry: &str) -> Option<IpAddr> {
    let bare = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(entry);
    bare.parse().ok().or_else(|| entry.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

fn network(text: &str) -> Option<(Ipv6Addr, u32)> {
    let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
    let address: IpAddr = address.trim().parse().ok()?;
    let (whole, before) = if address.is_ipv4() { (32, 96) } else { (128, 0) };
    let bits = bits.map_or(Some(whole), |bits| bits.trim().parse().ok().filter(|bits| *bits <= whole))?;
    Some((mapped(address), bits + before))
}

/// IPv4 addresses as IPv6 maps them, so that there is one kind.
fn mapped(address: IpAddr) -> Ipv6Addr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_ipv6_subscriber_is_one_caller_whatever_address_it_chooses() {
        let network = |text| Client(ip(text)).network();
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), network("2001:db8:1:2:ffff::1"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
        assert_eq!(network("::ffff:192.0.2.1"), ip("192.0.2.1"));
    }

    #[test]
    fn only_the_operators_proxies_are_believed() {
        let proxies = Proxies::parse("10.0.0.0/8, 192.0.2.7,2001:db8::/32").unwrap();
        let client = |peer: &str, lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(FORWARDED_FOR_HEADER, HeaderValue::from_str(line).unwrap());
            }
            proxies.client(ip(peer), &headers).0.to_string()
        };
        let table: [(&str, &[&str], &str); 10] = [
            ("198.51.100.1", &["203.0.113.9"], "198.51.100.1"),
            ("10.1.2.3", &["203.0.113.9"], "203.0.113.9"),
            ("10.1.2.3", &["1.1.1.1, 203.0.113.9, 192.0.2.7"], "203.0.113.9"),
            ("10.1.2.3", &["1.1.1.1", "203.0.113.9"], "203.0.113.9"),
            ("10.1.2.3", &["nonsense, 203.0.113.9:4711"], "203.0.113.9"),
            ("10.1.2.3", &["203.0.113.9, nonsense"], "10.1.2.3"),
            ("2001:db8::5", &["[2001:4860::1]:443"], "2001:4860::1"),
            ("::ffff:10.1.2.3", &["203.0.113.9"], "203.0.113.9"),
            ("10.1.2.3", &[], "10.1.2.3"),
            ("10.1.2.3", &["10.0.0.1"], "10.0.0.1"),
        ];
        for (peer, lines, expected) in table {
            assert_eq!(client(peer, lines), expected, "{peer} {lines:?}");
        }
        assert_eq!(Proxies::default().client(ip("10.1.2.3"), &HeaderMap::new()).0, ip("10.1.2.3"));
    }

    #[test]
    fn networks_are_read_as_they_are_written() {
        for text in ["", " ", "10.0.0.0/0", "::/0", "10.1.2.3/32"] {
            assert!(Proxies::parse(text).is_some(), "{text}");
        }
        for text in ["10.0.0.0/33", "::/129", "10.0.0/8", "proxy.example", "10.0.0.1/x", "10.0.0.1/-1"] {
            assert!(Proxies::parse(text).is_none(), "{text}");
        }
        assert!(Proxies::parse("0.0.0.0/0").unwrap().contain(ip("203.0.113.9")));
        assert!(!Proxies::parse("0.0.0.0/0").unwrap().contain(ip("2001:db8::1")));
        assert!(Proxies::parse("::/0").unwrap().contain(ip("203.0.113.9")));
    }
}
