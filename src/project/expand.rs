//! A path of the manifest to files.
//!
//! In: a path relative to the manifest's folder; `*` stands for any part of one name. Out: the files, in the order of their names, or why
//! there are none. Of a folder: the files in it that pass, none below.

use std::path::{Path, PathBuf};

use super::read::reason;

/// What is there under the path: files and folders, as the pattern says.
pub fn expand(folder: &Path, pattern: &str) -> Result<Vec<PathBuf>, String> {
    if pattern.is_empty() {
        return Err("an empty path".into());
    }
    if pattern.contains("**") {
        return Err("`**` is not known here: `*` stands for a part of one name".into());
    }
    let mut found = vec![folder.to_owned()];
    for part in Path::new(pattern).components() {
        let name = part.as_os_str();
        match name.to_str().filter(|name| name.contains('*')) {
            Some(glob) => found = found.iter().flat_map(|folder| names_like(folder, glob)).collect(),
            None => found.iter_mut().for_each(|path| *path = if name == "." { std::mem::take(path) } else { path.join(name) }),
        }
    }
    if !pattern.contains('*') {
        // Whether it is there is said by who reads it; here so that the place in the manifest can be shown.
        let path = &found[0];
        let at = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        return std::fs::metadata(at).map(|_| vec![at.to_owned()]).map_err(|error| reason(&error));
    }
    found.retain(|path| path.exists());
    if found.is_empty() { Err("nothing here is called so".into()) } else { Ok(found) }
}

/// The files in a folder whose names end so.
pub fn files_in(folder: &Path, endings: &[&str]) -> Result<Vec<PathBuf>, String> {
    let entries = std::fs::read_dir(folder).map_err(|error| reason(&error))?;
    let fits = |path: &Path| path.extension().is_some_and(|extension| endings.iter().any(|ending| extension == *ending));
    let names = entries.flatten().map(|entry| entry.file_name());
    let names = names.filter(|name| !name.as_encoded_bytes().starts_with(b"."));
    let join = |name| if folder == Path::new(".") { PathBuf::from(name) } else { folder.join(name) };
    let mut files: Vec<PathBuf> = names.map(join).filter(|path| fits(path) && path.is_file()).collect();
    files.sort();
    Ok(files)
}

fn names_like(folder: &Path, glob: &str) -> Vec<PathBuf> {
    let at = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let Ok(entries) = std::fs::read_dir(at) else { return Vec::new() };
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| !name.starts_with('.') && is_like(name, glob)).collect();
    names.sort();
    names.into_iter().map(|name| folder.join(name)).collect()
}

/// The names of a pattern from the manifest's folder down; `./` says nothing.
pub fn parts(pattern: &str) -> Vec<String> {
    let mut parts: Vec<String> = pattern.split('/').filter(|part| !matches!(*part, "" | ".")).map(str::to_owned).collect();
    // Twice in a row it says no more, and would be tried in every way.
    parts.dedup_by(|one, other| one == "**" && other == "**");
    parts
}

/// Whether these are the names of a path that the pattern fits, or of one below it: `**` is any number of folders.
pub fn covers(pattern: &[String], path: &[String]) -> bool {
    match pattern {
        [] => true,
        [any, rest @ ..] if any == "**" => (0..=path.len()).any(|from| covers(rest, &path[from..])),
        [first, rest @ ..] => path.split_first().is_some_and(|(name, below)| is_like(name, first) && covers(rest, below)),
    }
}

/// `*` is any run.
fn is_like(name: &str, glob: &str) -> bool {
    let (first, rest) = glob.split_once('*').unwrap_or((glob, ""));
    let Some(mut left) = name.strip_prefix(first) else { return false };
    if !glob.contains('*') {
        return left.is_empty();
    }
    let parts: Vec<&str> = rest.split('*').collect();
    let Some((last, middle)) = parts.split_last() else { return true };
    for part in middle {
        match left.split_once(part) {
            Some((_, after)) => left = after,
            None => return false,
        }
    }
    left.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::{covers, is_like, parts};

    #[test]
    fn a_pattern_fits_what_is_below_it() {
        let names = |path: &str| path.split('/').map(str::to_owned).collect::<Vec<_>>();
        for (pattern, path, fits) in [
            ("drafts", "drafts/a.spoor", true),
            ("drafts/", "drafts/a/b.spoor", true),
            ("./drafts/*.yml", "drafts/b.yml", true),
            ("drafts/*.yml", "drafts/a/b.yml", false),
            ("drafts/**", "drafts/a/b.yml", true),
            ("drafts/**/*.yml", "drafts/b.yml", true),
            ("**/*.yml", "a/b/c.yml", true),
            ("**/b/**/**/d.yml", "a/b/c/d.yml", true),
            ("**/b", "a/c/d.yml", false),
            ("draft", "drafts/a.spoor", false),
            ("drafts/a.spoor", "drafts", false),
            ("**", "a", true),
        ] {
            assert_eq!(covers(&parts(pattern), &names(path)), fits, "{pattern} {path}");
        }
    }

    #[test]
    fn a_star_is_any_run_of_one_name() {
        for (name, glob, like) in [
            ("a.yaml", "*.yaml", true),
            ("a.yaml", "*", true),
            ("a.yaml", "a.yaml", true),
            ("a.yaml", "a", false),
            ("site-a.yaml", "site*a*yaml", true),
            ("site.yaml", "site*b*yaml", false),
            ("aa", "a*a", true),
            ("a", "a*a", false),
        ] {
            assert_eq!(is_like(name, glob), like, "{name} {glob}");
        }
    }
}
