//! The fuzz targets, without fuzzing: every seed goes through every one of them, and so do pieces of it.

#[path = "../fuzz/bodies/mod.rs"]
mod bodies;

use std::path::{Path, PathBuf};

/// Where the seeds of a target are.
fn seeds(target: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let mut all: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    all.sort();
    all
}

#[test]
fn every_seed_goes_through_every_target() {
    for (target, _) in bodies::ALL {
        let paths = seeds(target);
        assert!(paths.len() >= 4, "{target} has {} seeds", paths.len());
        for path in paths {
            let bytes = std::fs::read(&path).unwrap();
            println!("{}", path.display());
            bodies::ALL.iter().for_each(|(_, run)| run(&bytes));
        }
    }
}

/// Cut off, and with a byte changed, at places all over it.
#[test]
fn pieces_of_seeds_go_through_their_target() {
    for (target, run) in bodies::ALL {
        for path in seeds(target) {
            let bytes = std::fs::read(&path).unwrap();
            let step = (bytes.len() / 12).max(1);
            for at in (0..bytes.len()).step_by(step) {
                println!("{} at {at}", path.display());
                run(&bytes[..at]);
                let mut changed = bytes.clone();
                changed[at] = b"\"{}$\n\\0\xff"[at % 8];
                run(&changed);
            }
        }
    }
}
