//! Posts: Markdown files under `posts/`.

use std::{collections::BTreeMap, path::Path};

use super::{
    Reading, Taken,
    files::{files_in, relative},
};
use crate::{
    config::{Fault, nearest, text_of},
    model::Slug,
    posts::{self, Post},
};

/// What was read.
pub(super) struct Read {
    pub(super) posts: Vec<Post>,
    /// No file was faulty.
    pub(super) complete: bool,
    pub(super) warnings: Vec<Fault>,
}

pub(super) fn load(reading: &Reading<'_>) -> Read {
    let site = &reading.settings.site;
    let mut taken = Taken::default();
    let before = reading.faults.len();
    let mut found = Vec::new();
    for path in files_in(&reading.dir.join("posts"), "md") {
        let file = path.display().to_string();
        let read = text_of(&path).map_err(|fault| vec![fault]);
        let read = read.and_then(|text| posts::read(&file, &text, &site.language, site.timezone));
        match read {
            Err(faults) => faults.into_iter().for_each(|fault| reading.faults.push(fault)),
            Ok(post) => match taken.take(&post.slug, &file) {
                Err(problem) => reading.faults.push(fault(&post, ("slug", post.lines.slug), problem)),
                Ok(()) => found.push(post),
            },
        }
    }
    let complete = reading.faults.len() == before;
    let warnings = check_translations(&found, reading);
    found.sort_by(|a, b| a.slug.cmp(&b.slug));
    for post in &mut found {
        post.file = relative(reading.dir, Path::new(&post.file));
    }
    Read { posts: found, complete, warnings }
}

/// A translation names the original, so that all languages of a text know each other. Faulty ones stay: they are
/// sound posts that link to nothing. One whose original is not there is no fault: who deletes a post must not have to
/// edit another one first, or nothing of what was written since would be published. Gives what is worth a warning.
fn check_translations(found: &[Post], reading: &Reading<'_>) -> Vec<Fault> {
    let mut warnings = Vec::new();
    let by_slug: BTreeMap<&Slug, &Post> = found.iter().map(|post| (&post.slug, post)).collect();
    for post in found {
        let Some(original) = &post.translation_of else { continue };
        let problem = match by_slug.get(original) {
            Some(original) if original.slug == post.slug => "is the post itself".to_owned(),
            Some(original) => match &original.translation_of {
                Some(first) => format!("“{}” is itself a translation: name “{first}”", original.slug),
                None => continue,
            },
            None => {
                let near = nearest(original.as_str(), by_slug.keys().map(|slug| slug.as_str()));
                let hint = near.map_or(String::new(), |near| format!("; did you mean “{near}”?"));
                let problem = format!("there is no post “{original}”{hint}; it is published without a pair");
                warnings.push(fault(post, ("translation-of", post.lines.translation_of), problem));
                continue;
            }
        };
        reading.faults.push(fault(post, ("translation-of", post.lines.translation_of), problem));
    }
    warnings
}

fn fault(post: &Post, (key, line): (&str, Option<usize>), problem: String) -> Fault {
    Fault { file: post.file.clone(), line, key: key.to_owned(), problem }
}
