//! How long operations take, against what was measured (`recordings/durations.tsv` of the facts).

use crate::localcloud::registry;
use crate::localcloud::schema::tests::facts;

/// Seconds that a row may be away from what was measured, beside a factor of three: recordings were polled every 10 to 30 s.
const COARSE: f64 = 30.0;

#[test]
fn creating_and_deleting_take_about_as_long_as_was_measured() {
    let Some(facts) = facts() else { return };
    let text = std::fs::read_to_string(facts.join("recordings/durations.tsv")).unwrap();
    let (mut compared, mut strange) = (0, Vec::new());
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let [kind, method, _, min, _, max, ..] = cells.as_slice() else { panic!("{line}") };
        let Some(row) = registry::rows().find(|row| row.type_name.eq_ignore_ascii_case(kind)) else {
            continue;
        };
        let ours = match *method {
            "PUT" => row.seconds.create,
            "DELETE" => row.seconds.delete,
            _ => continue,
        };
        let (min, max): (f64, f64) = (min.parse().unwrap(), max.parse().unwrap());
        compared += 1;
        if ours < min / 3.0 - COARSE || ours > max * 3.0 + COARSE {
            strange.push(format!("{method} {kind}: {ours} s, measured {min} to {max} s"));
        }
    }
    println!("{compared} durations compared");
    assert!(compared >= 40, "{compared}");
    assert_eq!(strange, Vec::<String>::new());
}
