//! Where pages come from, as browsers tell.

use std::{fmt, str::FromStr};

/// An origin as browsers write it (RFC 6454 6.2): scheme, host in lower case, a port unless it is the scheme's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(String);

/// The text is no origin of a web page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoOrigin;

impl FromStr for Origin {
    type Err = NoOrigin;

    fn from_str(text: &str) -> Result<Self, NoOrigin> {
        let text = text.to_ascii_lowercase();
        let (rest, own_port) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => (rest, ":443"),
            (None, Some(rest)) => (rest, ":80"),
            (None, None) => return Err(NoOrigin),
        };
        let (host, port) = match rest.rsplit_once(':') {
            // The colons of an IPv6 address stand in brackets.
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (rest, None),
        };
        let is_address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let is_host = match is_address {
            Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
            None => {
                !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b))
            }
        };
        if !is_host || port.is_some_and(|port| port.parse::<u16>().is_err()) {
            return Err(NoOrigin);
        }
        Ok(Self(text.strip_suffix(own_port).unwrap_or(&text).to_owned()))
    }
}

impl Origin {
    /// As browsers send it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doors_6_an_origin_is_exactly_what_a_browser_sends() {
        for (text, sent) in [
            ("https://console.example", "https://console.example"),
            ("https://Console.Example:443", "https://console.example"),
            ("http://localhost:5173", "http://localhost:5173"),
            ("http://10.0.0.1:80", "http://10.0.0.1"),
            ("http://[::1]:3000", "http://[::1]:3000"),
        ] {
            assert_eq!(text.parse::<Origin>().unwrap().as_str(), sent, "{text}");
        }
        for text in [
            "",
            "*",
            "null",
            "console.example",
            "https://",
            "https://a.example/",
            "https://a.example/x",
            "ftp://a.example",
            "https://*.example",
            "https://a.example:x",
            "https://a.example:70000",
            "https://u@a.example",
            "https://a b",
            "https://[::1",
            "https://a.example?x",
            "https://a.example#x",
        ] {
            assert_eq!(text.parse::<Origin>(), Err(NoOrigin), "{text}");
        }
    }
}
