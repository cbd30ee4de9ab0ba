//! `{switch: FIELD, VALUE: EXPR, .., else: EXPR}`: a value that another field of the class decides.
//!
//! In: the entry, and one container in which the deciding field is bound already (it stands before in the file; `action` always is). Out:
//! the expression for that container, in which native values of one column, or of one key in it, decide: what the container settles by itself is settled here.

use crate::yaml::Node;

use super::super::transform::{Expr, Transform, fewest};
use super::super::types::{Actions, Container, FieldId, List, NativeTest, Str};
use super::fields::Place;
use super::reader::Reader;
use super::{Fault, expr, model, owned_all};

pub fn is_one(node: &Node) -> bool {
    node.get("switch").is_some()
}

/// None: the field has no value in this container, or a mistake was reported.
pub fn read(reader: &mut Reader<'_>, place: &Place<'_>, container: &Container, node: &Node) -> Option<Expr> {
    let entries = reader.entries(node, None);
    let (_, decides) = entries.iter().find(|(key, _)| key.name == "switch")?;
    let name = reader.text(decides)?;
    let field = model::field_id(reader, place.class, name, decides.span.clone())?;
    let mut arms: Vec<(Vec<Str>, Expr)> = Vec::new();
    let mut selector: Option<Expr> = None;
    let mut otherwise = None;
    for (key, value) in entries.iter().filter(|(key, _)| key.name != "switch") {
        let told = if key.name == "else" { Told::Always } else { told(reader, place, container, field, key.name, node)? };
        match told {
            Told::Never => {}
            Told::Always => {
                otherwise = arm(reader, place, container, value);
                break;
            }
            Told::By(native, values) => {
                if selector.get_or_insert_with(|| native.clone()) != &native {
                    reader.report(node.span.clone(), Fault::Selector(name.to_owned()));
                    return None;
                }
                arms.push((values, arm(reader, place, container, value)?));
            }
        }
    }
    let arms = fewest(arms, otherwise.as_ref());
    let Some(selector) = selector.filter(|_| !arms.is_empty()) else { return otherwise };
    let (values, exprs): (Vec<Vec<Str>>, Vec<Expr>) = arms.into_iter().unzip();
    let inputs = std::iter::once(selector).chain(exprs).chain(otherwise).collect();
    Some(Expr::Apply(Transform::Switch(List::Owned(values.into_iter().map(List::Owned).collect())), List::Owned(inputs)))
}

fn arm(reader: &mut Reader<'_>, place: &Place<'_>, container: &Container, node: &Node) -> Option<Expr> {
    if is_one(node) { read(reader, place, container, node) } else { expr::read(reader, &place.packs.model, node) }
}

/// How a row of the container says that the deciding field has a value.
enum Told {
    Always,
    Never,
    /// A column, or what stands under a key in it, has one of these values.
    By(Expr, Vec<Str>),
}

fn told(reader: &mut Reader<'_>, place: &Place<'_>, container: &Container, field: FieldId, value: &str, node: &Node) -> Option<Told> {
    let told = match place.class.get(field).name.as_ref() {
        "action" => match place.class.action(value) {
            Some(index) => by_action(container, Actions::one(index)),
            None => {
                reader.report(node.span.clone(), model::unknown_action(place.class, value));
                return None;
            }
        },
        _ => by_field(place, container, field, value),
    };
    if told.is_none() {
        reader.report(node.span.clone(), Fault::Selector(place.class.get(field).name.to_string()));
    }
    told
}

fn by_action(container: &Container, action: Actions) -> Option<Told> {
    let says = |told: &Actions| !told.and(action).is_empty();
    if container.alternatives.iter().all(|told| told.actions == action) {
        return Some(Told::Always);
    }
    // What every row of the container passes tells nothing.
    let every = || container.alternatives.iter().flat_map(|told| told.when.iter());
    let tells = |test: &&NativeTest| !every().all(|all| all.contains(test));
    let mut column: Option<&Str> = None;
    let mut values = Vec::new();
    for told in container.alternatives.iter().filter(|told| says(&told.actions)) {
        let [all] = told.when.as_ref() else { return None };
        let [test] = all.iter().filter(tells).collect::<Vec<_>>()[..] else { return None };
        if test.negated || column.is_some_and(|known| *known != test.column) {
            return None;
        }
        column = Some(&test.column);
        values.extend(test.values.iter().cloned());
    }
    Some(column.map_or(Told::Never, |column| Told::By(Expr::Column(column.clone()), values)))
}

fn by_field(place: &Place<'_>, container: &Container, field: FieldId, value: &str) -> Option<Told> {
    let Some(bound) = container.field(field) else { return Some(Told::Never) };
    let itself = || owned_all([value]).into_owned();
    match &bound.value {
        Expr::Column(_) => Some(Told::By(bound.value.clone(), itself())),
        Expr::Apply(Transform::Const(constant), _) if constant == value => Some(Told::Always),
        Expr::Apply(Transform::Const(_), _) => Some(Told::Never),
        Expr::Apply(transform, inputs) => match (transform, inputs.as_ref()) {
            (Transform::Lower, [native @ Expr::Column(_)]) => Some(Told::By(native.clone(), itself())),
            (Transform::Map(map), [native @ (Expr::Column(_) | Expr::Apply(Transform::Json(_), _))]) => {
                let pairs = place.packs.model.map(*map).pairs.iter();
                let natives = pairs.filter(|(_, neutral)| neutral == value).map(|(native, _)| native.clone());
                Some(Told::By(native.clone(), natives.collect()))
            }
            _ => None,
        },
    }
}
