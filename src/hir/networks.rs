//! The networks that `is private`, `is public` and their like speak of.
//!
//! In: a [`Kind`]. Out: its networks. Everybody reads them here, so that a matcher and a query mean the same addresses.
//! RFC 1918, 4193, 6890 and IANA's registries of special-purpose addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Kind, Network};

impl Kind {
    /// The networks in which such an address lies; of `Public`, those in which it does *not* lie. Of what is no kind of address: none.
    pub fn networks(self) -> Vec<Network> {
        match self {
            Kind::Private => vec![v4([10, 0, 0, 0], 8), v4([172, 16, 0, 0], 12), v4([192, 168, 0, 0], 16), v6([0xfc00, 0], 7)],
            Kind::Loopback => vec![v4([127, 0, 0, 0], 8), network(IpAddr::V6(Ipv6Addr::LOCALHOST), 128)],
            Kind::LinkLocal => vec![v4([169, 254, 0, 0], 16), v6([0xfe80, 0], 10)],
            Kind::Multicast => vec![v4([224, 0, 0, 0], 4), v6([0xff00, 0], 8)],
            Kind::Reserved => vec![
                v4([0, 0, 0, 0], 8),
                v4([100, 64, 0, 0], 10),
                v4([192, 0, 0, 0], 24),
                v4([192, 0, 2, 0], 24),
                v4([198, 18, 0, 0], 15),
                v4([198, 51, 100, 0], 24),
                v4([203, 0, 113, 0], 24),
                v4([240, 0, 0, 0], 4),
                network(IpAddr::V6(Ipv6Addr::UNSPECIFIED), 128),
                v6([0x0100, 0], 64),
                v6([0x2001, 0x0db8], 32),
                v6([0x3fff, 0], 20),
            ],
            Kind::Public => [Kind::Private, Kind::Loopback, Kind::LinkLocal, Kind::Multicast, Kind::Reserved]
                .into_iter()
                .flat_map(Kind::networks)
                .collect(),
            Kind::MachineAccount => Vec::new(),
        }
    }
}

impl Network {
    /// An address lies in one of these.
    pub const EVERY: [Network; 2] =
        [Network { base: IpAddr::V4(Ipv4Addr::UNSPECIFIED), prefix: 0 }, Network { base: IpAddr::V6(Ipv6Addr::UNSPECIFIED), prefix: 0 }];
}

fn v4(octets: [u8; 4], prefix: u8) -> Network {
    network(IpAddr::V4(Ipv4Addr::from(octets)), prefix)
}

/// By the first two groups; the others are zero.
fn v6(groups: [u16; 2], prefix: u8) -> Network {
    network(IpAddr::V6(Ipv6Addr::new(groups[0], groups[1], 0, 0, 0, 0, 0, 0)), prefix)
}

fn network(base: IpAddr, prefix: u8) -> Network {
    Network { base, prefix }
}
