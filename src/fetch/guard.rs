//! Which addresses may be connected to. Pure: decides about addresses, resolves nothing.
//!
//! What anything outbound is told to fetch comes from strangers (a redirect, a callback); without this an address of
//! our own network could be named and its answer published.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use url::{Host, Url};

/// Special-purpose networks (RFC 6890 and the IANA registries) that are never a publisher.
const REFUSED_V4: [Ipv4Net; 14] = [
    v4([0, 0, 0, 0], 8),
    v4([10, 0, 0, 0], 8),
    v4([100, 64, 0, 0], 10),
    v4([127, 0, 0, 0], 8),
    v4([169, 254, 0, 0], 16),
    v4([172, 16, 0, 0], 12),
    v4([192, 0, 0, 0], 24),
    v4([192, 0, 2, 0], 24),
    v4([192, 168, 0, 0], 16),
    v4([198, 18, 0, 0], 15),
    v4([198, 51, 100, 0], 24),
    v4([203, 0, 113, 0], 24),
    v4([224, 0, 0, 0], 4),
    v4([240, 0, 0, 0], 4),
];

const REFUSED_V6: [Ipv6Net; 10] = [
    // Unspecified, loopback and the deprecated IPv4-compatible form.
    v6([0, 0, 0, 0], 96),
    // Local-use NAT64 (RFC 8215): leads into the network that runs it.
    v6([0x64, 0xff9b, 1, 0], 48),
    v6([0x100, 0, 0, 0], 64),
    v6([0x2001, 0, 0, 0], 23),
    v6([0x2001, 0xdb8, 0, 0], 32),
    v6([0x2002, 0, 0, 0], 16),
    v6([0xfc00, 0, 0, 0], 7),
    v6([0xfe80, 0, 0, 0], 10),
    // Site-local, deprecated (RFC 3879).
    v6([0xfec0, 0, 0, 0], 10),
    v6([0xff00, 0, 0, 0], 8),
];

/// The rule, with the networks that the settings open on purpose.
#[derive(Debug, Clone, Default)]
pub struct Guard {
    allowed: Vec<IpNet>,
}

impl Guard {
    /// Refuses special-purpose addresses except those in `allowed`.
    pub fn new(allowed: Vec<IpNet>) -> Self {
        Guard { allowed }
    }

    /// Whether an address may be connected to. Addresses that carry an IPv4 address (IPv4-mapped, RFC 4291 §2.5.5.2;
    /// NAT64, RFC 6052) are judged by that one.
    pub fn permits(&self, address: IpAddr) -> bool {
        let target = decode(address);
        let open = |address: IpAddr| self.allowed.iter().any(|network| network.contains(&address));
        open(address)
            || open(target)
            || match target {
                IpAddr::V4(address) => !REFUSED_V4.iter().any(|network| network.contains(&address)),
                IpAddr::V6(address) => !REFUSED_V6.iter().any(|network| network.contains(&address)),
            }
    }

    /// Whether the address that a URL names literally may be connected to; true for names, which are judged when they
    /// are resolved.
    pub fn permits_literal(&self, url: &Url) -> bool {
        match url.host() {
            Some(Host::Ipv4(address)) => self.permits(address.into()),
            Some(Host::Ipv6(address)) => self.permits(address.into()),
            Some(Host::Domain(_)) | None => true,
        }
    }
}

fn decode(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    let last_two = |segments: [u16; 8]| {
        let [.., high, low] = segments;
        Ipv4Addr::from((u32::from(high) << 16) | u32::from(low))
    };
    match v6.segments() {
        segments @ ([0, 0, 0, 0, 0, 0xffff, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..]) => {
            last_two(segments).into()
        }
        _ => address,
    }
}

const fn v4(octets: [u8; 4], prefix: u8) -> Ipv4Net {
    let [a, b, c, d] = octets;
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(start: [u16; 4], prefix: u8) -> Ipv6Net {
    let [a, b, c, d] = start;
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0), prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(allowed: &[&str], address: &str, expected: bool) {
        let guard = Guard::new(allowed.iter().map(|network| network.parse().unwrap()).collect());
        assert_eq!(guard.permits(address.parse().unwrap()), expected, "{address}");
    }

    #[test]
    #[rustfmt::skip]
    fn public_addresses_are_permitted() {
        for address in [
            "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
            "128.0.0.1", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255",
            "192.0.1.0", "192.0.3.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0",
            "198.51.99.255", "198.51.101.0", "203.0.112.255", "203.0.114.0", "223.255.255.255",
            "2001:200::1", "2001:db7::1", "2001:db9::1", "2003::1", "2606:4700:4700::1111", "2a00:1450::1",
            "::ffff:8.8.8.8", "64:ff9b::8.8.8.8",
        ] {
            check(&[], address, true);
        }
    }

    #[test]
    #[rustfmt::skip]
    fn special_addresses_are_refused_at_both_edges() {
        for address in [
            "0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255",
            "127.0.0.1", "127.255.255.255", "169.254.0.0", "169.254.169.254", "172.16.0.0", "172.31.255.255",
            "192.0.0.0", "192.0.0.255", "192.0.2.0", "192.0.2.255", "192.168.0.0", "192.168.255.255",
            "198.18.0.0", "198.19.255.255", "198.51.100.0", "198.51.100.255", "203.0.113.0", "203.0.113.255",
            "224.0.0.0", "239.255.255.255", "240.0.0.0", "255.255.255.255",
            "::", "::1", "::7f00:1", "fc00::", "fdff:ffff::1", "fe80::1", "febf::1", "fec0::1", "ff02::1",
            "2001::1", "2001:1ff::1", "2001:db8::1", "2002:7f00:1::", "100::1", "64:ff9b:1::1",
        ] {
            check(&[], address, false);
        }
    }

    #[test]
    fn embedded_ipv4_addresses_are_judged_as_such() {
        for address in [
            "::ffff:127.0.0.1",
            "::ffff:10.1.2.3",
            "::ffff:169.254.169.254",
            "::ffff:0.0.0.0",
            "64:ff9b::127.0.0.1",
            "64:ff9b::192.168.1.1",
            "64:ff9b::10.0.0.1",
        ] {
            check(&[], address, false);
        }
    }

    #[test]
    fn the_settings_open_networks_on_purpose() {
        check(&["127.0.0.0/8"], "127.3.4.5", true);
        check(&["127.0.0.0/8"], "::ffff:127.0.0.1", true);
        check(&["127.0.0.0/8"], "::1", false);
        check(&["10.20.0.0/16"], "10.20.255.255", true);
        check(&["10.20.0.0/16"], "10.21.0.0", false);
        check(&["fd00::/8", "::1/128"], "fd12::1", true);
        check(&["fd00::/8", "::1/128"], "::1", true);
    }

    #[test]
    fn literal_addresses_are_seen_through_their_disguises() {
        let guard = Guard::default();
        for url in [
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://0177.0.0.1/",
            "http://127.1/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:7f00:1]/",
            "http://①②⑦.0.0.1/",
        ] {
            assert!(!guard.permits_literal(&Url::parse(url).unwrap()), "{url}");
        }
        assert!(guard.permits_literal(&Url::parse("http://127.0.0.1.example/").unwrap()));
        assert!(guard.permits_literal(&Url::parse("http://8.8.8.8/").unwrap()));
    }
}
