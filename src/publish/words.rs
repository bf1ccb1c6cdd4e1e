//! Every word of the pages for people, in Bulgarian and English, and how both write dates.

use chrono::{DateTime, Datelike, Timelike};
use chrono_tz::Tz;

use crate::{
    dates::{BULGARIAN_MONTHS, ENGLISH_MONTHS},
    model::{Language, Timestamp},
};

/// The interface in one language.
#[derive(Debug)]
pub(super) struct Words {
    /// For the `lang` attribute.
    pub(super) lang: &'static str,
    /// For `og:locale`.
    pub(super) locale: &'static str,
    pub(super) skip_to_content: &'static str,
    pub(super) channels: &'static str,
    pub(super) channels_intro: &'static str,
    pub(super) more_channels: &'static str,
    pub(super) subscribe: &'static str,
    pub(super) how_to_subscribe: &'static str,
    pub(super) nothing_yet: &'static str,
    pub(super) tags: &'static str,
    /// Where one does, and where several do.
    also_reported_by: (&'static str, &'static str),
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
    pub(super) gone: &'static str,
    pub(super) gone_text: &'static str,
    pub(super) to_front_page: &'static str,
    pub(super) name: &'static str,
    pub(super) search: &'static str,
    pub(super) search_words: &'static str,
    pub(super) search_hint: &'static str,
    pub(super) search_help: &'static str,
    /// A query and what it finds.
    pub(super) search_examples: [(&'static str, &'static str); 5],
    pub(super) nothing_found: &'static str,
    /// How many were found: one; some (`{}`); a page of them and more.
    found: [&'static str; 3],
    pub(super) only_in: &'static str,
    pub(super) everywhere: &'static str,
    pub(super) language: &'static str,
    pub(super) all_languages: &'static str,
    pub(super) older: &'static str,
    pub(super) archive: &'static str,
    pub(super) archive_intro: &'static str,
    pub(super) tag: &'static str,
    pub(super) tags_intro: &'static str,
    pub(super) month: &'static str,
    pub(super) home: &'static str,
    pub(super) all_on: &'static str,
    pub(super) bad_request: &'static str,
    pub(super) bad_request_text: &'static str,
    pub(super) unavailable: &'static str,
    pub(super) unavailable_text: &'static str,
    pub(super) broken: &'static str,
    pub(super) broken_text: &'static str,
    pub(super) query_empty: &'static str,
    pub(super) query_common: &'static str,
    pub(super) query_excluded: &'static str,
    pub(super) query_long: &'static str,
    pub(super) query_words: &'static str,
    pub(super) query_prefix: &'static str,
    weekdays: [&'static str; 7],
    months: [&'static str; 12],
    year_mark: &'static str,
}

static BULGARIAN: Words = Words {
    lang: "bg",
    locale: "bg_BG",
    skip_to_content: "Към съдържанието",
    channels: "Канали",
    channels_intro: "Копирайте адреса на канал в четец на емисии и новините ще идват сами при вас, без регистрация.",
    more_channels: "Свой канал има и всеки източник:",
    subscribe: "Абонамент",
    how_to_subscribe: "Копирайте един от тези адреси в четец на емисии и новините ще идват сами при вас.",
    nothing_yet: "Тук все още няма новини.",
    tags: "Етикети",
    also_reported_by: ("Съобщава и", "Съобщават и"),
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
    all_channels_opml: "Всички канали в един файл (OPML)",
    made_with: "Издава се с",
    contact: "За връзка",
    not_found: "Няма такава страница",
    not_found_text: "На този адрес няма нищо. Може да е сгрешен, а публикацията може да е оттеглена.",
    gone: "Тази публикация е оттеглена",
    gone_text: "Беше тук и вече не е: оттегли я този, който я публикува, или редакцията.",
    to_front_page: "Към първа страница",
    name: "Български",
    search: "Търсене",
    search_words: "Думи",
    search_hint: "Търсене в новините",
    search_help: "Как се търси",
    search_examples: [
        ("иновации градове", "всички думи, във всяка форма: „иновация“, „градът“"),
        ("„дигитални градове“", "думите една след друга"),
        ("клъстер -енергия", "без втората дума"),
        ("изследов*", "думи, които започват така"),
        ("sofia", "и на латиница: намира и „София“"),
    ],
    nothing_found: "Нищо не е намерено. Опитайте с по-малко думи или с началото на дума и звездичка.",
    found: ["Намерена е една новина.", "Намерени са {} новини.", "Намерени са повече от {} новини."],
    only_in: "само",
    everywhere: "Търсене навсякъде",
    language: "Език",
    all_languages: "всички езици",
    older: "По-стари новини",
    archive: "Архив",
    archive_intro: "Всичко, което е публикувано тук, по месеци.",
    tag: "Етикет",
    tags_intro: "За какво се пише, по азбучен ред.",
    month: "Архив по месеци",
    home: "към сайта",
    all_on: "Още на",
    bad_request: "Този адрес не може да бъде прочетен",
    bad_request_text: "Нещо след въпросителния знак в него е непознато. Подробности на английски:",
    unavailable: "Сега не може",
    unavailable_text: "Страницата не може да бъде показана в момента. Опитайте отново след минута.",
    broken: "Нещо се счупи при нас",
    broken_text: "Грешката е записана и ще я поправим. Останалите страници работят.",
    query_empty: "Напишете поне една дума.",
    query_common: "Тези думи са във всеки текст. Добавете дума, която казва повече.",
    query_excluded: "Добавете и дума, която да се намери.",
    query_long: "Търсенето е твърде дълго: най-много 200 знака.",
    query_words: "Търсенето е твърде дълго: най-много 16 думи.",
    query_prefix: "Преди звездичката са нужни поне три букви.",
    weekdays: ["понеделник", "вторник", "сряда", "четвъртък", "петък", "събота", "неделя"],
    months: BULGARIAN_MONTHS,
    // Does not break from the year.
    year_mark: "\u{a0}г.",
};

static ENGLISH: Words = Words {
    lang: "en",
    locale: "en_GB",
    skip_to_content: "Skip to content",
    channels: "Channels",
    channels_intro: "Copy a channel's address into a feed reader and the news will come to you, without an account.",
    more_channels: "Each source has a channel of its own too:",
    subscribe: "Subscribe",
    how_to_subscribe: "Copy one of these addresses into a feed reader and the news will come to you.",
    nothing_yet: "There is no news here yet.",
    tags: "Tags",
    also_reported_by: ("Also reported by", "Also reported by"),
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
    all_channels_opml: "All channels in one file (OPML)",
    made_with: "Published with",
    contact: "Contact",
    not_found: "There is no such page",
    not_found_text: "Nothing is at this address. It may be mistyped, or the item may have been withdrawn.",
    gone: "This item was withdrawn",
    gone_text: "It was here and is here no more: its publisher or our desk took it back.",
    to_front_page: "To the front page",
    name: "English",
    search: "Search",
    search_words: "Words",
    search_hint: "Search the news",
    search_help: "How to search",
    search_examples: [
        ("innovation cities", "all of the words, in any form: “innovations”, “city”"),
        ("\"digital cities\"", "the words one after the other"),
        ("cluster -energy", "without the second word"),
        ("research*", "words that begin so"),
        ("софия", "in either script: finds “Sofia” too"),
    ],
    nothing_found: "Nothing was found. Try fewer words, or the beginning of a word and a star.",
    found: ["One item was found.", "{} items were found.", "More than {} items were found."],
    only_in: "only",
    everywhere: "Search everywhere",
    language: "Language",
    all_languages: "all languages",
    older: "Older news",
    archive: "Archive",
    archive_intro: "Everything that was published here, by month.",
    tag: "Tag",
    tags_intro: "What is written about, from A to Z.",
    month: "Archive by month",
    home: "to its site",
    all_on: "More on",
    bad_request: "This address cannot be read",
    bad_request_text: "Something behind its question mark is not known here:",
    unavailable: "Not now",
    unavailable_text: "The page cannot be shown at the moment. Please try again in a minute.",
    broken: "Something broke on our side",
    broken_text: "The fault was recorded and will be mended. The other pages work.",
    query_empty: "Write at least one word.",
    query_common: "These words stand in every text. Add one that says more.",
    query_excluded: "Add a word that should be found.",
    query_long: "The search is too long: at most 200 characters.",
    query_words: "The search is too long: at most 16 words.",
    query_prefix: "A star needs at least three letters before it.",
    weekdays: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    months: ENGLISH_MONTHS,
    year_mark: "",
};

/// The language of the interface for readers of this one: `bg` or `en`.
pub fn interface_of(language: &Language) -> &'static str {
    Words::of(language).lang
}

impl Words {
    /// Bulgarian for Bulgarian, English for everything else.
    pub(super) fn of(language: &Language) -> &'static Words {
        if language.primary() == "bg" { &BULGARIAN } else { &ENGLISH }
    }

    /// The words, in that language, that lead to a text in it. Empty for languages that nobody here writes.
    pub(super) fn read_in(language: &Language) -> &'static str {
        match language.primary() {
            "bg" => "Прочетете на български",
            "en" => "Read in English",
            "de" => "Auf Deutsch lesen",
            "it" => "Leggi in italiano",
            "sl" => "Beri v slovenščini",
            "fr" => "Lire en français",
            "es" => "Leer en español",
            "ro" => "Citește în română",
            "el" => "Διαβάστε στα ελληνικά",
            "mk" => "Прочитајте на македонски",
            "sr" => "Прочитајте на српском",
            "tr" => "Türkçe okuyun",
            _ => "",
        }
    }

    /// „16 юли 2018 г.“, “16 July 2018”.
    pub(super) fn date(&self, at: &DateTime<Tz>) -> String {
        let month = self.months.get(at.month0() as usize).copied().unwrap_or_default();
        format!("{} {month} {}{}", at.day(), at.year(), self.year_mark)
    }

    /// „понеделник, 16 юли 2018 г.“
    pub(super) fn dateline(&self, at: &DateTime<Tz>) -> String {
        let weekday = at.weekday().num_days_from_monday() as usize;
        format!("{}, {}", self.weekdays.get(weekday).copied().unwrap_or_default(), self.date(at))
    }

    /// „юли“, “July”; months are counted from 1.
    pub(super) fn month_name(&self, month: u32) -> &'static str {
        let index = (month as usize).checked_sub(1);
        index.and_then(|index| self.months.get(index)).copied().unwrap_or_default()
    }

    /// „Юли 2018 г.“, “July 2018”: as a heading.
    pub(super) fn month_of(&self, year: i32, month: u32) -> String {
        let name = self.month_name(month);
        let mut letters = name.chars();
        let first = letters.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
        format!("{first}{} {year}{}", letters.as_str(), self.year_mark)
    }

    /// What leads the names of others who report the same, where there are so many.
    pub(super) fn also_reported_by(&self, count: usize) -> &'static str {
        let (one, several) = self.also_reported_by;
        if count == 1 { one } else { several }
    }

    /// How many a search found, and whether there are more.
    pub(super) fn found(&self, count: usize, more: bool) -> String {
        let [one, some, page] = self.found;
        let text = if more {
            page
        } else if count == 1 {
            one
        } else {
            some
        };
        text.replace("{}", &count.to_string())
    }

    /// The other language of the interface.
    pub(super) fn other(&self) -> &'static Words {
        if self.lang == BULGARIAN.lang { &ENGLISH } else { &BULGARIAN }
    }

    /// Where pages with this interface begin, below the root of a site: nothing where it is the site's own language.
    pub(super) fn folder(&self, site: &Language) -> String {
        if Words::of(site).lang == self.lang { String::new() } else { format!("{}/", self.lang) }
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
