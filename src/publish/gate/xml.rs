//! Well-formed XML 1.0 with namespaces, as a tree. Everything that the standard forbids ends the reading.

use std::borrow::Cow;

use quick_xml::{
    NsReader, XmlVersion,
    events::{BytesStart, Event},
    name::ResolveResult,
};

/// Elements within each other.
const DEPTH: usize = 64;

/// An element with what is in it.
#[derive(Debug, Default)]
pub(super) struct Element<'a> {
    /// The namespace; empty where there is none.
    pub(super) namespace: Cow<'a, str>,
    pub(super) name: Cow<'a, str>,
    /// Namespace, local name, value. Declarations of namespaces are none.
    pub(super) attributes: Vec<(Cow<'a, str>, Cow<'a, str>, String)>,
    /// All characters directly in it.
    pub(super) text: Cow<'a, str>,
    pub(super) children: Vec<Element<'a>>,
}

impl<'a> Element<'a> {
    /// An attribute without a namespace.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(namespace, own, _)| namespace.is_empty() && own == name);
        found.map(|(_, _, value)| value.as_str())
    }

    pub(super) fn is(&self, namespace: &str, name: &str) -> bool {
        self.name == name && self.namespace == namespace
    }

    /// The children of this name.
    pub(super) fn all<'e>(
        &'e self,
        namespace: &'e str,
        name: &'e str,
    ) -> impl Iterator<Item = &'e Element<'a>> {
        self.children.iter().filter(move |child| child.is(namespace, name))
    }

    /// The first child of this name.
    pub(super) fn first(&self, namespace: &str, name: &str) -> Option<&Element<'a>> {
        self.children.iter().find(|child| child.is(namespace, name))
    }
}

/// Why a document cannot be read.
#[derive(Debug)]
pub(super) struct Broken {
    /// In which of the elements that are entries, counted from 0.
    pub(super) item: Option<usize>,
    pub(super) reason: String,
}

struct Reading<'a> {
    open: Vec<Element<'a>>,
    root: Option<Element<'a>>,
    items: usize,
    in_item: bool,
    item: &'a str,
}

/// Reads a document; `item` is the name of the elements that are its entries.
pub(super) fn read<'a>(text: &'a str, item: &'a str) -> Result<Element<'a>, Broken> {
    let mut reading = Reading { open: Vec::new(), root: None, items: 0, in_item: false, item };
    if let Some(c) = first_illegal(text) {
        // Which entry has it is found by reading up to it.
        let before = text.split(c).next().unwrap_or_default();
        let _ = reading.run(before);
        return Err(reading.broken(format!("holds U+{:04X}, which XML 1.0 forbids", u32::from(c))));
    }
    if text.starts_with([' ', '\t', '\r', '\n']) && text.trim_start().starts_with("<?xml") {
        return Err(reading.broken("white space stands before the XML declaration".to_owned()));
    }
    reading.run(text).map_err(|reason| reading.broken(reason))?;
    match reading.root.take() {
        Some(root) if reading.open.is_empty() => Ok(root),
        _ => Err(reading.broken("ends before its root element does".to_owned())),
    }
}

impl<'a> Reading<'a> {
    fn broken(&self, reason: String) -> Broken {
        let item = self.items.checked_sub(1).filter(|_| self.in_item);
        Broken { item, reason: format!("is not well-formed: {reason}") }
    }

    fn run(&mut self, text: &'a str) -> Result<(), String> {
        let mut reader = NsReader::from_str(text);
        let config = reader.config_mut();
        (config.check_comments, config.check_end_names) = (true, true);
        loop {
            let (namespace, event) = reader.read_resolved_event().map_err(|error| error.to_string())?;
            let namespace = match namespace {
                ResolveResult::Bound(name) => known(name.0),
                ResolveResult::Unbound => Cow::Borrowed(""),
                ResolveResult::Unknown(prefix) => return Err(format!("the prefix {prefix} is not declared")),
            };
            match event {
                Event::Start(tag) => {
                    let element = element(&reader, &tag, namespace)?;
                    self.start(element)?;
                }
                Event::Empty(tag) => {
                    let element = element(&reader, &tag, namespace)?;
                    self.start(element)?;
                    self.end();
                }
                Event::End(_) => self.end(),
                Event::Text(text) => {
                    let content = text.xml10_content();
                    if memchr::memchr(b']', content.as_bytes()).is_some() && content.contains("]]>") {
                        return Err("“]]>” stands in a text".to_owned());
                    }
                    self.text(content)?;
                }
                Event::CData(text) => self.text(text.xml10_content())?,
                Event::GeneralRef(reference) => {
                    let text = match reference.resolve_char_ref().map_err(|error| error.to_string())? {
                        Some(c) if is_legal(c) => Cow::Owned(c.to_string()),
                        Some(_) => return Err("a reference to a character that XML 1.0 forbids".to_owned()),
                        None => {
                            let name = reference.xml10_content();
                            let known = predefined(&name);
                            Cow::Borrowed(known.ok_or_else(|| format!("&{name}; is no entity of XML"))?)
                        }
                    };
                    self.text(text)?;
                }
                Event::DocType(_) => return Err("a document type declaration".to_owned()),
                Event::Decl(_) if self.root.is_some() || !self.open.is_empty() => {
                    return Err("an XML declaration that is not at the beginning".to_owned());
                }
                Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
                Event::Eof => return Ok(()),
            }
        }
    }

    fn start(&mut self, element: Element<'a>) -> Result<(), String> {
        if self.open.is_empty() && self.root.is_some() {
            return Err("a second root element".to_owned());
        }
        if self.open.len() >= DEPTH {
            return Err(format!("elements are nested more than {DEPTH} deep"));
        }
        if self.open.len() <= 2 && element.name == self.item {
            self.items += 1;
            self.in_item = true;
        }
        self.open.push(element);
        Ok(())
    }

    fn end(&mut self) {
        let Some(element) = self.open.pop() else { return };
        if self.open.len() <= 2 && element.name == self.item {
            self.in_item = false;
        }
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.root = Some(element),
        }
    }

    fn text(&mut self, text: Cow<'a, str>) -> Result<(), String> {
        match self.open.last_mut() {
            Some(element) if element.text.is_empty() => element.text = text,
            Some(element) => element.text.to_mut().push_str(&text),
            None if text.trim().is_empty() => {}
            None => return Err("text outside the root element".to_owned()),
        }
        Ok(())
    }
}

fn element<'a>(
    reader: &NsReader<&'a [u8]>,
    tag: &BytesStart<'a>,
    namespace: Cow<'a, str>,
) -> Result<Element<'a>, String> {
    let name = tag.local_name().as_ref().to_owned();
    if !is_name(&name) {
        return Err(format!("“{name}” is no name of an element"));
    }
    let mut attributes: Vec<(Cow<'a, str>, Cow<'a, str>, String)> = Vec::new();
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        if attribute.key.as_namespace_binding().is_some() {
            continue;
        }
        let named = |reference: &str| {
            let name = reference.split(';').next().unwrap_or_default();
            name.starts_with('#') || predefined(name).is_some()
        };
        if !attribute.value.split('&').skip(1).all(named) {
            return Err("an attribute refers to what is no entity of XML".to_owned());
        }
        if attribute.value.contains('<') {
            return Err("“<” stands in an attribute".to_owned());
        }
        let value = attribute.normalized_value(XmlVersion::Explicit1_0).map_err(|error| error.to_string())?;
        let (namespace, local) = reader.resolver().resolve_attribute(attribute.key);
        let namespace = match namespace {
            ResolveResult::Bound(name) => known(name.0),
            ResolveResult::Unbound => Cow::Borrowed(""),
            ResolveResult::Unknown(prefix) => return Err(format!("the prefix {prefix} is not declared")),
        };
        let local = local.as_ref().to_owned();
        if attributes.iter().any(|(other, name, _)| *other == namespace && *name == local) {
            return Err(format!("the attribute {local} stands twice in one tag"));
        }
        if let Some(c) = value.chars().find(|c| !is_legal(*c)) {
            return Err(format!("an attribute refers to U+{:04X}, which XML 1.0 forbids", u32::from(c)));
        }
        attributes.push((namespace, local.into(), value.into_owned()));
    }
    Ok(Element { namespace, name: name.into(), attributes, ..Element::default() })
}

/// The name of a namespace; one copy of it for those that nearly every element has.
fn known(name: &str) -> Cow<'static, str> {
    [super::rss::ATOM, super::rss::CONTENT, super::rss::DC]
        .into_iter()
        .find(|known| *known == name)
        .map_or_else(|| Cow::Owned(name.to_owned()), Cow::Borrowed)
}

/// XML 1.0 §4.6. There is no declaration of others in a feed.
fn predefined(name: &str) -> Option<&'static str> {
    match name {
        "amp" => Some("&"),
        "lt" => Some("<"),
        "gt" => Some(">"),
        "quot" => Some("\""),
        "apos" => Some("'"),
        _ => None,
    }
}

fn first_illegal(text: &str) -> Option<char> {
    // In UTF-8, 0xEF begins the characters around U+FFFE. Without an early end, so that many bytes are looked at at once.
    let suspicious = |b: u8| (b < b' ' && !matches!(b, b'\t' | b'\n' | b'\r')) || b == 0xef;
    let is_suspicious = text.bytes().fold(false, |found, b| found | suspicious(b));
    if is_suspicious { text.chars().find(|c| !is_legal(*c)) } else { None }
}

/// XML 1.0 §2.2.
fn is_legal(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// As much of XML 1.0 §2.3 as the names of any feed need.
fn is_name(name: &str) -> bool {
    let starts = name.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_');
    starts && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
}
