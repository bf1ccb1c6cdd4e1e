//! Our own posts: Markdown with front matter into a [`ParsedFeed`](crate::model::ParsedFeed). Does no I/O and reads no
//! clock: it takes the text of a file and gives a post or every fault of it.

mod date;
mod feed;
mod front;
mod read;
mod slug;

pub use date::{PostDate, Precision};
pub use feed::{address, slug_of_address, to_feed};
pub use read::{Post, PostLines, read};
pub use slug::{slug_of, transliterate};
