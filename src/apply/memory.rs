//! What a run did so far, as far as it makes refusals likely to pass by themselves (replication).

use std::collections::HashSet;

use crate::arm::id::ArmId;
use crate::arm::{ArmError, Recent};

/// The changes of a run.
#[derive(Debug, Default)]
pub struct Memory {
    made: HashSet<ArmId>,
    deleted: Vec<ArmId>,
    unlocked: Vec<ArmId>,
    /// Where roles and access policies were granted.
    granted: Vec<ArmId>,
    /// Some of them to whoever sends our requests.
    granted_us: bool,
}

impl Memory {
    /// A document was made or changed.
    pub fn made(&mut self, id: &ArmId) {
        if is_role(id) || id.as_str().to_ascii_lowercase().contains("/accesspolicies") {
            self.granted.push(id.scope());
        }
        self.made.insert(id.clone());
    }

    /// A role may have been granted to whoever sends our requests.
    pub fn granted_us(&mut self) {
        self.granted_us = true;
    }

    /// A document was deleted.
    pub fn deleted(&mut self, id: &ArmId) {
        if id.is_type("Microsoft.Authorization/locks") {
            self.unlocked.push(id.scope());
        }
        self.made.remove(id);
        self.deleted.push(id.clone());
    }

    /// What may explain a refusal of a request about `id` whose body mentions other documents.
    pub fn recent(&self, id: &ArmId, mentioned: &[ArmId], error: &ArmError) -> Recent {
        let known = |one: &ArmId| self.made.contains(one) || one.ancestors().any(|a| self.made.contains(&a));
        Recent {
            itself: self.made.contains(id),
            created: known(id) || mentioned.iter().any(known) || is_role(id) && !self.made.is_empty(),
            deleted: match error.has_code("CannotDeleteResource") {
                true => self.deleted.iter().any(|d| d.is_within(id)),
                false => !self.deleted.is_empty(),
            },
            unlocked: self
                .unlocked
                .iter()
                .any(|scope| id == scope || id.is_within(scope) || scope.is_within(id)),
            // A right of ours comes with a role of ours (AUTH-05); who else lacks one may have got it. What is refused a
            // key does not say of which vault it is (CMK-04).
            granted: of_a_key(error) && !self.granted.is_empty()
                || (self.granted_us
                    || !error.has_code("AuthorizationFailed")
                        && !error.has_code("LinkedAuthorizationFailed"))
                    && self.granted.iter().any(|scope| {
                        let within = |one: &ArmId| one == scope || one.is_within(scope);
                        within(id) || mentioned.iter().any(within)
                    }),
        }
    }
}

fn of_a_key(error: &ArmError) -> bool {
    ["KeyVaultAuthenticationFailure", "ForbiddenByRbac"].iter().any(|code| error.has_code(code))
}

fn is_role(id: &ArmId) -> bool {
    id.is_type("Microsoft.Authorization/roleAssignments")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arm::ErrorKind;

    #[test]
    fn only_what_the_run_touched_explains_a_refusal() {
        let id = |text: &str| ArmId::parse(text).unwrap();
        let vnet = id("/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v");
        let subnet = vnet.child("subnets", "a").unwrap();
        let other = id("/subscriptions/s/resourceGroups/h/providers/Microsoft.Network/virtualNetworks/w");
        let error = ArmError::new(ErrorKind::Refused, "x");
        let mut memory = Memory::default();
        memory.made(&vnet);
        assert!(memory.recent(&subnet, &[], &error).created && !memory.recent(&subnet, &[], &error).itself);
        assert!(memory.recent(&vnet, &[], &error).itself);
        assert!(!memory.recent(&other, &[], &error).created);
        assert!(memory.recent(&other, std::slice::from_ref(&subnet), &error).created);
        assert!(!memory.recent(&vnet, &[], &error).deleted);
        let lock = id("/subscriptions/s/resourceGroups/g/providers/Microsoft.Authorization/locks/l");
        memory.deleted(&lock);
        assert!(memory.recent(&subnet, &[], &error).unlocked && memory.recent(&subnet, &[], &error).deleted);
        assert!(!memory.recent(&other, &[], &error).unlocked);
        let mut nested = error;
        nested.codes = vec!["CannotDeleteResource".into()];
        assert!(!memory.recent(&vnet, &[], &nested).deleted);
        memory.deleted(&subnet);
        assert!(memory.recent(&vnet, &[], &nested).deleted);
        assert!(!memory.recent(&vnet, &[], &nested).granted);
        let role = "/resourceGroups/g/providers/Microsoft.Authorization/roleAssignments/r";
        memory.made(&id(&format!("/subscriptions/s{role}")));
        assert!(memory.recent(&subnet, &[], &nested).granted);
        assert!(!memory.recent(&other, &[], &nested).granted, "a right on something else explains nothing");
        assert!(memory.recent(&other, std::slice::from_ref(&vnet), &nested).granted);
        nested.codes = vec!["AuthorizationFailed".into()];
        assert!(!memory.recent(&subnet, &[], &nested).granted, "auth_05: the role is somebody else's");
        memory.granted_us();
        assert!(memory.recent(&subnet, &[], &nested).granted);
    }
}
