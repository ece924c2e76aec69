//! Rows of the function table: signatures, and what a body is given.

use std::fmt;

use super::Builtins;
use crate::lang::number::Number;
use crate::lang::types::Type;
use crate::lang::value::Value;

/// How large a text or collection a function may make.
pub(super) const LIMIT: usize = 1 << 26;

/// One function.
#[derive(Debug)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub doc: &'static str,
    /// The parameters that every call gives.
    pub params: &'static [Param],
    /// What further arguments are.
    pub variadic: Option<Param>,
    /// The type of the result, as far as it is always the same.
    pub result: Ty,
    /// Gives another result at every call: unknown while planning.
    pub(super) impure: bool,
    /// What must be true of the types of the arguments, even while their values are not known.
    pub(super) check: Option<Check>,
    pub(super) body: Body,
}

/// Refuses arguments by their types.
pub(super) type Check = fn(&[Value]) -> Result<(), Fail>;

/// What a function does with its arguments.
pub(super) type Body = fn(&Call<'_>) -> Result<Value, Fail>;

/// One parameter. Without a flag, cty's usual treatment: null is refused, unknown makes the result unknown, marks of
/// the argument and its parts go to the whole result.
#[derive(Debug, Clone, Copy)]
pub struct Param {
    /// Its name.
    pub name: &'static str,
    /// What arguments are converted to.
    pub ty: Ty,
    /// Null may be given.
    pub nullable: bool,
    /// The body handles unknown values.
    pub(super) unknown: bool,
    /// The body handles values without a type: an unknown, or the word `null`.
    pub(super) dynamic: bool,
    /// The body sees the marks and carries them on.
    pub(super) marked: bool,
}

/// The types of parameters and results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Ty {
    Any,
    Bool,
    Number,
    String,
    ListOfAny,
    ListOfBool,
    ListOfNumber,
    ListOfString,
    ListOfListOfAny,
    SetOfAny,
    SetOfString,
    MapOfAny,
    MapOfListOfString,
}

impl Ty {
    /// The type itself.
    pub fn to_type(self) -> Type {
        match self {
            Ty::Any => Type::Dynamic,
            Ty::Bool => Type::Bool,
            Ty::Number => Type::Number,
            Ty::String => Type::String,
            Ty::ListOfAny => Type::list(Type::Dynamic),
            Ty::ListOfBool => Type::list(Type::Bool),
            Ty::ListOfNumber => Type::list(Type::Number),
            Ty::ListOfString => Type::list(Type::String),
            Ty::ListOfListOfAny => Type::list(Type::list(Type::Dynamic)),
            Ty::SetOfAny => Type::set(Type::Dynamic),
            Ty::SetOfString => Type::set(Type::String),
            Ty::MapOfAny => Type::map(Type::Dynamic),
            Ty::MapOfListOfString => Type::map(Type::list(Type::String)),
        }
    }
}

impl Function {
    /// The parameter for an argument, counted from 0.
    pub fn param(&self, argument: usize) -> Option<&Param> {
        self.params.get(argument).or(self.variadic.as_ref())
    }

    /// Further arguments are of this kind.
    pub(super) const fn variadic(mut self, param: Param) -> Function {
        self.variadic = Some(param);
        self
    }

    /// Arguments are judged by their types before all else.
    pub(super) const fn checked(mut self, check: Check) -> Function {
        self.check = Some(check);
        self
    }

    /// The result differs from call to call.
    pub(super) const fn impure(mut self) -> Function {
        self.impure = true;
        self
    }
}

impl fmt::Display for Function {
    /// `join(separator, lists...)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}(", self.name)?;
        for (i, param) in self.params.iter().chain(&self.variadic).enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            let dots = if i == self.params.len() { "..." } else { "" };
            write!(f, "{comma}{}{dots}", param.name)?;
        }
        f.write_str(")")
    }
}

/// A row.
pub(super) const fn row(
    name: &'static str,
    params: &'static [Param],
    result: Ty,
    body: Body,
    doc: &'static str,
) -> Function {
    Function { name, doc, params, variadic: None, result, impure: false, check: None, body }
}

/// A parameter.
pub(super) const fn param(name: &'static str, ty: Ty) -> Param {
    Param { name, ty, nullable: false, unknown: false, dynamic: false, marked: false }
}

impl Param {
    /// Null may be given.
    pub(super) const fn nullable(mut self) -> Param {
        self.nullable = true;
        self
    }

    /// The body handles unknown values.
    pub(super) const fn unknown(mut self) -> Param {
        self.unknown = true;
        self
    }

    /// The body handles values without a type.
    pub(super) const fn dynamic(mut self) -> Param {
        self.dynamic = true;
        self
    }

    /// The body handles marks.
    pub(super) const fn marked(mut self) -> Param {
        self.marked = true;
        self
    }
}

/// Why a body has no result; reasons are without a full stop.
#[derive(Debug)]
pub(super) enum Fail {
    /// An argument is wrong.
    Arg(usize, String),
    /// The call is.
    Call(String),
}

/// The call is wrong.
pub(super) fn fail<T>(reason: impl Into<String>) -> Result<T, Fail> {
    Err(Fail::Call(reason.into()))
}

/// An argument is wrong.
pub(super) fn bad<T>(argument: usize, reason: impl Into<String>) -> Result<T, Fail> {
    Err(Fail::Arg(argument, reason.into()))
}

/// A call whose arguments fit their parameters.
pub(super) struct Call<'a> {
    /// The arguments.
    pub args: &'a [Value],
    /// The world around.
    pub world: &'a Builtins,
}

impl Call<'_> {
    /// An argument whose parameter is a string.
    pub fn text(&self, i: usize) -> &str {
        self.args.get(i).and_then(Value::as_str).unwrap_or_default()
    }

    /// An argument whose parameter is a number.
    pub fn number(&self, i: usize) -> &Number {
        self.args.get(i).and_then(Value::as_number).unwrap_or(&Number::ZERO)
    }

    /// An argument whose parameter is a number, if it is a whole one that fits.
    pub fn int(&self, i: usize) -> Result<i64, String> {
        whole(self.number(i))
    }

    /// The elements of an argument that is a list, set or tuple.
    pub fn elements(&self, i: usize) -> &[Value] {
        self.args.get(i).and_then(Value::as_sequence).unwrap_or_default()
    }
}

/// A whole number that fits, or the reason in Go's words.
pub(super) fn whole(n: &Number) -> Result<i64, String> {
    match n.as_i64() {
        Some(n) => Ok(n),
        None if n.is_integer() => {
            Err("value must be between -9223372036854775808 and 9223372036854775807 inclusive".into())
        }
        None => Err(format!("value must be a whole number, between {} and {}", i64::MIN, i64::MAX)),
    }
}
