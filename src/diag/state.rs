//! Why the saved state of a scanner cannot be read, in words: for the program that embeds the matcher.
//!
//! In: what is wrong with the bytes. Out: sentences without a full stop. They are no findings: no rule and no event is at fault.

pub fn no_state() -> String {
    "these bytes are no saved state of a scanner".to_owned()
}

pub fn version(found: u32, known: u32) -> String {
    format!("the state was saved in version {found} of its form, and this program reads version {known}")
}

pub fn damaged() -> String {
    "the saved state is damaged: it is not what was written".to_owned()
}

/// `anew`: how many rules have no state; `gone`: the names of those that have a state and are not there.
pub fn other_rules(anew: usize, gone: &[String]) -> String {
    let names: Vec<String> = gone.iter().take(3).map(|name| format!("`{name}`")).collect();
    let more = if gone.len() > 3 { " and others" } else { "" };
    let gone = if gone.is_empty() { String::new() } else { format!("; no rule is as {}{more} was", names.join(", ")) };
    format!("the state was saved for other rules: {anew} of these rules over several events have no state in it{gone}")
}
