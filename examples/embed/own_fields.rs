//! Events in a form of one's own: an agent, a protobuf, a row of a table. The matcher asks for the fields that rules read, by number.

use spoor::engine::{Event, Fields, Value};
use spoor::schema::{Actions, ClassId, FieldId, builtin};

const RULE: &str = r#"
rule shell_of_a_service {
  detect process where name == "sh" and user.name == "www-data"
}
rule many_shells {
  detect process where name == "sh"
    having count() >= 2
    by host
    per 1h
}
"#;

/// What the program has of a process that was started.
struct Started<'a> {
    micros: i64,
    host: &'a str,
    user: &'a str,
    program: &'a str,
}

/// Where the model has its fields: looked up once.
struct Places {
    process: ClassId,
    started: Actions,
    host: FieldId,
    user: FieldId,
    name: FieldId,
}

impl Places {
    fn new() -> Places {
        let process = builtin().model.class("process").expect("a class of the model");
        let class = builtin().class(process);
        let field = |name: &str| class.field(name).expect("a field of the class");
        let started = class.actions.iter().position(|action| action == "started").expect("an action of the class");
        Places { process, started: Actions::one(started), host: field("host"), user: field("user.name"), name: field("name") }
    }
}

/// The two together are an event.
struct Seen<'a>(&'a Places, &'a Started<'a>);

impl Fields for Seen<'_> {
    fn class(&self) -> ClassId {
        self.0.process
    }

    fn actions(&self) -> Actions {
        self.0.started
    }

    fn time(&self) -> Option<i64> {
        Some(self.1.micros)
    }

    /// Asked at most once for an event and a field. Empty text is no value: `each` is not to be called with it.
    fn values(&self, field: FieldId, each: &mut dyn FnMut(Value<'_>)) {
        let Seen(places, started) = self;
        let text = match field {
            field if field == places.host => started.host,
            field if field == places.user => started.user,
            field if field == places.name => started.program,
            // The program does not know it: a test on it is false.
            _ => "",
        };
        if !text.is_empty() {
            each(Value::Text(text));
        }
    }

    /// Asked of a hit of a rule over several events, which keeps a part of it.
    fn copy(&self, into: &mut Event) {
        into.reset(self.class(), self.actions());
        into.time = self.time();
        for field in [self.0.host, self.0.user, self.0.name] {
            self.values(field, &mut |value| into.push(field, value));
        }
    }
}

pub fn run() {
    let engine = super::engine(RULE);
    let places = Places::new();
    let mut scanner = engine.scanner();
    let mut found = Vec::new();
    let second = 1_000_000;
    for (at, user, program) in [(1, "www-data", "SH"), (2, "root", "sh"), (3, "www-data", "nginx")] {
        let started = Started { micros: at * second, host: "web1", user, program };
        scanner.push(&Seen(&places, &started), |one| found.push(one.name.to_owned()));
    }
    scanner.finish(|one| found.push(one.name.to_owned()));
    println!("own_fields: {found:?}");
    assert_eq!(found, ["shell_of_a_service", "many_shells"]);
}
