//! The ground for everything that is declared in files: trees with positions, readers that report every fault at
//! once, and the daemon's settings. Reads no clock; does no I/O but in [`Settings::load`] and [`text_of`].

mod fault;
mod file;
mod generated;
mod names;
mod node;
mod reader;
mod section;
mod sections;
mod settings;
mod toml_tree;
mod values;
mod yaml_tree;

pub use fault::{Fault, FaultList, nearest};
pub use file::text_of;
pub use generated::configuration_page;
pub use names::{BaseUrl, BucketUrl, Contact, DatabaseUrl, LogFilter, LogFormat, Title, UserAgent};
pub use node::{Key, Node, Value};
pub use reader::{FromNode, Reader, Spot};
pub use section::{SectionDocs, SettingDocs};
pub use sections::{
    BackupSettings, CollectSettings, FeedsSettings, LogSettings, ObjectStoreSettings, PublishSettings,
    RetentionSettings, ServerSettings, SiteSettings, StorageSettings,
};
pub use settings::Settings;
pub use values::Moment;

/// What documents and requests name: program and version.
pub const GENERATOR: &str = concat!("Vestnik/", env!("CARGO_PKG_VERSION"));
