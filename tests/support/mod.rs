//! Loopback servers that answer as they are told and record what they were asked, and a client that adds nothing.

pub(crate) mod browser;
pub(crate) mod bucket;
pub(crate) mod postgres;
pub(crate) mod server;
pub(crate) mod tls;

use std::sync::Once;

/// A client that follows no redirect and asks no proxy.
pub(crate) fn client() -> reqwest::Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // Another test may have been faster.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}
