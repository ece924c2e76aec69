//! Templates: text from parts.

use super::iterate::Iteration;
use super::{ELEMENT, Evaluator};
use crate::lang::convert::convert;
use crate::lang::diag::Diagnostic;
use crate::lang::marks::Marks;
use crate::lang::syntax::{Expr, ExprKind, TemplatePart};
use crate::lang::types::Type;
use crate::lang::value::{Kind, Unknown, Value};

/// A known beginning of an unknown string is kept up to this many bytes.
const MOST_PREFIX: usize = 128;

struct Text {
    text: String,
    known: bool,
    marks: Marks,
}

impl Evaluator<'_> {
    pub(super) fn template(&mut self, parts: &[TemplatePart]) -> Value {
        let errors = self.errors;
        let mut out = Text { text: String::new(), known: true, marks: Marks::NONE };
        self.parts(parts, &mut out);
        let sound = self.errors == errors;
        out.finish(sound)
    }

    fn parts(&mut self, parts: &[TemplatePart], out: &mut Text) {
        for part in parts {
            match part {
                TemplatePart::Text(text) => out.add(text),
                TemplatePart::Interpolation(expr) => {
                    let errors = self.errors;
                    let value = self.eval(expr);
                    if self.errors > errors {
                        out.known = false;
                        continue;
                    }
                    self.interpolate(expr, &value, out);
                }
                TemplatePart::If { condition, yes, no } => {
                    let (yes, no) = (part_expr(yes, condition), part_expr(no, condition));
                    let errors = self.errors;
                    let (yes_value, yes_errors) = self.apart(|e| e.text_of(&yes));
                    let (no_value, no_errors) = self.apart(|e| e.text_of(&no));
                    let value = self.choose(
                        condition,
                        (&yes, yes_value, yes_errors),
                        (&no, no_value, no_errors),
                        errors,
                    );
                    out.marks = out.marks.union(&value.marks);
                    match value.as_str() {
                        Some(text) => out.add(text),
                        None => out.known = false,
                    }
                }
                TemplatePart::For { key, value, collection, body } => {
                    let Some((iteration, marks)) = self.iteration(collection) else {
                        out.known = false;
                        continue;
                    };
                    out.marks = out.marks.union(&marks);
                    let Iteration::Elements(all) = iteration else {
                        out.known = false;
                        continue;
                    };
                    let text =
                        |part: &TemplatePart| if let TemplatePart::Text(t) = part { t.len() } else { 0 };
                    let round = ELEMENT + body.iter().map(text).sum::<usize>();
                    for element in all {
                        if !self.make(round, &collection.span) {
                            out.known = false;
                            break;
                        }
                        self.with_element(key.as_ref(), value, element, |e| e.parts(body, out));
                    }
                }
            }
        }
    }

    fn text_of(&mut self, expr: &Expr) -> Value {
        match &expr.kind {
            ExprKind::Template(parts) => self.template(parts),
            _ => self.eval(expr),
        }
    }

    fn interpolate(&mut self, expr: &Expr, value: &Value, out: &mut Text) {
        let summary = "Invalid template interpolation value";
        let at = expr.span.clone();
        out.marks = out.marks.union(&value.marks);
        if value.is_null() {
            let detail = "The expression result is null. Cannot include a null value in a string template.";
            self.fail_on(expr, Diagnostic::error(summary, detail).at(at));
            out.known = false;
            return;
        }
        if let Kind::Unknown(u) = &value.kind {
            if let (true, Some(prefix)) = (out.known && u.ty == Type::String, &u.prefix) {
                out.text.push_str(prefix);
            }
            out.known = false;
            return;
        }
        match convert(value, &Type::String) {
            Ok(value) => {
                let text = value.as_str().unwrap_or("");
                if self.make(text.len(), &at) {
                    out.add(text);
                } else {
                    out.known = false;
                }
            }
            Err(why) => {
                let detail = format!("Cannot include the given value in a string template: {why}.");
                self.fail_on(expr, Diagnostic::error(summary, detail).at(at));
                out.known = false;
            }
        }
    }
}

/// The parts of a branch as an expression, placed where the condition is.
fn part_expr(parts: &[TemplatePart], condition: &Expr) -> Expr {
    Expr { kind: ExprKind::Template(parts.to_vec()), span: condition.span.clone() }
}

impl Text {
    fn add(&mut self, text: &str) {
        if self.known {
            self.text.push_str(text);
        }
    }

    fn finish(self, sound: bool) -> Value {
        if self.known {
            return Value::string(&self.text).marked(&self.marks);
        }
        let mut end = self.text.len().min(MOST_PREFIX);
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let prefix = (sound && end > 0).then(|| self.text[..end].into());
        let unknown = Unknown { ty: Type::String, not_null: true, prefix, length: None };
        Value { kind: Kind::Unknown(Box::new(unknown)), marks: self.marks }
    }
}
