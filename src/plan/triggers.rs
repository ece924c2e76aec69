//! `replace_triggered_by`: whether what an instance names there changes.

use super::instance::Site;
use super::model::{Change, ChangeAction};
use super::paths;
use crate::lang::{PathStep, Value, refs};

/// Does `replace_triggered_by` ask for a new object?
pub fn replaced_by(site: &Site<'_, '_, '_>) -> bool {
    let walk = site.walk;
    site.resource.lifecycle.replace_triggered_by.iter().any(|expr| {
        refs::objects(expr).into_iter().any(|named| {
            let refs::Object::Resource(mode, kind, name) = &named.object else { return false };
            let Some(resource) = site.scope.module.resource(*mode, kind, name) else { return false };
            if walk.block(site.scope, resource).is_none() {
                return false;
            }
            let attribute = named.reference.attribute_at(named.steps);
            walk.planned.borrow().values().any(|p| {
                let addr = &p.change.addr.resource;
                addr.module == site.addr.resource.module
                    && addr.ty == *kind
                    && addr.name == *name
                    && changes_with(&p.change, attribute)
            })
        })
    })
}

/// Does a planned change change the instance (or one of its attributes)?
fn changes_with(change: &Change, attribute: Option<&str>) -> bool {
    let changes = matches!(change.action, ChangeAction::Update | ChangeAction::Replace { .. });
    match attribute {
        None => changes,
        Some(name) => {
            let path = [PathStep::Attribute(name.into())];
            let part =
                |v: &Option<Value>| v.as_ref().and_then(|v| paths::get(v, &path)).map(Value::unmarked_deep);
            change.before.is_some() && changes && part(&change.before) != part(&change.after)
        }
    }
}
