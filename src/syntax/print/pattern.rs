//! `detect`: branches, blocks, what is grouped, aggregates.

use super::super::ast::{AggExpr, Aggregate, Block, BlockKind, Branch, Clause, Detect, Link, Path, Pattern, Step};
use super::doc::{WIDTH, align};
use super::expr::{name, path};
use super::items::{duration, width};
use super::{Doc, Part, Printer, cat, comments, group, nest, nothing, text};
use crate::source::Span;

/// Steps stand in a block in a rule.
const STEP_INDENT: usize = 4;

impl Printer<'_> {
    pub(super) fn detect(&mut self, detect: &Detect) -> Doc {
        let group = &detect.group;
        let pattern = match &detect.pattern {
            Pattern::One(branch) => branch.at.0,
            Pattern::Block(block) => block.at.0,
        };
        let mut spans = vec![pattern];
        spans.extend(group.having.as_ref().map(agg_span));
        spans.extend(by_span(&group.by));
        spans.extend(group.per.as_ref().map(|per| per.at.0));
        let around = self.comments.around(&spans, detect.at.0.start, detect.at.0.end);
        let mut near = around.parts.into_iter();
        let mut part = |p: &mut Self, span: Span, print: &mut dyn FnMut(&mut Self) -> Doc| {
            let near = near.next().unwrap_or_default();
            p.part(near, span, |p| print(p))
        };
        let first = part(self, pattern, &mut |p| match &detect.pattern {
            Pattern::One(branch) => p.branch(branch),
            Pattern::Block(block) => p.block(block),
        });
        let mut docs = vec![text("detect "), cat(comments::trails(around.header)), cat(comments::leads(&first.leads)), first.body];
        let mut clauses: Vec<Part> = Vec::new();
        if let Some(having) = &group.having {
            clauses.push(part(self, agg_span(having), &mut |p| cat([text("having "), super::group(nest(p.agg_expr(having)))])));
        }
        if let Some(span) = by_span(&group.by) {
            clauses.push(part(self, span, &mut |_| by(&group.by)));
        }
        if let Some(per) = &group.per {
            clauses.push(part(self, per.at.0, &mut |_| cat([text("per "), duration(per)])));
        }
        for mut clause in clauses {
            clause.blank = false;
            for lead in &mut clause.leads {
                lead.blank = false;
            }
            docs.push(nest(clause.on_its_line(false)));
        }
        cat(docs)
    }

    fn block(&mut self, block: &Block) -> Doc {
        let (head, low) = match &block.kind {
            BlockKind::Union => (nothing(), block.at.0.start),
            BlockKind::Sequence(link) => (cat([text("sequence "), self.link(link), text(" ")]), link.at.0.end),
            BlockKind::Together(link) => (cat([text("together "), self.link(link), text(" ")]), link.at.0.end),
            BlockKind::AtLeast(count, link) => {
                (cat([text(format!("at_least {} ", count.written)), self.link(link), text(" ")]), link.at.0.end)
            }
        };
        let spans: Vec<Span> = block.steps.iter().map(|step| step.at.0).collect();
        let excepts: Vec<Span> = block.common.iter().map(|except| except.at.0).collect();
        // The brace has no place in the tree: comments tell whether they stand behind it.
        let brace = match (spans.last(), excepts.first()) {
            (Some(last), Some(except)) => self.comments.behind(last.end, except.start),
            _ => block.at.0.end,
        };
        let around = self.comments.around(&spans, low, brace);
        let behind = self.comments.around(&excepts, brace, block.at.0.end);
        let mut parts = Vec::new();
        let columns = columns(&block.steps);
        for (step, near) in block.steps.iter().zip(around.parts) {
            parts.push(self.part(near, step.at.0, |p| p.step(step, columns)));
        }
        self.align_classes(&block.steps, &mut parts, columns);
        let lines = parts.into_iter().enumerate().map(|(n, part)| part.on_its_line(n == 0)).collect();
        let mut docs = vec![head, self.in_braces(around.header, lines, &around.rest)];
        docs.extend(comments::trails(behind.header));
        let mut common = Vec::new();
        for (except, near) in block.common.iter().zip(behind.parts) {
            let part = self.part(near, except.at.0, |p| cat([text("except "), p.clause_expr(&except.expr)]));
            common.push(Doc::Line);
            common.extend(part.leads.into_iter().map(|lead| Doc::Own(lead.text)));
            common.push(part.body);
        }
        common.extend(behind.rest.into_iter().map(|lead| Doc::Own(lead.text)));
        docs.push(group(nest(cat(common))));
        cat(docs)
    }

    fn link(&mut self, link: &Link) -> Doc {
        let by = if link.by.is_empty() { nothing() } else { cat([by(&link.by), text(" ")]) };
        cat([by, text("within "), duration(&link.within)])
    }

    /// `columns`: how wide labels and classes are set.
    fn step(&mut self, step: &Step, (label, class): (usize, usize)) -> Doc {
        let head = head(step);
        let pad = if label == 0 { nothing() } else { text(" ".repeat((label + 1).saturating_sub(width(&head)))) };
        let space = if label == 0 && step.label.is_some() { text(" ") } else { nothing() };
        let counted = step.counted.as_ref().map_or_else(nothing, |counted| {
            cat([text(format!("at_least {} within ", counted.count.written)), duration(&counted.within), text(" ")])
        });
        cat([head, pad, space, counted, self.branch_padded(&step.branch, class)])
    }

    /// Classes are set to one width where each step takes one line.
    fn align_classes(&mut self, steps: &[Step], parts: &mut [Part], columns: (usize, usize)) {
        let one_line = |doc: &Doc| doc.flat_width().is_some_and(|width| width + STEP_INDENT <= WIDTH);
        let alike = steps.iter().all(|step| step.branch.condition.is_some() && step.counted.is_none());
        if steps.len() < 2 || !alike || !parts.iter().all(|part| one_line(&part.body)) {
            return;
        }
        let class = steps.iter().map(|step| width(&classes(&step.branch))).max().unwrap_or(0);
        // Nothing of theirs has a comment, so they can be printed again without one.
        let mut plain = Printer { comments: super::Comments::new(&[], &[]) };
        let table: Vec<Doc> = steps.iter().map(|step| plain.step(step, (columns.0, class))).collect();
        if table.iter().all(one_line) {
            for (part, doc) in parts.iter_mut().zip(table) {
                part.body = doc;
            }
        }
    }

    fn branch(&mut self, branch: &Branch) -> Doc {
        self.branch_padded(branch, 0)
    }

    fn branch_padded(&mut self, branch: &Branch, class: usize) -> Doc {
        let mut spans: Vec<Span> = branch.condition.iter().map(|expr| expr.span()).collect();
        spans.extend(branch.clauses.iter().map(clause_span));
        let low = branch.classes.last().map_or(branch.at.0.start, |class| class.at.0.end);
        let around = self.comments.around(&spans, low, low.max(spans.last().map_or(low, |last| last.start)));
        let mut near = around.parts.into_iter();
        let classes = classes(branch);
        let pad = if branch.condition.is_some() { " ".repeat(class.saturating_sub(width(&classes))) } else { String::new() };
        let mut head = vec![classes, text(pad)];
        head.extend(comments::trails(around.header));
        if let Some(expr) = &branch.condition {
            let near = near.next().unwrap_or_default();
            let part = self.part(near, expr.span(), |p| p.where_(expr));
            head.push(nest(cat([Doc::Line, cat(part.leads.into_iter().map(|lead| Doc::Own(lead.text))), part.body])));
        }
        let mut clauses = Vec::new();
        for clause in &branch.clauses {
            let near = near.next().unwrap_or_default();
            let part = self.part(near, clause_span(clause), |p| p.clause(clause));
            clauses.push(Doc::Line);
            clauses.extend(part.leads.into_iter().map(|lead| Doc::Own(lead.text)));
            clauses.push(part.body);
        }
        group(cat([group(cat(head)), nest(cat(clauses))]))
    }

    fn where_(&mut self, expr: &super::super::ast::Expr) -> Doc {
        cat([text("where "), self.clause_expr(expr)])
    }

    fn clause(&mut self, clause: &Clause) -> Doc {
        match clause {
            Clause::Except(except) => cat([text("except "), self.clause_expr(&except.expr)]),
            Clause::On(pinned) => {
                let word = if pinned.except { " except " } else { " where " };
                cat([text("on "), name(&pinned.target), text(word), self.clause_expr(&pinned.expr)])
            }
        }
    }

    // ---------- aggregates ----------

    pub(super) fn agg_expr(&mut self, expr: &AggExpr) -> Doc {
        match expr {
            AggExpr::And(operands, _) => self.chain("and ", operands, agg_span, |p, operand| p.agg_expr(operand)),
            AggExpr::Or(operands, _) => self.chain("or ", operands, agg_span, |p, operand| p.agg_expr(operand)),
            AggExpr::Not(inner, _) => cat([text("not "), self.agg_expr(inner)]),
            AggExpr::Paren(inner, _) => cat([text("("), align(group(self.agg_expr(inner))), text(")")]),
            AggExpr::Test(test) => {
                cat([self.aggregate(&test.aggregate), text(format!(" {} ", test.op.spelling())), self.value(&test.value)])
            }
        }
    }

    pub(super) fn aggregate(&mut self, aggregate: &Aggregate) -> Doc {
        let field = aggregate.field.as_ref().map_or_else(nothing, path);
        let number = aggregate.number.as_ref().map_or_else(nothing, |number| text(format!(", {}", number.written)));
        let space = if aggregate.field.is_some() && aggregate.condition.is_some() { text(" ") } else { nothing() };
        let condition = match &aggregate.condition {
            Some(expr) => cat([text("where "), self.clause_expr(expr)]),
            None => nothing(),
        };
        cat([name(&aggregate.function), text("("), field, number, space, condition, text(")")])
    }
}

/// `optional label:`
fn head(step: &Step) -> Doc {
    let optional = if step.optional { text("optional ") } else { nothing() };
    let label = step.label.as_ref().map_or_else(nothing, |label| cat([name(label), text(":")]));
    cat([optional, label])
}

/// Labels are set to one width if each step has one.
fn columns(steps: &[Step]) -> (usize, usize) {
    let all = steps.iter().all(|step| step.label.is_some());
    (if all { steps.iter().map(|step| width(&head(step))).max().unwrap_or(0) } else { 0 }, 0)
}

fn classes(branch: &Branch) -> Doc {
    let mut docs = Vec::new();
    for (n, class) in branch.classes.iter().enumerate() {
        if n > 0 {
            docs.push(text(" | "));
        }
        docs.push(name(class));
    }
    cat(docs)
}

fn by(paths: &[Path]) -> Doc {
    let paths: Vec<String> = paths.iter().map(super::expr::path_text).collect();
    text(format!("by {}", paths.join(", ")))
}

fn by_span(paths: &[Path]) -> Option<Span> {
    Some(paths.first()?.at.0.to(paths.last()?.at.0))
}

fn clause_span(clause: &Clause) -> Span {
    match clause {
        Clause::Except(except) => except.at.0,
        Clause::On(pinned) => pinned.at.0,
    }
}

pub(super) fn agg_span(expr: &AggExpr) -> Span {
    match expr {
        AggExpr::And(_, at) | AggExpr::Or(_, at) | AggExpr::Not(_, at) | AggExpr::Paren(_, at) => at.0,
        AggExpr::Test(test) => test.at.0,
    }
}
