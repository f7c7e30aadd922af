//! Which packages the notebooks of a scenario import.

use super::document::Need;
use crate::cli::scenario::Scenario;
use crate::notebook::Document;
use std::collections::{BTreeMap, BTreeSet};

/// What kernels are asked about: the module that is imported, and the package that brings it.
const PACKAGES: [(&str, &str); 5] =
    [("torch", "torch"), ("tensorflow", "tensorflow"), ("sklearn", "scikit-learn"), ("numpy", "numpy"), ("jax", "jax")];

/// Packages that the notebooks import, sorted by name.
pub(super) fn of(scenario: &Scenario) -> Vec<Need> {
    let mut needs: BTreeMap<&str, (BTreeSet<String>, BTreeSet<String>)> = BTreeMap::new();
    for (key, spec) in &scenario.plan.notebooks {
        let bytes = scenario.notebooks.get(key).cloned().unwrap_or_default();
        // What cannot be read was refused when the scenario was loaded.
        let Ok(document) = Document::parse(&bytes) else { continue };
        for package in document.cells().iter().flat_map(|cell| imported(&cell.source)) {
            let (notebooks, specs) = needs.entry(package).or_default();
            notebooks.insert(key.clone());
            specs.insert(spec.kernel.clone());
        }
    }
    let need = |(package, (notebooks, specs)): (&str, (BTreeSet<String>, BTreeSet<String>))| Need {
        package: package.to_owned(),
        notebooks: notebooks.into_iter().collect(),
        specs: specs.into_iter().collect(),
    };
    needs.into_iter().map(need).collect()
}

/// Packages whose modules a cell's lines import.
fn imported(source: &str) -> Vec<&'static str> {
    let module = |line: &str| {
        let line = line.trim_start();
        let rest = line.strip_prefix("import ").or_else(|| line.strip_prefix("from "))?;
        let word: String = rest.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        PACKAGES.iter().find(|(module, _)| *module == word).map(|(_, package)| *package)
    };
    source.lines().filter_map(module).collect()
}

#[cfg(test)]
mod tests {
    use super::imported;

    #[test]
    fn imports_are_told_by_the_first_name() {
        let source = "try:\n    import torch.nn as nn\nexcept ImportError:\n    raise\nfrom sklearn.datasets import x\nimport torchvision\n# import jax";
        assert_eq!(imported(source), ["torch", "scikit-learn"]);
    }
}
