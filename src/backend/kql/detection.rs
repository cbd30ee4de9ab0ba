//! What Microsoft asks of a query that a service runs: a custom detection, or one in near real time.
//!
//! In: a plan, and what the query is for. Out: the columns that its rows must carry, the plan in the form that the service takes, and
//! the reasons why it cannot be one. Law: a detection finds the events, groups and chains that the hunt finds. Its window is the service's, which hands
//! each event to the query by the time of its arrival; so the query asks for no time, unless it counts in a window that is the rule's own
//! ([`schedule`] says when). The row of a group, or of a chain, leads to the last event of it ([`alert`]).
//! <https://learn.microsoft.com/defender-xdr/custom-detection-rules>, "Required columns in the query results", "Continuous (NRT) frequency",
//! "Custom frequency and lookback"; <https://learn.microsoft.com/azure/sentinel/near-real-time-rules>, "Considerations"; what a query
//! in near real time may say: <https://learn.microsoft.com/azure/azure-monitor/data-collection/data-collection-transformations-kql>.

use std::borrow::Cow;
use std::net::IpAddr;

use crate::backend::bind::{Departure, Native, NativeExpr, NativePred, Place};
use crate::backend::long::is_long;
use crate::backend::plan::{Label, Plan, Search, Shown};
use crate::backend::{Options, Purpose, Target};
use crate::diag::Diagnostic;
use crate::diag::targets::At;
use crate::diag::targets_kql;
use crate::hir::{Casing, FieldOp, Kind, Op, Pattern, Pred, Rule, Scalar, Test, TextOp, duration};
use crate::schema::{TimePart, Transform};

use super::{alert, schedule, value};

/// Those that Defender reads in near real time.
const STREAMED: [&str; 20] = [
    "AlertEvidence",
    "CloudAppEvents",
    "DeviceEvents",
    "DeviceFileCertificateInfo",
    "DeviceFileEvents",
    "DeviceImageLoadEvents",
    "DeviceLogonEvents",
    "DeviceNetworkEvents",
    "DeviceNetworkInfo",
    "DeviceInfo",
    "DeviceProcessEvents",
    "DeviceRegistryEvents",
    "EmailAttachmentInfo",
    "EmailEvents",
    "EmailPostDeliveryEvents",
    "EmailUrlInfo",
    "IdentityDirectoryEvents",
    "IdentityLogonEvents",
    "IdentityQueryEvents",
    "UrlClickEvents",
];

/// Columns that change after the event, which no stream has.
const NOT_STREAMED: [(&str, &str); 2] = [("EmailEvents", "LatestDeliveryLocation"), ("EmailEvents", "LatestDeliveryAction")];

/// The columns that the rows of this table must show under their own names.
pub fn demands(place: &Place, purpose: Purpose) -> Vec<String> {
    match purpose {
        Purpose::Hunting => Vec::new(),
        Purpose::CustomDetection | Purpose::NearRealTime => alert::demands(place),
    }
}

/// Why no query of the rule can be run so. Empty: one may.
pub fn refusals(rule: &Rule, target: Target, purpose: Purpose) -> Vec<Diagnostic> {
    let at = At { span: rule.span, target: target.name() };
    let several = match (&rule.pattern, &rule.group) {
        (Pattern::Union(_), None) => None,
        (Pattern::Union(_), Some(_)) => Some("a count"),
        (Pattern::Linked(_), _) => Some("a pattern of several events"),
    };
    match (purpose, several) {
        (Purpose::Hunting, _) | (_, None) => Vec::new(),
        (Purpose::CustomDetection, Some(_)) => schedule::refusal(rule, target).into_iter().collect(),
        // Defender's page shows a count that it takes, and its list of supported features has none; neither says which events are counted.
        // Sentinel asks once a minute, of what has arrived in that minute: nothing is ever seen whole.
        (Purpose::NearRealTime, Some(what)) => vec![targets_kql::no_stream_of(at, what)],
    }
}

/// Why the query of the plan cannot be run so. Empty: it can.
pub fn misfits(rule: &Rule, plan: &Plan, target: Target, purpose: Purpose) -> Vec<Diagnostic> {
    let at = At { span: rule.span, target: target.name() };
    let found = match (purpose, target) {
        (Purpose::Hunting, _) => return Vec::new(),
        // Sentinel's own rules run any query once a minute over what has arrived since.
        (Purpose::CustomDetection, _) | (Purpose::NearRealTime, Target::Sentinel | Target::Splunk | Target::SplunkRaw) => Vec::new(),
        (Purpose::NearRealTime, Target::Defender) => match plan.searches.as_slice() {
            [first, second, ..] => vec![targets_kql::several_tables(at, &first.table, &second.table)],
            searches => searches.iter().flat_map(|search| unstreamed(search, at)).collect(),
        },
    };
    if found.is_empty() { alert::lacking(plan, target, at) } else { found }
}

/// How the rows differ from what the rule means where not all of the time that it asks for is there.
pub fn losses(rule: &Rule, target: Target, purpose: Purpose) -> Vec<Departure> {
    let loss = match purpose {
        Purpose::Hunting => schedule::beyond(rule.last, target),
        Purpose::CustomDetection => schedule::loss(rule, target),
        Purpose::NearRealTime => None,
    };
    loss.into_iter().collect()
}

/// Why the service does not take the query as it is written.
/// <https://learn.microsoft.com/azure/sentinel/scheduled-rules-overview>, "Rule query"; no page gives Defender's limit.
pub fn too_long(rule: &Rule, query: &str, target: Target, purpose: Purpose) -> Option<Diagnostic> {
    const MOST: usize = 10_000;
    let length = query.chars().count();
    match (target, purpose) {
        (Target::Sentinel, Purpose::CustomDetection | Purpose::NearRealTime) if length > MOST => {
            Some(targets_kql::query_too_long(At { span: rule.span, target: target.name() }, length, MOST))
        }
        (Target::Sentinel | Target::Defender | Target::Splunk | Target::SplunkRaw, _) => None,
    }
}

fn unstreamed(search: &Search, at: At) -> Vec<Diagnostic> {
    if !STREAMED.contains(&search.table.as_str()) {
        return vec![targets_kql::table_not_streamed(at, &search.table)];
    }
    if search.latest.is_some() {
        return vec![targets_kql::not_said_in_real_time(at, "summarize")];
    }
    let mut found: Vec<Diagnostic> = Vec::new();
    let mut say = |diagnostic: Diagnostic| {
        if !found.contains(&diagnostic) {
            found.push(diagnostic);
        }
    };
    let mut column = |native: &Native, at: At| {
        let changing = native.value.columns().into_iter().find(|column| NOT_STREAMED.contains(&(search.table.as_str(), &*column.name)));
        if let Some(column) = changing {
            say(targets_kql::column_not_streamed(at, &column.name));
        }
        if let Some(function) = unsaid_value(&native.value) {
            say(targets_kql::not_said_in_real_time(at, function));
        }
    };
    for shown in &search.shown {
        if let Shown::Value(native) = shown {
            column(native, at);
        }
    }
    let mut functions = Vec::new();
    for pred in preds(search) {
        pred.tests(&mut |test| {
            let at = At { span: test.span, ..at };
            column(&test.field, at);
            if let Op::Field { other, .. } = &test.op {
                column(&other.field, at);
            }
            functions.extend(unsaid_test(&test.op).map(|function| targets_kql::not_said_in_real_time(at, function)));
        });
    }
    functions.into_iter().for_each(say);
    found
}

/// The schedule says how far a detection looks back, where a hunt says it itself; and what a rule over several events asks of it.
pub fn notes(rule: &Rule, target: Target, purpose: Purpose) -> Vec<Diagnostic> {
    let last = rule.last.as_ref().filter(|_| !asks_for_time(rule, purpose));
    let dropped = last.map(|last| {
        let most = schedule::furthest(target);
        let beyond = (purpose == Purpose::CustomDetection && last.seconds > most).then(|| duration(most));
        targets_kql::window_by_schedule(last.span, beyond)
    });
    match purpose {
        Purpose::Hunting => Vec::new(),
        Purpose::CustomDetection => dropped.into_iter().chain(schedule::note(rule, target)).collect(),
        Purpose::NearRealTime => dropped.into_iter().collect(),
    }
}

/// Whether the query says which time it asks for.
fn asks_for_time(rule: &Rule, purpose: Purpose) -> bool {
    match purpose {
        Purpose::Hunting => true,
        Purpose::CustomDetection => schedule::asks_for_time(rule),
        Purpose::NearRealTime => false,
    }
}

fn preds(search: &Search) -> impl Iterator<Item = &NativePred> {
    [&search.first, &search.rest].into_iter().chain(search.labels.iter().map(|label| &label.when))
}

/// A function that the value is made with and that the list of supported features does not have.
fn unsaid_value(value: &NativeExpr) -> Option<&'static str> {
    let NativeExpr::Apply(transform, inputs) = value else { return None };
    let own = match transform {
        Transform::First => Some("coalesce"),
        Transform::Hive(_) => Some("replace_regex"),
        Transform::OnlyIp | Transform::NotIp => Some("parse_ipv6"),
        Transform::Switch(arms) if value::asks_a_list(arms) => Some("in~"),
        Transform::Lookup { .. } => Some("join"),
        Transform::Part(TimePart::Week) => Some("week_of_year"),
        Transform::Basename
        | Transform::Join(_)
        | Transform::Hash(_)
        | Transform::UserName
        | Transform::UserDomain
        | Transform::Int
        | Transform::Hex
        | Transform::Lower
        | Transform::Map(_)
        | Transform::Concat(_)
        | Transform::Cut(_)
        | Transform::Json(_)
        | Transform::Xml(_)
        | Transform::RegData
        | Transform::Part(_)
        | Transform::Switch(_)
        | Transform::Const(_) => None,
    };
    own.or_else(|| inputs.iter().find_map(unsaid_value))
}

fn unsaid_test(op: &Op<Native>) -> Option<&'static str> {
    const NETWORK: &str = "ipv6_is_match";
    match op {
        Op::Within(_) => Some(NETWORK),
        Op::OneOf(scalars) if scalars.iter().any(|scalar| matches!(scalar, Scalar::Ip(IpAddr::V6(_)))) => Some(NETWORK),
        Op::Is(Kind::Private | Kind::Public | Kind::Loopback | Kind::LinkLocal | Kind::Multicast | Kind::Reserved) => Some(NETWORK),
        Op::Field { op: FieldOp::Text(TextOp::Under), .. } => Some("trim_end"),
        // Item by item it would be no query that anyone can read, or the service takes.
        Op::Text { any, .. } if is_long(any) => Some("in~"),
        Op::OneOf(scalars) if is_long(scalars) => Some("in~"),
        Op::Is(Kind::MachineAccount)
        | Op::Text { .. }
        | Op::Like { .. }
        | Op::Matches { .. }
        | Op::OneOf(_)
        | Op::Compare(..)
        | Op::Exists
        | Op::Field { .. } => None,
    }
}

/// The plan as the service takes it.
pub fn form<'p>(rule: &Rule, plan: &'p Plan, target: Target, options: &Options) -> Cow<'p, Plan> {
    if options.purpose == Purpose::Hunting {
        return Cow::Borrowed(plan);
    }
    let mut plan = plan.clone();
    match (options.purpose, target) {
        (Purpose::NearRealTime, Target::Defender) => plan.searches = plan.searches.iter().map(by_one).collect(),
        (Purpose::Hunting | Purpose::CustomDetection | Purpose::NearRealTime, _) => {}
    }
    if !asks_for_time(rule, options.purpose) {
        plan.last = None;
    }
    plan.sorted = false;
    Cow::Owned(plan)
}

/// Without the operators for lists (`in~`, `has_any`), which Defender's stream does not know: a test for each item.
fn by_one(search: &Search) -> Search {
    let each = |pred: &NativePred| pred.map(&mut apart);
    Search {
        first: each(&search.first),
        rest: each(&search.rest),
        labels: search.labels.iter().map(|label| Label { when: each(&label.when), ..label.clone() }).collect(),
        ..search.clone()
    }
}

fn apart(test: &Test<Native>) -> NativePred {
    let one = |op: Op<Native>| Pred::test(test.field.clone(), op, test.span);
    let equals = |text: String| one(Op::Text { op: TextOp::Equals, any: vec![text], case: Casing::Ignore });
    match &test.op {
        Op::Text { op, any, case } => {
            let parts = any.iter().map(|text| one(Op::Text { op: *op, any: vec![text.clone()], case: *case }));
            Pred::any(parts.collect::<Vec<_>>())
        }
        Op::OneOf(scalars) => {
            let parts = scalars.iter().flat_map(|scalar| match scalar {
                Scalar::Text(text) | Scalar::Enum(text) => vec![equals(text.clone())],
                Scalar::Ip(IpAddr::V4(address)) => vec![equals(address.to_string()), equals(format!("::ffff:{address}"))],
                Scalar::Ip(IpAddr::V6(_)) | Scalar::Int(_) | Scalar::Real(_) | Scalar::Bool(_) => {
                    vec![one(Op::OneOf(vec![scalar.clone()]))]
                }
            });
            Pred::any(parts.collect::<Vec<_>>())
        }
        Op::Like { .. } | Op::Matches { .. } | Op::Within(_) | Op::Compare(..) | Op::Is(_) | Op::Exists | Op::Field { .. } => {
            Pred::Test(test.clone())
        }
    }
}
