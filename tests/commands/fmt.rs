//! `fmt`

use super::{fed, folder, run, told};

const UGLY: &str = "a=1\nbcd =  2\n";
const NICE: &str = "a   = 1\nbcd = 2\n";

#[test]
fn files_are_named_shown_and_written() {
    let dir = folder(&[("b.tf", UGLY), ("a.tfvars", NICE), ("sub/c.tftest.hcl", UGLY), (".d.tf", UGLY)]);
    let dir = dir.path();
    insta::assert_snapshot!(run(dir, &["fmt", "-check", "-diff", "-recursive"]), @r"
    exit 3
    --- stdout
    b.tf
    --- old/b.tf
    +++ new/b.tf
    @@ -1,2 +1,2 @@
    -a=1
    -bcd =  2
    +a   = 1
    +bcd = 2
    sub/c.tftest.hcl
    --- old/sub/c.tftest.hcl
    +++ new/sub/c.tftest.hcl
    @@ -1,2 +1,2 @@
    -a=1
    -bcd =  2
    +a   = 1
    +bcd = 2
    --- stderr
    ");
    assert_eq!(run(dir, &["fmt", "-check", "-list=false"]), "exit 3\n--- stdout\n--- stderr\n");
    assert_eq!(
        run(dir, &["fmt", "-list=false", "-write=false", "b.tf"]),
        format!("exit 0\n--- stdout\n{NICE}--- stderr\n")
    );
    assert_eq!(std::fs::read_to_string(dir.join("b.tf")).unwrap(), UGLY);
    assert_eq!(run(dir, &["fmt"]), "exit 0\n--- stdout\nb.tf\n--- stderr\n");
    assert_eq!(std::fs::read_to_string(dir.join("b.tf")).unwrap(), NICE);
    assert_eq!(std::fs::read_to_string(dir.join("sub/c.tftest.hcl")).unwrap(), UGLY);
    let whole = dir.join("sub").display().to_string();
    assert_eq!(run(dir, &["fmt", &whole]), "exit 0\n--- stdout\nsub/c.tftest.hcl\n--- stderr\n");
    assert_eq!(run(dir, &["fmt", "-recursive"]), "exit 0\n--- stdout\n--- stderr\n");
}

#[test]
fn standard_input_goes_to_standard_output() {
    let dir = folder(&[]);
    let given = |args: &[&str], text: &str| told(&fed(dir.path(), args, text));
    assert_eq!(given(&["fmt", "-"], UGLY), format!("exit 0\n--- stdout\n{NICE}--- stderr\n"));
    assert_eq!(given(&["fmt", "-check", "-"], UGLY), "exit 3\n--- stdout\n--- stderr\n");
    assert_eq!(given(&["fmt", "-check", "-"], NICE), "exit 0\n--- stdout\n--- stderr\n");
}

#[test]
fn what_is_no_configuration_is_left_alone() {
    let dir = folder(&[("a.tf", "a = {\n"), ("b.tf", UGLY), ("c.txt", "")]);
    insta::assert_snapshot!(run(dir.path(), &["fmt", "a.tf", "c.txt", "missing", "b.tf"]), @r#"
    exit 2
    --- stdout
    b.tf
    --- stderr

    Error: Only .tf, .tfvars, and .tftest.hcl files can be processed with ringfence fmt

    Error: No file or directory at missing

    Error: Missing expression

      on a.tf line 2:
       2: 

    Expected the start of an expression, but found the end of the file.
    "#);
    assert_eq!(std::fs::read_to_string(dir.path().join("a.tf")).unwrap(), "a = {\n");
}
