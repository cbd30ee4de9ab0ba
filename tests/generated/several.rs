//! Rules over several events at random, as an author might write them: thresholds and linked patterns.
//!
//! In: the packs and a seed. Out: the text of rules. A threshold counts the hits of one class or of a few, by keys of every type, in windows or
//! without, and asks any aggregate of them, with conditions, nested in `and`, `or`, `not`. A linked pattern has two to four steps, of which
//! some are of one class and ask the same fields, so that one event may be two of them; some want several events, each other one may ask the steps
//! above it with any operator that takes a field on its right. Law: the text is in the language, and asks mostly for what the products record.

use spoor::schema::{Class, ClassId, Field, Packs, Target, Type};
use spoor::witness::Rng;

use super::rules::{Made, written};

/// So many rules, the same for one seed: `s0`, `s1`, ..
pub fn text(packs: &Packs, seed: u64, count: usize) -> String {
    let mut rng = Rng::new(seed);
    (0..count).map(|index| Several { packs, rng: &mut rng, asked: Vec::new() }.rule(&format!("s{index}"))).collect()
}

struct Several<'p, 'r> {
    packs: &'p Packs,
    rng: &'r mut Rng,
    /// What the rule asks of each of its classes: few fields, so that two steps often ask for one thing.
    asked: Vec<(ClassId, Vec<&'p Field>)>,
}

/// A branch or a step that is written already.
struct Above {
    label: String,
    class: ClassId,
    optional: bool,
}

impl<'p> Several<'p, '_> {
    fn rule(&mut self, name: &str) -> String {
        let detect = if self.rng.one_in(2) { self.threshold() } else { self.linked() };
        let last = if self.rng.one_in(6) { " last 20d" } else { "" };
        format!("rule {name} {{ detect {detect}{last} }}\n")
    }

    // ---------- thresholds ----------

    fn threshold(&mut self) -> String {
        let count = self.some(&[6, 3, 1]);
        let classes = self.classes(count);
        let pattern = match classes.as_slice() {
            [only] => format!("{}{}", self.name(*only), self.condition(*only, 3)),
            several => {
                let branches: Vec<String> = several
                    .iter()
                    .enumerate()
                    .map(|(index, class)| {
                        let label = if self.rng.one_in(4) { String::new() } else { format!("b{index}: ") };
                        format!("{label}{}{}", self.name(*class), self.condition(*class, 4))
                    })
                    .collect();
                format!("{{ {} }}", branches.join(" "))
            }
        };
        let by = self.keys(&classes);
        let having = if self.rng.one_in(10) { String::new() } else { format!(" having {}", self.having(&classes, 2)) };
        let per = if self.rng.one_in(3) { String::new() } else { format!(" per {}", self.pick(&["1s", "1m", "5m", "7m", "1h", "1d"])) };
        let grouped = format!("{having}{by}{per}");
        let grouped = if grouped.is_empty() { " per 1h".to_owned() } else { grouped };
        let show = if self.rng.one_in(2) { self.show(&classes, &by) } else { String::new() };
        format!("{pattern}{grouped}{show}")
    }

    fn having(&mut self, classes: &[ClassId], depth: usize) -> String {
        let joined = |made: &mut Self, word: &str| {
            let parts: Vec<String> = (0..2 + made.rng.below(2)).map(|_| made.having(classes, depth - 1)).collect();
            format!("({})", parts.join(word))
        };
        match self.rng.below(if depth == 0 { 4 } else { 8 }) {
            4 => joined(self, " and "),
            5 => joined(self, " or "),
            6 => format!("not ({})", self.having(classes, depth - 1)),
            _ => {
                let op = self.pick(&["==", "!=", "<", "<=", ">", ">=", ">=", ">"]);
                let (aggregate, is_number) = self.aggregate(classes, false);
                let number = if is_number {
                    self.pick(&["0", "1", "80", "443", "1000", "2.5"])
                } else {
                    self.pick(&["0", "1", "2", "2", "3", "4", "1.5"])
                };
                format!("{aggregate} {op} {number}")
            }
        }
    }

    /// And whether it is of numbers, which are no small counts.
    fn aggregate(&mut self, classes: &[ClassId], shown: bool) -> (String, bool) {
        let of_class = *self.rng.pick(classes).expect("a class");
        let fields = self.known(of_class);
        let numbers: Vec<&Field> =
            fields.iter().copied().filter(|field| kind(field.ty) == Kind::Number || field.ty == Type::Duration).collect();
        let condition = if self.rng.one_in(3) { self.common_condition(classes) } else { None };
        let tail = condition.as_ref().map_or(String::new(), |condition| format!(" where {condition}"));
        let count = format!("count({})", tail.trim_start());
        match self.rng.below(if shown { 9 } else { 8 }) {
            0..2 => (count, false),
            2 if classes.len() > 1 => (format!("distinct(matched{tail})"), false),
            2..5 => match self.rng.pick(&fields) {
                Some(field) => (format!("distinct({}{tail})", written(&field.name)), false),
                None => (count, false),
            },
            5..8 => match self.rng.pick(&numbers).map(|field| written(&field.name)) {
                Some(field) => match self.pick(&["sum", "avg", "min", "max", "median", "percentile"]) {
                    "percentile" => {
                        let number = self.pick(&["0", "10", "25", "33.3", "50", "90", "99.9", "100"]);
                        (format!("percentile({field}, {number}{tail})"), true)
                    }
                    function => (format!("{function}({field}{tail})"), true),
                },
                None => (count, false),
            },
            _ => (format!("{}(time{tail})", self.pick(&["min", "max"])), false),
        }
    }

    /// A test of a field that all of the classes have.
    fn common_condition(&mut self, classes: &[ClassId]) -> Option<String> {
        let (first, rest) = classes.split_first()?;
        let has = |class: &ClassId, field: &Field| {
            let class = self.packs.class(*class);
            class.field(&field.name).map(|id| class.get(id)).is_some_and(|other| other.ty == field.ty && other.values == field.values)
        };
        let common: Vec<&Field> =
            self.asked(*first).into_iter().chain(self.known(*first)).filter(|field| rest.iter().all(|class| has(class, field))).collect();
        let field = *self.rng.pick(&common)?;
        let mut made = Made { packs: self.packs, class: self.packs.class(*first), fields: vec![field], rng: self.rng };
        Some(if made.rng.one_in(4) { made.predicate(1) } else { made.test() })
    }

    fn show(&mut self, classes: &[ClassId], by: &str) -> String {
        let mut columns: Vec<String> =
            by.trim().trim_start_matches("by ").split(", ").filter(|key| !key.is_empty()).map(str::to_owned).collect();
        for index in 0..1 + self.rng.below(4) {
            let (aggregate, _) = self.aggregate(classes, true);
            columns.push(format!("{aggregate} as c{index}"));
        }
        format!(" show {}", columns.join(", "))
    }

    // ---------- linked patterns ----------

    fn linked(&mut self) -> String {
        let count = 1 + self.some(&[5, 3, 1]);
        let classes = self.classes(count);
        let decides = self.rng.below(classes.len());
        let kind = self.pick(&["sequence", "sequence", "sequence", "together", "together", "at_least"]);
        let within = self.pick(&["1s", "10s", "1m", "5m", "10m", "1h", "1d"]);
        let mut steps: Vec<(Above, String)> = Vec::new();
        for (index, class) in classes.iter().copied().enumerate() {
            let optional = index != decides && self.rng.one_in(6);
            let mut parts = Vec::new();
            if !self.rng.one_in(7) {
                parts.push(self.test_of(class));
            }
            let counted = self.rng.one_in(4);
            // A step that counts names no other.
            if kind != "at_least" && !counted {
                for (above, _) in &steps {
                    if !above.optional && self.rng.one_in(2) {
                        parts.extend(self.cross(class, &above.label, above.class));
                    }
                }
            }
            let word = if self.rng.one_in(6) { " or " } else { " and " };
            let condition = if parts.is_empty() { String::new() } else { format!(" where {}", parts.join(word)) };
            let label = format!("s{index}");
            let marked = if optional { "optional " } else { "" };
            let many = if counted {
                let near = if self.rng.one_in(2) { within } else { self.pick(&["1s", "5m", "1h"]) };
                format!("at_least {} within {near} ", 1 + self.some(&[6, 2, 1]))
            } else {
                String::new()
            };
            let text = format!("{marked}{label}: {many}{}{condition}", self.name(class));
            steps.push((Above { label, class, optional }, text));
        }
        let counted = steps.iter().filter(|(step, _)| !step.optional).count();
        let kind = if kind == "at_least" { format!("at_least {}", 1 + self.rng.below(counted)) } else { kind.to_owned() };
        let by = self.keys(&classes);
        let written: Vec<&str> = steps.iter().map(|(_, text)| text.as_str()).collect();
        let show = if self.rng.one_in(3) { self.shown_steps(&steps) } else { String::new() };
        format!("{kind}{by} within {within} {{ {} }}{show}", written.join(" "))
    }

    /// A test of a field against one of a step above.
    fn cross(&mut self, class: ClassId, label: &str, other: ClassId) -> Option<String> {
        let known = self.known(class);
        let left = *self.rng.pick(&known)?;
        let fitting: Vec<&Field> = self.known(other).into_iter().filter(|right| compare_alike(left, right)).collect();
        let same: Vec<&Field> = fitting.iter().copied().filter(|right| right.name == left.name).collect();
        let likely = !same.is_empty() && self.rng.one_in(2);
        let right = self.rng.pick(if likely { &same } else { &fitting })?;
        let (left_name, right_name) = (written(&left.name), written(&right.name));
        let not = if self.rng.one_in(5) { "not " } else { "" };
        let cased = if self.rng.one_in(5) { "cased " } else { "" };
        Some(match kind(left.ty) {
            Kind::Text if left.ty.below().is_some() && self.rng.one_in(5) => format!("{left_name} {not}under {label}.{right_name}"),
            Kind::Text if takes_parts(left.ty) => {
                match self.pick(&["==", "==", "==", "!=", "contains", "contains", "starts_with", "ends_with", "has"]) {
                    op @ ("==" | "!=") => format!("{left_name} {op} {cased}{label}.{right_name}"),
                    op => format!("{left_name} {not}{op} {cased}{label}.{right_name}"),
                }
            }
            Kind::Number => format!("{left_name} {} {label}.{right_name}", self.pick(&["==", "!=", "<", "<=", ">", ">="])),
            Kind::Text | Kind::Own(_) => format!("{left_name} {} {label}.{right_name}", self.pick(&["==", "==", "!="])),
        })
    }

    fn shown_steps(&mut self, steps: &[(Above, String)]) -> String {
        let mut columns = Vec::new();
        for (index, (step, _)) in steps.iter().enumerate() {
            let known = self.known(step.class);
            let field = self.rng.pick(&known).map(|field| written(&field.name));
            columns.extend(field.map(|field| format!("{}.{field} as c{index}", step.label)));
        }
        if columns.is_empty() { String::new() } else { format!(" show {}", columns.join(", ")) }
    }

    // ---------- what both are made of ----------

    /// Some classes that one target records all of, of which the same one often comes twice.
    fn classes(&mut self, count: usize) -> Vec<ClassId> {
        let all = (0..self.packs.model.classes.len()).map(|at| ClassId(u16::try_from(at).expect("few classes")));
        let events = all.filter(|id| self.packs.class(*id).state.is_empty() && self.packs.class(*id).open.is_empty());
        let recorded: Vec<ClassId> = events.filter(|id| self.targets(*id).len() > 1).collect();
        // Those that more targets record come more often.
        let some = |rng: &mut Rng| *rng.pick(&recorded).expect("a class");
        let first = [some(self.rng), some(self.rng), some(self.rng)].into_iter().max_by_key(|id| self.targets(*id).len()).expect("a class");
        let mut classes = vec![first];
        while classes.len() < count {
            let other = if self.rng.one_in(2) { *self.rng.pick(&classes).expect("a class") } else { some(self.rng) };
            if self.targets(first).iter().filter(|target| self.targets(other).contains(target)).count() > 1 {
                classes.push(other);
            }
        }
        classes
    }

    fn targets(&self, class: ClassId) -> Vec<Target> {
        let records = |target: &Target| {
            self.packs
                .read_by(*target)
                .any(|schema| self.packs.binding(&schema.name, class).is_some_and(|binding| !binding.containers.is_empty()))
        };
        Target::ALL.iter().copied().filter(records).collect()
    }

    fn name(&self, class: ClassId) -> &'p str {
        &self.packs.class(class).name
    }

    /// The fields that most targets have which have the class; now and then any field.
    fn known(&mut self, class: ClassId) -> Vec<&'p Field> {
        let of: &'p Class = self.packs.class(class);
        let targets = self.targets(class);
        let least = if self.rng.one_in(8) { 1 } else { targets.len().saturating_sub(1).max(1) };
        let is_bound = |field: &Field, target: Target| {
            let id = of.field(&field.name);
            self.packs
                .read_by(target)
                .filter_map(|schema| self.packs.binding(&schema.name, class))
                .any(|binding| binding.containers.iter().any(|container| id.is_some_and(|id| container.field(id).is_some())))
        };
        let is_known = |field: &&Field| targets.iter().filter(|target| is_bound(field, **target)).count() >= least;
        of.fields.iter().filter(|field| !field.computed && field.name != "time" && field.part.is_none()).filter(is_known).collect()
    }

    fn asked(&mut self, class: ClassId) -> Vec<&'p Field> {
        if let Some((_, fields)) = self.asked.iter().find(|(known, _)| *known == class) {
            return fields.clone();
        }
        let known = self.known(class);
        let fields: Vec<&Field> = (0..1 + self.rng.below(2)).filter_map(|_| self.rng.pick(&known).copied()).collect();
        self.asked.push((class, fields.clone()));
        fields
    }

    /// ` where ..`, or nothing once in so many times.
    fn condition(&mut self, class: ClassId, times: usize) -> String {
        if self.rng.one_in(times) { String::new() } else { format!(" where {}", self.test_of(class)) }
    }

    fn test_of(&mut self, class: ClassId) -> String {
        let fields = self.asked(class);
        let mut made = Made { packs: self.packs, class: self.packs.class(class), fields, rng: self.rng };
        let action = if made.rng.one_in(2) { made.action() } else { String::new() };
        let test = if made.rng.one_in(3) { made.predicate(1) } else { made.test() };
        format!("({action}{test})")
    }

    /// ` by ..`: the host, an account, or any fields that the classes have in common.
    fn keys(&mut self, classes: &[ClassId]) -> String {
        let (first, rest) = classes.split_first().expect("a class");
        let known = self.known(*first);
        let has = |class: &ClassId, field: &Field| {
            let of = self.packs.class(*class);
            of.field(&field.name).is_some_and(|id| compare_alike(field, of.get(id)))
        };
        let common: Vec<String> =
            known.iter().filter(|field| rest.iter().all(|class| has(class, field))).map(|field| written(&field.name)).collect();
        let has_actions = classes.iter().all(|class| !self.packs.class(*class).actions.is_empty());
        let mut keys: Vec<String> = Vec::new();
        for _ in 0..self.some(&[2, 6, 3, 1]) - 1 {
            let key = match self.rng.below(12) {
                0..5 => common.iter().find(|key| *key == "host").cloned(),
                5 if has_actions => Some("action".to_owned()),
                6 if self.rng.one_in(2) => Some("class".to_owned()),
                _ => self.rng.pick(&common).cloned(),
            };
            keys.extend(key.filter(|key| !keys.contains(key)));
        }
        if keys.is_empty() { String::new() } else { format!(" by {}", keys.join(", ")) }
    }

    fn pick(&mut self, all: &[&'static str]) -> &'static str {
        self.rng.pick(all).expect("one of them")
    }

    /// From one on, by these weights.
    fn some(&mut self, weights: &[usize]) -> usize {
        let mut at = self.rng.below(weights.iter().sum());
        let mut chosen = 1;
        for weight in weights {
            if at < *weight {
                break;
            }
            at -= weight;
            chosen += 1;
        }
        chosen
    }
}

/// What compares with what.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Text,
    Number,
    Own(Type),
}

fn kind(ty: Type) -> Kind {
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
        | Type::User => Kind::Text,
        Type::Int | Type::Real | Type::Port => Kind::Number,
        Type::Ip | Type::Bool | Type::Time | Type::Duration | Type::Enum => Kind::Own(ty),
    }
}

fn compare_alike(left: &Field, right: &Field) -> bool {
    kind(left.ty) == kind(right.ty) && left.ty != Type::Time && (left.ty != Type::Enum || left.values == right.values)
}

/// A hash, a GUID is asked whole.
fn takes_parts(ty: Type) -> bool {
    !matches!(ty, Type::Md5 | Type::Sha1 | Type::Sha256 | Type::Sha512 | Type::Imphash | Type::Guid | Type::Sid)
}
