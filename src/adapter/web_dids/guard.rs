//! Which addresses of the network may be called on behalf of somebody else.
//!
//! Names are looked up here and nowhere else: what the connection is made to is what was looked at, so that a name which answers
//! differently the second time (DNS rebinding) gains nothing.

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

/// Looks names up, and refuses those that lead anywhere but into the public internet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Guard {
    allows: fn(IpAddr) -> bool,
    /// What every name leads to, in tests.
    #[cfg(test)]
    found: Option<IpAddr>,
}

impl Guard {
    /// The public internet.
    pub(super) const PUBLIC: Self = Self {
        allows: is_public,
        #[cfg(test)]
        found: None,
    };

    /// Every name leads to this address.
    #[cfg(test)]
    pub(super) const fn finding(self, found: IpAddr) -> Self {
        Self { found: Some(found), ..self }
    }

    /// Whatever this says may be called: servers of tests are on this machine.
    #[cfg(test)]
    pub(super) const fn allowing(self, allows: fn(IpAddr) -> bool) -> Self {
        Self { allows, ..self }
    }

    async fn look_up(self, name: &str) -> io::Result<Vec<SocketAddr>> {
        #[cfg(test)]
        if let Some(found) = self.found {
            return Ok(vec![SocketAddr::new(found, 0)]);
        }
        Ok(tokio::net::lookup_host((name, 0)).await?.collect())
    }

    /// All of them, if all are allowed: a name that leads inside at times is none to be called.
    fn checked(self, found: Vec<SocketAddr>) -> io::Result<Vec<SocketAddr>> {
        if found.is_empty() || !found.iter().all(|place| (self.allows)(place.ip())) {
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                "the name leads to an address that is not called",
            ));
        }
        Ok(found)
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = *self;
        Box::pin(async move {
            let found = guard.look_up(name.as_str()).await?;
            let found: Addrs = Box::new(guard.checked(found)?.into_iter());
            Ok(found)
        })
    }
}

/// Whether an address is one of the public internet. What is not known to be is not (IANA's special-purpose registries).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = matches!(
        (a, b, c),
        // This network, private, loopback, link-local (with what clouds tell their machines), multicast and what is reserved.
        (0 | 10 | 127 | 224..=255, ..) | (172, 16..=31, _) | (192, 168, _) | (169, 254, _)
        // Shared by carriers; protocols; documentation; the way to 6to4; benchmarks.
            | (100, 64..=127, _) | (192, 0, 0 | 2) | (198, 51, 100) | (203, 0, 113) | (192, 88, 99) | (198, 18 | 19, _)
    );
    !is_special
}

/// Global unicast only, and of it nothing that carries another address in it or is for documentation: IPv4-mapped and NAT64
/// addresses lie outside, Teredo and 6to4 within.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let is_global = (0x2000..=0x3fff).contains(&first);
    let is_special = match first {
        // 2001::/23 is for protocols, Teredo among them; 2001:db8::/32 for documentation.
        0x2001 => second < 0x0200 || second == 0x0db8,
        0x2002 => true,
        0x3fff => second < 0x1000,
        _ => false,
    };
    is_global && !is_special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_public_internet_is_called() {
        for public in [
            "1.1.1.1",
            "9.9.9.9",
            "93.184.216.34",
            "172.15.0.1",
            "172.32.0.1",
            "100.63.0.1",
            "100.128.0.1",
            "192.0.1.1",
            "192.167.1.1",
            "169.253.0.1",
            "198.17.0.1",
            "198.20.0.1",
            "223.255.255.255",
            "2606:4700:4700::1111",
            "2001:200::1",
            "2a00::1",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for special in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.0.1",
            "169.254.169.254",
            "169.254.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::ffff:1.1.1.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "2001::1",
            "2001:1ff::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "2002:a9fe:a9fe::1",
            "3fff::1",
            "4000::1",
        ] {
            assert!(!is_public(special.parse().unwrap()), "{special}");
        }
    }

    #[test]
    fn a_name_that_leads_inside_too_is_refused_whole() {
        let places =
            |all: &[&str]| all.iter().map(|ip| SocketAddr::new(ip.parse().unwrap(), 0)).collect::<Vec<_>>();
        assert!(Guard::PUBLIC.checked(places(&["1.1.1.1", "2606:4700:4700::1111"])).is_ok());
        for refused in [&[][..], &["127.0.0.1"], &["1.1.1.1", "10.0.0.1"], &["1.1.1.1", "::1"]] {
            assert!(Guard::PUBLIC.checked(places(refused)).is_err(), "{refused:?}");
        }
    }

    #[tokio::test]
    async fn names_are_looked_up_before_anything_is_called() {
        let look = |name: &str| Guard::PUBLIC.resolve(name.parse().unwrap());
        assert!(look("localhost").await.is_err());
        let here = Guard::PUBLIC.allowing(|ip| ip.is_loopback());
        assert!(here.resolve("localhost".parse().unwrap()).await.unwrap().next().unwrap().ip().is_loopback());
    }
}
