//! What a pack says, typed: the model, the schemas, the bindings.
//!
//! The same types serve the built-in packs, which are `static` (every list and text borrowed), and a user's, which are owned.
//! Only data stands here; `lookups` finds what is in it. Neither has any dependency: the build script compiles both too.

use std::borrow::Cow;

use super::attack::Attack;
use super::calendar::TimePart;
use super::channel::{Channel, Platform};
use super::columns::Columns;
use super::losses::{Blind, Form, Loss};
use super::sigma::Taxonomy;
use super::sources::Source;
use super::targets::Target;
use super::transform::Expr;

pub type Str = Cow<'static, str>;
pub type List<T> = Cow<'static, [T]>;

/// Everything that is known about the world of events.
#[derive(Clone, Debug, PartialEq)]
pub struct Packs {
    pub model: Model,
    pub schemas: List<Schema>,
    pub bindings: List<Binding>,
    /// What makers of events have of the classes: of no effect until a site says that they feed it.
    pub sources: List<Source>,
    pub attack: Attack,
    pub sigma: Taxonomy,
}

// ---------- the model ----------

#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    pub classes: List<Class>,
    /// The first fields of every class: `time`, `class`, `raw`, `host`.
    pub common: List<Field>,
    pub enums: List<Enumeration>,
    /// Native value to neutral value, for [`Transform::Map`](super::Transform::Map).
    pub maps: List<ValueMap>,
}

/// Index into [`Model::classes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClassId(pub u16);

/// Index into [`Class::fields`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FieldId(pub u16);

/// Index into [`Model::enums`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EnumId(pub u16);

/// Index into [`Model::maps`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MapId(pub u16);

/// A kind of event.
#[derive(Clone, Debug, PartialEq)]
pub struct Class {
    pub name: Str,
    pub doc: Str,
    /// Under which it is listed: `endpoint`, `network`, `identity`; empty: none.
    pub group: Str,
    /// What can happen, in the model's order; empty for a class without kinds.
    pub actions: List<Str>,
    /// What a rule means that does not test `action`; all of them where the model names none.
    pub default: Actions,
    /// `time`, `class`, `raw`, `host` and, in a class with kinds, `action` first.
    pub fields: List<Field>,
    /// Families of fields of which any name is one: `data.*`. Those that a rule names are [opened](super::open::open) before it is checked.
    pub open: List<Field>,
    /// The columns a query shows unless the rule has a `show`.
    pub show: List<FieldId>,
    /// An inventory: of the rows of one thing the last in the window counts. The fields that tell the things apart; empty: events.
    pub state: List<FieldId>,
    /// Foreign names of the class (Sigma categories, CIM datasets, Defender tables), for 'did you mean'.
    pub aka: List<Str>,
}

/// A set of the actions of one class, by their index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Actions(pub u32);

#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// `parent.name`
    pub name: Str,
    pub ty: Type,
    /// The values, where the type is an enumeration.
    pub values: Option<EnumId>,
    /// True for a test if one of its values passes.
    pub multi: bool,
    /// Known from the branch (`class`, `action`) or the whole event (`raw`); no binding has an expression for it.
    pub computed: bool,
    /// The field of a path of which this one is the last part, in every event.
    pub of: Option<Str>,
    /// Another name of this field of the class, which is meant wherever this one is named.
    pub same_as: Option<FieldId>,
    /// The field of a time of which this one is a part, in every event. No model lists such a field: one that a rule names is
    /// [opened](super::open::open).
    pub part: Option<(FieldId, TimePart)>,
    /// The actions whose events can have a value; [`Actions::ALL`] where the model says nothing.
    pub only: Actions,
    /// Foreign names, beyond the native names of the bindings.
    pub aka: List<Str>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Enumeration {
    pub name: Str,
    pub values: List<Str>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ValueMap {
    pub name: Str,
    /// (native, neutral), both as written; native values compare without case.
    pub pairs: List<(Str, Str)>,
}

/// The type of a field; grammar/semantics.md has the operators of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Type {
    Text,
    Path,
    FileName,
    CommandLine,
    RegistryPath,
    Data,
    Int,
    Real,
    Port,
    Ip,
    Domain,
    Host,
    Url,
    Email,
    Md5,
    Sha1,
    Sha256,
    Sha512,
    Imphash,
    Guid,
    Sid,
    User,
    Bool,
    Time,
    Duration,
    Enum,
}

impl Type {
    /// Every type, in the order of the pages.
    pub const ALL: [Type; 26] = [
        Type::Text,
        Type::Path,
        Type::FileName,
        Type::CommandLine,
        Type::RegistryPath,
        Type::Data,
        Type::Int,
        Type::Real,
        Type::Port,
        Type::Ip,
        Type::Domain,
        Type::Host,
        Type::Url,
        Type::Email,
        Type::Md5,
        Type::Sha1,
        Type::Sha256,
        Type::Sha512,
        Type::Imphash,
        Type::Guid,
        Type::Sid,
        Type::User,
        Type::Bool,
        Type::Time,
        Type::Duration,
        Type::Enum,
    ];
}

/// What `under` looks at in a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Below {
    /// A path: it, or below it, with either slash.
    Path,
    /// A key of the registry: it, or below it. Only a backslash parts keys; a slash is a letter of their names.
    Key,
    /// A name of the DNS: it, or one that ends in `.` and it.
    Name,
    /// The host of a URL, as a name.
    UrlHost,
    /// The domain of an address of mail, as a name.
    MailDomain,
}

impl Type {
    /// None: a value of the type has no parts (an address has networks, which are another test).
    pub fn below(self) -> Option<Below> {
        match self {
            Type::Path => Some(Below::Path),
            Type::RegistryPath => Some(Below::Key),
            Type::Domain | Type::Host => Some(Below::Name),
            Type::Url => Some(Below::UrlHost),
            Type::Email => Some(Below::MailDomain),
            Type::Ip
            | Type::Text
            | Type::FileName
            | Type::CommandLine
            | Type::Data
            | Type::Int
            | Type::Real
            | Type::Port
            | Type::Md5
            | Type::Sha1
            | Type::Sha256
            | Type::Sha512
            | Type::Imphash
            | Type::Guid
            | Type::Sid
            | Type::User
            | Type::Bool
            | Type::Time
            | Type::Duration
            | Type::Enum => None,
        }
    }
}

// ---------- a schema ----------

/// What one product really has.
#[derive(Clone, Debug, PartialEq)]
pub struct Schema {
    /// `cim`, `defender`, `sysmon`, `windows`
    pub name: Str,
    pub title: Str,
    pub version: Str,
    /// Those that a project may say it works with, the oldest first; empty: it has none to choose from.
    pub versions: List<Str>,
    /// The one that the project does work with, where it says so.
    pub chosen: Option<Chosen>,
    /// The target that reads it beside its own schemas; None: it is one of [`Target::schemas`], or no query reads it.
    pub target: Option<Target>,
    /// The indexes that `splunk-raw` searches for it; empty: those that a role searches by default.
    pub index: List<Str>,
    /// The column that says what happened (`action`, `ActionType`, `EventID`); empty: none does in all tables.
    pub tell: Str,
    /// The column of the event's time.
    pub time: Str,
    /// The column of the machine that recorded the event, in the tables that have it.
    pub host: Str,
    /// What tells the events of a table apart, beside their time: the first of them must be there, the others where the table has them.
    /// Empty: nothing does.
    pub identity: List<Str>,
    /// The column that names the table of a row (`Type`, `event.category`); empty where none does.
    pub kind: Str,
    /// A column is written with its owner before it (CIM).
    pub prefixed: bool,
    /// The native values that mean 'no value', by the type of the field; those under [`Type::Text`] hold for every column of text.
    pub missing: List<(Type, List<Str>)>,
    /// What stands before the `:` in a table's name, and the Windows channel that it means; the empty one for names without.
    pub channels: List<(Str, Str)>,
    /// What Splunk's add-ons call a column of the raw event: own name, Splunk's name.
    pub splunk: List<(Str, Str)>,
    /// Those that every table has, one that a user's pack adds too.
    pub columns: Columns,
    pub tables: List<Table>,
    /// Tables that were renamed: old, new.
    pub renamed_tables: List<(Str, Str)>,
    /// Columns that were renamed: table or `*`, old, new.
    pub renamed_columns: List<(Str, Str, Str)>,
    /// Values of [`Schema::tell`] that were renamed: table, old, new.
    pub renamed_values: List<(Str, Str, Str)>,
}

/// The version of a schema that a project works with, and where it says so (`spoor.yaml:3`).
#[derive(Clone, Debug, PartialEq)]
pub struct Chosen {
    pub version: Str,
    pub place: Str,
}

/// A table, a dataset, or the events of one number in one channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// `DeviceProcessEvents`, `Endpoint.Processes`, `1`, `Security:4688`
    pub name: Str,
    /// The datasets from the root to this one, joined by `.`, where columns are prefixed; else empty.
    pub lineage: Str,
    /// Where the table is an event of a log: its own channel, then those of other makers of the same event.
    pub channels: List<Channel>,
    pub event_id: Option<u32>,
    /// A column and the value in it that makes a row one of this table, where that is not the table's name in the schema's
    /// [`Schema::kind`]. Several tables may share one: what happened tells them apart.
    pub kind: Option<(Str, Str)>,
    /// The first version of the schema that has it, where the oldest one has not.
    pub since: Option<Str>,
    /// Where it departs from the head of its schema; one or none.
    pub own: List<Own>,
    /// Its texts may hold `&`, `<` and `>` as the XML has them that they were taken from.
    pub escaped: bool,
    pub columns: Columns,
}

/// What a table has otherwise than its schema says of all tables. What is empty is as the schema says.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Own {
    pub tell: Str,
    pub time: Str,
    pub host: Str,
    pub index: List<Str>,
    /// By which its events are found in `splunk-raw`, beside the index: a column has one of these values; `*` is any run.
    pub search: List<(Str, List<Str>)>,
    /// By which a row is known for one of it where Splunk has not said its sourcetype: each of these columns has one of these values.
    pub signs: List<(Str, List<Str>)>,
    /// A function that KQL calls: its parameter that takes the beginning of the window, inclusive.
    pub start: Str,
    /// The systems whose machines write its events, where that is not any and no channel says so.
    pub platforms: List<Platform>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    pub name: Str,
    /// What stands before the name in a query: the lineage of the dataset that owns it (CIM), else empty.
    pub owner: Str,
    pub ty: NativeType,
    pub multi: bool,
    /// What the schema computes where the source has no value (CIM: `unknown`, `0`).
    pub default: Option<Str>,
    /// The values the vendor documents; empty where it names none.
    pub values: List<Str>,
    /// No other value occurs.
    pub closed: bool,
    /// The first version of the schema that has it, where the oldest one has not.
    pub since: Option<Str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NativeType {
    Text,
    Int,
    Long,
    Real,
    Bool,
    Time,
    Guid,
    Dynamic,
    Timespan,
}

// ---------- a binding ----------

/// How a class appears in a schema.
#[derive(Clone, Debug, PartialEq)]
pub struct Binding {
    pub schema: Str,
    pub class: ClassId,
    pub containers: List<Container>,
    /// Why a field, or an action, or under `*` the whole class, has nothing here: the text of the refusal. Those without an entry are simply not recorded.
    pub unbound: List<(Str, Str)>,
    /// Events that the schema never holds.
    pub excludes: Option<Exclusion>,
    /// Why one event may stand in several of the containers: a rule that counts is widened there.
    pub overlaps: Option<Str>,
    /// What the binding takes for granted about the data; shown, changes no fidelity.
    pub assumes: List<Str>,
}

/// Stands for the class in [`Binding::unbound`], where the schema has no events of it.
pub const WHOLE: &str = "*";

/// Events that satisfy all of the tests are never held.
#[derive(Clone, Debug, PartialEq)]
pub struct Exclusion {
    /// A value of the field's enumeration, or `is machine_account`.
    pub tests: List<(FieldId, Str)>,
    pub reason: Str,
}

/// One table in which events of the class stand.
#[derive(Clone, Debug, PartialEq)]
pub struct Container {
    /// The name of the [`Table`].
    pub table: Str,
    /// How the table says what happened. An event that satisfies none of them is no event of the class.
    pub alternatives: List<Alternative>,
    /// In the order of the class's fields; one that is absent has no value here.
    pub fields: List<FieldBinding>,
    /// Of a family of [`Class::open`], by its index there; `*` in the value stands for the rest of the field's name. After it, what the
    /// pack says of one name of the family: a loss, with the name for a value.
    pub open: List<FieldBinding>,
    /// What the source of the table cannot see, whatever the event had.
    pub blind: List<Blind>,
}

/// A native predicate, and the actions it stands for. Several actions: the schema does not tell them apart.
/// Alternatives may overlap: an event that satisfies two of them is one of either.
#[derive(Clone, Debug, PartialEq)]
pub struct Alternative {
    /// Of a class without actions: [`Actions::ALL`].
    pub actions: Actions,
    /// Any of these, each all of its tests. One empty alternative: the whole table.
    pub when: List<List<NativeTest>>,
    pub loss: Option<Loss>,
}

/// A column has one of these values (or, negated, none of them), without case; `*` is any run.
#[derive(Clone, Debug, PartialEq)]
pub struct NativeTest {
    pub column: Str,
    pub values: List<Str>,
    pub negated: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct FieldBinding {
    pub field: FieldId,
    pub value: Expr,
    /// The native values that mean 'no value' in each column that the value is made of, beside null: `""`, `unknown`, `-`.
    pub missing: List<Str>,
    /// Why a test on it is never exact.
    pub loss: Option<Loss>,
    /// A text that is not of this form is no value of it.
    pub form: Option<Form>,
}
