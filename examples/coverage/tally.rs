//! Uses of names, counted and judged.

use std::collections::BTreeMap;

use super::facts::Tables;

pub struct Tally<'t> {
    pub known: &'t Tables,
    pub facts: &'t Tables,
    pub tables: Part,
    pub columns: Part,
}

#[derive(Default)]
pub struct Part {
    uses: usize,
    known: usize,
    /// Every name that was counted, and whether the packs know it.
    pub names: BTreeMap<String, bool>,
    /// Name, verdict, uses.
    pub rest: BTreeMap<(String, &'static str), usize>,
}

pub const MISSING: &str = "missing";
pub const ERROR: &str = "author's error";
pub const UNDECIDED: &str = "undecided";

impl Part {
    /// `verdict`: none where the packs know the name.
    pub fn count(&mut self, name: String, verdict: Option<&'static str>) {
        self.uses += 1;
        self.known += usize::from(verdict.is_none());
        if let Some(verdict) = verdict {
            *self.rest.entry((name.clone(), verdict)).or_default() += 1;
        }
        self.names.insert(name, verdict.is_none());
    }

    pub fn print(&self, what: &str, all: bool) {
        let of = |verdict: &str| self.rest.iter().filter(|((_, found), _)| *found == verdict).map(|(_, uses)| uses).sum::<usize>();
        let share = |part: usize, whole: usize| if whole == 0 { 100.0 } else { 100.0 * part as f64 / whole as f64 };
        let names = self.names.values().filter(|known| **known).count();
        let (missing, errors, undecided) = (of(MISSING), of(ERROR), of(UNDECIDED));
        println!(
            "  {what:<11} {:>6} uses, {:>6.2} % known; {:>4} names, {:>6.2} % known; missing {missing}, author's error {errors}, undecided {undecided}; \
             known of what is no author's error {:.2} %",
            self.uses,
            share(self.known, self.uses),
            self.names.len(),
            share(names, self.names.len()),
            share(self.known, self.uses - errors),
        );
        let mut rest: Vec<_> = self.rest.iter().collect();
        rest.sort_by_key(|((name, verdict), uses)| (*verdict != MISSING, std::cmp::Reverse(**uses), name.clone()));
        let shown = if all { rest.len() } else { 40 };
        for ((name, verdict), uses) in rest.iter().take(shown) {
            println!("    {uses:>5}  {verdict:<14}  {name}");
        }
        if rest.len() > shown {
            println!("           and {} more: --all", rest.len() - shown);
        }
    }
}

impl<'t> Tally<'t> {
    pub fn new(known: &'t Tables, facts: &'t Tables) -> Tally<'t> {
        Tally { known, facts, tables: Part::default(), columns: Part::default() }
    }

    pub fn table(&mut self, name: &str) {
        let verdict = if self.known.has(name) {
            None
        } else if self.facts.has(name) {
            Some(MISSING)
        } else {
            Some(ERROR)
        };
        self.tables.count(name.to_owned(), verdict);
    }

    /// A column of one of these tables, the first that has it. False: none has, and nothing was counted.
    pub fn column(&mut self, tables: &[String], name: &str) -> bool {
        let has = |known: &Tables| tables.iter().find(|table| known.has_column(table, name)).cloned();
        match (has(self.known), has(self.facts)) {
            (Some(table), _) => self.columns.count(format!("{table}: {name}"), None),
            (None, Some(table)) => self.columns.count(format!("{table}: {name}"), Some(MISSING)),
            (None, None) => return false,
        }
        true
    }

    /// A name that none of these tables has; `place` is what they are called together.
    pub fn no_column(&mut self, tables: &[String], place: &str, name: &str, open: bool) {
        // Of a table that nobody has heard of, nothing can be said.
        let told = !open && tables.iter().all(|table| self.facts.has(table));
        self.columns.count(format!("{place}: {name}"), Some(if told { ERROR } else { UNDECIDED }));
    }

    pub fn print(&self, title: &str, all: bool) {
        println!("{title}");
        self.tables.print("tables", all);
        self.columns.print("columns", all);
    }
}
