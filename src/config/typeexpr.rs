//! Type constraints: `list(string)`, `object({ a = optional(number, 1) })`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::content::literal;
use crate::lang::convert;
use crate::lang::diag::{Diagnostic, Diagnostics, Span};
use crate::lang::syntax::{Expr, ExprKind, ObjectItem, ObjectKey};
use crate::lang::{Defaults, ObjectType, Type};

/// The type of a variable, with old forms: `list` and `map` alone, quoted names (an error that says what to write).
pub fn variable_type(expr: &Expr, out: &mut Diagnostics) -> Option<(Type, Defaults)> {
    match expr.as_keyword() {
        Some("list") => return Some((Type::list(Type::Dynamic), Defaults::default())),
        Some("map") => return Some((Type::map(Type::Dynamic), Defaults::default())),
        _ => {}
    }
    if let Some(text) = expr.as_plain_string() {
        if expr.span.source.path.ends_with(".json") {
            let source = crate::lang::diag::Source::new(expr.span.source.path.clone(), text);
            return match crate::lang::syntax::parse_expression(&source) {
                Ok(parsed) => {
                    let mut inner = Diagnostics::default();
                    let result = variable_type(&parsed, &mut inner);
                    out.extend(inner.0.into_iter().map(|d| d.at(expr.span.clone())));
                    result
                }
                Err(diagnostics) => {
                    out.extend(diagnostics.0.into_iter().map(|d| d.at(expr.span.clone())));
                    None
                }
            };
        }
        let old = "Terraform 0.11 and earlier required type constraints to be given in quotes, but that form is now \
                   deprecated and will be removed in a future version of Terraform. Remove the quotes around";
        let (mut summary, mut detail) = ("Invalid quoted type constraints", String::new());
        match text {
            "string" => detail = format!("{old} \"string\"."),
            "list" => {
                detail = format!(
                    "{old} \"list\" and write list(string) instead to explicitly indicate that the list elements are strings."
                )
            }
            "map" => {
                detail = format!(
                    "{old} \"map\" and write map(string) instead to explicitly indicate that the map elements are strings."
                )
            }
            _ => {
                summary = "Invalid legacy variable type hint";
                detail.push_str(
                    "To provide a full type expression, remove the surrounding quotes and give the type expression directly.",
                );
            }
        }
        out.push(Diagnostic::error(summary, detail).at(expr.span.clone()));
        return None;
    }
    // What could not be read was said where it is.
    if matches!(&expr.kind, ExprKind::Literal(value) if value.marks.is_broken()) {
        return None;
    }
    type_constraint(expr, out)
}

/// A type constraint.
pub fn type_constraint(expr: &Expr, out: &mut Diagnostics) -> Option<(Type, Defaults)> {
    let mut reader = Reader { out, failed: false };
    let result = reader.read(expr);
    if reader.failed { None } else { Some(result) }
}

struct Reader<'a> {
    out: &'a mut Diagnostics,
    failed: bool,
}

impl Reader<'_> {
    fn wrong(&mut self, detail: impl Into<String>, at: &Span) -> (Type, Defaults) {
        self.failed = true;
        self.out.push(Diagnostic::error("Invalid type specification", detail).at(at.clone()));
        (Type::Dynamic, Defaults::default())
    }

    fn read(&mut self, expr: &Expr) -> (Type, Defaults) {
        let plain = |ty: Type| (ty, Defaults::default());
        if let Some(word) = expr.as_keyword() {
            return match word {
                "bool" => plain(Type::Bool),
                "string" => plain(Type::String),
                "number" => plain(Type::Number),
                "any" => plain(Type::Dynamic),
                _ => {
                    let detail = missing_argument(word).unwrap_or_else(|| match word {
                        "optional" => {
                            "Keyword \"optional\" is valid only as a modifier for object type attributes."
                                .into()
                        }
                        _ => format!("The keyword \"{word}\" is not a valid type specification."),
                    });
                    self.wrong(detail, &expr.span)
                }
            };
        }
        let ExprKind::Call { name, args, .. } = &expr.kind else {
            return self.wrong(
                "A type specification is either a primitive type keyword (bool, number, string) or a complex type \
                 constructor call, like list(string).",
                &expr.span,
            );
        };
        let word = &*name.text;
        match word {
            "bool" | "string" | "number" => {
                let detail = format!("Primitive type keyword \"{word}\" does not expect arguments.");
                return self.wrong(detail, &expr.span);
            }
            "any" => {
                let detail = format!("Type constraint keyword \"{word}\" does not expect arguments.");
                return self.wrong(detail, &expr.span);
            }
            "optional" => {
                let detail = "Keyword \"optional\" is valid only as a modifier for object type attributes.";
                return self.wrong(detail, &expr.span);
            }
            _ => {}
        }
        let Some(missing) = missing_argument(word) else {
            return self.wrong(format!("Keyword \"{word}\" is not a valid type constructor."), &expr.span);
        };
        let [argument] = args.as_slice() else { return self.wrong(missing, &expr.span) };
        match word {
            "object" => self.object(argument),
            "tuple" => self.tuple(argument),
            _ => {
                let (element, defaults) = self.read(argument);
                let defaults = if defaults.is_empty() {
                    Defaults::default()
                } else {
                    Defaults { element: Some(Box::new(defaults)), ..Defaults::default() }
                };
                let ty = match word {
                    "list" => Type::list(element),
                    "set" => Type::set(element),
                    _ => Type::map(element),
                };
                (ty, defaults)
            }
        }
    }

    fn tuple(&mut self, argument: &Expr) -> (Type, Defaults) {
        let ExprKind::Tuple(all) = &argument.kind else {
            return self.wrong("Tuple type constructor requires a list of element types.", &argument.span);
        };
        let mut types = Vec::with_capacity(all.len());
        let mut positions = BTreeMap::new();
        for (n, element) in all.iter().enumerate() {
            let (ty, defaults) = self.read(element);
            types.push(ty);
            if !defaults.is_empty() {
                positions.insert(n, defaults);
            }
        }
        (Type::tuple(types), Defaults { positions, ..Defaults::default() })
    }

    fn object(&mut self, argument: &Expr) -> (Type, Defaults) {
        let ExprKind::Object(items) = &argument.kind else {
            return self.wrong(
                "Object type constructor requires a map whose keys are attribute names and whose values are the \
                 corresponding attribute types.",
                &argument.span,
            );
        };
        let mut object = ObjectType { attributes: BTreeMap::new(), optional: BTreeSet::new() };
        let mut defaults = Defaults::default();
        for ObjectItem { key, value } in items {
            let name: Arc<str> = match key {
                ObjectKey::Name(name) => name.text.clone(),
                ObjectKey::Expr(e) => match e.as_plain_string() {
                    Some(text) => text.into(),
                    None => {
                        self.wrong("Object constructor map keys must be attribute names.", &e.span);
                        continue;
                    }
                },
            };
            if object.attributes.contains_key(&name) {
                let at = match key {
                    ObjectKey::Name(name) => &name.span,
                    ObjectKey::Expr(e) => &e.span,
                };
                self.wrong("Object constructor map keys must be unique.", at);
                continue;
            }
            let (ty, inner) = match &value.kind {
                ExprKind::Call { name: word, args, .. } if &*word.text == "optional" => {
                    object.optional.insert(name.clone());
                    self.optional(value, args, &name, &mut defaults)
                }
                _ => self.read(value),
            };
            object.attributes.insert(name.clone(), ty);
            if !inner.is_empty() {
                defaults.attributes.insert(name, inner);
            }
        }
        (Type::Object(Arc::new(object)), defaults)
    }

    fn optional(
        &mut self,
        whole: &Expr,
        args: &[Expr],
        name: &Arc<str>,
        defaults: &mut Defaults,
    ) -> (Type, Defaults) {
        let (ty, default) = match args {
            [ty] => (ty, None),
            [ty, default] => (ty, Some(default)),
            [] => {
                let detail = "Optional attribute modifier requires the attribute type as its argument.";
                return self.wrong(detail, &whole.span);
            }
            _ => {
                let detail = "Optional attribute modifier expects at most two arguments: the attribute type, and a default \
                              value.";
                return self.wrong(detail, &whole.span);
            }
        };
        let (ty, inner) = self.read(ty);
        if let (Some(default), false) = (default, self.failed) {
            match literal(default, &Type::Dynamic, self.out) {
                None => self.failed = true,
                Some(value) => {
                    let value =
                        if value.is_null() { value } else { crate::lang::apply_defaults(&value, &inner) };
                    match convert(&value, &ty) {
                        Ok(value) => {
                            defaults.values.insert(name.clone(), value);
                        }
                        Err(why) => {
                            self.failed = true;
                            let detail = format!(
                                "This default value is not compatible with the attribute's type constraint: {why}."
                            );
                            self.out.push(
                                Diagnostic::error("Invalid default value for optional attribute", detail)
                                    .at(default.span.clone()),
                            );
                        }
                    }
                }
            }
        }
        (ty, inner)
    }
}

fn missing_argument(word: &str) -> Option<String> {
    Some(match word {
        "list" | "set" | "map" => {
            format!("The {word} type constructor requires one argument specifying the element type.")
        }
        "object" => "The object type constructor requires one argument specifying the attribute types and values as a \
                     map."
            .into(),
        "tuple" => {
            "The tuple type constructor requires one argument specifying the element types as a list.".into()
        }
        _ => return None,
    })
}
