//! normalise
#![allow(missing_docs)]
use crate::model::*;
pub struct Context<'a> {
    pub source: &'a SourceSpec,
    pub base: Option<&'a url::Url>,
    pub authority: &'a str,
    pub now: Timestamp,
}
pub struct Identified {
    pub index: usize,
    pub identity: Identity,
    pub fingerprint: Fingerprint,
}
pub fn identify(_feed: &ParsedFeed, _source: &SourceSpec) -> Vec<Identified> {
    vec![]
}
pub fn changes(_feed: ParsedFeed, _i: Vec<Identified>, _k: &[Known], _c: &Context<'_>) -> Changes {
    Changes::default()
}
pub fn feed_info(_feed: &ParsedFeed, _c: &Context<'_>) -> FeedInfo {
    FeedInfo::default()
}
pub fn entries_per_week(_feed: &ParsedFeed, _now: Timestamp) -> Option<f64> {
    None
}
