//! A declared file as text, within bounds.

use std::{fs::File, io::Read, path::Path};

use super::Fault;

/// Nothing that a person writes by hand is larger.
const LARGEST: u64 = 1 << 20;

/// Reads a file of at most 1 MiB of UTF-8. A byte order mark is taken off.
///
/// # Errors
/// One fault that says why it can't be read.
pub fn text_of(path: &Path) -> Result<String, Fault> {
    let name = path.display().to_string();
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes));
    if let Err(error) = read {
        return Err(Fault::of_file(name, format!("cannot be read: {error}")));
    }
    if bytes.len() as u64 > LARGEST {
        return Err(Fault::of_file(name, "is larger than 1 MiB"));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let sound = error.as_bytes().iter().take(error.utf8_error().valid_up_to());
        let line = 1 + sound.filter(|byte| **byte == b'\n').count();
        Fault {
            file: name,
            line: Some(line),
            key: String::new(),
            problem: "is not UTF-8; save the file as UTF-8".to_owned(),
        }
    })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}
