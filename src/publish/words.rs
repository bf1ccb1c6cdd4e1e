//! Every word of the pages for people, in Bulgarian and English, and how both write dates.

use chrono::{DateTime, Datelike, Timelike};
use chrono_tz::Tz;

use crate::model::{Language, Timestamp};

/// The interface in one language.
#[derive(Debug)]
pub(super) struct Words {
    /// For the `lang` attribute.
    pub(super) lang: &'static str,
    /// For `og:locale`.
    pub(super) locale: &'static str,
    pub(super) skip_to_content: &'static str,
    pub(super) channels: &'static str,
    pub(super) subscribe: &'static str,
    pub(super) how_to_subscribe: &'static str,
    pub(super) nothing_yet: &'static str,
    pub(super) tags: &'static str,
    pub(super) also_reported_by: &'static str,
    pub(super) licence: &'static str,
    pub(super) sources: &'static str,
    pub(super) sources_intro: &'static str,
    pub(super) source: &'static str,
    pub(super) kind: &'static str,
    pub(super) kind_feed: &'static str,
    pub(super) kind_page: &'static str,
    pub(super) kind_local: &'static str,
    pub(super) last_success: &'static str,
    pub(super) never: &'static str,
    pub(super) state: &'static str,
    pub(super) state_ok: &'static str,
    pub(super) state_new: &'static str,
    pub(super) state_off: &'static str,
    pub(super) state_gone: &'static str,
    pub(super) state_failing: &'static str,
    pub(super) since: &'static str,
    pub(super) tried_again: &'static str,
    pub(super) no_sources: &'static str,
    pub(super) all_channels_opml: &'static str,
    pub(super) made_with: &'static str,
    pub(super) contact: &'static str,
    pub(super) not_found: &'static str,
    pub(super) not_found_text: &'static str,
    pub(super) to_front_page: &'static str,
    months: [&'static str; 12],
    year_mark: &'static str,
}

static BULGARIAN: Words = Words {
    lang: "bg",
    locale: "bg_BG",
    skip_to_content: "Към съдържанието",
    channels: "Канали",
    subscribe: "Абонамент",
    how_to_subscribe: "Копирайте един от тези адреси в четец на емисии и новините ще идват сами при вас.",
    nothing_yet: "Тук все още няма новини.",
    tags: "Етикети",
    also_reported_by: "Съобщават и",
    licence: "Лиценз",
    sources: "Източници",
    sources_intro: "Оттук събираме новините. Всяка новина води към сайта, който я е публикувал.",
    source: "Източник",
    kind: "Вид",
    kind_feed: "емисия",
    kind_page: "страница",
    kind_local: "собствени публикации",
    last_success: "Последно прочетен",
    never: "никога",
    state: "Състояние",
    state_ok: "в ред",
    state_new: "още не е проверяван",
    state_off: "изключен",
    state_gone: "закрит от издателя",
    state_failing: "недостъпен",
    since: "от",
    tried_again: "следващ опит:",
    no_sources: "Все още няма източници.",
    all_channels_opml: "Всички канали (OPML)",
    made_with: "Издава се с",
    contact: "За връзка",
    not_found: "Няма такава страница",
    not_found_text: "На този адрес няма нищо. Може да е сгрешен, а публикацията може да е оттеглена.",
    to_front_page: "Към първа страница",
    months: [
        "януари",
        "февруари",
        "март",
        "април",
        "май",
        "юни",
        "юли",
        "август",
        "септември",
        "октомври",
        "ноември",
        "декември",
    ],
    // Does not break from the year.
    year_mark: "\u{a0}г.",
};

static ENGLISH: Words = Words {
    lang: "en",
    locale: "en_GB",
    skip_to_content: "Skip to content",
    channels: "Channels",
    subscribe: "Subscribe",
    how_to_subscribe: "Copy one of these addresses into a feed reader and the news will come to you.",
    nothing_yet: "There is no news here yet.",
    tags: "Tags",
    also_reported_by: "Also reported by",
    licence: "Licence",
    sources: "Sources",
    sources_intro: "This is where we collect the news. Each item leads to the site that published it.",
    source: "Source",
    kind: "Kind",
    kind_feed: "feed",
    kind_page: "page",
    kind_local: "own posts",
    last_success: "Last read",
    never: "never",
    state: "State",
    state_ok: "ok",
    state_new: "not asked yet",
    state_off: "switched off",
    state_gone: "closed by its publisher",
    state_failing: "cannot be reached",
    since: "since",
    tried_again: "tried again at",
    no_sources: "There are no sources yet.",
    all_channels_opml: "All channels (OPML)",
    made_with: "Published with",
    contact: "Contact",
    not_found: "There is no such page",
    not_found_text: "Nothing is at this address. It may be mistyped, or the item may have been withdrawn.",
    to_front_page: "To the front page",
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    year_mark: "",
};

impl Words {
    /// Bulgarian for Bulgarian, English for everything else.
    pub(super) fn of(language: &Language) -> &'static Words {
        if language.primary() == "bg" { &BULGARIAN } else { &ENGLISH }
    }

    /// „16 юли 2018 г.“, “16 July 2018”.
    pub(super) fn date(&self, at: &DateTime<Tz>) -> String {
        let month = self.months.get(at.month0() as usize).copied().unwrap_or_default();
        format!("{} {month} {}{}", at.day(), at.year(), self.year_mark)
    }

    /// The date and the time of day: „16 юли 2018 г., 14:30“.
    pub(super) fn date_and_time(&self, at: Timestamp, zone: Tz) -> String {
        let at = at.with_timezone(&zone);
        format!("{}, {}", self.date(&at), clock(&at))
    }
}

/// `14:30`, as both languages write it.
pub(super) fn clock(at: &DateTime<Tz>) -> String {
    format!("{:02}:{:02}", at.hour(), at.minute())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::from_millis;

    #[test]
    fn dates_are_written_as_readers_expect() {
        let at = from_millis(1_531_728_000_000);
        let sofia = chrono_tz::Europe::Sofia;
        let written = |language: Language| Words::of(&language).date_and_time(at, sofia);
        assert_eq!(written(Language::bulgarian()), "16 юли 2018\u{a0}г., 11:00");
        assert_eq!(written(Language::english()), "16 July 2018, 11:00");
        assert_eq!(written("it".parse().unwrap()), "16 July 2018, 11:00");
    }
}
