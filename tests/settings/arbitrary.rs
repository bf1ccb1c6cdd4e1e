//! Reading never panics, whatever a file holds, and a refusal always says why.

use proptest::prelude::*;
use vestnik::{
    config::{FaultList, Node, Settings},
    model::Language,
    posts::{self, PostDate},
};

fn read_settings(text: &str) {
    if let Err(faults) = Settings::read("a.toml", text, std::iter::empty()) {
        assert!(!faults.is_empty());
        assert!(faults.iter().all(|fault| !fault.to_string().contains('\n')), "{faults:?}");
    }
}

fn read_post(text: &str) {
    if let Err(faults) = posts::read("a.md", text, &Language::bulgarian(), chrono_tz::Tz::Europe__Sofia) {
        assert!(!faults.is_empty());
        assert!(faults.iter().all(|fault| !fault.to_string().contains('\n')), "{faults:?}");
    }
}

/// Pieces that mean something to one of the readers, in any order.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "+++\n",
        "---\n",
        "...\n",
        "\n",
        "\r\n",
        " ",
        "  ",
        "\t",
        "# c",
        ":",
        ": ",
        "- ",
        "? ",
        "[",
        "]",
        "{",
        "}",
        ",",
        "'",
        "\"",
        "\\",
        "\\u{",
        "\\x",
        "&a ",
        "*a",
        "!!str ",
        "!",
        "%YAML 1.2\n",
        "|",
        ">-\n",
        "|2\n",
        "~",
        "=",
        " = ",
        ".",
        "title",
        "date",
        "slug",
        "[site]\n",
        "[[site]]\n",
        "[collect]\n",
        "host_gap",
        "2018-07-16",
        "2018",
        "10:30",
        "+02:00",
        "1e9",
        "0x",
        "-",
        "_",
        "true",
        "я",
        "\u{feff}",
        "\0",
        "\u{85}",
        "\u{2028}",
        "é",
        "\u{301}",
        "`",
        "<b>",
        "[^1]",
        "|-|",
        "> ",
        "99999999999999999999",
        "nan",
        "'''",
        "\"\"\"",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        read_settings(&text);
        read_post(&text);
        read_post(&format!("+++\n{text}\n+++\n{text}"));
        read_post(&format!("---\n{text}\n---\n{text}"));
    }

    #[test]
    fn any_mixture_of_pieces_is_read_or_refused(text in pieces()) {
        read_settings(&text);
        read_post(&text);
        read_post(&format!("+++\n{text}\n+++\n{text}"));
        read_post(&format!("---\n{text}\n---\n{text}"));
        let faults = FaultList::new();
        prop_assert_eq!(Node::from_yaml("a", &text, 1, &faults).is_none(), !faults.is_empty());
    }

    #[test]
    fn any_value_of_a_setting_is_read_or_refused(value in any::<String>(), key in 0_usize..6) {
        let key = ["SITE__URL", "SITE__TIMEZONE", "LOG__FILTER", "COLLECT__HOST_GAP", "COLLECT__BODY_LIMIT",
            "COLLECT__ALLOW_NETWORKS"][key];
        let variables = std::iter::once((format!("VESTNIK_{key}"), value));
        if let Err(faults) = Settings::read("a.toml", "", variables) {
            prop_assert!(!faults.is_empty());
        }
    }

    #[test]
    fn any_text_is_a_date_or_none(text in "[0-9TZ:+ .-]{0,30}|\\PC{0,30}", zone in 0_usize..3) {
        let zone = [chrono_tz::Tz::Europe__Sofia, chrono_tz::Tz::Pacific__Apia, chrono_tz::Tz::UTC][zone];
        if let Some(date) = PostDate::parse(&text, zone) {
            prop_assert!((1900..3000).contains(&date.year));
        }
    }

    #[test]
    fn any_text_gives_a_slug_or_none(text in any::<String>()) {
        if let Some(slug) = posts::slug_of(&text) {
            prop_assert!(!slug.as_str().starts_with('-') && !slug.as_str().ends_with('-'));
        }
    }
}
