//! A graph as text: DOT for Graphviz, or Mermaid.

use std::collections::BTreeMap;

/// A node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What tells it from the others.
    pub id: String,
    /// What is written in it; lines are apart by `\n`.
    pub label: String,
    /// The module around it; empty: none.
    pub cluster: String,
}

/// Nodes, and edges between their places in the list: the first waits for the second.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Graph {
    /// The nodes in the order they are written; those of one cluster follow each other.
    pub nodes: Vec<Node>,
    /// The edges.
    pub edges: Vec<(usize, usize)>,
}

impl Graph {
    fn clusters(&self) -> Vec<(&str, Vec<usize>)> {
        let mut all: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (n, node) in self.nodes.iter().enumerate() {
            all.entry(&node.cluster).or_default().push(n);
        }
        all.into_iter().collect()
    }
}

fn quoted(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{text}\"")
}

/// As `terraform graph` writes it.
pub fn dot(graph: &Graph) -> String {
    let mut out =
        String::from("digraph G {\n  rankdir = \"RL\";\n  node [shape = rect, fontname = \"sans-serif\"];\n");
    for (cluster, nodes) in graph.clusters() {
        let inside = if cluster.is_empty() { "" } else { "  " };
        if !cluster.is_empty() {
            let name = quoted(&format!("cluster_{cluster}"));
            let label = quoted(cluster);
            out.push_str(&format!(
                "  subgraph {name} {{\n    label = {label}\n    fontname = \"sans-serif\"\n"
            ));
        }
        for n in nodes {
            let Node { id, label, .. } = &graph.nodes[n];
            out.push_str(&format!("{inside}  {} [label={}];\n", quoted(id), quoted(label)));
        }
        if !cluster.is_empty() {
            out.push_str("  }\n");
        }
    }
    for (from, to) in &graph.edges {
        let id = |n: &usize| quoted(&graph.nodes[*n].id);
        out.push_str(&format!("  {} -> {};\n", id(from), id(to)));
    }
    out + "}\n"
}

/// For documents that draw Mermaid: an arrow goes from what is waited for to what waits.
pub fn mermaid(graph: &Graph) -> String {
    let text = |label: &str| format!("\"{}\"", label.replace('"', "#quot;").replace('\n', "<br>"));
    let mut out = String::from("flowchart LR\n");
    for (c, (cluster, nodes)) in graph.clusters().into_iter().enumerate() {
        let inside = if cluster.is_empty() { "" } else { "  " };
        if !cluster.is_empty() {
            out.push_str(&format!("  subgraph c{c}[{}]\n", text(cluster)));
        }
        for n in nodes {
            out.push_str(&format!("{inside}  n{n}[{}]\n", text(&graph.nodes[n].label)));
        }
        if !cluster.is_empty() {
            out.push_str("  end\n");
        }
    }
    for (from, to) in &graph.edges {
        out.push_str(&format!("  n{to} --> n{from}\n"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_quote_what_needs_it() {
        let node = |id: &str, label: &str, cluster: &str| Node {
            id: id.into(),
            label: label.into(),
            cluster: cluster.into(),
        };
        let nodes =
            vec![node("a.b", "a.b", ""), node("module.m.a.b[\"k\"]", "a.b[\"k\"]\ncreate", "module.m")];
        let graph = Graph { nodes, edges: vec![(1, 0)] };
        insta::assert_snapshot!(dot(&graph), @r#"
        digraph G {
          rankdir = "RL";
          node [shape = rect, fontname = "sans-serif"];
          "a.b" [label="a.b"];
          subgraph "cluster_module.m" {
            label = "module.m"
            fontname = "sans-serif"
            "module.m.a.b[\"k\"]" [label="a.b[\"k\"]\ncreate"];
          }
          "module.m.a.b[\"k\"]" -> "a.b";
        }
        "#);
        insta::assert_snapshot!(mermaid(&graph), @r#"
        flowchart LR
          n0["a.b"]
          subgraph c1["module.m"]
            n1["a.b[#quot;k#quot;]<br>create"]
          end
          n0 --> n1
        "#);
    }
}
