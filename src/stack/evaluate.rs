//! Expressions evaluated where those of the root module are, with what there is.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use tokio_util::sync::CancellationToken;

use super::Stack;
use crate::catalog::{AllFunctions, LookUp};
use crate::config::Config;
use crate::lang::eval::{Functions, evaluate};
use crate::lang::functions::Builtins;
use crate::lang::syntax::Expr;
use crate::lang::{Diagnostics, Value};
use crate::plan::addr::{InstanceAddr, ModulePath};
use crate::plan::live::LiveCache;
use crate::plan::local::conform;
use crate::plan::options::PlanOptions;
use crate::plan::scope::ModuleScope;
use crate::plan::walk::{Inputs, Resources, Walk};
use crate::ui::progress::Progress;

/// Instances with the objects that references to them see.
pub type Objects = BTreeMap<InstanceAddr, Value>;

impl Stack {
    /// The objects of everything that is owned: what the ledger keeps is taken from it, all else is read.
    pub async fn present(
        &mut self,
        config: &Config,
        variables: &BTreeMap<Arc<str>, Value>,
        progress: &dyn Progress,
        cancel: &CancellationToken,
    ) -> Result<Objects, Diagnostics> {
        if self.ledger().instances.values().any(|record| !record.documents.is_empty()) {
            let view = self.view(config, variables, progress, cancel).await?;
            let objects = view.instances.into_iter();
            return Ok(objects
                .map(|i| (i.addr, crate::plan::marks::by_schema(&i.object, &i.schema)))
                .collect());
        }
        Ok(self.kept())
    }

    /// The objects that the ledger itself keeps.
    pub fn kept(&self) -> Objects {
        let all = self.ledger.instances.iter().filter_map(|(addr, record)| {
            let addr = InstanceAddr::parse(addr).ok()?;
            let object = record.object.as_ref()?.take(&self.sealer)?;
            let Some(LookUp::Local(kind)) = crate::catalog::resource(&addr.resource.ty) else { return None };
            let schema = kind.schema();
            Some((addr, crate::plan::marks::by_schema(&conform(&object, &schema), &schema)))
        });
        all.collect()
    }

    /// Runs something at the root module, where instances are these objects. Others are unknown.
    pub fn at_root<T>(
        &self,
        config: &Config,
        variables: &BTreeMap<Arc<str>, Value>,
        objects: &Objects,
        options: &PlanOptions,
        run: impl FnOnce(&Bench<'_, '_>) -> T,
    ) -> Option<T> {
        let now = SystemTime::now();
        let functions = AllFunctions(Builtins::applying(&self.root, None, now));
        let inputs = Inputs {
            config,
            variables,
            ledger: &self.ledger,
            sealer: &self.sealer,
            options,
            functions: &functions,
            timestamp: super::timestamp(now),
        };
        let cache = LiveCache::default();
        let look = |addr: &InstanceAddr| objects.get(addr).cloned();
        let walk = Walk::new(&inputs, &cache, Resources::Applied(&look));
        let scope = walk.scope(&ModulePath::root())?;
        Some(run(&Bench { scope, functions: &functions }))
    }
}

/// Where expressions of a root module are evaluated.
pub struct Bench<'b, 'a> {
    scope: ModuleScope<'b, 'a>,
    functions: &'a dyn Functions,
}

impl<'b, 'a> Bench<'b, 'a> {
    /// The value of an expression, and everything that was found wrong on the way. `functions`: others than the usual ones.
    pub fn evaluate(&self, expr: &Expr, functions: Option<&dyn Functions>) -> (Value, Diagnostics) {
        let functions = functions.unwrap_or(self.functions);
        let (value, found) = evaluate(expr, &self.scope, functions);
        let mut all = self.said();
        all.extend(found);
        (value, all)
    }

    /// The root module as expressions see it.
    pub fn scope(&self) -> ModuleScope<'b, 'a> {
        self.scope.clone()
    }

    /// What was found wrong on the way since it was last asked.
    pub fn said(&self) -> Diagnostics {
        std::mem::take(&mut *self.scope.walk.diagnostics.borrow_mut())
    }

    /// The object that a reference names, as the root module sees it.
    pub fn object(
        &self,
        object: &crate::lang::refs::Object,
        reference: &crate::lang::syntax::Reference,
    ) -> Result<Value, Diagnostics> {
        crate::lang::scope::Scope::object(&self.scope, object, reference)
    }

    /// The usual functions.
    pub fn functions(&self) -> &dyn Functions {
        self.functions
    }
}
