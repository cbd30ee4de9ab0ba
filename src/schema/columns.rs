//! The columns of a table, as a list that costs nothing until it is looked at.
//!
//! In: a list made by a loader, or the packed text that the build script writes of one. Out: a slice of [`Column`]s. The built-in schemas
//! have some seven thousand columns; as `static` structures they would be a megabyte of pointers for the system to set at every start of
//! the program. Packed they are plain text in the file, of which a run reads the tables that it asks about. Law: unpacking what was
//! packed gives the same list.

use std::borrow::Cow;
use std::ops::Deref;
use std::sync::OnceLock;

use super::types::{Column, List, NativeType, Str};

/// Columns in their order.
pub struct Columns {
    packed: &'static str,
    list: OnceLock<Vec<Column>>,
}

impl Columns {
    /// From the text that [`Columns::pack`] gives.
    pub const fn packed(packed: &'static str) -> Columns {
        Columns { packed, list: OnceLock::new() }
    }

    /// The list to change.
    pub fn to_mut(&mut self) -> &mut Vec<Column> {
        if self.list.get().is_none() {
            self.list = OnceLock::from(unpack(self.packed));
        }
        self.packed = "";
        self.list.get_mut().expect("the list was set above")
    }

    /// One line a column: name, owner, type, flags, default, first version, values, with tabs between. No name and no value holds a tab or a line end.
    pub fn pack(&self) -> String {
        let line = |column: &Column| {
            let Column { name, owner, ty, multi, default, values, closed, since } = column;
            let flags = format!("{}{}{}", mark(*multi, 'm'), mark(*closed, 'c'), mark(default.is_some(), 'd'));
            let (default, since) = (default.as_deref().unwrap_or(""), since.as_deref().unwrap_or(""));
            let cells = [name, owner, native_name(*ty), flags.as_str(), default, since];
            cells.into_iter().chain(values.iter().map(|value| value.as_ref())).collect::<Vec<_>>().join("\t")
        };
        self.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

fn mark(holds: bool, mark: char) -> String {
    if holds { mark.to_string() } else { String::new() }
}

fn unpack(packed: &'static str) -> Vec<Column> {
    packed.lines().filter_map(unpack_line).collect()
}

fn unpack_line(line: &'static str) -> Option<Column> {
    let mut cells = line.split('\t');
    let (name, owner, ty, flags, default) = (cells.next()?, cells.next()?, cells.next()?, cells.next()?, cells.next()?);
    let since = cells.next()?;
    Some(Column {
        name: Cow::Borrowed(name),
        owner: Cow::Borrowed(owner),
        ty: NATIVE.iter().find(|(name, _)| *name == ty).map(|(_, ty)| *ty)?,
        multi: flags.contains('m'),
        default: flags.contains('d').then_some(Cow::Borrowed(default)),
        values: cells.map(Cow::Borrowed).collect::<Vec<Str>>().into(),
        closed: flags.contains('c'),
        since: (!since.is_empty()).then_some(Cow::Borrowed(since)),
    })
}

const NATIVE: [(&str, NativeType); 9] = [
    ("s", NativeType::Text),
    ("i", NativeType::Int),
    ("l", NativeType::Long),
    ("r", NativeType::Real),
    ("b", NativeType::Bool),
    ("t", NativeType::Time),
    ("g", NativeType::Guid),
    ("d", NativeType::Dynamic),
    ("p", NativeType::Timespan),
];

fn native_name(ty: NativeType) -> &'static str {
    NATIVE.iter().find(|(_, known)| *known == ty).map_or("", |(name, _)| name)
}

impl Deref for Columns {
    type Target = [Column];

    fn deref(&self) -> &[Column] {
        self.list.get_or_init(|| unpack(self.packed))
    }
}

impl From<Vec<Column>> for Columns {
    fn from(list: Vec<Column>) -> Columns {
        Columns { packed: "", list: OnceLock::from(list) }
    }
}

impl From<List<Column>> for Columns {
    fn from(list: List<Column>) -> Columns {
        Columns::from(list.into_owned())
    }
}

impl Clone for Columns {
    fn clone(&self) -> Columns {
        // What is packed stays so: a copy of all packs is cheap.
        if self.packed.is_empty() { Columns::from(self.to_vec()) } else { Columns::packed(self.packed) }
    }
}

impl PartialEq for Columns {
    fn eq(&self, other: &Columns) -> bool {
        **self == **other
    }
}

impl std::fmt::Debug for Columns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'c> IntoIterator for &'c Columns {
    type Item = &'c Column;
    type IntoIter = std::slice::Iter<'c, Column>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
