//! What a [`Cut`] makes of a text, and what stands under a name in the XML of an event's data.
//!
//! In: a text. Out: the part, if there is one. Law: the same as the first group of [`Cut::pattern`] and [`xml_pattern`](crate::schema::xml_pattern), which
//! queries use; here without a regex, since every event takes this way.

use crate::schema::{Cut, XML_REFERENCES};

/// The part of the text; never empty.
pub fn cut<'t>(cut: &Cut, text: &'t str) -> Option<&'t str> {
    let part = match cut {
        Cut::Dirname => text.rfind(['\\', '/']).map(|at| &text[..at])?,
        Cut::UrlHost => host(text),
        Cut::UrlPath => {
            let rest = [&text[authority(text)..], text].into_iter().find(|rest| rest.starts_with('/'))?;
            &rest[..rest.find(['?', '#']).unwrap_or(rest.len())]
        }
        Cut::UrlQuery => {
            let (before, query) = text.split_once('?')?;
            if before.contains('#') {
                return None;
            }
            &query[..query.find('#').unwrap_or(query.len())]
        }
        Cut::PipeName => {
            const DEVICE: &str = r"\Device\NamedPipe";
            let rest = match text.get(..DEVICE.len()) {
                Some(head) if head.eq_ignore_ascii_case(DEVICE) => &text[DEVICE.len()..],
                _ => text,
            };
            rest.strip_prefix('\\').unwrap_or(rest)
        }
        Cut::Key => text.rfind('\\').map(|at| &text[..at])?,
        Cut::ValueName => text.rfind('\\').map_or(text, |at| &text[at + 1..]),
        Cut::Kv(key) => behind(key, text)?,
        Cut::Xml(name) => element(name, text)?,
        Cut::Labels(..) => by_pattern(cut, text)?,
    };
    Some(part).filter(|part| !part.is_empty())
}

/// The length of `scheme:`, of letters, digits, `+`, `-` and `.`, behind a letter; 0 if there is none.
fn scheme(text: &str) -> usize {
    let Some(at) = text.find(':') else { return 0 };
    let name = &text[..at];
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    if is_name { at + 1 } else { 0 }
}

/// The length of `scheme://host`, of `//host`, or 0.
fn authority(text: &str) -> usize {
    let scheme = scheme(text);
    let start = [scheme, 0].into_iter().find(|at| text[*at..].starts_with("//"));
    start.map_or(0, |at| at + 2 + text[at + 2..].find(['/', '?', '#']).unwrap_or(text.len() - at - 2))
}

fn host(text: &str) -> &str {
    let scheme = scheme(text);
    let rest = if text[scheme..].starts_with("//") { &text[scheme + 2..] } else { text.strip_prefix("//").unwrap_or(text) };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let rest = rest[..end].find('@').map_or(rest, |at| &rest[at + 1..]);
    if rest.starts_with('[')
        && let Some(end) = rest.find(']')
    {
        return &rest[..=end];
    }
    &rest[..rest.find(['/', '?', '#', ':', '@']).unwrap_or(rest.len())]
}

/// By the definition itself: no pack has such a cut, so no event takes this way.
fn by_pattern<'t>(cut: &Cut, text: &'t str) -> Option<&'t str> {
    let regex = regex::RegexBuilder::new(&cut.pattern()).case_insensitive(true).build().ok()?;
    Some(regex.captures(text)?.get(1)?.as_str())
}

/// Behind the first `KEY=` that begins the text, or stands behind a blank or a line end.
fn behind<'t>(key: &str, text: &'t str) -> Option<&'t str> {
    let fits = |at: &usize| {
        let starts = *at == 0 || matches!(text.as_bytes()[at - 1], b'\r' | b'\n' | b'\t' | b' ');
        let named = text.get(*at..at + key.len()).is_some_and(|name| name.eq_ignore_ascii_case(key));
        starts && named && text[at + key.len()..].starts_with('=')
    };
    let at = (0..text.len()).filter(|at| text.is_char_boundary(*at)).find(fits)?;
    let rest = &text[at + key.len() + 1..];
    Some(&rest[..rest.find(['\r', '\n']).unwrap_or(rest.len())])
}

/// The text of the first element of this name, with its references to characters resolved; it may be empty.
pub fn xml(name: &str, text: &str) -> Option<String> {
    let raw = element(name, text)?;
    Some(XML_REFERENCES.iter().fold(raw.to_owned(), |text, (reference, character)| text.replace(reference, character)))
}

fn element<'t>(name: &str, text: &'t str) -> Option<&'t str> {
    text.match_indices('<').find_map(|(at, _)| {
        let tag = &text[at + 1..];
        let named = behind_start(tag, "Data Name=").and_then(|rest| quoted(rest, name));
        let content = [named, behind_start(tag, name)].into_iter().flatten().find_map(|rest| rest.strip_prefix('>'))?;
        Some(&content[..content.find('<')?])
    })
}

/// What stands behind the name in quotes of either kind.
fn quoted<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    behind_start(text.strip_prefix(['"', '\''])?, name)?.strip_prefix(['"', '\''])
}

/// What stands behind this start, in any case of letters.
fn behind_start<'t>(text: &'t str, start: &str) -> Option<&'t str> {
    let head = text.get(..start.len())?;
    (head.to_lowercase() == start.to_lowercase()).then(|| &text[start.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Named, Str, xml_pattern};
    use proptest::prelude::*;

    fn cuts() -> Vec<Cut> {
        vec![
            Cut::Dirname,
            Cut::UrlHost,
            Cut::UrlPath,
            Cut::UrlQuery,
            Cut::PipeName,
            Cut::Key,
            Cut::ValueName,
            Cut::Kv(Str::Borrowed("Key")),
            Cut::Labels(Named::Whole, 1),
            Cut::Labels(Named::Whole, 2),
            Cut::Labels(Named::MailDomain, 2),
        ]
    }

    /// Texts of the pieces that the patterns look at.
    fn text() -> impl Strategy<Value = String> {
        let pieces = [
            "http",
            "s",
            ":",
            "//",
            "/",
            "a.b",
            "@",
            "?",
            "#",
            "[::1]",
            "[",
            "]",
            "443",
            "\\",
            r"\Device\NamedPipe",
            "Key=",
            "key",
            "=",
            " ",
            "\n",
            "é",
            "C",
        ];
        prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..9).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn the_pattern_says_the_same(text in text()) {
            for it in cuts() {
                let regex = regex::RegexBuilder::new(&it.pattern()).case_insensitive(true).build().expect("a pattern");
                let found = regex.captures(&text).and_then(|found| found.get(1)).map(|part| part.as_str()).filter(|part| !part.is_empty());
                prop_assert_eq!(cut(&it, &text), found, "{:?} of {:?}", it, text);
            }
        }
    }

    proptest! {
        #[test]
        fn the_pattern_of_xml_says_the_same(pieces in prop::collection::vec(prop::sample::select(vec![
            "<", ">", "<Data Name=\"A (b)\">", "<data name='a (B)'>", "</Data>", "<A (b)>", "x", "\n", "&lt;", "<Data Name=\"A (b)x\">", "\"",
        ]), 0..9)) {
            let text = pieces.concat();
            let regex = regex::RegexBuilder::new(&xml_pattern("A (b)")).case_insensitive(true).build().expect("a pattern");
            let found = regex.captures(&text).and_then(|found| found.get(1)).map(|part| part.as_str().replace("&lt;", "<"));
            prop_assert_eq!(xml("A (b)", &text), found, "{:?}", text);
        }
    }

    #[test]
    fn xml_of_events() {
        let event = "<EventData xmlns='x'><Data Name=\"Status\">0x0</Data><Data Name='Line'>a &amp;lt; &lt;b&gt;\n</Data><Data>1</Data></EventData>";
        assert_eq!(xml("status", event).as_deref(), Some("0x0"));
        assert_eq!(xml("Line", event).as_deref(), Some("a &lt; <b>\n"));
        assert_eq!(xml("Data", event).as_deref(), Some("1"));
        assert_eq!(xml("Stat", event), None);
        assert_eq!(
            xml("FilePath", "<UserData><RuleAndFileData><FilePath>%SYSTEM32%\\A.EXE</FilePath>").as_deref(),
            Some("%SYSTEM32%\\A.EXE")
        );
    }

    #[test]
    fn urls() {
        let url = "https://user:pw@evil.example:8443/a/b?x=1&y#z";
        assert_eq!(cut(&Cut::UrlPath, url), Some("/a/b"));
        assert_eq!(cut(&Cut::UrlQuery, url), Some("x=1&y"));
        assert_eq!(cut(&Cut::UrlHost, "https://evil.example:8443/a"), Some("evil.example"));
        assert_eq!(cut(&Cut::UrlHost, url), Some("evil.example"));
        assert_eq!(cut(&Cut::UrlHost, "evil.example"), Some("evil.example"));
        assert_eq!(cut(&Cut::UrlHost, "http://[2001:db8::1]:80/"), Some("[2001:db8::1]"));
        assert_eq!(cut(&Cut::UrlPath, "/a?b"), Some("/a"));
    }

    #[test]
    fn pipes_and_lines() {
        for text in [r"\Device\NamedPipe\lsass", r"\lsass", "lsass"] {
            assert_eq!(cut(&Cut::PipeName, text), Some("lsass"));
        }
        let text = "HostName=ConsoleHost\r\n\tHostApplication=powershell -nop\r\n";
        assert_eq!(cut(&Cut::Kv(Str::Borrowed("HostApplication")), text), Some("powershell -nop"));
    }
}
