//! Patterns in which `*` stands for any text: actions of roles, `like` of policies, paths of faults.

/// Whether a text fits a pattern in which `*` stands for any text (slashes too); without case.
pub fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                back = Some((p, t));
                p += 1;
            }
            Some(wanted) if wanted.eq_ignore_ascii_case(&text[t]) => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((star, from)) = back else { return false };
                back = Some((star, from + 1));
                p = star + 1;
                t = from + 1;
            }
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn auth_03_patterns_of_actions_have_wildcards_and_no_case() {
        let action = "Microsoft.Network/virtualNetworks/subnets/join/action";
        for pattern in
            ["*", "*/action", "microsoft.network/*", "Microsoft.Network/virtualNetworks/*/join/action"]
        {
            assert!(fits(pattern, action), "{pattern}");
        }
        for pattern in
            ["", "*/read", "Microsoft.Network/virtualNetworks/subnets/join", "Microsoft.Network/*/write"]
        {
            assert!(!fits(pattern, action), "{pattern}");
        }
        assert!(fits("Microsoft.Authorization/*/Write", "Microsoft.Authorization/locks/write"));
    }
}
