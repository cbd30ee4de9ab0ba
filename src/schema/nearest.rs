//! The name that was probably meant.
//!
//! In: a name as written, and those that exist. Out: the nearest, if it is near enough to be worth saying. Two names are near if few
//! letters were forgotten, added, exchanged or swapped: one in a word of up to seven letters, then one for every four, three at most.
//! Case and the difference of `_`, `-`, `.` and blank count nothing.

/// The nearest of some names; of several equally near ones the first.
pub fn nearest<'n>(written: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let written = plain(written);
    let limit = (written.len() / 4).clamp(1, 3);
    let mut best: Option<(usize, &str)> = None;
    for name in names {
        let candidate = plain(name);
        if candidate.len().abs_diff(written.len()) > limit {
            continue;
        }
        let distance = distance(&written, &candidate);
        // A name of which no letter is left is another name.
        if distance <= limit && distance < candidate.len() && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, name));
        }
    }
    best.map(|(_, name)| name)
}

/// The nearest name, and whether it is sure to be meant: nothing but case and dashes differ, or it is one slip in a word of four letters
/// or more, not in a digit, and no other name is as near.
pub fn meant<'n>(written: &str, names: impl IntoIterator<Item = &'n str>) -> Option<(&'n str, bool)> {
    let names: Vec<&str> = names.into_iter().collect();
    let near = nearest(written, names.iter().copied())?;
    let (letters, meant) = (plain(written), plain(near));
    let slips = distance(&letters, &meant);
    let digits = |letters: &[char]| letters.iter().filter(|c| c.is_ascii_digit()).copied().collect::<Vec<_>>();
    let alone = names.iter().all(|other| *other == near || distance(&letters, &plain(other)) > slips);
    let slip = slips == 1 && letters.len() >= 4 && digits(&letters) == digits(&meant);
    Some((near, alone && (slips == 0 || slip)))
}

fn plain(name: &str) -> Vec<char> {
    name.chars().filter(|c| !matches!(c, '_' | '-' | '.' | ' ')).flat_map(char::to_lowercase).take(64).collect()
}

/// Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment).
fn distance(left: &[char], right: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for (i, l) in left.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, r) in right.iter().enumerate() {
            let mut cost = (last[j] + usize::from(l != r)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *l == right[j - 1] && left[i - 1] == *r {
                cost = cost.min(before[j - 1] + 1);
            }
            row.push(cost);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sure_to_be_meant() {
        let names = ["endswith", "startswith", "SourceIp", "SourceIP", "Port1", "sha256", "level", "test"];
        for (written, found) in [
            ("EndsWith", Some(("endswith", true))),
            ("endwith", Some(("endswith", true))),
            ("ends_with", Some(("endswith", true))),
            ("startsiht", Some(("startswith", false))),
            ("sourceip", Some(("SourceIp", false))),
            ("Port2", Some(("Port1", false))),
            ("sha255", Some(("sha256", false))),
            ("tset", Some(("test", true))),
            ("contains", None),
        ] {
            assert_eq!(meant(written, names), found, "{written}");
        }
    }

    #[test]
    fn a_slip_of_the_fingers_is_near_and_another_word_is_not() {
        let names = ["command_line", "name", "path", "parent.name", "sha1", "sha256", "md5", "id"];
        for (written, meant) in [
            ("comand_line", Some("command_line")),
            ("CommandLine", Some("command_line")),
            ("commandlien", Some("command_line")),
            ("nmae", Some("name")),
            ("parentname", Some("parent.name")),
            ("paht", Some("path")),
            ("sha-256", Some("sha256")),
            ("sha255", Some("sha256")),
            ("integrity", None),
            ("xy", None),
            ("", None),
        ] {
            assert_eq!(nearest(written, names), meant, "{written}");
        }
    }
}
