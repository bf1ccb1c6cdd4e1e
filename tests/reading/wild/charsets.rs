//! The same feeds in the charsets that they can be written in, with every combination of mark, HTTP and declaration.

use encoding_rs::Encoding;
use serde_json::json;

use super::{Wild, wild};

pub(super) fn documents() -> Vec<Wild> {
    let mut all = single();
    all.extend(wide());
    all
}

fn feed(declared: &str, text: &str) -> String {
    let declaration = if declared.is_empty() {
        String::new()
    } else {
        format!("<?xml version='1.0' encoding='{declared}'?>\n")
    };
    format!(
        "{declaration}<rss version='2.0'><channel><title>{text}</title><description>{text}</description><item><title>{text}</title>\
         <description>{text}. {text}.</description></item></channel></rss>"
    )
}

const TEXTS: [(&str, &[&str]); 13] = [
    ("Новини от града и района", &["windows-1251", "koi8-r", "koi8-u", "iso-8859-5", "ibm866", "utf-8"]),
    (
        "Nachrichten für Österreich",
        &["windows-1252", "iso-8859-1", "latin1", "iso-8859-15", "macintosh", "us-ascii", "utf-8"],
    ),
    ("Novice z območja Žužemberka", &["windows-1250", "iso-8859-2", "iso-8859-16", "utf-8"]),
    ("最新ニュースの一覧です", &["shift_jis", "euc-jp", "iso-2022-jp", "utf-8"]),
    ("最新消息都在這裡了", &["big5", "utf-8"]),
    ("最新消息都在这里了", &["gb2312", "gbk", "gb18030", "utf-8"]),
    ("최신 뉴스가 여기 있습니다", &["euc-kr", "ks_c_5601-1987", "utf-8"]),
    ("Νέα από την πόλη", &["iso-8859-7", "windows-1253", "utf-8"]),
    ("Şehirden haberler ığ", &["iso-8859-9", "windows-1254", "utf-8"]),
    ("חדשות מן העיר", &["iso-8859-8", "windows-1255", "utf-8"]),
    ("أخبار المدينة", &["iso-8859-6", "windows-1256", "utf-8"]),
    ("Ziņas no pilsētas ā", &["windows-1257", "iso-8859-13", "iso-8859-4", "utf-8"]),
    ("ข่าวจากเมือง", &["tis-620", "utf-8"]),
];

fn single() -> Vec<Wild> {
    let mut all = Vec::new();
    for (text, labels) in TEXTS {
        for label in labels {
            let encoding = Encoding::for_label(label.as_bytes()).unwrap();
            let bytes = |text: &str| encoding.encode(text).0.into_owned();
            let name = format!("charset-{label}");
            all.push(wild(&name, 0, bytes(&feed(label, text))));
            all.push(wild(&name, 1, bytes(&feed(&label.to_uppercase(), text))));
            let http = |kind: &str| json!({ "content_type": format!("{kind}; charset={label}") });
            all.push(Wild { hints: http("text/xml"), ..wild(&name, 2, bytes(&feed("", text))) });
            all.push(Wild { hints: http("application/xml"), ..wild(&name, 3, bytes(&feed("utf-8", text))) });
            let bare = json!({ "content_type": "application/rss+xml" });
            all.push(Wild { hints: bare, ..wild(&name, 4, bytes(&feed(label, text))) });
            if *label == "utf-8" {
                all.push(wild(&name, 5, format!("\u{feff}{}", feed("", text))));
                all.push(wild(&name, 6, format!("\u{feff}{}", feed("utf-8", text))));
                all.push(wild(&name, 7, feed("", text)));
                all.push(wild(&name, 8, format!("\u{feff}{}", feed("windows-1252", text))));
            }
        }
    }
    all
}

/// UTF-16 and UTF-32, with every mark and declaration.
fn wide() -> Vec<Wild> {
    type Write = fn(&str) -> Vec<u8>;
    let forms: [(&str, Write); 4] = [
        ("16be", |text| text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
        ("16le", |text| text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("32be", |text| text.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect()),
        ("32le", |text| text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect()),
    ];
    let mut all = Vec::new();
    for (form, write) in forms {
        let width = &form[..2];
        let labels = [
            "".to_owned(),
            format!("utf-{width}"),
            format!("UTF-{form}"),
            "utf-8".to_owned(),
            "iso-10646-ucs-2".to_owned(),
            "ucs-4".to_owned(),
        ];
        for (n, label) in labels.iter().enumerate() {
            let text = feed(label, "Новини от града – café");
            all.push(wild(&format!("wide-{form}-marked"), n, write(&format!("\u{feff}{text}"))));
            if !label.is_empty() {
                all.push(wild(&format!("wide-{form}-bare"), n, write(&text)));
            }
        }
    }
    all
}
