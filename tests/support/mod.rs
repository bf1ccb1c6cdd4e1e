//! Loopback servers that answer as they are told and record what they were asked.

pub(crate) mod server;
