//! A neutral tree of what a file says, with positions: TOML and YAML both become one. Decides nothing.

use std::fmt;

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
}

/// The name of a value in a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The name.
    pub name: String,
    /// The line, counted from 1.
    pub line: usize,
}

/// What a file can say.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// YAML's null: the key is there, its value is not.
    Nothing,
    /// A text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number.
    Float(f64),
    /// Yes or no.
    Boolean(bool),
    /// A date or time without quotes, as it was written. YAML has none: there a date is a text.
    Date(String),
    /// Several values.
    List(Vec<Node>),
    /// Named values, in the order of the file.
    Table(Vec<(Key, Node)>),
}

/// The value as a fault shows it: one line, cut where it is long.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Nothing => f.write_str("nothing"),
            // An address with a password in it must not reach a log.
            Value::Text(text) if text.contains("://") && text.contains('@') => {
                f.write_str("an address with a user name")
            }
            Value::Text(text) if text.chars().count() > 60 => {
                write!(f, "{:?}", text.chars().take(60).chain(['…']).collect::<String>())
            }
            Value::Text(text) => write!(f, "{text:?}"),
            Value::Integer(number) => write!(f, "{number}"),
            Value::Float(number) => write!(f, "{number}"),
            Value::Boolean(yes) => write!(f, "{yes}"),
            Value::Date(date) => f.write_str(date),
            Value::List(_) => f.write_str("a list"),
            Value::Table(_) => f.write_str("a table"),
        }
    }
}
