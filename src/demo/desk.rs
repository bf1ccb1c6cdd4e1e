//! The feeds folder of the demonstration: the partners as declared sources, the shipped channels and posts.

use std::{fs, io, path::Path};

use crate::{
    desk,
    model::{Rights, SourceSpec, TextPolicy},
};

const CHANNELS: &[(&str, &str)] = &[
    ("all", include_str!("../../feeds/channels/all.toml")),
    ("local", include_str!("../../feeds/channels/local.toml")),
    ("city", include_str!("../../feeds/channels/city.toml")),
    ("bg", include_str!("../../feeds/channels/bg.toml")),
    ("en", include_str!("../../feeds/channels/en.toml")),
    (
        "partners",
        "[title]\nbg = \"Новини от партньорите\"\nen = \"News of the partners\"\n\n[filter]\ngroups = [\"partners\"]\n",
    ),
];

const POSTS: &[(&str, &str)] = &[
    ("digital-cities-challenge.md", include_str!("../../feeds/posts/2018/digital-cities-challenge.md")),
    ("digital-cities-challenge.bg.md", include_str!("../../feeds/posts/2018/digital-cities-challenge.bg.md")),
    ("new-proposals-from-members.md", include_str!("../../feeds/posts/2018/new-proposals-from-members.md")),
    ("work-meetings-italy.md", include_str!("../../feeds/posts/2018/work-meetings-italy.md")),
];

/// The folder could not be written.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// A file or folder could not be made.
    #[error("{file} cannot be written: {error}")]
    Write {
        /// Which one.
        file: String,
        /// The system's reason.
        error: io::Error,
    },
    /// A source cannot be put down as TOML.
    #[error(transparent)]
    Toml(#[from] toml::ser::Error),
}

/// Writes a feeds folder with these sources, and the channels and posts of the demonstration.
///
/// # Errors
/// See [`DeskError`].
pub fn write_desk(feeds: &Path, sources: &[SourceSpec]) -> Result<(), DeskError> {
    for spec in sources {
        write(feeds, "sources", &format!("{}.toml", spec.slug), &source_with_rights(spec)?)?;
    }
    for (slug, text) in CHANNELS {
        write(feeds, "channels", &format!("{slug}.toml"), text)?;
    }
    for (name, text) in POSTS {
        write(feeds, "posts", name, text)?;
    }
    Ok(())
}

/// Rights are an editor's decision and not written by the desk; here the partners are ours.
fn source_with_rights(spec: &SourceSpec) -> Result<String, toml::ser::Error> {
    let Rights { text, licence, .. } = &spec.rights;
    let mut file = desk::source_file(spec)?;
    if *text == TextPolicy::Full || licence.is_some() {
        file.push_str("\n[rights]\n");
    }
    if *text == TextPolicy::Full {
        file.push_str("text = \"full\"\n");
    }
    if let Some(licence) = licence {
        file.push_str(&format!("licence = \"{licence}\"\n"));
    }
    Ok(file)
}

fn write(feeds: &Path, folder: &str, name: &str, text: &str) -> Result<(), DeskError> {
    let folder = feeds.join(folder);
    let file = folder.join(name);
    fs::create_dir_all(&folder)
        .and_then(|()| fs::write(&file, text))
        .map_err(|error| DeskError::Write { file: file.display().to_string(), error })
}
