//! Whom and what a row of a result is about.
//!
//! In: a plan. Out: the columns of its result that hold a field of the model, each with what kind of thing that names. Law: what the model calls a field
//! decides, never the name of the column; a column of which that is not known is about nothing.

use crate::backend::plan::{AggOf, ChainColumn, GroupColumn, MadeValue, Plan, Search, Shape, Shown};

/// A column that names something.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    pub column: String,
    pub entity: Entity,
    /// Some rows have several values in it.
    pub several: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Entity {
    Host,
    User,
    UserSid,
    UserPrincipal,
    Address,
    ProcessName,
    CommandLine,
    ParentName,
    ParentCommandLine,
    FileName,
    FilePath,
    Hash,
    Domain,
    Url,
    RegistryKey,
    RegistryValue,
    Recipient,
    Sender,
    Subject,
    UserAgent,
    Service,
}

/// What a field of a class names; None: nothing that a product knows as such.
fn entity(class: &str, field: &str) -> Option<Entity> {
    let last = field.rsplit('.').next().unwrap_or(field);
    let of_process = class == "process";
    Some(match field {
        "host" | "src.host" | "dest.host" => Entity::Host,
        "name" if of_process => Entity::ProcessName,
        "command_line" if of_process => Entity::CommandLine,
        "actor.name" => Entity::ProcessName,
        "actor.command_line" => Entity::CommandLine,
        "parent.name" | "actor.parent.name" => Entity::ParentName,
        "parent.command_line" | "actor.parent.command_line" => Entity::ParentCommandLine,
        "name" | "attachment.name" if matches!(class, "file" | "image_load" | "driver_load" | "email" | "malware") => Entity::FileName,
        "path" if matches!(class, "process" | "file" | "image_load" | "driver_load") => Entity::FilePath,
        "actor.path" => Entity::FilePath,
        "key" | "path" if class == "registry" => Entity::RegistryKey,
        "value_name" if class == "registry" => Entity::RegistryValue,
        "name" if class == "service" => Entity::Service,
        "query" | "domain" => Entity::Domain,
        "url" => Entity::Url,
        "user_agent" => Entity::UserAgent,
        "recipient" => Entity::Recipient,
        "subject" if class == "email" => Entity::Subject,
        _ => match last {
            "name" if field.ends_with("user.name") => Entity::User,
            "sid" if field.ends_with("user.sid") => Entity::UserSid,
            "upn" if field.ends_with("user.upn") => Entity::UserPrincipal,
            "ip" => Entity::Address,
            "sha256" | "sha1" | "md5" => Entity::Hash,
            "address" if class == "email" => Entity::Sender,
            _ => return None,
        },
    })
}

/// In the order of the columns.
pub fn entities(plan: &Plan) -> Vec<Found> {
    let mut found = Vec::new();
    match &plan.shape {
        Shape::Events => {
            for (at, column) in plan.columns.iter().enumerate() {
                let of = plan.searches.iter().find_map(|search| match &search.shown[at] {
                    Shown::Value(native) => entity(&search.class, &native.field),
                    Shown::Time | Shown::Matched | Shown::Constant(_) | Shown::Nothing => None,
                });
                found.extend(of.map(|entity| Found { column: column.title.clone(), entity, several: false }));
            }
        }
        Shape::Groups(groups) => {
            for column in &groups.columns {
                let (at, several) = match column.what {
                    GroupColumn::Key(key) => (groups.keys[key], false),
                    GroupColumn::Window => continue,
                    GroupColumn::Aggregate(aggregate) => match groups.aggregates[aggregate].of {
                        // A number of things is none of them.
                        AggOf::Made(at) if groups.aggregates[aggregate].function == crate::hir::Function::Values => (at, true),
                        AggOf::Made(_) | AggOf::Rows | AggOf::Labels(_) => continue,
                    },
                };
                let of = plan.searches.iter().find_map(|search| made(search, at));
                found.extend(of.map(|entity| Found { column: column.title.clone(), entity, several }));
            }
            for column in &groups.last_hit {
                let of = plan.searches.iter().find_map(|search| made(search, column.what));
                found.extend(of.map(|entity| Found { column: column.title.clone(), entity, several: false }));
            }
        }
        Shape::Chains(chains) => {
            for column in &chains.columns {
                let of_step = |step: usize, at: usize| {
                    let searches = &plan.searches[chains.steps[step].searches.clone()];
                    searches.iter().find_map(|search| made(search, chains.keys.len() + at))
                };
                let of = match &column.what {
                    ChainColumn::First | ChainColumn::Last | ChainColumn::Delay | ChainColumn::Matched => None,
                    ChainColumn::Key(key) => plan.searches.iter().find_map(|search| made(search, *key)),
                    ChainColumn::Step(step, at) => of_step(*step, *at),
                    ChainColumn::Own(steps) => steps.iter().enumerate().find_map(|(step, at)| of_step(step, (*at)?)),
                };
                found.extend(of.map(|entity| Found { column: column.title.clone(), entity, several: false }));
            }
        }
    }
    found
}

fn made(search: &Search, at: usize) -> Option<Entity> {
    match search.made.get(at)? {
        MadeValue::Value { native, .. } => entity(&search.class, &native.field),
        MadeValue::Cases(_) | MadeValue::Constant(_) | MadeValue::When(_) | MadeValue::Time | MadeValue::Nothing => None,
    }
}

/// The names of all columns of the result.
pub fn columns(plan: &Plan) -> Vec<&str> {
    match &plan.shape {
        Shape::Events => plan.columns.iter().map(|column| column.title.as_str()).collect(),
        Shape::Groups(groups) => {
            let titles = groups.columns.iter().map(|column| column.title.as_str());
            titles.chain(groups.last_hit.iter().map(|column| column.title.as_str())).collect()
        }
        Shape::Chains(chains) => chains.columns.iter().map(|column| column.title.as_str()).collect(),
    }
}

/// The columns by which two rows of different runs are known as one match: runs look back over each other's time where a rule is about several
/// events. Empty: each event is found by one run.
pub fn identity(plan: &Plan) -> Vec<&str> {
    match &plan.shape {
        Shape::Events => Vec::new(),
        Shape::Groups(groups) => {
            let tells = |what: &GroupColumn| match what {
                GroupColumn::Key(_) | GroupColumn::Window => true,
                GroupColumn::Aggregate(_) => false,
            };
            groups.columns.iter().filter(|column| tells(&column.what)).map(|column| column.title.as_str()).collect()
        }
        Shape::Chains(chains) => {
            let tells = |what: &ChainColumn| match what {
                ChainColumn::Key(_) | ChainColumn::Last => true,
                ChainColumn::First | ChainColumn::Delay | ChainColumn::Step(..) | ChainColumn::Own(_) | ChainColumn::Matched => false,
            };
            chains.columns.iter().filter(|column| tells(&column.what)).map(|column| column.title.as_str()).collect()
        }
    }
}
