//! A tree of lines.

/// A line with what hangs on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// The line.
    pub label: String,
    /// Below it.
    pub branches: Vec<Tree>,
}

/// Draws the branches of a root.
pub fn tree(branches: &[Tree]) -> String {
    let mut out = String::new();
    draw(branches, "", &mut out);
    out
}

fn draw(branches: &[Tree], before: &str, out: &mut String) {
    for (n, branch) in branches.iter().enumerate() {
        let last = n + 1 == branches.len();
        let (fork, below) = if last { ("└── ", "    ") } else { ("├── ", "│   ") };
        out.push_str(&format!("{before}{fork}{}\n", branch.label));
        draw(&branch.branches, &format!("{before}{below}"), out);
    }
}
