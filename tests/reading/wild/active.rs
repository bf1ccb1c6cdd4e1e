//! Active markup in each element that holds a text.

use super::{Wild, atom, atom_entry, numbered, rss, rss_item};

pub(super) fn documents() -> Vec<Wild> {
    let mut all = Vec::new();
    for element in ["title", "description", "content:encoded", "fullitem"] {
        let filled = FORMS.map(|form| rss_item(&format!("<{element}>{}</{element}>", escaped(form))));
        all.extend(numbered(&format!("active-item-{}", element.replace(':', "-")), filled));
    }
    for element in ["summary", "content"] {
        let filled =
            FORMS.map(|form| atom_entry(&format!("<{element} type='html'>{}</{element}>", escaped(form))));
        all.extend(numbered(&format!("active-entry-{element}"), filled));
    }
    let bodies = FORMS.map(|form| {
        rss_item(&format!(
            "<body xmlns='http://www.w3.org/1999/xhtml'>{}</body>",
            escaped(form).replace("&lt;", "<").replace("&gt;", ">")
        ))
    });
    all.extend(numbered("active-item-body", bodies));
    all.extend(numbered(
        "active-channel",
        FORMS.map(|form| rss("2.0", &format!("<description>{}</description>", escaped(form)), "")),
    ));
    all.extend(numbered(
        "active-feed",
        FORMS.map(|form| atom(&format!("<subtitle type='html'>{}</subtitle>", escaped(form)), "")),
    ));
    all
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

const FORMS: [&str; 22] = [
    "safe<script type=\"text/javascript\">alert(1)</script> text",
    "safe<script src=\"http://x.example/x.js\"></script> text",
    "<b onclick=\"alert(1)\">safe</b> text",
    "<a href=\"javascript:alert(1)\">safe</a> text",
    "<a href=\" java&#115;cript:alert(1)\">safe</a> text",
    "<img src=\"http://a.example/i.png\" onerror=\"alert(1)\" /> text",
    "<p style=\"background:url(javascript:x)\">safe</p> text",
    "<style>p { color: red }</style>safe text",
    "<iframe src=\"http://x.example/\"></iframe>safe text",
    "<object data=\"x.swf\"></object>safe text",
    "<embed src=\"x.swf\" />safe text",
    "<applet code=\"x\"></applet>safe text",
    "<meta http-equiv=\"refresh\" content=\"0;url=http://x.example/\" />safe text",
    "<link rel=\"stylesheet\" href=\"x.css\" />safe text",
    "<form action=\"x\"><input name=\"y\" /></form>safe text",
    "<svg xmlns=\"http://www.w3.org/2000/svg\"><g></g></svg>safe text",
    "<blink>safe</blink> text",
    "<frameset><frame src=\"x\" /></frameset>safe text",
    "<!-- comment -->safe text",
    "<base href=\"http://x.example/\" />safe text",
    "<table><tr><td>safe</td></tr></table> text",
    "<div class=\"x\"><em>safe</em></div> text",
];
