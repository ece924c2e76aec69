//! Management locks (LCK-01..LCK-03): inherited downwards, and asked for below where something would go with its scope.

use super::Engine;
use crate::localcloud::failure::ArmFailure;
use crate::localcloud::id::{ResourceId, within};
use crate::localcloud::lag::UNLOCKED;
use crate::localcloud::world::Document;

const LOCKS: &str = "Microsoft.Authorization/locks";

/// What is about to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// PUT, PATCH, POST.
    Write,
    /// DELETE.
    Delete,
}

impl Engine {
    /// Refuses what a lock forbids.
    pub(super) fn unlocked(&self, id: &ResourceId, verb: Verb) -> Result<(), ArmFailure> {
        if id.type_name().eq_ignore_ascii_case(LOCKS) {
            return Ok(());
        }
        let key = id.key();
        let mut scopes: Vec<&str> = Vec::new();
        // A lock that was removed holds for a while (LCK-03).
        let lately = self.world.ghosts_of(UNLOCKED).filter(|ghost| ghost.type_name == LOCKS);
        let (mut passing, standing) = (true, self.world.of_type(LOCKS));
        for (lock, stands) in standing.map(|lock| (lock, true)).chain(lately.map(|lock| (lock, false))) {
            let scope = scope_of(lock);
            let read_only = lock.text("properties.level").eq_ignore_ascii_case("ReadOnly");
            let lower = scope.to_lowercase();
            let covers = within(key, &lower) || (verb == Verb::Delete && within(&lower, key));
            if covers && (read_only || verb == Verb::Delete) && !scopes.contains(&scope) {
                scopes.push(scope);
                passing &= !stands;
            }
        }
        if scopes.is_empty() {
            return Ok(());
        }
        let what = if verb == Verb::Delete { "delete" } else { "write" };
        Err(ArmFailure::gateway(
            409,
            "ScopeLocked",
            format!(
                "The scope '{id}' cannot perform {what} operation because following scope(s) are locked: '{}'. Please remove the lock and try again.",
                scopes.join(",")
            ),
        )
        .passing(passing))
    }
}

fn scope_of(lock: &Document) -> &str {
    let at = lock.id.to_lowercase().rfind("/providers/").unwrap_or(0);
    &lock.id[..at]
}
