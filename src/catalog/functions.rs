//! The functions of the language with those of the providers that are built in.

use crate::lang::Value;
use crate::lang::eval::{CallError, Functions};
use crate::lang::functions::Builtins;

/// What the functions of azapi are called by; a provider's local name is taken to be its type.
const AZAPI: &str = "provider::azapi::";

/// The language's functions and the providers'.
#[derive(Debug, Clone)]
pub struct AllFunctions(pub Builtins);

impl Functions for AllFunctions {
    fn call(&self, name: &str, args: &[Value]) -> Result<Value, CallError> {
        match name.strip_prefix(AZAPI) {
            Some(name) => super::azapi::functions::call(name, args),
            None => self.0.call(name, args),
        }
    }

    fn signature(&self, name: &str) -> Option<String> {
        match name.strip_prefix(AZAPI) {
            Some(name) => super::azapi::functions::signature(name).map(|s| format!("{AZAPI}{s}")),
            None => self.0.signature(name),
        }
    }

    fn names(&self) -> Vec<&str> {
        self.0.names()
    }
}
