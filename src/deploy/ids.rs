//! Names for things that must be the same on every run.
//!
//! In: a text. Out: its SHA-1 digest, or a UUID of version 5 (RFC 9562, 5.5). Not for secrets.

use sha1_smol::Sha1;
use uuid::Uuid;

/// Of the ids that Spoor makes: a random one, chosen once. It never changes, or every deployed rule would become another.
const NAMESPACE: Uuid = Uuid::from_bytes([0x5b, 0x0e, 0x7c, 0x41, 0x9d, 0x2a, 0x4f, 0x63, 0x8a, 0x17, 0x3e, 0xd4, 0xc6, 0x52, 0x90, 0xbb]);

/// `2fd4e1c67a2d28fced849ee1bb76e7391b93eb12`
pub fn digest(bytes: &[u8]) -> String {
    Sha1::from(bytes).digest().to_string()
}

/// The id itself, in lower case, where it is a UUID; else one that is made of it.
pub fn uuid(id: &str) -> String {
    if is_uuid(id) { id.to_ascii_lowercase() } else { Uuid::new_v5(&NAMESPACE, id.as_bytes()).to_string() }
}

/// As Sigma writes it: other spellings are names like any.
fn is_uuid(text: &str) -> bool {
    text.len() == 36 && Uuid::try_parse(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_is_a_uuid_stays() {
        assert_eq!(uuid("36210E0D-5B19-485D-A087-C096088885F0"), "36210e0d-5b19-485d-a087-c096088885f0");
        assert_eq!(uuid("UC_2781_0").len(), 36);
        assert_ne!(uuid("a"), uuid("b"));
    }

    /// Deployed rules are known by them.
    #[test]
    fn ids_never_change() {
        assert_eq!(uuid("agent_hook_persistence"), "0959fd79-9256-5f90-ab8c-e0c48e6dafca");
        assert_eq!(digest(b"abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
    }
}
