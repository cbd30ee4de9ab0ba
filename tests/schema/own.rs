//! Packs of one's own: what they add to the built-in ones, and what is said of their mistakes.

use spoor::schema::{Actions, Expr, Fault, FormKind, PackError, Seen, Transform, Type, builtin, load};

#[test]
fn a_pack_adds_to_the_packs_and_overrides_them() {
    let mine = r#"
model:
  enums: {colour: [red, green]}
  maps: {colours: {"1": red, "2": green}}
  classes:
    door:
      doc: A door was opened or closed.
      actions: [opened, closed]
      default: [opened]
      show: [time, host, user.name, colour]
      aka: [door_event]
      fields:
        user.name: user
        colour: {type: enum, values: colour, aka: [hue]}
    process:
      fields:
        mood: text
schemas:
  doors:
    tell: kind
    time: at
    host: building
    missing: {text: [""]}
    tables:
      DoorEvents:
        columns: {at: datetime, building: string, kind: {type: string, values: [open, shut], closed: true}, who: string, paint: int}
  cim:
    tables:
      Endpoint.Processes:
        columns: {my_mood: string = calm, my_path: string}
bindings:
  doors:
    classes:
      door:
        in: {DoorEvents: {opened: open, closed: shut}}
        loss: {closed: {narrowed: doors that fall shut are not seen}}
        fields: {user.name: user_name(who), colour: "map(paint, colours)"}
  cim:
    classes:
      process:
        fields: {mood: my_mood, path: my_path, guid: ~}
"#;
    let packs = load(builtin(), &[("mine.yaml", mine)]).unwrap();

    let door = packs.model.class("door").unwrap();
    let class = packs.class(door);
    let fields: Vec<&str> = class.fields.iter().map(|field| field.name.as_ref()).collect();
    assert_eq!(fields, ["time", "class", "raw", "host", "action", "user.name", "colour"]);
    assert_eq!(class.default, Actions::one(0));
    let actions = class.get(class.field("action").unwrap()).values.unwrap();
    assert_eq!(packs.model.enumeration(actions).values.join(" "), "opened closed");
    let binding = packs.binding("doors", door).unwrap();
    let container = &binding.containers[0];
    assert_eq!(container.alternatives.len(), 2);
    assert!(container.alternatives[1].loss.is_some() && container.alternatives[0].loss.is_none());
    let bound = |name: &str| container.field(class.field(name).unwrap()).unwrap().value.clone();
    assert_eq!(bound("time"), Expr::Column("at".into()));
    assert_eq!(bound("host"), Expr::Column("building".into()));
    assert!(matches!(bound("colour"), Expr::Apply(Transform::Map(_), _)));

    let process = packs.model.class("process").unwrap();
    let class = packs.class(process);
    let container = &packs.binding("cim", process).unwrap().containers[0];
    let bound = |name: &str| container.field(class.field(name).unwrap()).map(|bound| bound.value.clone());
    assert_eq!(bound("mood"), Some(Expr::Column("my_mood".into())));
    assert_eq!(bound("path"), Some(Expr::Column("my_path".into())));
    assert_eq!(bound("name"), Some(Expr::Column("process_name".into())), "what is not named stays");
    assert_eq!(bound("guid"), None);
    let column = packs.schema("cim").unwrap().table("Endpoint.Processes").unwrap().column("my_mood").unwrap().clone();
    assert_eq!((column.owner.as_ref(), column.default.as_deref()), ("Processes", Some("calm")));

    // The built-in packs are as they were, and a field's number never changes.
    let before = builtin().class(builtin().model.class("process").unwrap());
    assert!(before.field("mood").is_none());
    assert!(before.fields.iter().zip(class.fields.iter()).all(|(old, new)| old.name == new.name));
    assert_eq!(class.get(class.field("mood").unwrap()).ty, Type::Text);
}

#[test]
fn a_table_of_ones_own_has_what_all_tables_of_its_schema_have() {
    let mine = "schemas: {windows: {tables: {'Security:4720': {columns: {TargetUserName: string}}}}, cim: {tables: {Change.Doors: {within: Change.All_Changes, columns: {door: string}}}}}";
    let packs = load(builtin(), &[("mine.yaml", mine)]).unwrap();
    let table = packs.schema("windows").unwrap().table("Security:4720").unwrap();
    assert_eq!((table.channels.first().map(|own| own.name.as_ref()), table.event_id), (Some("Security"), Some(4720)));
    assert!(["EventID", "TimeCreated", "Computer", "TargetUserName"].iter().all(|column| table.column(column).is_some()));
    let table = packs.schema("cim").unwrap().table("Change.Doors").unwrap();
    assert_eq!(table.column("door").unwrap().owner, "All_Changes.Doors");
    assert_eq!(table.column("user").unwrap().owner, "All_Changes");
    assert_eq!(table.column("_time").unwrap().owner, "");
}

#[test]
fn a_table_or_a_column_knows_its_first_version() {
    let mine = "
schemas:
  cim:
    tables:
      Endpoint.Processes:
        columns: {signer: string multi since 9.1 = unknown, country: {type: string, since: 9.2}, old: string = since 9.1}
      Endpoint.Drivers:
        since: 9
";
    let packs = load(builtin(), &[("mine.yaml", mine)]).unwrap();
    let cim = packs.schema("cim").unwrap();
    let column = |table: &str, column: &str| cim.table(table).unwrap().column(column).unwrap().clone();
    let signer = column("Endpoint.Processes", "signer");
    assert_eq!((signer.since.as_deref(), signer.default.as_deref(), signer.multi), (Some("9.1"), Some("unknown"), true));
    assert_eq!(column("Endpoint.Processes", "country").since.as_deref(), Some("9.2"));
    let old = column("Endpoint.Processes", "old");
    assert_eq!((old.since.as_deref(), old.default.as_deref()), (None, Some("since 9.1")));
    assert_eq!(cim.table("Endpoint.Drivers").unwrap().since.as_deref(), Some("9"));
    // What is built in.
    assert_eq!(column("Endpoint.Processes", "parent_user").since.as_deref(), Some("6.4"));
    assert_eq!(column("Endpoint.Filesystem", "process_name").since.as_deref(), Some("8.5"));
    assert_eq!(column("Endpoint.Processes", "process_name").since, None);

    let wrong =
        "schemas: {cim: {tables: {Endpoint.Processes: {since: soon, columns: {a: string since 8.x multi, b: {type: string, since: v8}}}}}}";
    let expected = [("soon", "Version"), ("8.x multi", "Version"), ("v8", "Version")];
    assert_eq!(mistakes(wrong), expected.map(|(at, what)| (at, what.to_owned())));
}

/// Whatever the model calls the last part of a path is bound wherever the path is, and of its columns where it has no entry.
#[test]
fn a_path_that_is_bound_has_its_last_part() {
    let mut paths = 0;
    for binding in builtin().bindings.iter() {
        for (name, path) in builtin().class(binding.class).last_parts() {
            for container in binding.containers.iter().filter(|container| container.field(path).is_some()) {
                assert!(container.field(name).is_some(), "{} {}: {name:?}", binding.schema, container.table);
                paths += 1;
            }
        }
    }
    assert!(paths > 20, "{paths}");

    let mine = "
model:
  classes:
    process: {fields: {script.path: path, script.name: {type: file_name, of: script.path}}}
bindings:
  defender: {classes: {process: {fields: {script.path: InitiatingProcessFolderPath}}}}
  sysmon: {classes: {process: {fields: {path: CurrentDirectory}}}}
  cim: {classes: {process: {fields: {path: process_current_directory}}}}
";
    let packs = load(builtin(), &[("mine.yaml", mine)]).unwrap();
    let id = packs.model.class("process").unwrap();
    let of = |schema: &str, table: &str, name: &str| {
        let container = packs.binding(schema, id).unwrap().containers.iter().find(|container| container.table == table).unwrap();
        container.field(packs.class(id).field(name).unwrap()).map(|bound| bound.value.clone())
    };
    let basename = |column: &'static str| Expr::Apply(Transform::Basename, vec![Expr::Column(column.into())].into());
    assert_eq!(of("defender", "DeviceProcessEvents", "script.name"), Some(basename("InitiatingProcessFolderPath")));
    assert_eq!(of("sysmon", "1", "script.name"), None);
    // A name that is made of the path goes with it; one that has a column of its own does not.
    assert_eq!(of("sysmon", "1", "name"), Some(basename("CurrentDirectory")));
    assert_eq!(of("cim", "Endpoint.Processes", "name"), Some(Expr::Column("process_name".into())));
}

/// Each mistake as the text it stands at and what is wrong.
fn mistakes(text: &str) -> Vec<(&str, String)> {
    let errors: Vec<PackError> = load(builtin(), &[("first.yaml", ""), ("mine.yaml", text)]).unwrap_err();
    errors
        .iter()
        .map(|error| {
            assert_eq!(error.file, 1);
            let fault = format!("{:?}", error.fault);
            (&text[error.span.clone()], fault.split(['(', ' ']).next().unwrap().to_owned())
        })
        .collect()
}

#[test]
fn a_binding_says_what_its_tables_cannot_see_and_what_they_lose() {
    let mine = r#"
schemas:
  cim: {tables: {Mine: {columns: {_time: datetime, name: string, who: string}}, Theirs: {columns: {_time: datetime, name: string, who: string}}}}
bindings:
  cim:
    classes:
      dns:
        in: {Mine: {"*": {}}, Theirs: {"*": {}}}
        blind: {Mine: {fields: [user], reason: nobody is seen}}
        forms: {type: {form: one_word, reason: why}, query: {form: begins http, reason: why}}
        loss: {Theirs: {widened: more, narrowed: less}, query: {narrowed: cut, seen: end}}
        fields: {query: name, type: name, user.name: who, user.domain: who}
"#;
    let packs = load(builtin(), &[("mine.yaml", mine)]).unwrap();
    let dns = packs.model.class("dns").unwrap();
    let field = |name: &str| packs.class(dns).field(name).unwrap();
    let binding = packs.binding("cim", dns).unwrap();
    let [mine, theirs] = ["Mine", "Theirs"].map(|name| binding.containers.iter().find(|container| container.table == name).unwrap());
    assert!(mine.field(field("user.name")).is_none() && theirs.field(field("user.name")).is_some());
    let [blind] = mine.blind.as_ref() else { panic!("{:?}", mine.blind) };
    assert!(blind.fields.contains(&field("user.domain")) && !blind.fields.contains(&field("query")) && theirs.blind.is_empty());
    let more = "bindings: {cim: {classes: {dns: {blind: {Mine: {fields: [query], reason: nothing is read}}}}}}";
    let more = load(&packs, &[("more.yaml", more)]).unwrap();
    let both = more.binding("cim", dns).unwrap().containers.iter().find(|container| container.table == "Mine").unwrap();
    let reasons: Vec<&str> = both.blind.iter().map(|blind| blind.reason.as_ref()).collect();
    assert_eq!(reasons, ["nobody is seen", "nothing is read"]);
    assert_eq!(mine.field(field("type")).unwrap().form.as_ref().unwrap().kind, FormKind::OneWord);
    assert_eq!(mine.field(field("query")).unwrap().form.as_ref().unwrap().kind, FormKind::Begins("http".into()));
    let loss = theirs.alternatives[0].loss.as_ref().unwrap();
    assert_eq!((loss.widened.as_deref(), loss.narrowed.as_deref(), loss.seen), (Some("more"), Some("less"), Seen::Always));
    assert!(mine.alternatives[0].loss.is_none());
    assert_eq!(mine.field(field("query")).unwrap().loss.as_ref().unwrap().seen, Seen::End);

    let wrong = mine_with("blind: {Mine: {fields: [nobody], reason: x}, Nowhere: {fields: [user], reason: x}}");
    assert_eq!(faults(&wrong), ["UnknownField", "TableOfNoClass"]);
    assert_eq!(faults(&mine_with("blind: {Mine: {fields: [user]}}")), ["MissingKey"]);
    assert_eq!(faults("schemas: {sysmon: {also: {linux: {channel: Mine/Operational}}}}"), ["MissingKey", "MissingKey"]);
    assert_eq!(faults("schemas: {sysmon: {also: {windows: {channel: Mine/Operational, tables: [none]}}}}"), ["UnknownTable"]);
    assert_eq!(faults(&mine_with("forms: {query: {form: short, reason: x}}")), ["Shape"]);
    assert_eq!(faults(&mine_with("loss: {query: {seen: end}}")), ["Shape"]);
    assert_eq!(faults(&mine_with("loss: {query: {narrowed: x, seen: middle}}")), ["Shape"]);
}

fn mine_with(section: &str) -> String {
    format!(
        "schemas: {{cim: {{tables: {{Mine: {{columns: {{_time: datetime, name: string}}}}}}}}}}\n\
         bindings: {{cim: {{classes: {{dns: {{in: {{Mine: {{\"*\": {{}}}}}}, {section}, fields: {{query: name}}}}}}}}}}\n"
    )
}

/// The kinds of the mistakes in a pack, in order.
fn faults(text: &str) -> Vec<String> {
    let errors = load(builtin(), &[("mine.yaml", text)]).unwrap_err();
    let kind = |fault: String| fault.split(['(', ' ', '{']).next().unwrap_or_default().to_owned();
    errors.iter().map(|error| kind(format!("{:?}", error.fault))).collect()
}

#[test]
fn every_mistake_has_its_place_and_none_hides_another() {
    let text = r#"
model:
  maps: {level: {high: hihg}}
  classes:
    door: {actions: [opened], default: [closed], use: [nobody], show: [colour], fields: {x: txt}}
    hole: {fields: {y: {type: file_name, of: pth}, x: int, z: {type: file_name, of: x}}}
schemas:
  cim: {tables: {Endpoint.Processes: {columns: {a: strin multi, b: {type: numbr}}}, Endpoint.X: {within: Endpoint.Y}}}
  mine: {tell: a}
bindings:
  cim:
    classes:
      door: {in: {Endpoint.Filesystem: {opend: created, opened: creatd}, Endpoint.Files: opened}}
      process:
        in: {Endpoint.Processes: {started: {actoin: x}}}
        loss: {started: why}
        use: [nothing]
        unbound: {nmae: why}
        fields:
          name: basename(process_nam)
          path: {by: {Endpoint.Filesystem: file_path}}
          md5: hash(process_hash, md4)
          sha1: 'hash(process_hash, md5)'
          id: upper(process_id)
          guid: int(process_id, process_id)
          integrity: map(process_integrity_level, level)
          directory: a b
"#;
    let expected = [
        ("closed", "UnknownAction"),
        ("nobody", "UnknownGroup"),
        ("colour", "UnknownField"),
        ("txt", "UnknownType"),
        ("pth", "UnknownField"),
        ("x", "LastPart"),
        ("strin", "UnknownType"),
        ("numbr", "UnknownType"),
        ("Endpoint.Y", "UnknownTable"),
        ("mine", "MissingKey"),
        ("opend", "UnknownAction"),
        ("creatd", "UndocumentedValue"),
        ("Endpoint.Files", "UnknownTable"),
        ("actoin", "UnknownColumn"),
        ("why", "Shape"),
        ("nothing", "UnknownGroup"),
        ("nmae", "UnknownField"),
        ("process_nam", "UnknownColumn"),
        ("Endpoint.Filesystem", "TableOfNoClass"),
        ("md4", "UnknownType"),
        ("'hash(process_hash, md5)'", "HashKind"),
        ("upper", "UnknownTransform"),
        ("int(process_id, process_id)", "Arity"),
        ("map(process_integrity_level, level)", "MapValue"),
        ("a b", "UnknownColumn"),
    ];
    let expected: Vec<(&str, String)> = expected.into_iter().map(|(at, what)| (at, what.to_owned())).collect();
    assert_eq!(mistakes(text), expected);
}

#[test]
fn a_name_from_before_says_what_it_is_now() {
    let renamed = |text: &str| {
        let errors = load(builtin(), &[("mine.yaml", text)]).unwrap_err();
        let Fault::Renamed(old, new) = &errors[0].fault else { panic!("{errors:?}") };
        format!("{old} {}", new.join("+"))
    };
    let of = |part: &str| renamed(&format!("bindings: {{defender: {{classes: {{process: {{{part}}}}}}}}}"));
    assert_eq!(of("in: {ProcessCreationEvents: {started: ProcessCreated}}"), "ProcessCreationEvents DeviceProcessEvents");
    assert_eq!(of("in: {AlertEvents: {started: x}}"), "AlertEvents AlertInfo+AlertEvidence");
    // It is still a table, and on its way out.
    assert_eq!(of("in: {AADSignInEventsBeta: {started: {}}}"), "AADSignInEventsBeta EntraIdSignInEvents");
    assert_eq!(of("in: {DeviceEvents: {started: UsbDriveMount}}"), "UsbDriveMount UsbDriveMounted");
    assert_eq!(of("in: {DeviceEvents: {started: {MachineId: x}}}"), "MachineId DeviceId");
    assert_eq!(of("fields: {name: basename(ComputerName)}"), "ComputerName DeviceName");
    let defender = builtin().schema("defender").unwrap();
    let email = defender.table("EmailEvents").unwrap();
    assert_eq!(defender.renamed_column(&[email], "PhishFilterVerdict"), Some("ThreatTypes"));
    assert_eq!(defender.renamed_column(&[email], "ComputerName"), None, "the table has no such column under either name");
}

#[test]
fn a_mistake_knows_what_was_meant() {
    let text = "bindings: {cim: {classes: {process: {fields: {name: proces_name}}}}}";
    let errors = load(builtin(), &[("mine.yaml", text)]).unwrap_err();
    let Fault::UnknownColumn(unknown, tables) = &errors[0].fault else { panic!("{errors:?}") };
    assert_eq!((unknown.nearest.as_deref(), tables.join(" ")), (Some("process_name"), "Endpoint.Processes".to_owned()));
}

proptest::proptest! {
    /// Whatever stands in a file: an answer, with places that are in it.
    #[test]
    fn no_file_stops_the_loader(text in "(model|schemas|bindings|classes|cim|process|fields|in|by|use|[:{}\\[\\],&*a\"'|>#~é-]|: |\n|\n  |\t|\u{feff}){0,60}") {
        if let Err(errors) = load(builtin(), &[("mine.yaml", &text)]) {
            for error in errors {
                proptest::prop_assert!(text.get(error.span.clone()).is_some(), "{:?} in {:?}", error, text);
            }
        }
    }
}

#[test]
fn odd_files_are_mistakes_not_panics() {
    for text in
        ["[]", "x", "model: 1", "bindings: {cim: 1}", "schemas: {cim: {tables: {X: 1}}}", "model: {classes: {x: [y]}}", "? [a]\n: b\n"]
    {
        assert!(load(builtin(), &[("mine.yaml", text)]).is_err(), "{text}");
    }
    for text in ["", "# nothing\n", "model:\n", "\u{feff}model:\r\n  classes:\r\n", "---\nmodel: {}\n---\nschemas: {}\n"] {
        assert!(load(builtin(), &[("mine.yaml", text)]).is_ok(), "{text}");
    }
}
