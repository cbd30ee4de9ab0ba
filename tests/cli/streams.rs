//! The two streams: who stops reading, a full disk, `--quiet`.

use std::io::Read;
use std::process::Stdio;

use crate::run::{Folder, command};
use crate::{BAD, GOOD};

#[test]
fn who_stops_reading_gets_no_complaint() {
    let folder = Folder::new();
    let many: String = (0..2000).map(|n| format!("rule bad{n} {{ detect process where nam == \"a\" }}\n")).collect();
    folder.write("x.spoor", many);
    for args in [&["check"][..], &["check", "--format", "json"], &["schema", "process"], &["explain", "E0201"]] {
        let mut child = command(&folder.path(".")).args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first = [0; 10];
        child.stdout.take().unwrap().read_exact(&mut first).unwrap();
        let mut complaint = String::new();
        child.stderr.take().unwrap().read_to_string(&mut complaint).unwrap();
        child.wait().unwrap();
        assert_eq!(complaint, "", "{args:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_once() {
    let folder = Folder::with(&[("bad.spoor", BAD)]);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = command(&folder.path(".")).arg("check").stdout(full).stderr(Stdio::piped()).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(stderr.matches("cannot write to standard output").count(), 1, "{stderr}");
}

#[test]
fn quiet_means_only_errors_on_stderr() {
    let folder = Folder::with(&[("good.spoor", GOOD)]);
    let loud = folder.spoor(&["build"]);
    let quiet = folder.spoor(&["build", "-q"]);
    assert_eq!((quiet.stderr.as_str(), &quiet.stdout), ("", &loud.stdout));
    assert!(loud.stderr.contains("target") && loud.stderr.contains("exact"), "{}", loud.stderr);
}
