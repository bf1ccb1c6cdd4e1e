//! Which entries are one story, and what becomes of it.

mod command;
mod judged;
mod keeping;
mod published;
mod translations;
