//! YAML text into a [`Node`], for front matter. Anchors and aliases are refused (a few lines of them make gigabytes),
//! and nesting is capped. Types are those of YAML's core schema (YAML 1.2 §10.3); dates are texts.

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span};

use super::{Fault, FaultList, Key, Node, Value};

/// Levels of lists and tables. Front matter needs two.
const DEEPEST: usize = 32;

impl Node {
    /// Reads YAML: one document. The file's name is for faults; `first_line` is the line of the file that the text
    /// begins on. None, with one fault, where the text is not such a document; nothing at all is an empty table.
    pub fn from_yaml(file: &str, text: &str, first_line: usize, faults: &FaultList) -> Option<Node> {
        let mut events = Events { parser: Parser::new_from_str(text), first_line };
        match events.document() {
            Ok(node) => Some(node),
            Err(Refused { line, problem }) => {
                faults.push(Fault { file: file.to_owned(), line: Some(line), key: String::new(), problem });
                None
            }
        }
    }
}

struct Refused {
    line: usize,
    problem: String,
}

struct Events<'a> {
    parser: Parser<'a, saphyr_parser::StrInput<'a>>,
    first_line: usize,
}

impl<'a> Events<'a> {
    fn document(&mut self) -> Result<Node, Refused> {
        let mut found = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => break,
                Event::Nothing | Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd => {}
                _ if found.is_some() => return Err(self.refused(span, "only one YAML document is expected")),
                event => found = Some(self.node(event, span, 0)?),
            }
        }
        let empty = || Node { value: Value::Table(Vec::new()), line: self.first_line, column: 1 };
        Ok(found.filter(|node| node.value != Value::Nothing).unwrap_or_else(empty))
    }

    // Recursion is bounded by DEEPEST.
    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<Node, Refused> {
        if depth > DEEPEST {
            return Err(self.refused(span, "nested too deeply"));
        }
        let line = self.line(span);
        let column = span.start.col() + 1;
        let value = match event {
            Event::Alias(_) => return Err(self.refused(span, ALIASES)),
            Event::Scalar(_, _, anchor, _)
            | Event::SequenceStart(anchor, _)
            | Event::MappingStart(anchor, _)
                if anchor != 0 =>
            {
                return Err(self.refused(span, ALIASES));
            }
            Event::Scalar(text, ScalarStyle::Plain, _, None) => plain(&text),
            Event::Scalar(text, ..) => Value::Text(text.into_owned()),
            Event::SequenceStart(..) => self.list(depth)?,
            Event::MappingStart(..) => self.table(depth)?,
            _ => return Err(self.refused(span, "not valid YAML here")),
        };
        Ok(Node { value, line, column })
    }

    fn list(&mut self, depth: usize) -> Result<Value, Refused> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Value::List(items)),
                (event, span) => items.push(self.node(event, span, depth + 1)?),
            }
        }
    }

    fn table(&mut self, depth: usize) -> Result<Value, Refused> {
        let mut pairs: Vec<(Key, Node)> = Vec::new();
        loop {
            let (event, span) = self.next()?;
            let name = match event {
                Event::MappingEnd => return Ok(Value::Table(pairs)),
                Event::Scalar(name, _, 0, _) => name.into_owned(),
                _ => return Err(self.refused(span, "a key must be a plain text")),
            };
            let key = Key { name, line: self.line(span) };
            if let Some((first, _)) = pairs.iter().find(|(known, _)| known.name == key.name) {
                let problem = format!("the key {:?} stands already on line {}", key.name, first.line);
                return Err(self.refused(span, &problem));
            }
            let (event, span) = self.next()?;
            pairs.push((key, self.node(event, span, depth + 1)?));
        }
    }

    fn next(&mut self) -> Result<(Event<'a>, Span), Refused> {
        match self.parser.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => Err(self.scan_error(&error)),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn scan_error(&self, error: &ScanError) -> Refused {
        let info: Vec<_> = error.info().split_whitespace().collect();
        let line = self.first_line + error.marker().line().saturating_sub(1);
        Refused { line, problem: format!("not valid YAML: {}", info.join(" ")) }
    }

    fn refused(&self, span: Span, problem: &str) -> Refused {
        Refused { line: self.line(span), problem: problem.to_owned() }
    }

    fn line(&self, span: Span) -> usize {
        self.first_line + span.start.line().saturating_sub(1)
    }
}

const ALIASES: &str = "anchors and aliases (& and *) are not read here; put the text in quotes if it is one";

/// YAML 1.2 §10.3.2, without octal and hexadecimal numbers, which no front matter means.
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Nothing,
        "true" | "True" | "TRUE" => return Value::Boolean(true),
        "false" | "False" | "FALSE" => return Value::Boolean(false),
        _ => {}
    }
    let numeric = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E'))
        && text.bytes().any(|b| b.is_ascii_digit());
    if !numeric {
        return Value::Text(text.to_owned());
    }
    let integer = text.parse().ok().map(Value::Integer);
    let float = || text.parse().ok().map(Value::Float);
    integer.or_else(float).unwrap_or_else(|| Value::Text(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Node, String> {
        let faults = FaultList::new();
        let node = Node::from_yaml("a.md", text, 2, &faults);
        node.ok_or_else(|| faults.into_vec().iter().map(ToString::to_string).collect())
    }

    #[test]
    fn scalars_are_what_the_core_schema_says() {
        let node =
            read("a: text\nb: 12\nc: 1.5\nd: true\ne: ~\nf: '12'\ng: 2018-07-16\nh: [x, y]\n").unwrap();
        let Value::Table(pairs) = node.value else { panic!("not a table") };
        let shown: Vec<_> = pairs.iter().map(|(_, node)| node.value.to_string()).collect();
        assert_eq!(shown, ["\"text\"", "12", "1.5", "true", "nothing", "\"12\"", "\"2018-07-16\"", "a list"]);
        assert_eq!((pairs[6].0.line, pairs[6].1.line, pairs[6].1.column), (8, 8, 4));
    }

    #[test]
    fn nothing_is_an_empty_table() {
        assert_eq!(read("# only a comment\n").unwrap().value, Value::Table(Vec::new()));
    }

    #[test]
    fn what_is_dangerous_or_ambiguous_is_refused_with_its_line() {
        let cases = [
            ("a: &x [1]\nb: *x\n", "a.md:2: anchors and aliases"),
            ("a: 1\nb: 2\na: 3\n", "a.md:4: the key \"a\" stands already on line 2"),
            ("a: [1, 2\nb: 3\n", "a.md:"),
            ("? [1, 2]\n: x\n", "a.md:2: a key must be"),
            ("a: 1\n---\nb: 2\n", "a.md:4: only one YAML document"),
        ];
        for (text, expected) in cases {
            let fault = read(text).unwrap_err();
            assert!(fault.starts_with(expected), "{text:?} gave {fault:?}");
        }
    }

    #[test]
    fn deep_nesting_is_a_fault() {
        assert!(read(&format!("a: {}", "[".repeat(100))).unwrap_err().contains("nested too deeply"));
        assert!(read(&"- ".repeat(20_000)).is_err());
    }
}
