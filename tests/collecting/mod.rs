//! Asking: fetching, politeness and pages without a feed.

mod pages;
