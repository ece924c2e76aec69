//! Names that are met again and again, kept once: thousands of documents have the same few hundred property names.

use std::cell::RefCell;
use std::collections::HashSet;
use std::sync::Arc;

/// So many names are kept: what comes later is not shared.
const MOST: usize = 1 << 14;

thread_local! {
    static NAMES: RefCell<HashSet<Arc<str>>> = RefCell::default();
}

/// A name, the same piece of memory each time it is asked for in a thread. For names of properties and attributes only:
/// what is kept stays until the thread ends.
pub fn shared(name: &str) -> Arc<str> {
    NAMES.with_borrow_mut(|names| {
        if let Some(known) = names.get(name) {
            return known.clone();
        }
        let new: Arc<str> = name.into();
        if names.len() < MOST {
            names.insert(new.clone());
        }
        new
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_once() {
        assert!(Arc::ptr_eq(&shared("properties"), &shared("properties")));
        assert_eq!(&*shared("other"), "other");
    }
}
