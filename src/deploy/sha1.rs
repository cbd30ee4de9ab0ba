//! SHA-1, and names in the form of a UUID made of it.
//!
//! In: bytes. Out: their digest (FIPS 180-4), or a UUID of version 5 (RFC 9562, 5.5). Of use for names that must be the same on every run;
//! not for secrets.

/// Of the ids that Spoor makes: a random one, chosen once. It never changes, or every deployed rule would become another.
const NAMESPACE: [u8; 16] = [0x5b, 0x0e, 0x7c, 0x41, 0x9d, 0x2a, 0x4f, 0x63, 0x8a, 0x17, 0x3e, 0xd4, 0xc6, 0x52, 0x90, 0xbb];

pub fn digest(bytes: &[u8]) -> [u8; 20] {
    let mut message = bytes.to_vec();
    message.push(0x80);
    while message.len() % 64 != 56 {
        message.push(0);
    }
    message.extend((bytes.len() as u64 * 8).to_be_bytes());
    let mut state: [u32; 5] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
    for block in message.chunks_exact(64) {
        let mut words = [0u32; 80];
        for (word, bytes) in words.iter_mut().zip(block.chunks_exact(4)) {
            *word = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        }
        for at in 16..80 {
            words[at] = (words[at - 3] ^ words[at - 8] ^ words[at - 14] ^ words[at - 16]).rotate_left(1);
        }
        let [mut a, mut b, mut c, mut d, mut e] = state;
        for (at, word) in words.into_iter().enumerate() {
            let (mixed, constant) = match at / 20 {
                0 => ((b & c) | (!b & d), 0x5a82_7999),
                1 => (b ^ c ^ d, 0x6ed9_eba1),
                2 => ((b & c) | (b & d) | (c & d), 0x8f1b_bcdc_u32),
                _ => (b ^ c ^ d, 0xca62_c1d6),
            };
            let next = a.rotate_left(5).wrapping_add(mixed).wrapping_add(e).wrapping_add(constant).wrapping_add(word);
            (e, d, c, b, a) = (d, c, b.rotate_left(30), a, next);
        }
        for (sum, part) in state.iter_mut().zip([a, b, c, d, e]) {
            *sum = sum.wrapping_add(part);
        }
    }
    let mut out = [0; 20];
    for (bytes, word) in out.chunks_exact_mut(4).zip(state) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    out
}

/// `2fd4e1c67a2d28fced849ee1bb76e7391b93eb12`
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The id itself, in lower case, where it is a UUID; else one that is made of it.
pub fn uuid(id: &str) -> String {
    if is_uuid(id) { id.to_ascii_lowercase() } else { named(&NAMESPACE, id) }
}

fn named(namespace: &[u8; 16], name: &str) -> String {
    let digest = digest(&[&namespace[..], name.as_bytes()].concat());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x50;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let text = hex(&bytes);
    format!("{}-{}-{}-{}-{}", &text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..])
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| if matches!(at, 8 | 13 | 18 | 23) { byte == b'-' } else { byte.is_ascii_hexdigit() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 180-2, appendix A, and the empty text.
    #[test]
    fn the_digests_of_the_standard() {
        let cases = [
            ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
            ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1"),
        ];
        for (text, wanted) in cases {
            assert_eq!(hex(&digest(text.as_bytes())), wanted);
        }
        assert_eq!(hex(&digest(&vec![b'a'; 1_000_000])), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
    }

    /// RFC 9562, appendix A.4: `www.example.com` in the namespace of names of DNS.
    #[test]
    fn the_uuid_of_the_standard() {
        let dns = [0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8];
        assert_eq!(named(&dns, "www.example.com"), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
    }

    #[test]
    fn an_id_that_is_a_uuid_stays() {
        assert_eq!(uuid("36210E0D-5B19-485D-A087-C096088885F0"), "36210e0d-5b19-485d-a087-c096088885f0");
        assert_eq!(uuid("UC_2781_0").len(), 36);
        assert_ne!(uuid("a"), uuid("b"));
    }
}
