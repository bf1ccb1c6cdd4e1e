//! The whole, as its users meet it: the real program and the real daemon against partner sites on loopback.

mod backups;
mod browser;
mod collect;
mod commands;
mod crash;
mod daemon;
mod database;
mod documents;
mod edits;
mod faults;
mod files;
mod held;
pub(crate) mod house;
mod moving;
mod nodes;
mod outlets;
mod published;
mod retention;
mod source;
mod trouble;

pub(crate) use house::left_out;
use house::{Daemon, House, cycle, eventually, polls, renditions};
