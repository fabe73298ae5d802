//! The top-level modules of the crate use each other in one direction only.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

type Uses = BTreeMap<String, BTreeSet<String>>;

/// The Rust files of a folder and its folders.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// The modules that a `use crate::…;` names, and those in `crate::…` elsewhere. Tests may use anything.
fn used(code: &str, modules: &BTreeSet<String>) -> BTreeSet<String> {
    let code = code.split("#[cfg(test)]\nmod tests").next().unwrap();
    let code = code.split("#[cfg(test)]\npub(crate) mod tests").next().unwrap();
    let mut used = BTreeSet::new();
    for path in code.split("crate::").skip(1) {
        let path = path.strip_prefix('{').unwrap_or(path);
        let group = path.split(';').next().unwrap();
        let mut depth = 0;
        for word in group.split_inclusive(['{', '}', ',', ':']) {
            let name = word.trim_end_matches(['{', '}', ',', ':']).trim();
            if depth == 0 && modules.contains(name) {
                used.insert(name.to_owned());
            }
            depth += i32::from(word.ends_with('{')) - i32::from(word.ends_with('}'));
        }
    }
    used
}

fn uses() -> Uses {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let module = |path: &Path| {
        let first = path.strip_prefix(&source).unwrap().iter().next().unwrap();
        first.to_str().unwrap().trim_end_matches(".rs").to_owned()
    };
    let files = files(&source);
    let modules: BTreeSet<_> = files.iter().map(|path| module(path)).collect();
    let mut uses = Uses::new();
    for path in &files {
        let of = module(path);
        let mut others = used(&fs::read_to_string(path).unwrap(), &modules);
        others.remove(&of);
        uses.entry(of).or_default().extend(others);
    }
    uses
}

#[test]
fn no_module_uses_one_that_uses_it() {
    let mut left = uses();
    assert!(left["report"].contains("outcome"), "uses are found: {left:?}");
    // Takes away what uses nothing that is left, until nothing is, or only circles are.
    while let Some(free) = left.iter().find(|(_, used)| used.is_empty()).map(|(it, _)| it.clone()) {
        left.remove(&free);
        for used in left.values_mut() {
            used.remove(&free);
        }
    }
    assert!(left.is_empty(), "in a circle: {left:?}");
}
