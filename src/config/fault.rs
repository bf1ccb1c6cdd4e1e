//! What is wrong with a file that somebody wrote: where, which key, and what was expected. Never stops at the first.

use std::{cell::RefCell, fmt};

/// One thing that is wrong, on one line: `config/vestnik.toml:12: collect.host_gap: expected …, found "soon"`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The file as it was named, or `environment`.
    pub file: String,
    /// The line, counted from 1. None where the fault belongs to the whole file.
    pub line: Option<usize>,
    /// The full path of the key (`collect.host_gap`). Empty where no key is at fault.
    pub key: String,
    /// What is wrong, and what is expected.
    pub problem: String,
}

impl Fault {
    /// A fault of the whole file.
    pub fn of_file(file: impl Into<String>, problem: impl Into<String>) -> Self {
        Fault { file: file.into(), line: None, key: String::new(), problem: problem.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if !self.key.is_empty() {
            write!(f, ": {}", self.key)?;
        }
        write!(f, ": {}", self.problem)
    }
}

impl std::error::Error for Fault {}

/// The list that everything which reads one set of files adds its faults to.
#[derive(Debug, Default)]
pub struct FaultList(RefCell<Vec<Fault>>);

impl FaultList {
    /// An empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a fault, on one line whatever the message of a library brought.
    pub fn push(&self, mut fault: Fault) {
        if fault.problem.contains(char::is_control) {
            fault.problem = fault.problem.split(char::is_control).collect::<Vec<_>>().join(" ");
        }
        self.0.borrow_mut().push(fault);
    }

    /// How many there are: two counts tell whether something was read without faults.
    pub fn len(&self) -> usize {
        self.0.borrow().len()
    }

    /// True where nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of them, by file and line, each once.
    pub fn into_vec(self) -> Vec<Fault> {
        let mut faults = self.0.into_inner();
        faults.sort();
        faults.dedup();
        faults
    }
}

/// The known name that was probably meant, if any is near enough to be worth saying.
pub fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // The distance grows with the product of the lengths; nobody means a name by a text of a thousand characters.
    let wrong: String = wrong.chars().take(80).collect();
    let scored = known.into_iter().map(|name| (likeness(&wrong, name), name));
    let best = scored.max_by(|(a, _), (b, _)| a.total_cmp(b));
    best.filter(|(likeness, _)| *likeness > 0.6).map(|(_, name)| name)
}

/// 0 to 1. The beginning of a name is as good as a slip of the pen.
fn likeness(wrong: &str, name: &str) -> f64 {
    let begun = wrong.len() >= 4 && name.starts_with(wrong) || name.len() >= 4 && wrong.starts_with(name);
    let likeness = strsim::normalized_damerau_levenshtein(wrong, name);
    if begun { likeness.max(0.7) } else { likeness }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_says_file_line_key_and_problem_on_one_line() {
        let fault = Fault {
            file: "config/vestnik.toml".into(),
            line: Some(12),
            key: "collect.host_gap".into(),
            problem: "expected a duration such as 1s or 15min, found \"soon\"".into(),
        };
        assert_eq!(
            fault.to_string(),
            "config/vestnik.toml:12: collect.host_gap: expected a duration such as 1s or 15min, found \"soon\""
        );
        assert_eq!(Fault::of_file("x.toml", "is not UTF-8").to_string(), "x.toml: is not UTF-8");
    }

    #[test]
    fn only_a_near_name_is_proposed() {
        let known = ["host_gap", "concurrency", "idle_timeout"];
        assert_eq!(nearest("hostgap", known), Some("host_gap"));
        assert_eq!(nearest("concurency", known), Some("concurrency"));
        assert_eq!(nearest("idle", known), Some("idle_timeout"));
        assert_eq!(nearest("colour", known), None);
        assert_eq!(nearest(&"x".repeat(100_000), known), None);
    }
}
