//! What any database behind the store must do. A second backend runs the same suite.

mod store_contract;
