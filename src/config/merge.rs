//! Override files: their blocks are laid over those of the other files before they are decoded.

use crate::lang::diag::{Diagnostic, Diagnostics};
use crate::lang::syntax::{Attribute, Block, Body};

/// The blocks with the overriding ones laid over them.
pub(super) fn overrides(
    mut primary: Vec<Block>,
    overriding: Vec<Block>,
    out: &mut Diagnostics,
) -> Vec<Block> {
    for block in overriding {
        match &*block.kind.text {
            "locals" => locals(&mut primary, block, out),
            "terraform" => primary.push_or_merge_settings(block),
            "moved" | "import" | "removed" | "check" => {
                let kind = &block.kind.text;
                let detail =
                    format!("A \"{kind}\" block cannot appear in an override file: it stands for itself.");
                let summary = format!("Cannot override '{kind}' blocks");
                out.push(Diagnostic::error(summary, detail).at(block.header));
            }
            _ => named(&mut primary, block, out),
        }
    }
    primary
}

fn same(a: &Block, b: &Block) -> bool {
    let labels = |block: &Block| block.labels.iter().map(|l| l.text.clone()).collect::<Vec<_>>();
    let alias = |block: &Block| {
        let alias = block.body.attribute("alias")?.expr.as_plain_string()?;
        Some(alias.to_string())
    };
    a.kind.text == b.kind.text
        && labels(a) == labels(b)
        && (&*a.kind.text != "provider" || alias(a) == alias(b))
}

fn named(primary: &mut [Block], block: Block, out: &mut Diagnostics) {
    if let Some(base) = primary.iter_mut().find(|b| same(b, &block)) {
        lay_over(&mut base.body, block.body);
        return;
    }
    let (kind, name) = (block.label(0).to_string(), block.label(1).to_string());
    let rule = |what: &str| {
        format!(
            "An override file can only override {what} that was already declared in a primary configuration file."
        )
    };
    let (summary, detail) = match &*block.kind.text {
        "variable" => (
            "Missing base variable declaration to override",
            format!("There is no variable named \"{kind}\". {}", rule("a variable")),
        ),
        "output" => (
            "Missing base output definition to override",
            format!("There is no output named \"{kind}\". {}", rule("an output")),
        ),
        "module" => (
            "Missing module call to override",
            format!("There is no module call named \"{kind}\". {}", rule("a module call")),
        ),
        "provider" => (
            "Missing base provider configuration for override",
            format!(
                "There is no such configuration of provider \"{kind}\". {}",
                rule("a provider configuration")
            ),
        ),
        "data" => (
            "Missing data resource to override",
            format!("There is no {kind} data resource named \"{name}\". {}", rule("a data block")),
        ),
        _ => (
            "Missing resource to override",
            format!("There is no {kind} resource named \"{name}\". {}", rule("a resource block")),
        ),
    };
    out.push(Diagnostic::error(summary, detail).at(block.header));
}

/// Arguments replace arguments; blocks of a type replace all of that type, but a lifecycle's arguments are laid over.
fn lay_over(base: &mut Body, over: Body) {
    for attribute in over.attributes {
        replace(&mut base.attributes, attribute);
    }
    let dynamic =
        |b: &Block| if &*b.kind.text == "dynamic" { b.label(0).to_string() } else { b.kind.text.to_string() };
    let mut replaced: Vec<String> = Vec::new();
    for block in over.blocks {
        let kind = dynamic(&block);
        if kind == "lifecycle"
            && let Some(first) = base.blocks.iter_mut().find(|b| dynamic(b) == kind)
        {
            lay_over(&mut first.body, block.body);
            continue;
        }
        if !replaced.contains(&kind) {
            base.blocks.retain(|b| dynamic(b) != kind);
            replaced.push(kind);
        }
        base.blocks.push(block);
    }
}

fn replace(attributes: &mut Vec<Attribute>, attribute: Attribute) {
    match attributes.iter_mut().find(|a| a.name.text == attribute.name.text) {
        Some(base) => *base = attribute,
        None => attributes.push(attribute),
    }
}

fn locals(primary: &mut [Block], block: Block, out: &mut Diagnostics) {
    for attribute in block.body.attributes {
        let name = attribute.name.text.clone();
        let base = primary
            .iter_mut()
            .filter(|b| &*b.kind.text == "locals")
            .flat_map(|b| b.body.attributes.iter_mut())
            .find(|a| a.name.text == name);
        match base {
            Some(base) => *base = attribute,
            None => {
                let detail = format!(
                    "There is no local value named \"{name}\". An override file can only override a local value that was \
                     already defined in a primary configuration file."
                );
                let summary = "Missing base local value definition to override";
                out.push(Diagnostic::error(summary, detail).at(attribute.name.span));
            }
        }
    }
}

trait Settings {
    fn push_or_merge_settings(&mut self, over: Block);
}

impl Settings for Vec<Block> {
    /// `required_version` and the backend replace all others, providers are replaced one by one.
    fn push_or_merge_settings(&mut self, mut over: Block) {
        let versions = over.body.attribute("required_version").is_some();
        let backends = over.body.blocks.iter().any(|b| matches!(&*b.kind.text, "backend" | "cloud"));
        let mut providers: Vec<Attribute> = Vec::new();
        over.body.blocks.retain(|b| {
            let takes = &*b.kind.text == "required_providers";
            if takes {
                providers.extend(b.body.attributes.iter().cloned());
            }
            !takes
        });
        for base in self.iter_mut().filter(|b| &*b.kind.text == "terraform") {
            if versions {
                base.body.attributes.retain(|a| &*a.name.text != "required_version");
            }
            if backends {
                base.body.blocks.retain(|b| !matches!(&*b.kind.text, "backend" | "cloud"));
            }
            for required in base.body.blocks.iter_mut().filter(|b| &*b.kind.text == "required_providers") {
                providers.retain(|p| {
                    match required.body.attributes.iter_mut().find(|a| a.name.text == p.name.text) {
                        Some(first) => {
                            *first = p.clone();
                            false
                        }
                        None => true,
                    }
                });
            }
        }
        if !providers.is_empty() {
            let kind =
                crate::lang::syntax::Name { text: "required_providers".into(), span: over.header.clone() };
            let body = Body { attributes: providers, ..over.body.clone_frame() };
            over.body.blocks.push(Block { kind, labels: Vec::new(), body, header: over.header.clone() });
        }
        self.push(over);
    }
}
