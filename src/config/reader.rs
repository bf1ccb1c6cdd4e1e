//! Reads a table key by key into domain types. Every key that is wrong, missing or unknown becomes a fault in the
//! shared list; nothing stops at the first.

use std::{cmp::Ordering, ops::RangeInclusive};

use super::{Fault, FaultList, Key, Node, Value, nearest};

/// A type that a value in a file can become.
pub trait FromNode: Sized {
    /// What is expected, as a fault says it: `a duration such as 1s or 15min`.
    fn expected() -> String;

    /// Reads the value. None means that the fault was reported.
    fn from_node(spot: &Spot<'_>) -> Option<Self>;

    /// What a missing key means. None: that it must be there, or have a default.
    fn absent() -> Option<Self> {
        None
    }

    /// Which of two values is the greater one, for types that a setting can bound.
    fn compared(&self, _other: &Self) -> Option<Ordering> {
        None
    }

    /// The value that a text from outside the file (an environment variable, a default) stands for.
    fn value_of(text: &str) -> Value {
        Value::Text(text.to_owned())
    }
}

/// One value with all that a fault needs to say where it is.
#[derive(Debug, Clone)]
pub struct Spot<'a> {
    node: &'a Node,
    file: &'a str,
    key: String,
    faults: &'a FaultList,
}

impl<'a> Spot<'a> {
    /// The value in this file under this full key. A node on line 0 has no line (the environment).
    pub fn new(file: &'a str, key: impl Into<String>, node: &'a Node, faults: &'a FaultList) -> Self {
        Spot { node, file, key: key.into(), faults }
    }

    /// The value.
    pub fn value(&self) -> &'a Value {
        &self.node.value
    }

    /// The line, counted from 1.
    pub fn line(&self) -> Option<usize> {
        (self.node.line > 0).then_some(self.node.line)
    }

    /// Reads it.
    pub fn read<T: FromNode>(&self) -> Option<T> {
        T::from_node(self)
    }

    /// Reports a fault here.
    pub fn fault(&self, problem: impl Into<String>) {
        self.faults.push(Fault {
            file: self.file.to_owned(),
            line: self.line(),
            key: self.key.clone(),
            problem: problem.into(),
        });
    }

    /// Reports that something else was expected here.
    pub fn expected(&self, what: &str) {
        self.fault(format!("expected {what}, found {}", self.node.value));
    }

    /// The text, read by this function; reports what was expected where it is no text or the function refuses it.
    pub fn parsed<T>(&self, expected: &str, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let found = match &self.node.value {
            Value::Text(text) => read(text),
            _ => None,
        };
        if found.is_none() {
            self.expected(expected);
        }
        found
    }

    /// The items of a list. None where it is no list; nothing is reported then.
    pub fn items(&self) -> Option<Vec<Spot<'a>>> {
        let Value::List(items) = &self.node.value else { return None };
        let key = |index| format!("{}[{index}]", self.key);
        let items = items.iter().enumerate();
        Some(items.map(|(index, node)| Spot::new(self.file, key(index), node, self.faults)).collect())
    }

    /// A reader of the table. None where it is no table; nothing is reported then.
    pub fn table(&self) -> Option<Reader<'a>> {
        let Value::Table(pairs) = &self.node.value else { return None };
        let path = self.key.clone();
        let line = self.line();
        Some(Reader { file: self.file, path, line, pairs, known: Vec::new(), faults: self.faults })
    }
}

/// Reads one table. Ends with [`Reader::finish`], which reports the keys that nobody asked for.
#[derive(Debug)]
pub struct Reader<'a> {
    file: &'a str,
    path: String,
    line: Option<usize>,
    pairs: &'a [(Key, Node)],
    known: Vec<&'static str>,
    faults: &'a FaultList,
}

impl<'a> Reader<'a> {
    /// A reader of a whole file. None, with a fault, where it is no table.
    pub fn new(file: &'a str, root: &'a Node, faults: &'a FaultList) -> Option<Self> {
        let spot = Spot::new(file, "", root, faults);
        let reader = spot.table();
        if reader.is_none() {
            spot.expected("keys and values");
        }
        reader
    }

    /// The raw value of a key, which becomes known by this.
    pub fn spot(&mut self, key: &'static str) -> Option<Spot<'a>> {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
        let (_, node) = self.pairs.iter().find(|(name, _)| name.name == key)?;
        Some(Spot::new(self.file, self.full(key), node, self.faults))
    }

    /// The value of a key that may be missing. None also where it was faulty.
    pub fn optional<T: FromNode>(&mut self, key: &'static str) -> Option<T> {
        let spot = self.spot(key)?;
        if *spot.value() == Value::Nothing { None } else { spot.read() }
    }

    /// The value of a key that must be there.
    pub fn required<T: FromNode>(&mut self, key: &'static str) -> Option<T> {
        match self.spot(key) {
            Some(spot) => spot.read(),
            None => {
                self.fault(key, format!("is missing: expected {}", T::expected()));
                None
            }
        }
    }

    /// The value of a key, or this where it is missing or faulty.
    pub fn or<T: FromNode>(&mut self, key: &'static str, default: T) -> T {
        self.optional(key).unwrap_or(default)
    }

    /// The number of a key that may be missing, which must lie in this range.
    pub fn between(&mut self, key: &'static str, range: RangeInclusive<u32>) -> Option<u32> {
        let spot = self.spot(key)?;
        let number: u32 = spot.read()?;
        if !range.contains(&number) {
            spot.expected(&format!("{} to {}", range.start(), range.end()));
            return None;
        }
        Some(number)
    }

    /// The values of a list. Empty where the key is missing.
    pub fn list<T: FromNode>(&mut self, key: &'static str) -> Vec<T> {
        self.optional(key).unwrap_or_default()
    }

    /// A reader of a table below this one.
    pub fn table(&mut self, key: &'static str) -> Option<Reader<'a>> {
        let spot = self.spot(key)?;
        let table = spot.table();
        if table.is_none() {
            spot.expected("a table");
        }
        table
    }

    /// Every value of the table with its name, for tables whose keys are data. All keys become known.
    pub fn entries(self) -> Vec<(&'a str, Spot<'a>)> {
        let spot = |key: &'a Key, node| Spot::new(self.file, self.full(&key.name), node, self.faults);
        self.pairs.iter().map(|(key, node)| (key.name.as_str(), spot(key, node))).collect()
    }

    /// The line of a key, or of one in a table below (`link.select`), as near as there is one; else of the table.
    pub fn line_of(&self, key: &str) -> Option<usize> {
        let (mut pairs, mut line) = (self.pairs, self.line);
        for part in key.split('.') {
            let Some((name, node)) = pairs.iter().find(|(name, _)| name.name == part) else { break };
            line = Some(name.line);
            match &node.value {
                Value::Table(inner) => pairs = inner,
                _ => break,
            }
        }
        line
    }

    /// Reports a fault of a key of this table.
    pub fn fault(&self, key: &str, problem: impl Into<String>) {
        self.faults.push(Fault {
            file: self.file.to_owned(),
            line: self.line_of(key),
            key: self.full(key),
            problem: problem.into(),
        });
    }

    /// Reports the keys that nobody asked for, each with the nearest one that is known.
    pub fn finish(self) {
        for (key, _) in self.pairs {
            if self.known.contains(&key.name.as_str()) {
                continue;
            }
            let hint = match nearest(&key.name, self.known.iter().copied()) {
                Some(name) => format!("did you mean {}?", self.full(name)),
                None => format!("known here: {}", self.known.join(", ")),
            };
            self.faults.push(Fault {
                file: self.file.to_owned(),
                line: Some(key.line),
                key: self.full(&key.name),
                problem: format!("is no known key; {hint}"),
            });
        }
    }

    fn full(&self, key: &str) -> String {
        // A key may be any text in quotes: it must not break the line that shows it.
        let key: String = key.chars().take(80).flat_map(char::escape_debug).collect();
        if self.path.is_empty() { key } else { format!("{}.{key}", self.path) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults_of(text: &str, read: impl FnOnce(&mut Reader<'_>)) -> Vec<String> {
        let faults = FaultList::new();
        let node = Node::from_toml("a.toml", text, 1, &faults).unwrap();
        let mut reader = Reader::new("a.toml", &node, &faults).unwrap();
        read(&mut reader);
        reader.finish();
        faults.into_vec().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_sound_is_read_without_faults() {
        let faults = faults_of("name = 'x'\ncount = 3\ntags = ['a', 'b']\n", |reader| {
            assert_eq!(reader.required::<String>("name").as_deref(), Some("x"));
            assert_eq!(reader.or("count", 7_u32), 3);
            assert_eq!(reader.or("size", 7_u32), 7);
            assert_eq!(reader.list::<String>("tags"), ["a", "b"]);
            assert_eq!(reader.optional::<String>("nothing"), None);
        });
        assert_eq!(faults, [""; 0]);
    }

    #[test]
    fn wrong_missing_and_unknown_keys_are_all_reported() {
        let text = "count = 'many'\ntags = ['a', 2]\n[inner]\nagee = 1\n\"odd\\nkey\" = 1\n";
        let faults = faults_of(text, |reader| {
            reader.optional::<u32>("count");
            reader.list::<String>("tags");
            reader.required::<String>("name");
            let mut inner = reader.table("inner").unwrap();
            inner.optional::<u32>("age");
            inner.finish();
        });
        assert_eq!(
            faults,
            [
                "a.toml:1: count: expected a whole number, found \"many\"",
                "a.toml:1: name: is missing: expected a text",
                "a.toml:2: tags[1]: expected a text, found 2",
                "a.toml:4: inner.agee: is no known key; did you mean inner.age?",
                "a.toml:5: inner.odd\\nkey: is no known key; known here: age",
            ]
        );
    }
}
