//! Whether two entries report the same thing. Precise before complete: a wrong merge hides news, a missed one repeats it.

use super::profile::{Profile, TEXT_REACH};

/// Texts that share so much are one text with small changes.
const ALIKE: f64 = 0.65;
/// Of a text that is part of a longer one, so much must be in it …
const CONTAINED: f64 = 0.85;
/// … which must not be much longer …
const PART: f64 = 0.4;
/// … and it must not be short.
const LONG: usize = 80;
/// Texts that share less are different texts.
const UNLIKE: f64 = 0.04;
/// A title of so many telling words is believed against the texts.
const LONG_TITLE: usize = 7;

/// Why two entries are one story.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// They lead to the same article.
    Link,
    /// The same title, within days.
    Title,
    /// Nearly the same text, within weeks.
    Text,
    /// Staff said so.
    Staff,
}

impl Why {
    /// The word in the database and in lists.
    pub fn name(self) -> &'static str {
        match self {
            Why::Link => "link",
            Why::Title => "title",
            Why::Text => "text",
            Why::Staff => "staff",
        }
    }
}

/// Why two entries of different sources are one story; None where they are not, or nobody can tell.
pub fn judge(a: &Profile, b: &Profile) -> Option<Why> {
    if a.source == b.source || differ(a.language.as_ref(), b.language.as_ref()) {
        // A translation is news of its own: its readers are others.
        return None;
    }
    if same(a.link.as_ref(), b.link.as_ref()) && !are_different_texts(a, b) {
        return Some(Why::Link);
    }
    let both_tell = a.is_telling && b.is_telling;
    if both_tell && a.title == b.title && a.is_near_enough_for_a_title(b) && !contradicts_title(a, b) {
        return Some(Why::Title);
    }
    let is_alike = a.is_near(b, TEXT_REACH) && a.numbers == b.numbers && is_same_text(a, b);
    is_alike.then_some(Why::Text)
}

fn same<T: PartialEq>(a: Option<&T>, b: Option<&T>) -> bool {
    a.is_some() && a == b
}

fn differ<T: PartialEq>(a: Option<&T>, b: Option<&T>) -> bool {
    a.is_some() && b.is_some() && a != b
}

fn is_same_text(a: &Profile, b: &Profile) -> bool {
    let (shorter, longer) = (a.text.len().min(b.text.len()), a.text.len().max(b.text.len()));
    if shorter == 0 {
        return false;
    }
    if a.text.resemblance(&b.text) >= ALIKE {
        return true;
    }
    #[expect(clippy::cast_precision_loss, reason = "at most a few thousand")]
    let is_large_part = shorter >= LONG && shorter as f64 >= PART * longer as f64;
    is_large_part && a.text.containment(&b.text) >= CONTAINED
}

/// Two pieces that share an address but neither a word of their titles nor of their texts: the address is that of a form
/// or a programme, not of an article.
fn are_different_texts(a: &Profile, b: &Profile) -> bool {
    let titles_differ = a.is_telling && b.is_telling && a.telling.is_disjoint(&b.telling);
    titles_differ && contradicts(a, b)
}

fn contradicts_title(a: &Profile, b: &Profile) -> bool {
    a.telling.len() < LONG_TITLE && contradicts(a, b)
}

/// Both texts are long enough to be compared, and have nothing in common.
fn contradicts(a: &Profile, b: &Profile) -> bool {
    a.text.len() > 0 && b.text.len() > 0 && a.text.containment(&b.text) < UNLIKE
}
