//! Which addresses belong to the public internet.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// Why an address is not one that strangers may send us to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// This machine.
    Loopback,
    /// No address at all, or "this network".
    Unspecified,
    /// A company's or a household's network.
    Private,
    /// The network segment that this machine is on.
    LinkLocal,
    /// Where a cloud tells its machines who they are, with keys.
    Metadata,
    /// Between a provider and its customers.
    Shared,
    /// A group of machines.
    Multicast,
    /// For examples and measurements, or for nothing yet.
    Reserved,
    /// An address of IPv4 in other clothes.
    Embedded,
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Loopback => "this machine itself",
            Self::Unspecified => "no address of a machine",
            Self::Private => "an address in a private network",
            Self::LinkLocal => "a link-local address",
            Self::Metadata => "a cloud's metadata service",
            Self::Shared => "an address inside a provider's network",
            Self::Multicast => "a multicast address",
            Self::Reserved => "a reserved address",
            Self::Embedded => "an IPv4 address inside an IPv6 address",
        })
    }
}

/// Metadata services that live at an address of their own (AWS and most others; Alibaba; Oracle; Azure's wire server,
/// which is in a public range; AWS over IPv6).
const METADATA: [IpAddr; 5] = [
    IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)),
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
];

/// Why `address` is not public; `None` if it is.
///
/// After IANA's registries of special-purpose addresses (RFC 6890 and its successors).
pub fn not_public(address: IpAddr) -> Option<Range> {
    if METADATA.contains(&address) {
        return Some(Range::Metadata);
    }
    match address {
        IpAddr::V4(address) => not_public_v4(address),
        IpAddr::V6(address) => not_public_v6(address),
    }
}

const fn not_public_v4(address: Ipv4Addr) -> Option<Range> {
    Some(match address.octets() {
        [0, ..] => Range::Unspecified,
        [127, ..] => Range::Loopback,
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => Range::Private,
        [100, 64..=127, ..] => Range::Shared,
        [169, 254, ..] => Range::LinkLocal,
        [224..=239, ..] => Range::Multicast,
        // Protocol assignments, documentation, relays of 6to4, benchmarks, the future and broadcast.
        [192, 0, 0 | 2, _]
        | [192, 88, 99, _]
        | [198, 18..=19, ..]
        | [198, 51, 100, _]
        | [203, 0, 113, _]
        | [240..=255, ..] => Range::Reserved,
        _ => return None,
    })
}

fn not_public_v6(address: Ipv6Addr) -> Option<Range> {
    let parts = address.segments();
    let last = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match parts {
        [0, 0, 0, 0, 0, 0, 0, 0] => Some(Range::Unspecified),
        [0, 0, 0, 0, 0, 0, 0, 1] => Some(Range::Loopback),
        // Mapped, translated and compatible addresses: no name needs them, a socket would take some for IPv4.
        [0, 0, 0, 0, 0, 0 | 0xffff, ..] | [0, 0, 0, 0, 0xffff, 0, ..] => Some(Range::Embedded),
        // A network without IPv4 reaches it through a gateway under this prefix; what lies behind counts.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => not_public(last(high, low).into()).map(|_| Range::Embedded),
        [0xfc00..=0xfdff, ..] => Some(Range::Private),
        [0xfe80..=0xfebf, ..] => Some(Range::LinkLocal),
        [0xfec0..=0xfeff, ..] => Some(Range::Private),
        [0xff00..=0xffff, ..] => Some(Range::Multicast),
        // 6to4 and Teredo carry an IPv4 address that a relay would go to.
        [0x2002, ..] | [0x2001, 0, ..] => Some(Range::Embedded),
        // The rest of the IETF's own block, documentation.
        [0x2001, 1..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Some(Range::Reserved),
        // ISATAP writes an IPv4 address into the interface's part.
        [_, _, _, _, 0 | 0x200, 0x5efe, high, low] if not_public(last(high, low).into()).is_some() => {
            Some(Range::Embedded)
        }
        // Nothing else has been given to anybody.
        [0x2000..=0x3fff, ..] => None,
        _ => Some(Range::Reserved),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<Range> {
        not_public(text.parse().unwrap())
    }

    #[test]
    fn public_addresses_are_public() {
        for text in [
            "1.1.1.1",
            "8.8.8.8",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.167.255.255",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2001:200::1",
            "2606:4700::1111",
            "2a00:1450:4001::200e",
            "64:ff9b::808:808",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_a_public_address_is_not_one() {
        for (text, range) in [
            ("168.63.129.16", Range::Metadata),
            ("fd00:ec2::254", Range::Metadata),
            ("::ffff:8.8.8.8", Range::Embedded),
            ("::7f00:1", Range::Embedded),
            ("64:ff9b::7f00:1", Range::Embedded),
            ("64:ff9b:1::808:808", Range::Reserved),
            ("2002:7f00:1::", Range::Embedded),
            ("2001:0:4136:e378:8000:63bf:3fff:fdd2", Range::Embedded),
            ("2606:4700::5efe:a00:1", Range::Embedded),
            ("4000::1", Range::Reserved),
            ("fec0::1", Range::Private),
        ] {
            assert_eq!(of(text), Some(range), "{text}");
        }
    }
}
