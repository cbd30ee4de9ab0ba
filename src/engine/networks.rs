//! Addresses in networks, for the matcher.
//!
//! In: networks of the hir, and an address in its one form (`::ffff:a.b.c.d` is a.b.c.d by then). Out: whether one of them holds it.

use std::collections::{BTreeMap, HashSet};
use std::net::IpAddr;

use crate::hir::Network;

/// The addresses of a network: those that are `base` where `mask` has a one.
#[derive(Debug)]
pub enum Mask {
    V4 { base: u32, mask: u32 },
    V6 { base: u128, mask: u128 },
}

impl Mask {
    pub fn new(network: &Network) -> Mask {
        match network.base {
            IpAddr::V4(base) => {
                let mask = u32::MAX.checked_shl(32u32.saturating_sub(network.prefix.into())).unwrap_or(0);
                Mask::V4 { base: base.to_bits() & mask, mask }
            }
            IpAddr::V6(base) => {
                let mask = u128::MAX.checked_shl(128u32.saturating_sub(network.prefix.into())).unwrap_or(0);
                Mask::V6 { base: base.to_bits() & mask, mask }
            }
        }
    }

    pub fn holds(&self, address: IpAddr) -> bool {
        match (self, address) {
            (Mask::V4 { base, mask }, IpAddr::V4(address)) => address.to_bits() & mask == *base,
            (Mask::V6 { base, mask }, IpAddr::V6(address)) => address.to_bits() & mask == *base,
            (Mask::V4 { .. }, IpAddr::V6(_)) | (Mask::V6 { .. }, IpAddr::V4(_)) => false,
        }
    }
}

/// Many networks, by their masks: as many look-ups as there are lengths of prefixes.
#[derive(Debug, Default)]
pub struct Networks {
    v4: BTreeMap<u32, HashSet<u32>>,
    v6: BTreeMap<u128, HashSet<u128>>,
}

impl Networks {
    pub fn new(networks: &[Network]) -> Networks {
        let mut by_mask = Networks::default();
        for network in networks {
            match Mask::new(network) {
                Mask::V4 { base, mask } => by_mask.v4.entry(mask).or_default().insert(base),
                Mask::V6 { base, mask } => by_mask.v6.entry(mask).or_default().insert(base),
            };
        }
        by_mask
    }

    pub fn hold(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(v4) => self.v4.iter().any(|(mask, bases)| bases.contains(&(u32::from(v4) & mask))),
            IpAddr::V6(v6) => self.v6.iter().any(|(mask, bases)| bases.contains(&(u128::from(v6) & mask))),
        }
    }

    /// How many look-ups it takes.
    pub fn lengths(&self) -> usize {
        self.v4.len() + self.v6.len()
    }
}
