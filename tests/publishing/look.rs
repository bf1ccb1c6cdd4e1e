//! Writes the documents of the sample newspaper into a folder, to be looked at in a browser:
//! `VESTNIK_LOOK=/tmp/look cargo test --test vestnik look -- --ignored`, then serve the folder.

use std::{fs, path::Path};

use vestnik::{
    model::Format,
    publish::{ASSETS, Trouble, post_page, sources_page, trouble_page},
};

use super::{documents::with_desk, print_channel, sample};

#[test]
#[ignore = "writes files for people to look at"]
fn documents_to_look_at() {
    let folder = std::env::var("VESTNIK_LOOK").expect("VESTNIK_LOOK names a folder");
    let write = |name: &str, bytes: &[u8]| {
        let path = Path::new(&folder).join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    for asset in ASSETS {
        write(&format!("assets/{}", asset.name), asset.bytes);
    }
    let (site, channels, entries) = (sample::site(), sample::channels(), sample::newspaper());
    for format in Format::ALL {
        for (channel, name) in [(&channels[0], "all"), (&channels[5], "en")] {
            let text = print_channel(&site, channel, &entries, format);
            write(&format!("feeds/{name}.{}", format.extension()), text.as_bytes());
        }
    }
    write("feeds/empty.html", print_channel(&site, &channels[4], &[], Format::Html).as_bytes());
    for language in ["bg", "en"] {
        let sources = super::documents::sources();
        let page = with_desk(language, |desk| sources_page(desk, &sources)).unwrap();
        write(&format!("sources-{language}.html"), &page);
    }
    write("post.html", &with_desk("bg", |desk| post_page(desk, &entries[1], &[])).unwrap());
    write("missing.html", &with_desk("bg", |desk| trouble_page(desk, &Trouble::NotFound)).unwrap());
    write("all.rss.xml", print_channel(&site, &channels[0], &entries, Format::Rss).as_bytes());
    write("all.atom.xml", print_channel(&site, &channels[0], &entries, Format::Atom).as_bytes());
}
