//! The tutorials say the truth: each is played in an empty folder, file by file and command by command, and what a command prints is what
//! the page shows. `SPOOR_UPDATE=1 cargo test --test docs` writes the output anew: read the difference.

#[allow(dead_code)] // a part of it is enough here
#[path = "cli/run.rs"]
mod run;

use std::path::Path;

use run::Folder;

/// A fenced block: what stands behind the fence, the lines, and the numbers of the first and last of them.
struct Block {
    info: String,
    lines: Vec<String>,
    at: (usize, usize),
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (number, line) in page.lines().enumerate() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(info), None) => open = Some(Block { info: info.to_owned(), lines: Vec::new(), at: (number + 1, number + 1) }),
            (Some(""), Some(_)) => blocks.extend(open.take()),
            (_, Some(block)) => {
                block.lines.push(line.to_owned());
                block.at.1 = number + 1;
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a fence is open at the end");
    blocks
}

/// `key=value` behind the fence.
fn stated<'b>(block: &'b Block, key: &str) -> Option<&'b str> {
    block.info.split_whitespace().find_map(|word| word.strip_prefix(key)?.strip_prefix('='))
}

/// The commands of a block with the output of each.
fn played(block: &Block, folder: &Folder) -> Vec<String> {
    let exit: i32 = stated(block, "exit").map_or(0, |code| code.parse().expect("a number"));
    let mut lines = Vec::new();
    for command in block.lines.iter().filter_map(|line| line.strip_prefix("$ ")) {
        let words: Vec<&str> = command.split_whitespace().collect();
        assert_eq!(words[0], "spoor", "{command}");
        let run = folder.spoor(&words[1..]);
        assert_eq!(run.code, exit, "{command}: {}{}", run.stdout, run.stderr);
        lines.push(format!("$ {command}"));
        lines.extend(run.stdout.lines().chain(run.stderr.lines()).map(|line| line.trim_end().to_owned()));
    }
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

fn play(name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    let page = std::fs::read_to_string(&path).unwrap();
    let update = std::env::var_os("SPOOR_UPDATE").is_some();
    let folder = Folder::new();
    let mut lines: Vec<String> = page.lines().map(str::to_owned).collect();
    let (mut commands, mut drifted) = (0, Vec::new());
    // From the end, so that the numbers of the lines before stay as they are.
    let mut replaced: Vec<((usize, usize), Vec<String>)> = Vec::new();
    for block in blocks(&page) {
        if let Some(file) = stated(&block, "file") {
            folder.write(file, block.lines.join("\n") + "\n");
        } else if block.info.starts_with("console") {
            let played = played(&block, &folder);
            commands += played.iter().filter(|line| line.starts_with("$ ")).count();
            if played != block.lines {
                drifted.push(format!("docs/{name}:{}\n{}", block.at.0, played.join("\n")));
                replaced.push((block.at, played));
            }
        } else {
            panic!("docs/{name}:{}: what is a block `{}`?", block.at.0, block.info);
        }
    }
    assert!(commands > 0, "docs/{name} runs no command");
    if update {
        for ((from, to), text) in replaced.into_iter().rev() {
            lines.splice(from..to, text);
        }
        std::fs::write(&path, lines.join("\n") + "\n").unwrap();
    } else {
        assert!(drifted.is_empty(), "the page shows something else:\n\n{}", drifted.join("\n\n"));
    }
}

#[test]
fn packs_are_as_the_tutorial_says() {
    play("packs.md");
}

/// What the first page shows of its first rule, and of names, is what is printed.
#[test]
fn the_first_page_shows_what_is_printed() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let all = blocks(&page);
    let folder = Folder::new();
    let rule = all.iter().find(|block| block.info == "spoor").expect("a rule");
    folder.write("first.spoor", rule.lines.join("\n") + "\n");
    let query = |target: &str| -> Vec<String> {
        let run = folder.spoor(&["build", "--target", target, "first.spoor"]);
        let lines = run.stdout.lines().skip_while(|line| line.starts_with('#') || line.is_empty());
        lines.map(str::to_owned).collect()
    };
    let first = |info: &str| all.iter().find(|block| block.info == info).expect("a query");
    let mut shown = vec![(first("kql"), query("defender")), (first("spl"), query("splunk"))];
    let schema = all.iter().filter(|block| block.info == "console" && block.lines[0].starts_with("$ spoor schema "));
    for block in schema {
        shown.push((block, played(block, &folder)));
    }
    assert!(shown.len() > 2, "the page shows names");
    let mut lines: Vec<String> = page.lines().map(str::to_owned).collect();
    let mut drifted = Vec::new();
    shown.sort_by_key(|(block, _)| std::cmp::Reverse(block.at));
    for (block, mut now) in shown {
        now.truncate(now.iter().rposition(|line| !line.is_empty()).map_or(0, |last| last + 1));
        if now != block.lines {
            drifted.push(format!("README.md:{}\n{}", block.at.0, now.join("\n")));
            lines.splice(block.at.0..block.at.1, now);
        }
    }
    if std::env::var_os("SPOOR_UPDATE").is_some() {
        std::fs::write(&path, lines.join("\n") + "\n").unwrap();
    } else {
        assert!(drifted.is_empty(), "{}", drifted.join("\n\n"));
    }
}
