//! Turns the built-in packs into `static` data.
//!
//! In: `src/schema/packs/*.yaml`. Out: `packs.rs` in the build's own folder, in which every text and list is borrowed and the columns
//! are packed, so that the program reads nothing at its start. The loader is the one that reads a user's packs: a binding that names
//! what its schema lacks stops the build here, with its place. Each list is a `static` of its own: the compiler takes many small ones
//! faster than one large one.

// The modules are written for the program; the build script calls a part of each.
#[allow(dead_code)]
#[path = "src/schema/attack.rs"]
mod attack;
#[allow(dead_code)]
#[path = "src/schema/calendar.rs"]
mod calendar;
#[allow(dead_code)]
#[path = "src/schema/channel.rs"]
mod channel;
#[allow(dead_code)]
#[path = "src/schema/columns.rs"]
mod columns;
#[allow(dead_code)]
#[path = "src/letters.rs"]
mod letters;
#[allow(dead_code)]
#[path = "src/schema/load/mod.rs"]
mod load;
#[allow(dead_code)]
#[path = "src/schema/lookups.rs"]
mod lookups;
#[allow(dead_code)]
#[path = "src/schema/losses.rs"]
mod losses;
#[allow(dead_code)]
#[path = "src/schema/nearest.rs"]
mod nearest;
#[allow(dead_code)]
#[path = "src/schema/sigma.rs"]
mod sigma;
#[allow(dead_code)]
#[path = "src/schema/sources.rs"]
mod sources;
#[allow(dead_code)]
#[path = "src/schema/targets.rs"]
mod targets;
#[allow(dead_code)]
#[path = "src/schema/transform.rs"]
mod transform;
#[allow(dead_code)]
#[path = "src/schema/types.rs"]
mod types;
#[allow(dead_code)]
#[path = "src/schema/version.rs"]
mod version;
#[allow(dead_code)]
#[path = "src/yaml/mod.rs"]
mod yaml;

use std::fmt::Write;
use std::path::Path;
use std::{env, fs, process};

use attack::{Attack, Tactic};
use losses::{FormKind, Loss};
use sigma::{LogSource, Meaning, Taxonomy};
use sources::Source;
use transform::{Expr, Transform};
use types::{Alternative, Binding, Class, Container, Field, FieldBinding, NativeTest, Own, Packs, Schema, Str, Table};

fn main() {
    let folder = Path::new("src/schema/packs");
    for input in [
        "build.rs",
        "src/letters.rs",
        "src/yaml",
        "src/schema/load",
        "src/schema/lookups.rs",
        "src/schema/losses.rs",
        "src/schema/attack.rs",
        "src/schema/channel.rs",
        "src/schema/columns.rs",
        "src/schema/nearest.rs",
        "src/schema/sigma.rs",
        "src/schema/sources.rs",
        "src/schema/transform.rs",
        "src/schema/targets.rs",
        "src/schema/types.rs",
        "src/schema/version.rs",
        "src/schema/packs",
    ] {
        println!("cargo::rerun-if-changed={input}");
    }
    let mut files: Vec<(String, String)> = read(folder);
    files.sort();
    let texts: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let packs = load::load(&Packs::EMPTY, &texts).unwrap_or_else(|errors| {
        for error in errors {
            let (name, text) = texts[error.file];
            println!("cargo::error={name}:{}: {:?}", yaml::line(text, error.span.start), error.fault);
        }
        process::exit(1)
    });
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    fs::write(Path::new(&out).join("packs.rs"), Writer::default().packs(&packs)).expect("the build's folder can be written to");
}

fn read(folder: &Path) -> Vec<(String, String)> {
    let entries = fs::read_dir(folder).expect("the packs stand in src/schema/packs");
    let paths = entries.map(|entry| entry.expect("a folder can be listed").path());
    let packs = paths.filter(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    packs.map(|path| (path.display().to_string(), fs::read_to_string(&path).expect("a pack is UTF-8"))).collect()
}

/// Rust for the packs; `B` is `Cow::Borrowed`.
#[derive(Default)]
struct Writer {
    /// The statics before the last one.
    statics: String,
    count: usize,
}

impl Writer {
    fn packs(mut self, packs: &Packs) -> String {
        let classes = self.list("Class", packs.model.classes.iter(), Writer::class);
        let common = self.list("Field", packs.model.common.iter(), Writer::field);
        let enums = self.list("Enumeration", packs.model.enums.iter(), |w, e| {
            format!("Enumeration {{ name: {}, values: {} }}", text(&e.name), w.texts(&e.values))
        });
        let maps = self.list("ValueMap", packs.model.maps.iter(), |w, map| {
            let pairs = w.list("(Str, Str)", map.pairs.iter(), |_, (native, neutral)| format!("({}, {})", text(native), text(neutral)));
            format!("ValueMap {{ name: {}, pairs: {pairs} }}", text(&map.name))
        });
        let schemas = self.list("Schema", packs.schemas.iter(), Writer::schema);
        let bindings = self.list("Binding", packs.bindings.iter(), Writer::binding);
        let sources = self.list("Source", packs.sources.iter(), Writer::source);
        let attack = self.attack(&packs.attack);
        let sigma = self.sigma(&packs.sigma);
        format!(
            "{}\nstatic BUILTIN: Packs = Packs {{ model: Model {{ classes: {classes}, common: {common}, enums: {enums}, maps: {maps} }}, schemas: {schemas}, bindings: {bindings}, sources: {sources}, attack: {attack}, sigma: {sigma} }};\n",
            self.statics
        )
    }

    fn attack(&mut self, attack: &Attack) -> String {
        let tactics = self.list("Tactic", attack.tactics.iter(), |_, tactic| {
            let Tactic { id, name, former } = tactic;
            format!("Tactic {{ id: {}, name: {}, former: {} }}", text(id), text(name), optional(former))
        });
        let techniques = attack.techniques.pack();
        format!("Attack {{ version: {}, tactics: {tactics}, techniques: Techniques::packed({techniques:?}) }}", text(&attack.version))
    }

    fn sigma(&mut self, taxonomy: &Taxonomy) -> String {
        let sources = self.list("LogSource", taxonomy.sources.iter(), Writer::log_source);
        let placeholders = self
            .list("(Str, List<Str>)", taxonomy.placeholders.iter(), |w, (name, values)| format!("({}, {})", text(name), w.texts(values)));
        format!("Taxonomy {{ sources: {sources}, placeholders: {placeholders} }}")
    }

    fn log_source(&mut self, source: &LogSource) -> String {
        let tests =
            self.list("(FieldId, List<Str>)", source.tests.iter(), |w, (field, values)| format!("({field:?}, {})", w.texts(values)));
        let fields =
            self.list("(Str, Meaning)", source.fields.iter(), |w, (name, meaning)| format!("({}, {})", text(name), w.meaning(meaning)));
        let [category, product, service] = source.parts().map(text);
        let (class, actions, native, note) = (source.class, source.actions, text(&source.native), text(&source.note));
        format!(
            "LogSource {{ category: {category}, product: {product}, service: {service}, class: {class:?}, actions: {actions:?}, \
             tests: {tests}, native: {native}, note: {note}, fields: {fields} }}"
        )
    }

    fn meaning(&mut self, meaning: &Meaning) -> String {
        match meaning {
            Meaning::Field(field) => format!("Meaning::Field({field:?})"),
            Meaning::Account { domain, name } => format!("Meaning::Account {{ domain: {domain:?}, name: {name:?} }}"),
            Meaning::Hashes(kinds) => format!("Meaning::Hashes({})", self.list("FieldId", kinds.iter(), |_, id| format!("{id:?}"))),
            Meaning::Words(field, words) => format!("Meaning::Words({field:?}, {})", self.pairs(words)),
            Meaning::Happened(words) => {
                let words = self.list("(Str, Actions)", words.iter(), |_, (word, actions)| format!("({}, {actions:?})", text(word)));
                format!("Meaning::Happened({words})")
            }
        }
    }

    /// A list as a static of its own.
    fn list<'i, T: 'i>(&mut self, ty: &str, items: impl Iterator<Item = &'i T>, mut each: impl FnMut(&mut Writer, &T) -> String) -> String {
        let items: Vec<String> = items.map(|item| each(self, item)).collect();
        if items.is_empty() {
            return "B(&[])".to_owned();
        }
        let name = format!("L{}", self.count);
        self.count += 1;
        let _ = writeln!(self.statics, "static {name}: [{ty}; {}] = [{}];", items.len(), items.join(", "));
        format!("B(&{name})")
    }

    fn texts(&mut self, texts: &[Str]) -> String {
        self.list("Str", texts.iter(), |_, item| text(item))
    }

    fn pairs(&mut self, pairs: &[(Str, Str)]) -> String {
        self.list("(Str, Str)", pairs.iter(), |_, (left, right)| format!("({}, {})", text(left), text(right)))
    }

    fn class(&mut self, class: &Class) -> String {
        let fields = self.list("Field", class.fields.iter(), Writer::field);
        let open = self.list("Field", class.open.iter(), Writer::field);
        let show = self.list("FieldId", class.show.iter(), |_, id| format!("{id:?}"));
        let state = self.list("FieldId", class.state.iter(), |_, id| format!("{id:?}"));
        let (actions, aka) = (self.texts(&class.actions), self.texts(&class.aka));
        let (name, doc, group, default) = (text(&class.name), text(&class.doc), text(&class.group), class.default);
        format!(
            "Class {{ name: {name}, doc: {doc}, group: {group}, actions: {actions}, default: {default:?}, fields: {fields}, open: {open}, \
             show: {show}, state: {state}, aka: {aka} }}"
        )
    }

    fn field(&mut self, field: &Field) -> String {
        let (name, aka) = (text(&field.name), self.texts(&field.aka));
        let Field { ty, values, multi, computed, same_as, only, .. } = field;
        let of = optional(&field.of);
        format!(
            "Field {{ name: {name}, ty: Type::{ty:?}, values: {values:?}, multi: {multi}, computed: {computed}, of: {of}, \
             same_as: {same_as:?}, part: None, only: {only:?}, aka: {aka} }}"
        )
    }

    fn schema(&mut self, schema: &Schema) -> String {
        let missing =
            self.list("(Type, List<Str>)", schema.missing.iter(), |w, (ty, values)| format!("(Type::{ty:?}, {})", w.texts(values)));
        let (versions, index) = (self.texts(&schema.versions), self.texts(&schema.index));
        let identity = self.texts(&schema.identity);
        let target = schema.target.map_or("None".to_owned(), |target| format!("Some(super::targets::Target::{target:?})"));
        let (channels, splunk) = (self.pairs(&schema.channels), self.pairs(&schema.splunk));
        let columns = packed(&schema.columns);
        let tables = self.list("Table", schema.tables.iter(), Writer::table);
        let renamed_tables = self.pairs(&schema.renamed_tables);
        let mut threes = |list: &[(Str, Str, Str)]| {
            self.list("(Str, Str, Str)", list.iter(), |_, (table, old, new)| format!("({}, {}, {})", text(table), text(old), text(new)))
        };
        let (renamed_columns, renamed_values) = (threes(&schema.renamed_columns), threes(&schema.renamed_values));
        format!(
            "Schema {{ name: {}, title: {}, version: {}, versions: {versions}, chosen: None, target: {target}, index: {index}, tell: {}, \
             time: {}, host: {}, identity: {identity}, kind: {}, prefixed: {}, \
             missing: {missing}, channels: {channels}, splunk: {splunk}, columns: {columns}, tables: {tables}, \
             renamed_tables: {renamed_tables}, renamed_columns: {renamed_columns}, renamed_values: {renamed_values} }}",
            text(&schema.name),
            text(&schema.title),
            text(&schema.version),
            text(&schema.tell),
            text(&schema.time),
            text(&schema.host),
            text(&schema.kind),
            schema.prefixed,
        )
    }

    fn table(&mut self, table: &Table) -> String {
        let columns = packed(&table.columns);
        let (name, lineage) = (text(&table.name), text(&table.lineage));
        let (event_id, since) = (table.event_id, optional(&table.since));
        let kind = table.kind.as_ref().map_or("None".to_owned(), |(column, value)| format!("Some(({}, {}))", text(column), text(value)));
        let own = self.list("Own", table.own.iter(), Writer::own);
        let channels = self.list("Channel", table.channels.iter(), |_, channel| {
            let (name, platform, prefix) = (text(&channel.name), channel.platform, text(&channel.prefix));
            format!("Channel {{ name: {name}, platform: Platform::{platform:?}, prefix: {prefix} }}")
        });
        format!(
            "Table {{ name: {name}, lineage: {lineage}, channels: {channels}, event_id: {event_id:?}, kind: {kind}, since: {since}, \
             own: {own}, escaped: {}, columns: {columns} }}",
            table.escaped
        )
    }

    fn own(&mut self, own: &Own) -> String {
        let index = self.texts(&own.index);
        let pairs =
            |(column, values): &(types::Str, types::List<types::Str>), w: &mut Writer| format!("({}, {})", text(column), w.texts(values));
        let search = self.list("(Str, List<Str>)", own.search.iter(), |w, pair| pairs(pair, w));
        let signs = self.list("(Str, List<Str>)", own.signs.iter(), |w, pair| pairs(pair, w));
        let (tell, time, host, start) = (text(&own.tell), text(&own.time), text(&own.host), text(&own.start));
        let platforms = self.list("Platform", own.platforms.iter(), |_, platform| format!("Platform::{platform:?}"));
        format!(
            "Own {{ tell: {tell}, time: {time}, host: {host}, index: {index}, search: {search}, signs: {signs}, start: {start}, \
             platforms: {platforms} }}"
        )
    }

    fn binding(&mut self, binding: &Binding) -> String {
        let containers = self.list("Container", binding.containers.iter(), Writer::container);
        let (unbound, assumes) = (self.pairs(&binding.unbound), self.texts(&binding.assumes));
        let (schema, class, overlaps) = (text(&binding.schema), binding.class, optional(&binding.overlaps));
        let excludes = binding.excludes.as_ref().map_or("None".to_owned(), |excluded| {
            let tests = self.list("(FieldId, Str)", excluded.tests.iter(), |_, (field, value)| format!("({field:?}, {})", text(value)));
            format!("Some(Exclusion {{ tests: {tests}, reason: {} }})", text(&excluded.reason))
        });
        format!(
            "Binding {{ schema: {schema}, class: {class:?}, containers: {containers}, unbound: {unbound}, excludes: {excludes}, \
             overlaps: {overlaps}, assumes: {assumes} }}"
        )
    }

    fn source(&mut self, source: &Source) -> String {
        let (schema, name, title) = (text(&source.schema), text(&source.name), text(&source.title));
        let (by, bindings) = (self.texts(&source.by), self.list("Binding", source.bindings.iter(), Writer::binding));
        format!("Source {{ schema: {schema}, name: {name}, title: {title}, by: {by}, bindings: {bindings} }}")
    }

    fn container(&mut self, container: &Container) -> String {
        let alternatives = self.list("Alternative", container.alternatives.iter(), Writer::alternative);
        let fields = self.list("FieldBinding", container.fields.iter(), Writer::bound);
        let open = self.list("FieldBinding", container.open.iter(), Writer::bound);
        let blind = self.list("Blind", container.blind.iter(), |w, blind| {
            let fields = w.list("FieldId", blind.fields.iter(), |_, field| format!("{field:?}"));
            format!("Blind {{ fields: {fields}, reason: {} }}", text(&blind.reason))
        });
        let table = text(&container.table);
        format!("Container {{ table: {table}, alternatives: {alternatives}, fields: {fields}, open: {open}, blind: {blind} }}")
    }

    fn bound(&mut self, bound: &FieldBinding) -> String {
        let FieldBinding { field, value, missing, loss, form } = bound;
        let (value, missing, loss) = (self.expr(value), self.texts(missing), of_loss(loss));
        let form = form.as_ref().map_or("None".to_owned(), |form| {
            let kind = match &form.kind {
                FormKind::OneWord => "FormKind::OneWord".to_owned(),
                FormKind::Begins(begin) => format!("FormKind::Begins({})", text(begin)),
            };
            format!("Some(Form {{ kind: {kind}, reason: {} }})", text(&form.reason))
        });
        format!("FieldBinding {{ field: {field:?}, value: {value}, missing: {missing}, loss: {loss}, form: {form} }}")
    }

    fn alternative(&mut self, alternative: &Alternative) -> String {
        let when = self.list("List<NativeTest>", alternative.when.iter(), |w, tests| {
            w.list("NativeTest", tests.iter(), |w, test| {
                let NativeTest { column, values, negated } = test;
                format!("NativeTest {{ column: {}, values: {}, negated: {negated} }}", text(column), w.texts(values))
            })
        });
        let loss = of_loss(&alternative.loss);
        format!("Alternative {{ actions: {:?}, when: {when}, loss: {loss} }}", alternative.actions)
    }

    fn expr(&mut self, expr: &Expr) -> String {
        match expr {
            Expr::Column(name) => format!("Expr::Column({})", text(name)),
            Expr::Apply(transform, inputs) => {
                let inputs = self.list("Expr", inputs.iter(), Writer::expr);
                format!("Expr::Apply(Transform::{}, {inputs})", self.transform(transform))
            }
        }
    }

    fn transform(&mut self, transform: &Transform) -> String {
        use Transform::{
            Basename, Concat, Const, Cut, First, Hash, Hex, Hive, Int, Join, Json, Lookup, Lower, Map, NotIp, OnlyIp, Part, RegData,
            Switch, UserDomain, UserName, Xml,
        };
        match transform {
            Join(between) => format!("Join({})", text(between)),
            Concat(between) => format!("Concat({})", text(between)),
            Json(key) => format!("Json({})", text(key)),
            Xml(key) => format!("Xml({})", text(key)),
            Const(value) => format!("Const({})", text(value)),
            Hash(kind) => format!("Hash(HashKind::{kind:?})"),
            Hive(form) => format!("Hive(HiveForm::{form:?})"),
            Cut(transform::Cut::Kv(key)) => format!("Cut(Cut::Kv({}))", text(key)),
            Cut(cut) => format!("Cut(Cut::{cut:?})"),
            Lookup { table, column } => format!("Lookup {{ table: {}, column: {} }}", text(table), text(column)),
            Switch(arms) => format!("Switch({})", self.list("List<Str>", arms.iter(), |w, values| w.texts(values))),
            Part(part) => format!("Part(TimePart::{part:?})"),
            Basename | First | UserName | UserDomain | OnlyIp | NotIp | Int | Hex | Lower | Map(_) | RegData => format!("{transform:?}"),
        }
    }
}

fn of_loss(loss: &Option<Loss>) -> String {
    let some = |loss: &Loss| {
        format!(
            "Some(Loss {{ widened: {}, narrowed: {}, seen: Seen::{:?} }})",
            optional(&loss.widened),
            optional(&loss.narrowed),
            loss.seen
        )
    };
    loss.as_ref().map_or("None".to_owned(), some)
}

fn packed(columns: &columns::Columns) -> String {
    format!("Columns::packed({:?})", columns.pack())
}

fn text(text: &str) -> String {
    format!("B({text:?})")
}

fn optional(value: &Option<Str>) -> String {
    value.as_ref().map_or("None".to_owned(), |value| format!("Some({})", text(value)))
}
