//! A table that has a path has its last part.
//!
//! In: the containers of a class as a pack leaves them, and as they were before it. Out: each field that the model calls the last part
//! of a path is bound wherever the path is: by an entry of its own, else as `basename` of what the path is made of.

use super::super::transform::{Expr, Transform};
use super::super::types::{Class, Container, FieldBinding, FieldId, List};
use super::replace;

pub fn bind(before: &[Container], containers: &mut [Container], class: &Class) {
    for container in containers {
        let old = before.iter().find(|known| known.table == container.table);
        for (name, path) in class.last_parts() {
            let Some(of) = container.field(path) else { continue };
            let made = last_part(name, of);
            let stands = match (container.field(name), old.and_then(|old| old.field(path))) {
                (None, _) => false,
                // Made of the path as it was: it goes with it.
                (Some(bound), Some(old)) => bound.value != last_part(name, old).value,
                (Some(_), None) => true,
            };
            if !stands {
                replace(&mut container.fields, made, |known| known.field == name);
            }
        }
    }
}

fn last_part(name: FieldId, of: &FieldBinding) -> FieldBinding {
    let value = Expr::Apply(Transform::Basename, List::Owned(vec![of.value.clone()]));
    FieldBinding { field: name, value, ..of.clone() }
}
