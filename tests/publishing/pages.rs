//! Rules of the pages for people.

use std::collections::BTreeMap;

use vestnik::model::{Format, Rights, SortKey, Translation};

use super::{
    print, print_channel,
    rules::news,
    sample::{self, at},
};

#[test]
fn a_site_below_a_path_keeps_its_path_in_every_address() {
    let mut site = sample::site();
    site.url = "https://example.org/news/".parse().unwrap();
    let page = print_channel(&site, &sample::channels()[1], &[], Format::Html);
    for address in [
        "href=\"/news/assets/vestnik.css?v=",
        "href=\"https://example.org/news/feeds/bg.rss\"",
        "href=\"/news/feeds/city\"",
        "href=\"/news/sources\"",
    ] {
        let address = address.replace("/bg.", "/local.");
        assert!(page.contains(&address), "{address} in {page}");
    }
    let rss = print_channel(&site, &sample::channels()[1], &[], Format::Rss);
    assert!(rss.contains("href=\"/news/assets/feed.css\""), "{rss}");
}

#[test]
fn a_page_takes_nothing_from_other_hosts_and_runs_nothing() {
    let page = print(&sample::newspaper(), Format::Html);
    for active in ["<script", "javascript:", " style=", "<style", "<img", "onload"] {
        assert!(!page.contains(active), "{active}");
    }
    for (before, _) in page.match_indices("<link rel=\"stylesheet\"") {
        assert!(
            page.split_at(before).1.starts_with("<link rel=\"stylesheet\" href=\"/assets/vestnik.css?v=")
        );
    }
}

#[test]
fn a_page_names_its_feeds_in_its_head_and_in_its_text() {
    let page = print(&[], Format::Html);
    for (format, name) in [("rss", "RSS"), ("atom", "Atom"), ("json", "JSON Feed")] {
        let address = format!("https://news.example.org/feeds/all.{format}");
        let links = page.lines().filter(|line| line.contains(&address)).collect::<Vec<_>>();
        assert!(links.iter().any(|line| line.starts_with("<link rel=\"alternate\"")), "{links:?}");
        assert!(links.iter().any(|line| line.contains(&format!(">{name}</a>"))), "{links:?}");
    }
}

#[test]
fn markup_in_titles_and_tags_is_text_on_a_page() {
    let entry = news(Rights::default(), |news| {
        news.stored.entry.title = "<script>alert(1)</script>".to_owned();
        news.stored.entry.tags = vec!["\"><img src=x>".to_owned()];
        news.stored.entry.link = Some("javascript:alert(1)".to_owned());
    });
    let page = print(&[entry], Format::Html);
    assert!(!page.contains("<script") && !page.contains("<img") && !page.contains("javascript:"), "{page}");
}

#[test]
fn the_day_of_an_entry_is_the_day_in_the_zone_of_the_site() {
    let late = news(Rights::default(), |news| {
        let at = at("2018-07-16T22:30:00Z");
        news.stored.sort_key = SortKey::new(at, &news.stored.entry.identity);
    });
    let page = print(&[late], Format::Html);
    assert!(
        page.contains("<time datetime=\"2018-07-17\">17 юли 2018\u{a0}г.</time>") && page.contains("01:30"),
        "{page}"
    );
}

/// Relative luminance (WCAG 2.2) of `#rrggbb` or `#rgb`.
fn luminance(colour: &str) -> f64 {
    let digits: Vec<u32> = colour.trim_start_matches('#').chars().map(|c| c.to_digit(16).unwrap()).collect();
    let channels: Vec<u32> = match digits.as_slice() {
        [r, g, b] => vec![r * 17, g * 17, b * 17],
        six => six.chunks(2).map(|pair| pair[0] * 16 + pair[1]).collect(),
    };
    let linear = |channel: &u32| {
        let part = f64::from(*channel) / 255.0;
        if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    let parts: Vec<f64> = channels.iter().map(linear).collect();
    0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
}

fn contrast(a: &str, b: &str) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// The colours of each theme that a style sheet declares, by name.
fn themes(css: &str) -> Vec<BTreeMap<String, String>> {
    let blocks = css.split("--paper:").skip(1).map(|block| block.split('}').next().unwrap());
    let of_block = |block: &str| {
        let whole = format!("--paper:{block}");
        let declared = whole.split(';').filter_map(|line| line.trim().split_once(':'));
        let colours = declared.filter(|(_, value)| value.trim().starts_with('#'));
        colours.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect()
    };
    blocks.map(of_block).collect()
}

#[test]
fn every_text_can_be_read_in_every_theme() {
    let mut looked_at = 0;
    for css in [vestnik::publish::PAGE_CSS, vestnik::publish::EMBED_CSS] {
        for theme in themes(css) {
            let texts = ["--ink", "--quiet", "--link", "--mark"];
            let grounds = ["--paper", "--tint"];
            for (text, ground) in texts.iter().flat_map(|text| grounds.map(|ground| (*text, ground))) {
                let (Some(colour), Some(under)) = (theme.get(text), theme.get(ground)) else { continue };
                let ratio = contrast(colour, under);
                assert!(ratio >= 4.5, "{text} {colour} on {ground} {under}: {ratio:.2}");
                looked_at += 1;
            }
            if let Some(found) = theme.get("--found") {
                assert!(contrast(&theme["--ink"], found) >= 4.5, "what was searched for, on {found}");
            }
        }
    }
    assert!(looked_at >= 20, "{looked_at} pairs");
}

#[test]
fn the_same_in_another_language_is_linked_in_every_format_that_can_say_so() {
    let mut entry = news(Rights::default(), |_| {});
    let other = |language: &str, link: &str| Translation {
        language: language.parse().unwrap(),
        link: link.to_owned(),
    };
    entry.translations = vec![
        other("en", "https://noi.example/en/1"),
        other("en", "https://noi.example/en/2"),
        other("de", "http://intranet/secret"),
        other("it", "javascript:alert(1)"),
    ];
    for (format, name) in [(Format::Atom, "link "), (Format::Rss, "atom:link ")] {
        let all = print(std::slice::from_ref(&entry), format);
        let links: Vec<&str> = all.split('<').filter(|tag| tag.contains("hreflang")).collect();
        let [link] = links.as_slice() else { panic!("{format:?}: {links:?}") };
        assert!(link.starts_with(name), "{link}");
        for part in ["rel=\"related\"", "https://noi.example/en/1", "hreflang=\"en\"", "type=\"text/html\""] {
            assert!(link.contains(part), "{link}");
        }
    }
    let json: serde_json::Value =
        serde_json::from_str(&print(std::slice::from_ref(&entry), Format::Json)).unwrap();
    let expected = serde_json::json!([{ "language": "en", "url": "https://noi.example/en/1" }]);
    assert_eq!(json["items"][0]["_vestnik"]["translations"], expected);
    let page = print(&[entry], Format::Html);
    assert!(page.contains("hreflang=\"en\" lang=\"en\">Read in English</a>"), "{page}");
}
