//! Where the snapshot of a rule stands.
//!
//! In: the folder of snapshots, names of rules. Out: the name of each rule's file, and the files that are there. Law: the name of a file is
//! said by the name of its rule alone, whatever other rules there are, so that a run over some rules meets the files of a run over all; no two
//! rules have one file, also where `A` and `a` are one name.

use std::io;
use std::path::Path;

use crate::deploy::digest;

const ENDING: &str = ".snap";
/// Some file systems take 255 bytes, some programs less.
const LONGEST: usize = 120;
/// Names that Windows keeps for devices, whatever ending they have.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// `certutil_download.snap`. A name that is not a file's everywhere has a number behind it that tells it from others.
pub fn file_name(rule: &str) -> String {
    let is_plain = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '_' | '-');
    if !rule.is_empty() && rule.len() <= LONGEST && rule.chars().all(is_plain) && !is_device(rule) {
        return format!("{rule}{ENDING}");
    }
    let kept: String = rule.chars().map(|c| if c.is_alphanumeric() || matches!(c, '_' | '-') { c } else { '_' }).collect();
    let mut end = kept.len().min(LONGEST - 20);
    while !kept.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}~{}{ENDING}", &kept[..end], &digest(rule.as_bytes())[..8])
}

/// Whether Windows has a device of this name, in either case.
pub fn is_device(stem: &str) -> bool {
    let stem = stem.to_lowercase();
    let numbered = stem.chars().count() == 4 && (stem.starts_with("com") || stem.starts_with("lpt"));
    DEVICES.contains(&stem.as_str()) || numbered && stem.ends_with(|c: char| c.is_ascii_digit() || matches!(c, '¹' | '²' | '³'))
}

/// The snapshots in the folder, sorted; None: there is no folder.
pub fn present(folder: &Path) -> io::Result<Option<Vec<String>>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    let mut names: Vec<String> = names.collect::<io::Result<_>>()?;
    names.retain(|name| name.ends_with(ENDING) && !name.starts_with('.'));
    names.sort();
    Ok(Some(names))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_rules_have_one_file() {
        let names = ["a_b", "A_B", "a b", "a/b", "../etc/passwd", "", ".", "con", "com1", "é", "x.snap", &"long".repeat(40)];
        let mut files: Vec<String> = names.iter().map(|name| file_name(name).to_lowercase()).collect();
        assert_eq!(files[0], "a_b.snap");
        assert!(files.iter().all(|file| file.len() <= 130 && !file.contains(['/', '\\', ' ']) && !file.starts_with('.')), "{files:?}");
        files.sort();
        files.dedup();
        assert_eq!(files.len(), names.len());
    }
}
