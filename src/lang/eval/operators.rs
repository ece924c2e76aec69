//! Operators and conditionals.

use super::Evaluator;
use crate::lang::convert::{convert, unify};
use crate::lang::diag::{Diagnostic, Diagnostics};
use crate::lang::equal::equals;
use crate::lang::marks::Marks;
use crate::lang::number::Number;
use crate::lang::syntax::{BinaryOp, Expr, UnaryOp};
use crate::lang::types::Type;
use crate::lang::value::{Kind, Unknown, Value};

impl Evaluator<'_> {
    pub(super) fn unary(&mut self, op: UnaryOp, operand: &Expr, whole: &Expr) -> Value {
        let ty = match op {
            UnaryOp::Negate => Type::Number,
            UnaryOp::Not => Type::Bool,
        };
        let Some(value) = self.operand(operand, &ty, "unary") else {
            return Value::unknown_not_null(ty);
        };
        let kind = match &value.kind {
            Kind::Null(_) => return self.null_operand(whole, ty),
            Kind::Number(n) => Kind::Number(n.neg()),
            Kind::Bool(b) => Kind::Bool(!b),
            _ => return Value::unknown_not_null(ty).marked(&value.marks),
        };
        Value { kind, marks: value.marks }
    }

    /// An operand of a type; `None` when it was wrong, which has been said.
    fn operand(&mut self, operand: &Expr, ty: &Type, side: &str) -> Option<Value> {
        let errors = self.errors;
        let value = self.eval(operand);
        if self.errors > errors {
            return None;
        }
        match convert(&value, ty) {
            Ok(value) => Some(value),
            Err(why) => {
                let detail = format!("Unsuitable value for {side} operand: {why}.");
                self.fail_on(operand, Diagnostic::error("Invalid operand", detail).at(operand.span.clone()));
                None
            }
        }
    }

    fn null_operand(&mut self, whole: &Expr, ty: Type) -> Value {
        let why = "Error during operation: argument must not be null.";
        self.fail_on(whole, Diagnostic::error("Operation failed", why).at(whole.span.clone()));
        Value::unknown(ty)
    }

    pub(super) fn binary(&mut self, op: BinaryOp, left: &Expr, right: &Expr, whole: &Expr) -> Value {
        use BinaryOp::*;
        match op {
            And | Or => return self.logical(op, left, right, whole),
            Equal | NotEqual => {
                let errors = self.errors;
                let (left, right) = (self.eval(left), self.eval(right));
                if self.errors > errors {
                    return Value::unknown(Type::Bool);
                }
                let mut same = equals(&left, &right);
                if let (NotEqual, Kind::Bool(b)) = (op, &same.kind) {
                    same.kind = Kind::Bool(!b);
                }
                return same;
            }
            _ => {}
        }
        let ty = if matches!(op, Less | LessOrEqual | Greater | GreaterOrEqual) {
            Type::Bool
        } else {
            Type::Number
        };
        let left = self.operand(left, &Type::Number, "left");
        let right = self.operand(right, &Type::Number, "right");
        let (Some(left), Some(right)) = (left, right) else { return Value::unknown(ty) };
        if left.is_null() || right.is_null() {
            return self.null_operand(whole, ty);
        }
        let marks = left.marks.union(&right.marks);
        let (Some(a), Some(b)) = (left.as_number(), right.as_number()) else {
            if let Some(certain) = compared(op, &left, &right) {
                return Value::from(certain).marked(&marks);
            }
            return Value::unknown_not_null(ty).marked(&marks);
        };
        let result = match op {
            Less => Ok((a < b).into()),
            LessOrEqual => Ok((a <= b).into()),
            Greater => Ok((a > b).into()),
            GreaterOrEqual => Ok((a >= b).into()),
            Add => a.add(b).map(Value::from),
            Subtract => a.sub(b).map(Value::from),
            Multiply => a.mul(b).map(Value::from),
            Divide => a.div(b).map(Value::from),
            _ => a.rem(b).map(Value::from),
        };
        match result {
            Ok(value) => value.marked(&marks),
            Err(why) => {
                let detail = format!("Error during operation: {why}.");
                self.fail_on(whole, Diagnostic::error("Operation failed", detail).at(whole.span.clone()));
                Value::unknown(ty)
            }
        }
    }

    /// `&&` and `||`: the side that decides is enough, whatever becomes of the other (Terraform 1.12).
    fn logical(&mut self, op: BinaryOp, left: &Expr, right: &Expr, whole: &Expr) -> Value {
        let decisive = op == BinaryOp::Or;
        let (left_value, left_errors) = self.apart(|e| e.operand(left, &Type::Bool, "left"));
        if let Some(value) = left_value.as_ref().filter(|v| v.as_bool() == Some(decisive)) {
            self.add(left_errors);
            // What is wrong with the type of the other side is wrong all the same.
            let (right_value, _) = self.apart(|e| e.eval(right));
            if let Err(why) = convert(&right_value, &Type::Bool) {
                let detail = format!("Unsuitable value for right operand: {why}.");
                self.fail_on(right, Diagnostic::error("Invalid operand", detail).at(right.span.clone()));
            } else if right_value.is_null() {
                return self.null_operand(whole, Type::Bool);
            }
            return value.clone();
        }
        let (right_value, right_errors) = self.apart(|e| e.operand(right, &Type::Bool, "right"));
        if let (Some(l), Some(r)) = (&left_value, &right_value) {
            if l.is_null() || r.is_null() {
                self.add(left_errors);
                self.add(right_errors);
                return self.null_operand(whole, Type::Bool);
            }
            if r.as_bool() == Some(decisive) {
                return r.clone().marked(&l.marks);
            }
        }
        self.add(left_errors);
        self.add(right_errors);
        let (Some(l), Some(r)) = (left_value, right_value) else { return Value::unknown(Type::Bool) };
        let marks = l.marks.union(&r.marks);
        match (l.as_bool(), r.as_bool()) {
            (Some(_), Some(_)) => Value::from(!decisive).marked(&marks),
            _ => Value::unknown_not_null(Type::Bool).marked(&marks),
        }
    }

    pub(super) fn conditional(&mut self, condition: &Expr, yes: &Expr, no: &Expr) -> Value {
        let (yes_value, yes_errors) = self.apart(|e| e.eval(yes));
        let (no_value, no_errors) = self.apart(|e| e.eval(no));
        let errors = self.errors;
        self.choose(condition, (yes, yes_value, yes_errors), (no, no_value, no_errors), errors)
    }

    /// The chosen branch, converted to the type of both. Errors of the other branch do not count.
    pub(super) fn choose(
        &mut self,
        condition: &Expr,
        (yes, yes_value, yes_errors): (&Expr, Value, Diagnostics),
        (no, no_value, no_errors): (&Expr, Value, Diagnostics),
        errors: usize,
    ) -> Value {
        let untyped = |v: &Value| matches!(v.kind, Kind::Null(Type::Dynamic));
        let ty = if untyped(&yes_value) {
            Some(no_value.ty())
        } else if untyped(&no_value) {
            Some(yes_value.ty())
        } else {
            unify(&[yes_value.ty(), no_value.ty()])
        };
        let Some(ty) = ty else {
            let detail = format!(
                "The true and false result expressions must have consistent types. {}.",
                mismatch(&yes_value.ty(), &no_value.ty())
            );
            let at = yes.span.to(&no.span);
            self.fail(Diagnostic::error("Inconsistent conditional result types", detail).at(at));
            return Value::unknown(Type::Dynamic);
        };
        let decision = self.eval(condition);
        if self.errors > errors {
            return Value::unknown(ty);
        }
        if decision.is_null() {
            let detail = "The condition value is null. Conditions must either be true or false.";
            self.fail_on(condition, Diagnostic::error("Null condition", detail).at(condition.span.clone()));
            return Value::unknown(ty);
        }
        if decision.is_unknown() {
            // Neither branch is certain; what both have in common is.
            self.add_warnings(yes_errors);
            self.add_warnings(no_errors);
            let marks = decision.marks.union(&yes_value.marks).union(&no_value.marks);
            return either(&yes_value, &no_value, ty).marked(&marks);
        }
        let Some(decided) = convert(&decision, &Type::Bool).ok().and_then(|v| v.as_bool()) else {
            let detail = "The condition expression must be of type bool.";
            self.fail_on(
                condition,
                Diagnostic::error("Incorrect condition type", detail).at(condition.span.clone()),
            );
            return Value::unknown(ty);
        };
        let secret = yes_value.marks.is_sensitive() || no_value.marks.is_sensitive();
        let (value, diagnostics, branch, word) =
            if decided { (yes_value, yes_errors, yes, "true") } else { (no_value, no_errors, no, "false") };
        self.add(diagnostics);
        match convert(&value, &ty) {
            // What is chosen from a secret is one, whichever branch that was.
            Ok(value) if secret => value.marked(&decision.marks).marked(&Marks::sensitive()),
            Ok(value) => value.marked(&decision.marks),
            Err(why) => {
                let detail = format!("The {word} result value has the wrong type: {why}.");
                self.fail_on(
                    branch,
                    Diagnostic::error("Inconsistent conditional result types", detail)
                        .at(branch.span.clone()),
                );
                Value::unknown(ty)
            }
        }
    }
}

/// How two numbers compare of which only the bounds are known, where that is enough.
fn compared(op: BinaryOp, left: &Value, right: &Value) -> Option<bool> {
    use BinaryOp::*;
    let bounds = |v: &Value| match &v.kind {
        Kind::Number(n) => Some((n.clone(), n.clone())),
        Kind::Unknown(u) => u.length.map(|(low, high)| (Number::from_usize(low), Number::from_usize(high))),
        _ => None,
    };
    let ((low, high), (other_low, other_high)) = (bounds(left)?, bounds(right)?);
    // Certain when it holds of the ends that are nearest to the contrary.
    let (yes, no) = match op {
        Less => (high < other_low, low >= other_high),
        LessOrEqual => (high <= other_low, low > other_high),
        Greater => (low > other_high, high <= other_low),
        GreaterOrEqual => (low >= other_high, high < other_low),
        _ => return None,
    };
    (yes || no).then_some(yes)
}

/// What is known of a value that is one of two.
fn either(yes: &Value, no: &Value, ty: Type) -> Value {
    if yes.is_null() && no.is_null() {
        return Value { kind: Kind::Null(ty), marks: Marks::NONE };
    }
    if let (Kind::Number(a), Kind::Number(b)) = (&yes.kind, &no.kind)
        && a == b
    {
        return Value { kind: Kind::Number(a.clone()), marks: Marks::NONE };
    }
    let not_null = |v: &Value| match &v.kind {
        Kind::Null(_) => false,
        Kind::Unknown(u) => u.not_null,
        _ => true,
    };
    let mut result = Unknown { ty, not_null: not_null(yes) && not_null(no), prefix: None, length: None };
    if result.ty.is_collection()
        && yes.ty() == no.ty()
        && let (Some((a, b)), Some((c, d))) = (length(yes), length(no))
    {
        let (low, high) = (a.min(c), b.max(d));
        result.length = Some((low, high));
        if let (true, true, Type::List(element)) = (result.not_null, low == high, &result.ty) {
            // So many elements, whichever they are.
            return Value::list((**element).clone(), vec![Value::unknown((**element).clone()); low]);
        }
    }
    Kind::Unknown(Box::new(result)).into()
}

fn length(v: &Value) -> Option<(usize, usize)> {
    match &v.kind {
        Kind::Unknown(u) => u.length,
        Kind::Map(_, all) => Some((all.len(), all.len())),
        Kind::List(_, all) => Some((all.len(), all.len())),
        Kind::Set(_, all) if all.iter().all(Value::is_wholly_known) => Some((all.len(), all.len())),
        Kind::Set(_, all) => Some((all.len().min(1), all.len())),
        _ => None,
    }
}

/// Where two types of a conditional part.
fn mismatch(yes: &Type, no: &Type) -> String {
    match (yes, no) {
        (Type::Object(a), Type::Object(b)) => {
            if let Some(name) = a.attributes.keys().find(|n| !b.attributes.contains_key(*n)) {
                return format!(
                    "The 'true' value includes object attribute \"{name}\", which is absent in the 'false' value"
                );
            }
            if let Some(name) = b.attributes.keys().find(|n| !a.attributes.contains_key(*n)) {
                return format!(
                    "The 'false' value includes object attribute \"{name}\", which is absent in the 'true' value"
                );
            }
            for (name, x) in &a.attributes {
                let y = &b.attributes[name];
                if unify(&[x.clone(), y.clone()]).is_none() {
                    return format!("Type mismatch for object attribute \"{name}\": {}", mismatch(x, y));
                }
            }
        }
        (Type::Tuple(a), Type::Tuple(b)) => {
            if a.len() != b.len() {
                return format!(
                    "The 'true' tuple has length {}, but the 'false' tuple has length {}",
                    a.len(),
                    b.len()
                );
            }
            for (n, (x, y)) in a.iter().zip(b.iter()).enumerate() {
                if unify(&[x.clone(), y.clone()]).is_none() {
                    return format!("Type mismatch for tuple element {n}: {}", mismatch(x, y));
                }
            }
        }
        (Type::List(x), Type::List(y)) => {
            return format!("Type mismatch for list elements: {}", mismatch(x, y));
        }
        (Type::Set(x), Type::Set(y)) => return format!("Type mismatch for set elements: {}", mismatch(x, y)),
        (Type::Map(x), Type::Map(y)) => return format!("Type mismatch for map elements: {}", mismatch(x, y)),
        _ => {}
    }
    format!("The 'true' value is {}, but the 'false' value is {}", yes.friendly_name(), no.friendly_name())
}

/// The position as a value.
pub(super) fn position(n: usize) -> Value {
    Number::from_usize(n).into()
}
