//! What stands in packs, found by its name or number.
//!
//! In: the types of packs, and what is asked for. Out: the thing, or none. A place of the model ([`ClassId`], [`FieldId`]) is one of the packs it
//! was taken from.

use std::borrow::Cow;

use super::attack::Attack;
use super::sigma::Taxonomy;
use super::targets::Target;
use super::types::*;
use super::version;

impl Actions {
    pub const ALL: Actions = Actions(u32::MAX);
    pub const NONE: Actions = Actions(0);

    pub fn one(index: usize) -> Actions {
        Actions(1 << index)
    }

    pub fn contains(self, index: usize) -> bool {
        self.0 >> index & 1 == 1
    }

    pub fn and(self, other: Actions) -> Actions {
        Actions(self.0 & other.0)
    }

    pub fn or(self, other: Actions) -> Actions {
        Actions(self.0 | other.0)
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn is_within(self, other: Actions) -> bool {
        self.0 & !other.0 == 0
    }

    pub fn iter(self) -> impl Iterator<Item = usize> {
        (0..32).filter(move |index| self.contains(*index))
    }
}

impl Packs {
    /// Nothing is known: what a loader begins with.
    pub const EMPTY: Packs = Packs {
        model: Model { classes: Cow::Borrowed(&[]), common: Cow::Borrowed(&[]), enums: Cow::Borrowed(&[]), maps: Cow::Borrowed(&[]) },
        schemas: Cow::Borrowed(&[]),
        bindings: Cow::Borrowed(&[]),
        sources: Cow::Borrowed(&[]),
        attack: Attack::EMPTY,
        sigma: Taxonomy::EMPTY,
    };

    pub fn schema(&self, name: &str) -> Option<&Schema> {
        self.schemas.iter().find(|schema| schema.name == name)
    }

    /// The schemas whose bindings a target reads, in order of preference: its own, then those that packs give it.
    pub fn read_by(&self, target: Target) -> impl Iterator<Item = &Schema> {
        let own = target.schemas().iter().filter_map(|name| self.schema(name));
        let given =
            self.schemas.iter().filter(move |schema| schema.target == Some(target) && !target.schemas().contains(&schema.name.as_ref()));
        own.chain(given)
    }

    pub fn binding(&self, schema: &str, class: ClassId) -> Option<&Binding> {
        self.bindings.iter().find(|binding| binding.schema == schema && binding.class == class)
    }

    pub fn class(&self, id: ClassId) -> &Class {
        &self.model.classes[id.0 as usize]
    }
}

impl Model {
    pub fn class(&self, name: &str) -> Option<ClassId> {
        self.classes.iter().position(|class| class.name == name).map(|index| ClassId(index as u16))
    }

    pub fn enumeration(&self, id: EnumId) -> &Enumeration {
        &self.enums[id.0 as usize]
    }

    pub fn map(&self, id: MapId) -> &ValueMap {
        &self.maps[id.0 as usize]
    }
}

impl Class {
    /// The field of this name, or the one that it is another name of.
    pub fn field(&self, name: &str) -> Option<FieldId> {
        let index = self.fields.iter().position(|field| field.name == name)?;
        Some(self.fields[index].same_as.unwrap_or(FieldId(index as u16)))
    }

    pub fn get(&self, id: FieldId) -> &Field {
        &self.fields[id.0 as usize]
    }

    /// The field that is the last part of this path.
    pub fn last_part(&self, path: FieldId) -> Option<FieldId> {
        let name = &self.fields.get(path.0 as usize)?.name;
        self.fields.iter().position(|field| field.of.as_ref() == Some(name)).map(|index| FieldId(index as u16))
    }

    /// Every field that is the last part of a path, with the path.
    pub fn last_parts(&self) -> impl Iterator<Item = (FieldId, FieldId)> {
        let both = |(index, field): (usize, &Field)| Some((FieldId(index as u16), self.field(field.of.as_ref()?)?));
        self.fields.iter().enumerate().filter_map(both)
    }

    pub fn action(&self, name: &str) -> Option<usize> {
        self.actions.iter().position(|action| action == name)
    }

    /// Every action the class has; [`Actions::ALL`] where it has no kinds.
    pub fn every_action(&self) -> Actions {
        if self.actions.is_empty() { Actions::ALL } else { Actions((1u64 << self.actions.len()).wrapping_sub(1) as u32) }
    }
}

impl Schema {
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name == name)
    }

    /// What a table of this name is called now: nothing if that is no name from before, several if it was parted.
    pub fn renamed_table(&self, old: &str) -> Vec<&str> {
        self.renamed_tables.iter().filter(|(known, _)| known.eq_ignore_ascii_case(old)).map(|(_, new)| new.as_ref()).collect()
    }

    /// What a column of one of these tables is called now, if that is a name from before and the new one is there.
    pub fn renamed_column(&self, tables: &[&Table], old: &str) -> Option<&str> {
        self.renamed_columns.iter().find_map(|(of, known, new)| {
            let has = |table: &&Table| (of == "*" || *of == table.name) && table.column(new).is_some();
            (known.eq_ignore_ascii_case(old) && tables.iter().any(has)).then_some(new.as_ref())
        })
    }
}

impl Schema {
    /// The column of a table that says what happened; empty: none.
    pub fn tell_of<'s>(&'s self, table: &'s Table) -> &'s Str {
        table.own().map(|own| &own.tell).filter(|tell| !tell.is_empty()).unwrap_or(&self.tell)
    }

    /// The column of a table's time.
    pub fn time_of<'s>(&'s self, table: &'s Table) -> &'s Str {
        table.own().map(|own| &own.time).filter(|time| !time.is_empty()).unwrap_or(&self.time)
    }

    /// The column of the machine that recorded an event of a table.
    pub fn host_of<'s>(&'s self, table: &'s Table) -> &'s Str {
        table.own().map(|own| &own.host).filter(|host| !host.is_empty()).unwrap_or(&self.host)
    }

    /// What finds the events of a table in Splunk's indexes: columns, each with the values it may have.
    pub fn found_by<'s>(&'s self, table: &'s Table) -> impl Iterator<Item = (&'s str, &'s [Str])> {
        let own = table.own();
        let index = own.map(|own| &own.index).filter(|index| !index.is_empty()).unwrap_or(&self.index);
        let index = (!index.is_empty()).then_some(("index", index.as_ref()));
        let others = own.into_iter().flat_map(|own| own.search.iter());
        index.into_iter().chain(others.map(|(column, values)| (column.as_ref(), values.as_ref())))
    }

    /// The project works with a version from before this one.
    pub fn is_later(&self, since: Option<&Str>) -> bool {
        matches!((&self.chosen, since), (Some(chosen), Some(since)) if version::is_before(&chosen.version, since))
    }
}

impl Table {
    pub fn own(&self) -> Option<&Own> {
        self.own.first()
    }

    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Whether its events stand in the channel.
    pub fn is_in(&self, channel: &str) -> bool {
        self.channels.iter().any(|own| own.name.eq_ignore_ascii_case(channel))
    }
}

impl Binding {
    /// Why the schema has no events of the class, where a pack says so.
    pub fn unbound_class(&self) -> Option<&str> {
        self.unbound.iter().find(|(what, _)| what == WHOLE).map(|(_, why)| why.as_ref())
    }
}

impl Container {
    pub fn field(&self, id: FieldId) -> Option<&FieldBinding> {
        self.fields.iter().find(|bound| bound.field == id)
    }
}

impl Type {
    /// As packs and `let x: TYPE` write it.
    pub fn name(self) -> &'static str {
        match self {
            Type::Text => "text",
            Type::Path => "path",
            Type::FileName => "file_name",
            Type::CommandLine => "command_line",
            Type::RegistryPath => "registry_path",
            Type::Data => "data",
            Type::Int => "int",
            Type::Real => "real",
            Type::Port => "port",
            Type::Ip => "ip",
            Type::Domain => "domain",
            Type::Host => "host",
            Type::Url => "url",
            Type::Email => "email",
            Type::Md5 => "md5",
            Type::Sha1 => "sha1",
            Type::Sha256 => "sha256",
            Type::Sha512 => "sha512",
            Type::Imphash => "imphash",
            Type::Guid => "guid",
            Type::Sid => "sid",
            Type::User => "user",
            Type::Bool => "bool",
            Type::Time => "time",
            Type::Duration => "duration",
            Type::Enum => "enum",
        }
    }
}

impl NativeType {
    pub fn name(self) -> &'static str {
        match self {
            NativeType::Text => "text",
            NativeType::Int => "int",
            NativeType::Long => "long",
            NativeType::Real => "real",
            NativeType::Bool => "bool",
            NativeType::Time => "time",
            NativeType::Guid => "guid",
            NativeType::Dynamic => "dynamic",
            NativeType::Timespan => "timespan",
        }
    }
}
