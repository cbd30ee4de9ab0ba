//! The keys of `spoor.yaml`, beside the names of schemas that have versions.
//!
//! In: a key as written. Out: which one it is. Law: the manifest's reader and [`super::manifest_schema`], by which editors check and complete a
//! manifest, are both exhaustive matches over this list: a key more compiles when both say what it is.

macro_rules! keys {
    ($($(#[doc = $doc:literal])+ $name:ident $word:literal;)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Key {
            $($(#[doc = $doc])+ $name,)*
        }

        impl Key {
            pub const ALL: &[Key] = &[$(Key::$name,)*];

            /// As it is written.
            pub fn word(self) -> &'static str {
                match self { $(Key::$name => $word,)* }
            }

            /// What it says, in a sentence: an editor shows it.
            pub fn doc(self) -> &'static str {
                match self { $(Key::$name => concat!($($doc, "\n"),+).trim_ascii(),)* }
            }
        }
    };
}

keys! {
    /// Where the rules are, for commands that name no path: files, folders, or patterns in which `*` is any part of one name.
    Rules "rules";
    /// The targets of commands that name none.
    Targets "targets";
    /// The folder into which `spoor build` writes where `-o` names none.
    Output "output";
    /// How grave a lint is: `deny`, `warn` or `allow` by code, for the whole project or for paths.
    Lints "lints";
    /// Whether searches over Splunk's data models read summarised events alone.
    Summaries "summaries";
    /// The macros that searches of Splunk rest on.
    Macros "macros";
    /// Leave out alternatives of an `or` that need a field which a target lacks, where others remain, and say so.
    Narrow "narrow";
    /// How far back a query looks whose rule has no `last`: `7d`, or by target.
    Lookback "lookback";
    /// Where the values of list files are kept for a target, so that no query holds them; of Splunk a search holds those of lists of up to 256 values.
    Lists "lists";
    /// What rules are deployed with: the app, the schedule, what a match becomes.
    Deploy "deploy";
    /// What feeds a target: the tables of these makers of events are asked, and no others.
    Sources "sources";
    /// Folders of tests by the ids of rules, for `spoor test`; else `tests` and `regression_data` here.
    Tests "tests";
    /// The folder in which `spoor test` keeps queries as they were accepted; else `snapshots` here.
    Snapshots "snapshots";
    /// Pack files, or what stands under `schemas` in a pack: tables and columns.
    Schemas "schemas";
    /// The briefs that `spoor build --format markdown` and `html` make pages of where no path is given.
    Briefs "briefs";
    /// Templates of your own in the place of the built-in ones, by their names.
    Templates "templates";
    /// As in a pack: classes, fields, types and enumerations.
    Model "model";
    /// As in a pack: what a schema calls the fields of classes.
    Bindings "bindings";
    /// As in a pack: techniques and tactics.
    Attack "attack";
    /// As in a pack: log sources, fields and the values of placeholders of Sigma's rules.
    Sigma "sigma";
}

impl Key {
    pub fn from_word(word: &str) -> Option<Key> {
        Key::ALL.iter().copied().find(|key| key.word() == word)
    }
}
