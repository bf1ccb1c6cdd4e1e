//! What a section of the settings is made of: each field stands once, with its meaning, type and default, and is read
//! from the environment, else from the file, else is its default.

use std::{cmp::Ordering, collections::BTreeMap};

use super::{FaultList, FromNode, Node, Reader, Spot, Value};

/// What the environment says: variable and value, of those that begin with `VESTNIK_` and name a section.
pub(super) type Environment = BTreeMap<String, String>;

/// The variable that overrides a setting.
pub(super) fn variable(section: &str, key: &str) -> String {
    format!("VESTNIK_{}__{}", section.to_uppercase().replace('.', "__"), key.to_uppercase())
}

/// A section, for the manual.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectionDocs {
    /// Its name in the file.
    pub name: &'static str,
    /// What it is about.
    pub about: String,
    /// Its settings, in order.
    pub settings: Vec<SettingDocs>,
}

/// A setting, for the manual.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingDocs {
    /// Its name in the file.
    pub key: &'static str,
    /// What it means.
    pub about: String,
    /// What is expected.
    pub expected: String,
    /// Where its value must lie, both included.
    pub within: Option<(&'static str, &'static str)>,
    /// Its default, as it would stand in the file.
    pub default: Option<String>,
    /// The variable that overrides it.
    pub variable: String,
}

impl SettingDocs {
    pub(super) fn of<T: FromNode>(
        (section, key): (&'static str, &'static str),
        about: &[&str],
        default: Option<&'static str>,
        within: Option<(&'static str, &'static str)>,
    ) -> Self {
        SettingDocs {
            key,
            about: paragraph(about),
            expected: T::expected(),
            within,
            default: default.map(|text| in_toml(&T::value_of(text))),
            variable: variable(section, key),
        }
    }
}

pub(super) fn paragraph(lines: &[&str]) -> String {
    lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
}

fn in_toml(value: &Value) -> String {
    match value {
        Value::List(items) => {
            let items: Vec<_> = items.iter().map(|item| in_toml(&item.value)).collect();
            format!("[{}]", items.join(", "))
        }
        scalar => scalar.to_string(),
    }
}

/// Reads one section from all that can set it.
pub(super) struct Section<'a> {
    name: &'static str,
    file: Option<Reader<'a>>,
    environment: &'a Environment,
    faults: &'a FaultList,
}

impl<'a> Section<'a> {
    pub(super) fn new(
        name: &'static str,
        file: Option<Reader<'a>>,
        environment: &'a Environment,
        faults: &'a FaultList,
    ) -> Self {
        Section { name, file, environment, faults }
    }

    /// The environment wins over the file, the file over the default; what loses is checked all the same.
    pub(super) fn field<T: FromNode>(
        &mut self,
        key: &'static str,
        default: Option<&'static str>,
        within: Option<(&'static str, &'static str)>,
    ) -> Option<T> {
        let bounded = |spot: &Spot<'_>| -> Option<T> {
            let value = spot.read()?;
            in_bounds(&value, within, spot).then_some(value)
        };
        let in_file = self.file.as_mut().and_then(|file| file.spot(key)).map(|spot| bounded(&spot));
        let name = variable(self.name, key);
        let in_environment = self.environment.get(&name).map(|text| {
            let node = Node { value: T::value_of(text), line: 0, column: 0 };
            bounded(&Spot::new(ENVIRONMENT, name, &node, self.faults))
        });
        in_environment.or(in_file).unwrap_or_else(|| match default {
            Some(text) => {
                let node = Node { value: T::value_of(text), line: 0, column: 0 };
                bounded(&Spot::new("default", format!("{}.{key}", self.name), &node, self.faults))
            }
            None => T::absent(),
        })
    }

    pub(super) fn finish(self) {
        if let Some(file) = self.file {
            file.finish();
        }
    }
}

/// The name of the environment where a file's name would stand.
pub(super) const ENVIRONMENT: &str = "environment";

fn in_bounds<T: FromNode>(value: &T, within: Option<(&str, &str)>, spot: &Spot<'_>) -> bool {
    let Some((low, high)) = within else { return true };
    let silent = FaultList::new();
    let bound = |text: &str| {
        let node = Node { value: T::value_of(text), line: 0, column: 0 };
        Spot::new("default", "", &node, &silent).read::<T>()
    };
    let below = bound(low).is_some_and(|low| value.compared(&low) == Some(Ordering::Less));
    let above = bound(high).is_some_and(|high| value.compared(&high) == Some(Ordering::Greater));
    let fits = !below && !above;
    if !fits {
        spot.expected(&format!("{low} to {high}"));
    }
    fits
}

/// Makes a section: a struct, how it is read, and what the manual says of it. Each field is
/// `name: Type = "default" within "low" to "high";` where default and bounds may be missing.
macro_rules! section {
    (
        $(#[doc = $about:literal])+
        $section:literal $name:ident {
            $(
                $(#[doc = $doc:literal])+
                $field:ident: $type:ty $(= $default:literal $(within $low:literal to $high:literal)?)?;
            )+
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name {
            $($(#[doc = $doc])+ pub $field: $type,)+
        }

        impl $name {
            pub(super) const SECTION: &'static str = $section;

            pub(super) fn read(mut section: crate::config::section::Section<'_>) -> Option<Self> {
                $(let $field = section.field::<$type>(
                    stringify!($field),
                    <[_]>::first(&[$($default)?]).copied(),
                    <[_]>::first(&[$($(($low, $high))?)?]).copied(),
                );)+
                section.finish();
                Some(Self { $($field: $field?,)+ })
            }

            pub(super) fn docs() -> crate::config::SectionDocs {
                crate::config::SectionDocs {
                    name: $section,
                    about: crate::config::section::paragraph(&[$($about),+]),
                    settings: vec![$(crate::config::SettingDocs::of::<$type>(
                        ($section, stringify!($field)),
                        &[$($doc),+],
                        <[_]>::first(&[$($default)?]).copied(),
                        <[_]>::first(&[$($(($low, $high))?)?]).copied(),
                    ),)+],
                }
            }
        }
    };
}
pub(super) use section;
