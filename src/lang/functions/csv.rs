//! `csvdecode`: Go's reader of RFC 4180.

use std::collections::BTreeSet;

use super::table::{Call, Fail, Function, Ty, fail, param, row};
use crate::lang::codec::quote;
use crate::lang::types::Type;
use crate::lang::value::Value;

pub(super) const ROWS: &[Function] = &[row(
    "csvdecode",
    &[param("str", Ty::String)],
    Ty::Any,
    csv_decode,
    "Reads comma-separated values as a list of objects.",
)];

fn csv_decode(c: &Call<'_>) -> Result<Value, Fail> {
    let mut reader = Reader { rest: c.text(0), line: 0 };
    let broken = |(line, reason): (usize, &str)| {
        fail(format!("CSV parse error on line {line}: {reason}")).map(|()| Vec::new())
    };
    let header = match reader.record() {
        None => return fail("missing header line"),
        Some(record) => record.or_else(broken)?,
    };
    let mut names = BTreeSet::new();
    for name in &header {
        if !names.insert(name.as_str()) {
            return fail(format!("duplicate column name {}", quote(name)));
        }
    }
    let ty = Type::object(header.iter().map(|n| (n.as_str(), Type::String)));
    let mut rows = Vec::new();
    while let Some(record) = reader.record() {
        let record = record.or_else(broken)?;
        if record.len() != header.len() {
            return fail(format!("CSV parse error on line {}: wrong number of fields", reader.line));
        }
        let cells = header.iter().zip(record).map(|(n, v)| (n.as_str(), Value::from(v)));
        rows.push(Value::object(cells));
    }
    Ok(Value::list(ty, rows))
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Reader<'a> {
    /// One line with its end, if there is one more.
    fn read_line(&mut self) -> Option<&'a str> {
        if self.rest.is_empty() {
            return None;
        }
        let end = self.rest.find('\n').map_or(self.rest.len(), |i| i + 1);
        let (line, rest) = self.rest.split_at(end);
        self.rest = rest;
        self.line += 1;
        Some(line)
    }

    /// The fields of the next record; empty lines are skipped. The error is a line and a reason.
    fn record(&mut self) -> Option<Result<Vec<String>, (usize, &'static str)>> {
        loop {
            let line = self.read_line()?;
            if !without_end(line).is_empty() {
                return Some(self.fields(line));
            }
        }
    }

    fn fields(&mut self, line: &'a str) -> Result<Vec<String>, (usize, &'static str)> {
        let mut fields = Vec::new();
        let mut line = line;
        loop {
            let Some(mut quoted) = line.strip_prefix('"') else {
                let (field, rest) = match without_end(line).split_once(',') {
                    Some((field, _)) => (field, Some(&line[field.len() + 1..])),
                    None => (without_end(line), None),
                };
                if field.contains('"') {
                    return Err((self.line, "bare \" in non-quoted-field"));
                }
                fields.push(field.to_string());
                match rest {
                    Some(rest) => line = rest,
                    None => return Ok(fields),
                }
                continue;
            };
            let mut field = String::new();
            loop {
                let Some((part, after)) = quoted.split_once('"') else {
                    // The field goes on in the next line; Go makes every line end a newline.
                    field.push_str(without_end(quoted));
                    if quoted.ends_with('\n') {
                        field.push('\n');
                    }
                    match self.read_line() {
                        Some(next) => quoted = next,
                        None => return Err((self.line, "extraneous or missing \" in quoted-field")),
                    }
                    continue;
                };
                field.push_str(part);
                if let Some(more) = after.strip_prefix('"') {
                    field.push('"');
                    quoted = more;
                } else if let Some(more) = after.strip_prefix(',') {
                    fields.push(field);
                    line = more;
                    break;
                } else if without_end(after).is_empty() {
                    fields.push(field);
                    return Ok(fields);
                } else {
                    return Err((self.line, "extraneous or missing \" in quoted-field"));
                }
            }
        }
    }
}

fn without_end(line: &str) -> &str {
    let line = line.strip_suffix('\n').unwrap_or(line);
    line.strip_suffix('\r').unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_go() {
        let mut reader = Reader { rest: "a,b\r\n\r\n\"x\r\ny\",\"q\"\"q\"\n,\n", line: 0 };
        let want = [vec!["a", "b"], vec!["x\ny", "q\"q"], vec!["", ""]];
        for row in want {
            assert_eq!(reader.record().unwrap().unwrap(), row);
        }
        assert!(reader.record().is_none());
        for bad in ["a\"b", "\"a\"b", "\"a", "a,\"b\nc"] {
            assert!(Reader { rest: bad, line: 0 }.record().unwrap().is_err(), "{bad}");
        }
    }
}
