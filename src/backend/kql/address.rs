//! Tests of addresses.
//!
//! In: a KQL expression of type string that holds an address, networks or single addresses. Out: the test. `ipv6_is_match` reads IPv4
//! and IPv6 alike and compares IPv4 as `::ffff:a.b.c.d`, as the language does; of a text that is no address it is null.
//! <https://learn.microsoft.com/kusto/query/ipv6-is-match-function>

use std::net::{IpAddr, Ipv6Addr};

use crate::backend::frag::Frag;
use crate::hir::Network;

use super::WORDS;
use super::quote::quote;

/// The address is one of these. IPv4 has two usual spellings in Defender's columns; IPv6 has many.
pub fn one_of(value: &str, addresses: &[IpAddr], exactly_false: bool) -> Frag {
    let mut texts = Vec::new();
    let mut parts = Vec::new();
    for address in addresses {
        match address {
            IpAddr::V4(v4) => texts.extend([quote(&v4.to_string()), quote(&format!("::ffff:{v4}"))]),
            IpAddr::V6(v6) => parts.push(matches(value, &v6.to_string(), exactly_false)),
        }
    }
    if !texts.is_empty() {
        parts.insert(0, Frag::list(format!("{value} in~ "), texts));
    }
    Frag::any(parts, WORDS)
}

/// The address lies in one of these networks.
pub fn within(value: &str, networks: &[Network], exactly_false: bool) -> Frag {
    Frag::any(
        networks.iter().map(|network| matches(value, &format!("{}/{}", network.base, network.prefix), exactly_false)).collect(),
        WORDS,
    )
}

/// A valid address in none of these networks.
pub fn outside(value: &str, networks: &[Network]) -> Frag {
    let valid = matches(value, &format!("{}/0", Ipv6Addr::UNSPECIFIED), true);
    Frag::all(vec![valid, within(value, networks, false).not(WORDS)], WORDS)
}

fn matches(value: &str, network: &str, exactly_false: bool) -> Frag {
    let test = format!("ipv6_is_match({value}, {})", quote(network));
    Frag::atom(if exactly_false { format!("coalesce({test}, false)") } else { test })
}
