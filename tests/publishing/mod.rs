//! What leaves the house, in every format.

mod archives;
mod asked;
mod decisions;
mod documents;
mod gate;
mod hostile;
mod look;
mod opml;
mod outlets;
mod pages;
mod press;
mod properties;
mod retraction;
mod rules;
pub(crate) mod sample;
mod whole_way;

use vestnik::{
    model::{Channel, Format, PublishedEntry, Site},
    publish::{Page, render},
};

/// So many cases of a property, or as many as `PROPTEST_CASES` asks for.
pub(crate) fn cases(usual: u32) -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|asked| asked.parse().ok()).unwrap_or(usual)
}

/// The channel `all` of these entries, as text.
pub(crate) fn print(entries: &[PublishedEntry], format: Format) -> String {
    print_channel(&sample::site(), &sample::channels()[0], entries, format)
}

pub(crate) fn print_channel(
    site: &Site,
    channel: &Channel,
    entries: &[PublishedEntry],
    format: Format,
) -> String {
    let channels = sample::channels();
    let bytes =
        render(&Page::new(site, &channels, channel, entries), format).expect("every document can be written");
    String::from_utf8(bytes).expect("documents are UTF-8")
}

/// Fails where the text is no well-formed XML, or holds what XML cannot.
pub(crate) fn assert_well_formed(document: &str) {
    use quick_xml::events::Event;
    assert!(
        !document.chars().any(|c| (c < ' ' && !"\t\n\r".contains(c)) || c == '\u{fffe}' || c == '\u{ffff}')
    );
    let mut reader = quick_xml::Reader::from_str(document);
    reader.config_mut().check_comments = true;
    loop {
        match reader.read_event().unwrap_or_else(|error| panic!("{error} in {document}")) {
            Event::Eof => break,
            Event::GeneralRef(reference) => {
                let name = reference.xml10_content();
                let known = ["amp", "lt", "gt", "quot", "apos"].contains(&name.as_ref());
                assert!(known || name.starts_with('#'), "&{name}; in {document}");
            }
            Event::Start(tag) | Event::Empty(tag) => tag.attributes().for_each(|attribute| {
                attribute.unwrap_or_else(|error| panic!("{error} in {document}"));
            }),
            _ => {}
        }
    }
}
