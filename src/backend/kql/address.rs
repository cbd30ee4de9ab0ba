//! Tests of addresses.
//!
//! In: a KQL expression of type string that holds an address, networks or single addresses. Out: the test. `ipv6_is_match` reads IPv4
//! and IPv6 alike and compares IPv4 as `::ffff:a.b.c.d`, as the language does; of a text that is no address it is null.
//! <https://learn.microsoft.com/kusto/query/ipv6-is-match-function>

use std::net::{IpAddr, Ipv6Addr};

use crate::backend::frag::Frag;
use crate::hir::Network;

use super::WORDS;
use super::lists::Asked;
use super::quote::quote;

/// The address is one of these. IPv4 has two usual spellings in Defender's columns; IPv6 has many.
pub fn one_of(value: &str, addresses: &[IpAddr], exactly_false: bool, asked: Asked) -> Frag {
    let mut texts = Vec::new();
    let mut parts = Vec::new();
    for address in addresses {
        match address {
            IpAddr::V4(v4) => texts.push(v4.to_string()),
            IpAddr::V6(v6) => parts.push(matches(value, &v6.to_string(), exactly_false)),
        }
    }
    let listed = match asked.named(&texts) {
        Some(names) => {
            let bare = format!("trim_start({}, {value})", quote("(?i)::ffff:"));
            names.into_iter().map(|name| Frag::list(format!("{bare} in~ "), vec![name])).collect()
        }
        None if texts.is_empty() => Vec::new(),
        None => {
            let both = texts.iter().flat_map(|text| [quote(text), quote(&format!("::ffff:{text}"))]).collect();
            vec![Frag::list(format!("{value} in~ "), both)]
        }
    };
    Frag::any(listed.into_iter().chain(parts).collect(), WORDS)
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
