//! Where a value stands on a page, compiled: finds it, takes it, and cuts the part out that is wanted.

use regex::Regex;
use scraper::{ElementRef, Selector};

use super::text::attribute;

/// A field, compiled.
#[derive(Debug)]
pub(super) struct Finder {
    /// None is the item itself.
    pub(super) select: Option<Selector>,
    pub(super) attribute: Option<String>,
    pub(super) pattern: Option<Regex>,
}

impl Finder {
    /// The first value that is not blank. `usual` is what to take where the rule names no attribute.
    pub(super) fn first(
        &self,
        item: ElementRef<'_>,
        usual: impl Fn(ElementRef<'_>) -> Option<String>,
    ) -> Option<String> {
        self.all(item, usual).next()
    }

    /// All values that are not blank.
    pub(super) fn all<'a>(
        &'a self,
        item: ElementRef<'a>,
        usual: impl Fn(ElementRef<'_>) -> Option<String> + 'a,
    ) -> impl Iterator<Item = String> + 'a {
        let own = self.select.is_none().then_some(item);
        let found = self.select.iter().flat_map(move |selector| item.select(selector));
        own.into_iter().chain(found).filter_map(move |element| {
            let value = match &self.attribute {
                Some(name) => attribute(element, name),
                None => usual(element),
            }?;
            part(self.pattern.as_ref(), value)
        })
    }
}

/// The first group of the pattern, or all that it matches; the value where there is no pattern.
pub(super) fn part(pattern: Option<&Regex>, value: String) -> Option<String> {
    let Some(pattern) = pattern else { return Some(value) };
    let groups = pattern.captures(&value)?;
    let part = groups.get(1).or_else(|| groups.get(0))?.as_str().trim();
    (!part.is_empty()).then(|| part.to_owned())
}
