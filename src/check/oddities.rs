//! Literals that are values of their type and yet are probably not what was meant.
//!
//! In: a value in its normal form, and the test around it. Out: findings of family 05; the test stands as it is written.

use crate::diag::lints;
use crate::hir::{Scalar, registry};
use crate::schema::{Binding, Type};
use crate::syntax::ast::Op;
use crate::syntax::spelled::wrapped_number;

use super::forms::{HIVES, is_whole, refanged};
use super::literals::{Asked, Typed};
use super::operands::{Literal, LiteralValue};
use super::words::{Field, Key, Words};
use super::{Checker, Cx};

impl<'a> Checker<'a> {
    pub(super) fn lint_literal(&mut self, typed: &Typed, literal: &Literal<'a>, asked: &Asked<'_, 'a>, cx: Cx<'_, 'a>) {
        match typed {
            Typed::Text(text) => {
                self.lint_program(text, literal, asked, cx);
                self.lint_text(text, literal, asked, cx);
            }
            Typed::Network(network) => {
                if let LiteralValue::Address(ip, Some(_)) = literal.value
                    && ip.to_canonical() != network.base
                {
                    let meant = format!("{}/{}", network.base, network.prefix);
                    self.misfit(lints::bits_behind_the_prefix(literal.span, ip, &meant, literal.used.is_none()), literal, cx);
                }
            }
            Typed::Scalar(_) => {}
        }
        self.lint_missing(typed, literal, asked, cx);
    }

    fn lint_text(&mut self, text: &str, literal: &Literal<'a>, asked: &Asked<'_, 'a>, cx: Cx<'_, 'a>) {
        let (ty, op) = (asked.field.ty, asked.op);
        let here = literal.used.is_none();
        let written = if let LiteralValue::Text(written) = &literal.value { written.as_str() } else { text };
        let whole = asked.whole.filter(|_| here && op == Op::Equal).map(|_| asked.op_at.to(literal.span));
        if ty == Type::Host && is_whole(op) && !text.contains('.') && !text.contains(':') {
            self.misfit(lints::host_without_dot(literal.span, text), literal, cx);
        }
        if ty == Type::Url && (is_whole(op) || op == Op::StartsWith) && !text.contains("://") && !text.starts_with('*') {
            let host = refanged(text);
            let bare = !host.contains('/') && host.contains('.');
            self.misfit(lints::url_without_scheme(literal.span, text, bare.then_some(&host), whole), literal, cx);
        }
        if ty == Type::RegistryPath && has_numbered_control_set(written) {
            let current = written.split('\\').any(|part| part.eq_ignore_ascii_case(registry::CONTROL_SET.1));
            self.misfit(lints::numbered_control_set(literal.span, current), literal, cx);
        }
        if ty == Type::Data
            && let Some(number) = wrapped_number(written)
        {
            self.misfit(lints::number_as_product_text(literal.span, written, number, is_whole(op), here), literal, cx);
        }
        if op == Op::Like && (text.starts_with('%') || text.ends_with('%')) && !text.contains('*') {
            let meant = text.replace('%', "*");
            self.misfit(lints::percent_in_like(literal.span, &meant, here), literal, cx);
        }
        if star_is_meant(ty, op, text) {
            let operator = here.then_some(asked.op_at).filter(|_| op == Op::Equal && asked.whole.is_some());
            self.misfit(lints::plain_star(literal.span, op.spelling(), operator), literal, cx);
        }
    }

    /// A regex over paths of the registry, which hold their hive in full.
    pub(super) fn lint_regex(&mut self, literal: &Literal<'a>, field: &Field<'a>, cx: Cx<'_, 'a>) {
        let LiteralValue::Regex(regex) = &literal.value else { return };
        let pattern = regex.pattern.to_ascii_uppercase();
        let short = HIVES.iter().find(|(short, _)| pattern.contains(&format!(r"{short}\\")));
        if let Some((short, full)) = short.filter(|_| field.ty == Type::RegistryPath) {
            self.misfit(lints::hive_in_regex(literal.span, short, full), literal, cx);
        }
    }

    /// A script or a library as a process.
    fn lint_program(&mut self, text: &str, literal: &Literal<'a>, asked: &Asked<'_, 'a>, cx: Cx<'_, 'a>) {
        let field = asked.field;
        let last = match field.ty {
            Type::FileName => "name",
            Type::Path if field.name.ends_with("path") => "path",
            _ => return,
        };
        if !(is_whole(asked.op) || asked.op == Op::EndsWith) || !self.names_a_process(field, cx) {
            return;
        }
        let file = text.rsplit(['\\', '/']).next().unwrap_or_default();
        let extension = file.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default();
        let interpreted = SCRIPTS.contains(&extension.as_str());
        // The original name of a program that .NET hosts is that of its library: `pwsh.dll`.
        let loaded = LIBRARIES.contains(&extension.as_str()) && !field.name.ends_with("original_name");
        if interpreted || loaded {
            let command_line = self.sibling(field, last, "command_line", Type::CommandLine);
            let whole = asked.whole.filter(|_| literal.used.is_none());
            self.misfit(lints::no_process_name(literal.span, file, &extension, interpreted, command_line.as_deref(), whole), literal, cx);
        }
    }

    /// The names of `process` are those of processes, and elsewhere those of the actor.
    fn names_a_process(&self, field: &Field<'a>, cx: Cx<'_, 'a>) -> bool {
        matches!(cx.words, Words::Class(_)) && (self.packs.class(field.class).name == "process" || field.name.starts_with("actor."))
    }

    /// A literal that a product writes for 'no value'.
    fn lint_missing(&mut self, typed: &Typed, literal: &Literal<'a>, asked: &Asked<'_, 'a>, cx: Cx<'_, 'a>) {
        let Key::Field(id) = asked.field.key else { return };
        let text = match typed {
            Typed::Text(text) => text.clone(),
            Typed::Scalar(Scalar::Int(number)) => number.to_string(),
            Typed::Scalar(_) | Typed::Network(_) => return,
        };
        if !is_whole(asked.op) {
            return;
        }
        let says_missing = |binding: &&Binding| {
            binding.class == asked.field.class
                && binding
                    .containers
                    .iter()
                    .filter_map(|container| container.field(id))
                    .any(|bound| bound.missing.iter().any(|missing| missing.eq_ignore_ascii_case(&text)))
        };
        let packs = self.packs;
        let schemas: Vec<&str> = packs.bindings.iter().filter(says_missing).map(|binding| binding.schema.as_ref()).collect();
        if !schemas.is_empty() {
            self.misfit(lints::literal_means_missing(literal.span, &text, &schemas), literal, cx);
        }
    }
}

/// What an interpreter runs; it is never the image of a process.
const SCRIPTS: &[&str] = &[
    "py", "pyw", "js", "jse", "vbs", "vbe", "wsf", "wsh", "ps1", "psm1", "bat", "cmd", "sh", "pl", "rb", "php", "lua", "hta", "jar", "msi",
];
/// What a process loads.
const LIBRARIES: &[&str] = &["dll", "ocx", "cpl", "sys", "so", "dylib"];

/// Whether a star in the text is a wildcard to its writer: at an edge, where no value has one, or in a comparison that begins with it.
fn star_is_meant(ty: Type, op: Op, text: &str) -> bool {
    let at_edge = text.len() > 1 && (text.starts_with('*') || text.ends_with('*'));
    match op {
        Op::Equal | Op::NotEqual | Op::In => match ty {
            Type::Path | Type::FileName | Type::RegistryPath | Type::Url | Type::User => at_edge,
            Type::Text | Type::CommandLine | Type::Data => text.len() > 1 && text.starts_with('*'),
            Type::Domain | Type::Host | Type::Email | Type::Md5 | Type::Sha1 | Type::Sha256 | Type::Sha512 | Type::Imphash => false,
            Type::Guid | Type::Sid | Type::Int | Type::Real | Type::Port | Type::Ip | Type::Bool | Type::Time | Type::Duration => false,
            Type::Enum => false,
        },
        Op::Contains | Op::StartsWith | Op::EndsWith | Op::Has => {
            at_edge && matches!(ty, Type::Path | Type::FileName | Type::Domain | Type::Host | Type::User)
        }
        Op::Under => at_edge && ty == Type::Path,
        Op::Like | Op::Less | Op::LessEqual | Op::Greater | Op::GreaterEqual | Op::Matches | Op::Exists | Op::Is => false,
    }
}

/// `ControlSet001`
fn has_numbered_control_set(text: &str) -> bool {
    text.split(['\\', '/']).any(|part| {
        let digits = part.get(.."ControlSet".len()).filter(|head| head.eq_ignore_ascii_case("ControlSet")).map(|head| &part[head.len()..]);
        digits.is_some_and(|digits| digits.len() == 3 && digits.bytes().all(|b| b.is_ascii_digit()))
    })
}
