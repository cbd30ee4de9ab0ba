//! The kinds of columns in which a target keeps fields of a type, each with a field that stands for it.
//!
//! In: the packs. Out: for each type and target the kinds, told by the types of the columns and by what is computed of them. Law: every
//! field that a target has is of a kind that is here.

use std::collections::BTreeMap;

use spoor::backend::Target;
use spoor::backend::bind::{Known, NativeExpr, Place, bindings};
use spoor::schema::{Actions, Class, ClassId, Field, FieldId, NativeType, Packs, Transform, Type};
use spoor::source::{FileId, Span};

/// The shape of a value that the table itself says.
pub const CONSTANT: &str = "the same in every row";

/// A field that stands for its kind.
#[derive(Clone, Debug)]
pub struct Kind {
    pub ty: Type,
    pub target: Target,
    /// `basename(text)`
    pub shape: String,
    pub class: ClassId,
    pub field: FieldId,
}

/// How many other kinds a field is of, and how many losses its bindings tell: the fewer the better.
type Rank = (usize, usize);

/// Every kind, in the order of types, targets and shapes.
pub fn kinds(packs: &Packs, file: FileId) -> Vec<Kind> {
    // Of several fields of a kind, one that is nothing else, of a class that says every field of it in each action.
    let mut best: BTreeMap<(Type, usize, String), (Rank, Kind)> = BTreeMap::new();
    for (index, class) in packs.model.classes.iter().enumerate() {
        let id = ClassId(u16::try_from(index).expect("few classes"));
        for (at, target) in Target::ALL.iter().enumerate() {
            let places = places(packs, *target, id, file);
            for field in class.fields.iter().filter(|field| !field.computed) {
                let number = class.field(&field.name).expect("its own field");
                let shapes: Vec<String> = shapes(&places, number);
                for shape in &shapes {
                    let kind = Kind { ty: field.ty, target: *target, shape: shape.clone(), class: id, field: number };
                    let rank = (shapes.len(), losses(&places, number));
                    let key = (field.ty, at, shape.clone());
                    if best.get(&key).is_none_or(|(known, _)| rank < *known) {
                        best.insert(key, (rank, kind));
                    }
                }
            }
        }
    }
    best.into_values().map(|(_, kind)| kind).collect()
}

fn places<'p>(packs: &'p Packs, target: Target, class: ClassId, file: FileId) -> Vec<Place<'p>> {
    let span = Span::new(file, 0, 0);
    let all = bindings(target, class, packs).into_iter();
    let each = all.flat_map(|(schema, binding)| binding.containers.iter().map(move |container| (schema, binding, container)));
    each.map(|(schema, binding, container)| Place {
        target,
        packs,
        schema,
        binding,
        container,
        table: schema.table(&container.table),
        platforms: &[],
        kept: &[],
        span,
    })
    .collect()
}

fn shapes(places: &[Place<'_>], field: FieldId) -> Vec<String> {
    let mut shapes: Vec<String> = Vec::new();
    for place in places {
        let shape = match place.field(field) {
            Known::Native(native, _) => shape(&native.value),
            Known::Constant(_) => CONSTANT.to_owned(),
            Known::Absent => continue,
        };
        if !shapes.contains(&shape) {
            shapes.push(shape);
        }
    }
    shapes
}

/// What bindings say of themselves: such fields are no measure of an operator.
fn losses(places: &[Place<'_>], field: FieldId) -> usize {
    let of_field = places.iter().filter(|place| place.container.field(field).is_some_and(|bound| bound.loss.is_some())).count();
    let of_class = places.iter().flat_map(|place| place.container.alternatives.iter()).filter(|told| told.loss.is_some()).count();
    of_field + of_class + places.iter().filter(|place| place.binding.excludes.is_some()).count()
}

fn shape(value: &NativeExpr) -> String {
    match value {
        NativeExpr::Column(column) if column.multi => format!("{}s", native(column.ty)),
        NativeExpr::Column(column) => native(column.ty).to_owned(),
        NativeExpr::Apply(transform, inputs) => {
            let mut inputs: Vec<String> = inputs.iter().map(shape).collect();
            inputs.dedup();
            format!("{}({})", made(transform), inputs.join(", "))
        }
    }
}

fn native(ty: NativeType) -> &'static str {
    match ty {
        NativeType::Text => "text",
        NativeType::Int | NativeType::Long | NativeType::Real => "number",
        NativeType::Bool => "bool",
        NativeType::Time => "time",
        NativeType::Guid => "guid",
        NativeType::Dynamic => "dynamic",
        NativeType::Timespan => "timespan",
    }
}

/// As packs write it.
fn made(transform: &Transform) -> &'static str {
    match transform {
        Transform::Basename => "basename",
        Transform::Join(_) => "join",
        Transform::Concat(_) => "concat",
        Transform::First => "first",
        Transform::Hash(_) => "hash",
        Transform::UserName => "user_name",
        Transform::UserDomain => "user_domain",
        Transform::Cut(cut) => cut.name(),
        Transform::Json(key) if key.contains("[*]") => "json of a list",
        Transform::Json(_) => "json",
        Transform::Xml(_) => "xml",
        Transform::OnlyIp => "only_ip",
        Transform::NotIp => "not_ip",
        Transform::Int => "int",
        Transform::Hex => "hex",
        Transform::Lower => "lower",
        Transform::Map(_) => "map",
        Transform::Hive(_) => "hive",
        Transform::RegData => "reg_data",
        Transform::Part(_) => "part",
        Transform::Lookup { .. } => "lookup",
        Transform::Const(_) => "const",
        Transform::Switch(_) => "by",
    }
}

/// An action that carries the field and that the target tells, as a test.
pub fn action(packs: &Packs, kind: &Kind, class: &Class, field: &Field) -> String {
    let places = bindings(kind.target, kind.class, packs);
    let containers =
        places.iter().flat_map(|(_, binding)| binding.containers.iter()).filter(|container| container.field(kind.field).is_some());
    let told = containers.flat_map(|container| container.alternatives.iter()).fold(Actions::NONE, |all, told| all.or(told.actions));
    let carried = field.only.and(told).and(class.every_action());
    match carried.iter().next().and_then(|index| class.actions.get(index)) {
        Some(action) if class.default.and(carried).is_empty() || carried != class.every_action() => format!("action == {action} and "),
        _ => String::new(),
    }
}

/// A field of the class that this one can be compared with and that the target has too: of the same type, else of any text.
pub fn partner<'p>(packs: &'p Packs, kind: &Kind, file: FileId) -> Option<&'p Field> {
    let class = packs.class(kind.class);
    let places = places(packs, kind.target, kind.class, file);
    let together = |field: &&Field| {
        let number = class.field(&field.name).expect("its own field");
        let both = |place: &&Place| matches!((place.field(number), place.field(kind.field)), (Known::Native(..), Known::Native(..)));
        number != kind.field && !field.computed && places.iter().any(|place| both(&place))
    };
    let own = class.get(kind.field);
    let alike = |field: &&Field| field.ty == kind.ty && field.values == own.values;
    let text = |field: &&Field| matches!(field.ty, Type::Text | Type::CommandLine) && is_text(kind.ty);
    // One in a column of its own, so that what is told is told of this one.
    let plain = |field: &&Field| {
        let number = class.field(&field.name).expect("its own field");
        let is_plain =
            |known: Known| matches!(known, Known::Native(native, _) if native.value.column().is_some_and(|column| !column.multi));
        places.iter().any(|place| is_plain(place.field(number)))
    };
    let candidates = || class.fields.iter().filter(together);
    let alone = candidates().filter(plain).find(alike).or_else(|| candidates().filter(plain).find(text));
    alone.or_else(|| candidates().find(alike)).or_else(|| candidates().find(text))
}

fn is_text(ty: Type) -> bool {
    match ty {
        Type::Text
        | Type::Path
        | Type::FileName
        | Type::CommandLine
        | Type::RegistryPath
        | Type::Data
        | Type::Domain
        | Type::Host
        | Type::Url
        | Type::Email
        | Type::Md5
        | Type::Sha1
        | Type::Sha256
        | Type::Sha512
        | Type::Imphash
        | Type::Guid
        | Type::Sid
        | Type::User => true,
        Type::Int | Type::Real | Type::Port | Type::Ip | Type::Bool | Type::Time | Type::Duration | Type::Enum => false,
    }
}
