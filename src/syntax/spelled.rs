//! Values as texts spell them: numbers, addresses and networks.
//!
//! In: a text of a rule, in the language or of another. Out: the value, if it is one. What a value may be compared with is for others to say.

use std::net::IpAddr;

/// The number that a text writes, as the language reads it.
pub fn number(text: &str) -> Option<i64> {
    match text.strip_prefix("0x") {
        Some(hex) if is_hex(hex) => i64::from_str_radix(hex, 16).ok(),
        Some(_) => None,
        None => text.parse().ok().filter(|_| !text.starts_with('+')),
    }
}

/// `10.0.0.0/8` or `10.0.0.1`, from text.
pub fn address(text: &str) -> Option<(IpAddr, Option<u8>)> {
    match text.split_once('/') {
        None => text.parse().ok().map(|ip| (ip, None)),
        Some((ip, prefix)) => {
            let ip: IpAddr = ip.parse().ok()?;
            let prefix: u8 = prefix.parse().ok()?;
            (prefix <= if ip.is_ipv4() { 32 } else { 128 }).then_some((ip, Some(prefix)))
        }
    }
}

/// The network of the addresses that begin with these numbers: `10`, `192.168`.
pub fn network_of_octets(head: &str) -> Option<String> {
    let head = head.trim_end_matches(".*");
    let count = head.split('.').count();
    (count < 4).then_some(())?;
    let base = format!("{head}{}", ".0".repeat(4 - count));
    address(&base).map(|_| format!("{base}/{}", 8 * count))
}

/// `DWORD (0x00000001)`, as Sysmon writes the number 1.
pub fn wrapped_number(text: &str) -> Option<i64> {
    let (kind, rest) = text.split_once(' ')?;
    let inner = rest.trim().strip_prefix('(')?.strip_suffix(')')?;
    match kind.to_ascii_uppercase().as_str() {
        "DWORD" => number(&inner.to_ascii_lowercase()),
        "QWORD" => match inner.split_once('-') {
            Some((high, low)) => {
                let (high, low) = (number(&high.to_ascii_lowercase())?, number(&low.to_ascii_lowercase())?);
                high.checked_mul(1 << 32)?.checked_add(low)
            }
            None => number(&inner.to_ascii_lowercase()),
        },
        _ => None,
    }
}

pub fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_hexdigit())
}
