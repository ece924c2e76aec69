//! What shells need to complete our command line, from the table of commands.

use super::args::{Flag, Takes};
use super::commands::{COMMANDS, CommandSpec};

/// A place on the command line, and the words that may stand there: commands first, then flags.
struct Place {
    /// The words of the command so far: empty, `state`, `state list`.
    path: String,
    /// Commands that may follow, with what they do.
    commands: Vec<(&'static str, &'static str)>,
    /// Flags, as they are typed.
    flags: Vec<(String, &'static str)>,
}

fn places() -> Vec<Place> {
    let below = |path: &[&str]| -> Vec<_> {
        let all = COMMANDS.iter().filter(|c| c.path.len() == path.len() + 1 && c.path.starts_with(path));
        all.map(|c| (c.path[c.path.len() - 1], c.about)).collect()
    };
    let top = [
        ("-chdir=", "Switch to a different working directory."),
        ("-help", "Show help."),
        ("-version", "Show the version."),
    ];
    let root = Place {
        path: String::new(),
        commands: below(&[]),
        flags: top.map(|(f, h)| (f.to_string(), h)).to_vec(),
    };
    let flags = |c: &'static CommandSpec| c.all_flags().map(|f| (typed(f), f.help)).collect();
    let each =
        COMMANDS.iter().map(|c| Place { path: c.path.join(" "), commands: below(c.path), flags: flags(c) });
    std::iter::once(root).chain(each).collect()
}

fn typed(flag: &Flag) -> String {
    match flag.takes {
        Takes::Switch(true) => format!("-{}=false", flag.name),
        Takes::Switch(false) => format!("-{}", flag.name),
        Takes::One(_) | Takes::Many(_) => format!("-{}=", flag.name),
    }
}

/// The shells that there is a script for.
pub(super) const SHELLS: &[&str] = &["bash", "zsh", "fish", "powershell"];

/// The script of a shell; nothing for one that is not known.
pub(super) fn script(shell: &str) -> Option<String> {
    Some(match shell {
        "bash" => bash(),
        "zsh" => zsh(),
        "fish" => fish(),
        "powershell" => powershell(),
        _ => return None,
    })
}

/// The words of a place, blanks between.
fn words(place: &Place) -> String {
    let commands = place.commands.iter().map(|(n, _)| (*n).to_string());
    commands.chain(place.flags.iter().map(|(f, _)| f.clone())).collect::<Vec<_>>().join(" ")
}

/// The cases of a shell's `case` statement that give each place its words.
fn cases(variable: &str) -> String {
    places().iter().map(|p| format!("    \"{}\") {variable}=\"{}\" ;;\n", p.path, words(p))).collect()
}

fn bash() -> String {
    format!(
        r#"# ringfence: completion for bash. Load it with: source <(ringfence completions bash)
_ringfence() {{
  local current="${{COMP_WORDS[COMP_CWORD]}}" place="" more="" word
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case "$word" in -* | =) continue ;; esac
    _ringfence_words "${{place:+$place }}$word"
    if [ -n "$more" ]; then place="${{place:+$place }}$word"; fi
  done
  _ringfence_words "$place"
  COMPREPLY=($(compgen -W "$more" -- "$current"))
  case "$current" in -*) ;; *) COMPREPLY+=($(compgen -f -- "$current")) ;; esac
  case "${{COMPREPLY[0]:-}}" in *=) compopt -o nospace 2>/dev/null ;; esac
}}
_ringfence_words() {{
  more=""
  case "$1" in
{}  esac
}}
complete -o filenames -F _ringfence ringfence
"#,
        cases("more")
    )
}

fn zsh() -> String {
    format!(
        r#"#compdef ringfence
# ringfence: completion for zsh. Load it with: source <(ringfence completions zsh)
_ringfence_words() {{
  more=""
  case "$1" in
{}  esac
}}
_ringfence() {{
  local place="" more="" word
  for word in "${{(@)words[2,CURRENT-1]}}"; do
    [[ "$word" == -* ]] && continue
    _ringfence_words "${{place:+$place }}$word"
    [[ -n "$more" ]] && place="${{place:+$place }}$word"
  done
  _ringfence_words "$place"
  compadd -S '' -- ${{(M)${{=more}}:#*=}}
  compadd -- ${{${{=more}}:#*=}}
  [[ "$PREFIX" == -* ]] || _files
}}
compdef _ringfence ringfence
"#,
        cases("more")
    )
}

fn fish() -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"));
    let mut out = String::from(
        "# ringfence: completion for fish. Load it with: ringfence completions fish | source\n\
         function __ringfence_at\n  set -l words (commandline -opc | string match -rv '^-')\n  \
         set -l place (string join ' ' $words[2..-1])\n  test \"$place\" = \"$argv\"\n  \
         or string match -q -- \"$argv *\" \"$place\"; and not contains -- \"$argv\" $__ringfence_groups\nend\n",
    );
    let all = places();
    let groups: Vec<String> = all
        .iter()
        .filter(|p| !p.commands.is_empty() && !p.path.is_empty())
        .map(|p| quoted(&p.path))
        .collect();
    out.push_str(&format!("set -g __ringfence_groups '' {}\n", groups.join(" ")));
    for place in all {
        let at = quoted(&format!("__ringfence_at {}", place.path));
        for (name, about) in &place.commands {
            out.push_str(&format!("complete -c ringfence -n {at} -f -a {name} -d {}\n", quoted(about)));
        }
        for (flag, help) in &place.flags {
            let (flag, takes) = match flag.strip_suffix('=') {
                Some(flag) => (flag, " -r"),
                None => (flag.as_str(), ""),
            };
            let name = flag.trim_start_matches('-');
            out.push_str(&format!("complete -c ringfence -n {at} -o {name}{takes} -d {}\n", quoted(help)));
        }
    }
    out
}

fn powershell() -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let rows: String =
        places().iter().map(|p| format!("    {} = {}\n", quoted(&p.path), quoted(&words(p)))).collect();
    format!(
        r#"# ringfence: completion for PowerShell. Load it with: ringfence completions powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName ringfence -ScriptBlock {{
  param($current, $ast, $cursor)
  $places = @{{
{rows}  }}
  $place = ''
  foreach ($element in $ast.CommandElements | Select-Object -Skip 1) {{
    $word = $element.ToString()
    if ($word.StartsWith('-') -or $element.Extent.EndOffset -ge $cursor) {{ continue }}
    $next = "$place $word".Trim()
    if ($places.ContainsKey($next)) {{ $place = $next }}
  }}
  $places[$place].Split(' ') | Where-Object {{ $_.StartsWith($current) }} | ForEach-Object {{
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
  }}
}}
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shell_knows_every_command_and_flag() {
        for shell in SHELLS {
            let text = script(shell).unwrap();
            for command in COMMANDS {
                let name = command.path[command.path.len() - 1];
                assert!(text.contains(name), "{shell}: {name}");
                for flag in command.all_flags() {
                    assert!(text.contains(flag.name), "{shell}: {name} -{}", flag.name);
                }
            }
        }
        assert_eq!(script("cmd"), None);
    }
}
