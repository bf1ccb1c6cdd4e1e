//! What is known to get past sanitisers, in each field of each format: nothing active is in any field of what is stored.
//! `fixtures/fuzzing/payloads.txt` holds one a line; `VESTNIK_TEST_PAYLOADS` may name a JSON list of more.

use std::fs;

use serde_json::json;

use super::laws;

const OWN: &str = include_str!("../fixtures/fuzzing/payloads.txt");

fn payloads() -> Vec<String> {
    let own = OWN.lines().filter(|line| !line.is_empty() && !line.starts_with("# ")).map(str::to_owned);
    let more = std::env::var_os("VESTNIK_TEST_PAYLOADS")
        .map(|file| serde_json::from_slice::<Vec<String>>(&fs::read(file).unwrap()).unwrap());
    own.chain(more.into_iter().flatten()).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

/// The payload in each field of an RSS. `said` is how it stands in an element, `value` in an attribute.
fn rss(said: &str, value: &str) -> String {
    format!(
        "application/rss+xml\n<rss version='2.0' xmlns:media='http://search.yahoo.com/mrss/' \
         xmlns:content='http://purl.org/rss/1.0/modules/content/' xmlns:dc='http://purl.org/dc/elements/1.1/'><channel>\
         <title>{said}</title><link>{said}</link><description>{said}</description><copyright>{said}</copyright>\
         <image><url>{said}</url></image><item><title>{said}</title><link>{said}</link><guid>{said}</guid>\
         <description>{said}</description><content:encoded>{said}</content:encoded><author>{said}</author>\
         <dc:creator>{said}</dc:creator><category>{said}</category><comments>{said}</comments>\
         <dc:rights>{said}</dc:rights><enclosure url='{value}' type='{value}' length='1'/>\
         <media:content url='{value}'><media:title>{said}</media:title></media:content><media:thumbnail url='{value}'/>\
         <source url='{value}'>{said}</source></item>\
         <item><title>Plain</title><description>{said}</description></item></channel></rss>"
    )
}

/// The same for an Atom whose texts are of this type.
fn atom(kind: &str, said: &str, value: &str) -> String {
    format!(
        "application/atom+xml\n<feed xmlns='http://www.w3.org/2005/Atom' xml:base='https://a.example/'>\
         <title type='{kind}'>{said}</title><subtitle type='{kind}'>{said}</subtitle><link href='{value}'/>\
         <icon>{said}</icon><logo>{said}</logo><entry xml:base='{value}'><id>{said}</id><title type='{kind}'>{said}</title>\
         <link href='{value}'/><link rel='enclosure' href='{value}' title='{value}'/><summary type='{kind}'>{said}</summary>\
         <content type='{kind}'><div xmlns='http://www.w3.org/1999/xhtml'>{said}</div></content>\
         <rights type='{kind}'>{said}</rights><author><name>{said}</name><uri>{said}</uri><email>{said}</email></author>\
         <category term='{value}' label='{value}'/>\
         <source><id>{said}</id><title>{said}</title><link href='{value}'/></source></entry></feed>"
    )
}

fn json_feed(payload: &str) -> String {
    let item = json!({
        "id": payload, "url": payload, "external_url": payload, "title": payload, "content_html": payload,
        "summary": payload, "image": payload, "banner_image": payload, "tags": [payload], "language": payload,
        "authors": [{"name": payload, "url": payload, "avatar": payload}],
        "attachments": [{"url": payload, "mime_type": payload, "title": payload}],
    });
    let text = json!({"id": "1", "content_text": payload});
    let feed = json!({
        "version": "https://jsonfeed.org/version/1.1", "title": payload, "home_page_url": payload,
        "description": payload, "icon": payload, "authors": [{"name": payload}], "items": [item, text],
    });
    format!("application/feed+json\n{feed}")
}

/// The payload in each field, in the ways that each format has for it.
fn documents(payload: &str) -> Vec<String> {
    let section = format!("<![CDATA[{}]]>", payload.replace("]]>", "]]&gt;"));
    let mut all = vec![json_feed(payload)];
    let value = escaped(payload);
    // Escaped, in a section, and as it is: the walk repairs what that breaks.
    for said in [&value, &section, payload] {
        all.push(rss(said, &value));
        all.extend(["text", "html", "xhtml", "text/html"].map(|kind| atom(kind, said, &value)));
    }
    all
}

#[test]
fn nothing_active_survives_in_any_field_of_any_format() {
    let payloads = payloads();
    assert!(payloads.len() >= 150, "the payloads are gone: {}", payloads.len());
    let mut broken = Vec::new();
    for payload in &payloads {
        let kept = std::panic::catch_unwind(|| {
            laws::sanitise(payload.as_bytes());
            laws::sanitise(escaped(payload).as_bytes());
            documents(payload).iter().for_each(|document| laws::reader(document.as_bytes()));
        });
        if let Err(breach) = kept {
            let breach = breach.downcast_ref::<String>().cloned().unwrap_or_default();
            broken.push(format!("{payload:?}\n  {breach:.600}"));
        }
    }
    assert!(broken.is_empty(), "{} of {}:\n{}", broken.len(), payloads.len(), broken.join("\n"));
}
