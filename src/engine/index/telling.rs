//! How much a literal tells of a text that has it.
//!
//! In: a literal, folded. Out: how many of its bytes are left where those are taken out that stand in the texts of every machine. Law: a guess
//! that chooses among gates and changes no answer.
//!
//! Length alone misleads: `c:\windows\system32\ntdll.dll+` is long, and every call trace begins with it.

use std::borrow::Cow;

/// Folders, keys and names that every Windows has, longer ones before those that they contain.
const EVERYWHERE: [&str; 20] = [
    r"\windows\system32\windowspowershell\v1.0\",
    r"\software\microsoft\windows\currentversion\",
    r"\system\currentcontrolset\services\",
    r"\software\microsoft\windows nt\",
    r"\program files (x86)\",
    r"\windows\system32\",
    r"\windows\syswow64\",
    r"\appdata\local\",
    r"\appdata\roaming\",
    r"\program files\",
    r"\currentversion\",
    r"\software\microsoft\",
    r"\software\",
    r"\system\currentcontrolset\",
    "microsoft-windows-",
    r"\windows\",
    r"\users\",
    "kernelbase.dll",
    "kernel32.dll",
    "ntdll.dll",
];

pub fn telling(literal: &str) -> usize {
    let is_path = literal.contains('\\');
    let may_be_in = |common: &&&str| common.len() <= literal.len() && (is_path || !common.starts_with('\\'));
    let mut told = Cow::Borrowed(literal);
    for common in EVERYWHERE.iter().filter(may_be_in) {
        if told.contains(common) {
            told = told.replace(common, "\0").into();
        }
    }
    told.bytes().filter(|byte| *byte != 0).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_everywhere_tells_nothing() {
        assert_eq!(telling(r"c:\windows\system32\ntdll.dll+"), "c:+".len());
        assert_eq!(telling(r"\windows\system32\"), 0);
        assert_eq!(telling("|unknown("), "|unknown(".len());
    }
}
