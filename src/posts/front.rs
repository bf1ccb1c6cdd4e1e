//! Where front matter ends and the text begins.

use crate::config::{Fault, FaultList, Node};

/// A file, taken apart.
pub(super) struct Parts<'a> {
    /// The front matter, read.
    pub(super) front: Node,
    /// The Markdown below it.
    pub(super) body: &'a str,
}

/// Front matter is a dozen lines.
const LARGEST: usize = 64 << 10;

/// Splits at the fences: `+++` around TOML, `---` around YAML. None means that the fault was reported.
pub(super) fn split<'a>(file: &str, text: &'a str, faults: &FaultList) -> Option<Parts<'a>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let fault = |problem: &str| {
        let (file, problem) = (file.to_owned(), problem.to_owned());
        faults.push(Fault { file, line: Some(1), key: String::new(), problem });
    };
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let fence = first.trim_end();
    if !matches!(fence, "+++" | "---") {
        fault("expected front matter: a first line of +++ (TOML) or --- (YAML)");
        return None;
    }
    let mut length = 0;
    for line in rest.split_inclusive('\n') {
        if line.trim_end() == fence {
            let front = rest.get(..length)?;
            if front.len() > LARGEST {
                fault(&format!("the front matter is longer than {} KiB", LARGEST >> 10));
                return None;
            }
            let body = rest.get(length + line.len()..)?;
            let front = match fence {
                "+++" => Node::from_toml(file, front, 2, faults)?,
                _ => Node::from_yaml(file, front, 2, faults)?,
            };
            return Some(Parts { front, body });
        }
        length += line.len();
    }
    fault(&format!("the front matter has no end: expected a line of {fence}"));
    None
}
