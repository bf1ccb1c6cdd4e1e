//! TOML text into a [`Node`]. Syntax errors become faults with their line, all of them at once.

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

use super::{Fault, FaultList, Key, Node, Value};

/// Nobody declares more in one file; a broken file of a megabyte makes a million errors, half a minute of work.
const LARGEST: usize = 256 << 10;

impl Node {
    /// Reads TOML. The file's name is for faults; `first_line` is the line of the file that the text begins on.
    /// None, with at least one fault, where the text is not TOML.
    pub fn from_toml(file: &str, text: &str, first_line: usize, faults: &FaultList) -> Option<Node> {
        if text.len() > LARGEST {
            faults.push(Fault::of_file(file, format!("holds more than {} KiB of TOML", LARGEST >> 10)));
            return None;
        }
        let places = Places::of(text, first_line);
        let (table, errors) = DeTable::parse_recoverable(text);
        // After a first error the parser stumbles over the rest of the line: one fault a line is what helps.
        let mut by_line = BTreeMap::new();
        for error in errors {
            let (line, _) = places.at(error.span().map_or(text.len(), |span| span.start));
            by_line.entry(line).or_insert_with(|| one_line(error.message()));
        }
        if by_line.is_empty() {
            return Some(table_node(table.into_inner(), (first_line, 1), &Tree { file, places, faults }));
        }
        for (line, problem) in by_line {
            faults.push(Fault { file: file.to_owned(), line: Some(line), key: String::new(), problem });
        }
        None
    }
}

fn one_line(message: &str) -> String {
    format!("not valid TOML: {}", message.split_whitespace().collect::<Vec<_>>().join(" "))
}

struct Tree<'a> {
    file: &'a str,
    places: Places<'a>,
    faults: &'a FaultList,
}

// The parser refuses more than 80 levels, so that this recursion is bounded.
fn table_node(table: DeTable<'_>, (line, column): (usize, usize), tree: &Tree<'_>) -> Node {
    let mut pairs: Vec<_> = table.into_iter().collect();
    pairs.sort_by_key(|(key, _)| key.span().start);
    let pairs = pairs.into_iter().map(|(key, value)| {
        let (key_line, _) = tree.places.at(key.span().start);
        let name = key.into_inner().into_owned();
        let place = tree.places.at(value.span().start);
        // A table made by its header spans the header; the key's own line is what a person looks for.
        let place = if place.0 < key_line { (key_line, 1) } else { place };
        let node = value_node(&name, value.into_inner(), place, tree);
        (Key { name, line: key_line }, node)
    });
    Node { value: Value::Table(pairs.collect()), line, column }
}

fn value_node(key: &str, value: DeValue<'_>, place: (usize, usize), tree: &Tree<'_>) -> Node {
    let (line, column) = place;
    let unreadable = |what: &str| {
        let problem = format!("{what} is too large to be read");
        let fault = Fault { file: tree.file.to_owned(), line: Some(line), key: key.to_owned(), problem };
        tree.faults.push(fault);
        Value::Nothing
    };
    let value = match value {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => Value::Integer(number),
            Err(_) => unreadable(number.as_str()),
        },
        DeValue::Float(number) => match number.as_str().parse() {
            Ok(number) => Value::Float(number),
            Err(_) => unreadable(number.as_str()),
        },
        DeValue::Boolean(yes) => Value::Boolean(yes),
        DeValue::Datetime(date) => Value::Date(date.to_string()),
        DeValue::Array(items) => Value::List(
            items
                .into_iter()
                .map(|item| {
                    let place = tree.places.at(item.span().start);
                    value_node(key, item.into_inner(), place, tree)
                })
                .collect(),
        ),
        DeValue::Table(table) => return table_node(table, place, tree),
    };
    Node { value, line, column }
}

/// Byte offsets into lines and columns.
struct Places<'a> {
    text: &'a str,
    starts: Vec<usize>,
    first_line: usize,
}

impl<'a> Places<'a> {
    fn of(text: &'a str, first_line: usize) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Places { text, starts: std::iter::once(0).chain(breaks).collect(), first_line }
    }

    fn at(&self, offset: usize) -> (usize, usize) {
        let index = self.starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = self.starts.get(index).copied().unwrap_or(0);
        let before = self.text.get(start..offset.min(self.text.len())).unwrap_or_default();
        (self.first_line + index, before.chars().count() + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults_of(text: &str) -> Vec<String> {
        let faults = FaultList::new();
        let node = Node::from_toml("a.toml", text, 1, &faults);
        assert_eq!(node.is_none(), !faults.is_empty());
        faults.into_vec().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn keys_and_values_keep_the_file_order_and_their_places() {
        let faults = FaultList::new();
        let text = "zeta = 1\nalpha = [\n  'я', 'b']\n[table]\n# a comment\ninner.key = 2018-07-16\n";
        let node = Node::from_toml("a.toml", text, 11, &faults).unwrap();
        let Value::Table(pairs) = &node.value else { panic!("not a table") };
        let lines: Vec<_> =
            pairs.iter().map(|(key, node)| (key.name.as_str(), key.line, node.line)).collect();
        assert_eq!(lines, [("zeta", 11, 11), ("alpha", 12, 12), ("table", 14, 14)]);
        let Value::List(items) = &pairs[1].1.value else { panic!("not a list") };
        assert_eq!((items[1].line, items[1].column), (13, 8));
        let Value::Table(inner) = &pairs[2].1.value else { panic!("not a table") };
        let Value::Table(inner) = &inner[0].1.value else { panic!("not a table") };
        assert_eq!(inner[0].1, Node { value: Value::Date("2018-07-16".into()), line: 16, column: 13 });
    }

    #[test]
    fn every_broken_line_is_one_fault() {
        let faults = faults_of("a = \nb = 2\nc == 3\nd = 4\nd = 5\n");
        assert_eq!(faults.len(), 3, "{faults:#?}");
        for (fault, line) in faults.iter().zip(["a.toml:1: ", "a.toml:3: ", "a.toml:5: "]) {
            assert!(fault.starts_with(line), "{fault}");
        }
    }

    #[test]
    fn a_file_that_nobody_wrote_by_hand_is_refused_before_it_is_read() {
        assert_eq!(faults_of(&"=".repeat(LARGEST + 1)), ["a.toml: holds more than 256 KiB of TOML"]);
    }

    #[test]
    fn deep_nesting_is_a_fault() {
        let faults = faults_of(&format!("a = {}{}", "[".repeat(50_000), "]".repeat(50_000)));
        assert_eq!(faults.len(), 1);
    }
}
