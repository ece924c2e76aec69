//! Texts of every kind that is read: configurations, values, tests, expressions, templates, addresses, versions.

use std::path::Path;

use ringfence::arm::ArmId;
use ringfence::config::source::ModuleSource;
use ringfence::config::testfile;
use ringfence::config::version::{Constraints, Version};
use ringfence::config::{LoadOptions, load, source};
use ringfence::lang::refs::{body_references, references};
use ringfence::lang::syntax::{
    Body, parse_body, parse_expression, parse_json_body, parse_json_values, parse_template,
};
use ringfence::plan::addr::{InstanceAddr, Partial};

use super::evaluator::Folder;
use super::show;

/// Reads the bytes as whatever they could be.
pub fn parser(bytes: &[u8]) {
    let source = match source("fuzz.tf", bytes.to_vec()) {
        Ok(source) => source,
        Err(wrong) => return show(&wrong.into()),
    };
    for (body, found) in [parse_body(&source), parse_json_body(&source), parse_json_values(&source)] {
        inside(&body, source.text.len());
        // What lacks something says so; a text with errors may still be all there.
        assert!(found.has_errors() || !body.incomplete, "{found:?}");
        body_references(&body);
        show(&found);
    }
    for parsed in [parse_expression(&source), parse_template(&source)] {
        match parsed {
            Ok(expr) => drop(references(&expr)),
            Err(found) => {
                assert!(found.has_errors());
                show(&found);
            }
        }
    }
    for name in ["fuzz.tftest.hcl", "fuzz.tftest.json"] {
        if let Ok(source) = ringfence::config::source(name, bytes.to_vec()) {
            show(&testfile::read(&source).1);
        }
    }
    for name in ["main.tf", "main.tf.json"] {
        let folder = Folder([(name.into(), source.text.clone())].into());
        show(&load(Path::new(""), &LoadOptions { files: &folder }).1);
    }
    words(&source.text);
}

/// What is between the places of a body lies in its text.
fn inside(body: &Body, length: usize) {
    assert!(body.span.range.end <= length && body.end.range.end <= length, "{:?}", body.span);
    for attribute in &body.attributes {
        assert!(attribute.span.range.end <= length, "{:?}", attribute.span);
        let _ = attribute.expr.source_text();
    }
    body.blocks.iter().for_each(|block| inside(&block.body, length));
}

/// What is no file of its own: addresses, ids, versions, sources of modules.
fn words(text: &str) {
    if let Ok(addr) = InstanceAddr::parse(text) {
        let shown = addr.to_string();
        assert_eq!(InstanceAddr::parse(&shown).map(|a| a.to_string()), Ok(shown));
    }
    let _ = Partial::parse(text);
    if let Ok(id) = ArmId::parse(text) {
        assert_eq!(ArmId::parse(id.as_str()).map(|i| i.key().to_string()).as_deref(), Ok(id.key()));
    }
    if let (Ok(constraints), Some(version)) = (Constraints::parse(text), Version::parse("1.2.3")) {
        let _ = constraints.allow(&version);
    }
    let _ = Version::parse(text);
    for versioned in [false, true] {
        if let Ok(ModuleSource::Registry(source)) = ModuleSource::parse(text, versioned) {
            let _ = (source.package(), source.shown());
        }
    }
}
