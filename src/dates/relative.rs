//! Dates that are counted back from today: `преди 3 часа`, `yesterday at 10:20`, `vor 2 Tagen`, `2 ore fa`. In Bulgarian,
//! English, German, Italian, Slovene, French, Spanish and Russian.

use chrono::{Datelike, DurationRound, Months, NaiveTime, TimeDelta};
use chrono_tz::Tz;

use super::parts::Parts;
use super::tokens::{Token, tokenise};
use super::{plain, to_utc};
use crate::model::Timestamp;

/// More of any unit is no date.
const MOST: u64 = 10_000;

/// Reads a date that is counted back from `now`; days are days of `zone` (UTC where None). Minutes and hours are rounded down
/// to themselves, days and more to midnight. None where any word says something else.
pub fn parse_relative(text: &str, zone: Option<Tz>, now: Timestamp) -> Option<Timestamp> {
    let text = plain(text)?;
    let tokens = tokenise(&text);
    let said = Said::of(&tokens)?;
    if let Some(days) = said.days_ago {
        // `вчера в 14 ч.`: an hour of the day.
        if said.counts.iter().any(|(_, unit)| *unit != Unit::Hour) {
            return None;
        }
        let time = Parts::gather_time(&tokens).time.map_or(NaiveTime::MIN, |time| time.clock);
        let day = now.with_timezone(&zone.unwrap_or(Tz::UTC)).date_naive();
        let day = day.checked_sub_signed(TimeDelta::days(days))?;
        return to_utc(day.and_time(time), None, zone);
    }
    match said.counts.as_slice() {
        [] if said.now => Some(now),
        [] => None,
        counts if said.ago || said.is_short => count_back(counts, zone, now),
        _ => None,
    }
}

fn count_back(counts: &[(u64, Unit)], zone: Option<Tz>, now: Timestamp) -> Option<Timestamp> {
    let mut moment = now;
    for (count, unit) in counts {
        let count = i64::try_from(*count).ok()?;
        moment = match unit {
            Unit::Second => moment.checked_sub_signed(TimeDelta::seconds(count))?,
            Unit::Minute => moment.checked_sub_signed(TimeDelta::minutes(count))?,
            Unit::Hour => moment.checked_sub_signed(TimeDelta::hours(count))?,
            Unit::Day => moment.checked_sub_signed(TimeDelta::days(count))?,
            Unit::Week => moment.checked_sub_signed(TimeDelta::days(count * 7))?,
            Unit::Month => moment.checked_sub_months(Months::new(u32::try_from(count).ok()?))?,
            Unit::Year => moment.checked_sub_months(Months::new(u32::try_from(count * 12).ok()?))?,
        };
    }
    match counts.iter().map(|(_, unit)| *unit).max()? {
        Unit::Second => moment.duration_trunc(TimeDelta::seconds(1)).ok(),
        Unit::Minute => moment.duration_trunc(TimeDelta::minutes(1)).ok(),
        Unit::Hour => moment.duration_trunc(TimeDelta::hours(1)).ok(),
        // Nobody had feeds then.
        _ if moment.year() < 1900 => None,
        _ => {
            let day = moment.with_timezone(&zone.unwrap_or(Tz::UTC)).date_naive();
            to_utc(day.and_time(NaiveTime::MIN), None, zone)
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

/// What the words say.
#[derive(Debug, Default)]
struct Said {
    ago: bool,
    now: bool,
    days_ago: Option<i64>,
    counts: Vec<(u64, Unit)>,
    /// `3h`, `2d`: nothing but a number and one letter.
    is_short: bool,
}

impl Said {
    /// None where a word has no place in such a date.
    fn of(tokens: &[Token]) -> Option<Said> {
        let mut said = Said::default();
        let mut number: Option<u64> = None;
        let mut rest = tokens;
        let (mut before_it, mut words) = (false, 0);
        if let [Token::Word(il), Token::Word(y), Token::Word(a), left @ ..] = tokens
            && (il.as_str(), y.as_str(), a.as_str()) == ("il", "y", "a")
        {
            said.ago = true;
            rest = left;
        }
        while let Some((token, tail)) = rest.split_first() {
            rest = tail;
            match token {
                // A time of day, which `Parts` reads.
                Token::Number { .. } if matches!(rest.first(), Some(Token::Mark(':'))) => {
                    rest = rest.get(2..).unwrap_or_default();
                }
                Token::Number { value, .. } if *value <= MOST => number = Some(*value),
                Token::Number { .. } => return None,
                Token::Mark(_) | Token::Gap => {}
                Token::Word(word) => {
                    words += 1;
                    let word = word.as_str();
                    // `an hour`, and in French `un an`.
                    let is_article = word == "an" && number.is_none();
                    if let Some(unit) = unit(word).filter(|_| !is_article) {
                        said.counts.push((number.take().unwrap_or(1), unit));
                    } else if let Some(days) = day(word) {
                        // `l'altro ieri`, `the day before yesterday`.
                        said.days_ago = Some(if before_it && days == 1 { 2 } else { days });
                        // `the day`, `онзи ден`: a word of the same.
                        said.counts.retain(|(_, unit)| !(before_it && *unit == Unit::Day));
                    } else if matches!(word, "altro" | "before" | "avant") {
                        before_it = true;
                    } else if let Some(count) = count(word) {
                        number = number.or(Some(count));
                    } else if is_ago(word) {
                        said.ago = true;
                    } else if is_now(word) {
                        said.now = true;
                    } else if !is_filler(word) {
                        return None;
                    }
                }
            }
        }
        // `онзи ден` is made of a word that means nothing alone, and of a unit.
        if tokens.iter().any(|token| matches!(token, Token::Word(word) if word == "онзи")) {
            said.counts.clear();
            said.days_ago = Some(2);
        }
        said.is_short = words == 1
            && matches!(tokens, [Token::Number { .. }, Token::Word(word)]
                if matches!(word.as_str(), "h" | "d" | "w" | "ч" | "д"));
        Some(said)
    }
}

fn is_ago(word: &str) -> bool {
    matches!(word, "преди" | "ago" | "vor" | "fa" | "pred" | "hace" | "назад" | "тому")
}

fn is_now(word: &str) -> bool {
    const NOW: [&str; 22] = [
        "току",
        "що",
        "сега",
        "just",
        "now",
        "moments",
        "moment",
        "gerade",
        "eben",
        "jetzt",
        "soeben",
        "adesso",
        "proprio",
        "pravkar",
        "zdaj",
        "instant",
        "maintenant",
        "ahora",
        "mismo",
        "только",
        "что",
        "сейчас",
    ];
    NOW.contains(&word)
}

fn day(word: &str) -> Option<i64> {
    let days = match word {
        "днес" | "today" | "heute" | "oggi" | "danes" | "aujourd" | "hoy" | "сегодня" => 0,
        "вчера" | "yesterday" | "gestern" | "ieri" | "včeraj" | "vceraj" | "hier" | "ayer" => 1,
        "завчера" | "vorgestern" | "avantieri" | "altroieri" | "predvčerajšnjim" | "predvceraj"
        | "anteayer" | "позавчера" => 2,
        _ => return None,
    };
    Some(days)
}

fn count(word: &str) -> Option<u64> {
    let count = match word {
        "a" | "an" | "one" | "един" | "една" | "едно" | "ein" | "eine" | "einem" | "einer" | "un" | "una"
        | "uno" | "une" | "en" | "eno" | "enim" | "enem" | "один" | "одну" => 1,
        "two" | "два" | "две" | "zwei" | "due" | "dva" | "dve" | "dvema" | "deux" | "dos" => 2,
        "three" | "три" | "drei" | "tre" | "tri" | "tremi" | "trois" | "tres" => 3,
        "four" | "четири" | "vier" | "quattro" | "štiri" | "quatre" | "cuatro" | "четыре" => 4,
        "five" | "пет" | "fünf" | "cinque" | "pet" | "cinq" | "cinco" | "пять" => 5,
        "six" | "шест" | "sechs" | "sei" | "šest" | "seis" | "шесть" => 6,
        "seven" | "седем" | "sieben" | "sette" | "sedem" | "sept" | "siete" | "семь" => 7,
        "eight" | "осем" | "acht" | "otto" | "osem" | "huit" | "ocho" | "восемь" => 8,
        "nine" | "девет" | "neun" | "nove" | "devet" | "neuf" | "nueve" | "девять" => 9,
        "few" | "няколко" | "einigen" | "wenigen" | "pochi" | "poche" | "nekaj" | "quelques" => 3,
        "ten" | "десет" | "zehn" | "dieci" | "deset" | "dix" | "diez" | "десять" => 10,
        _ => return None,
    };
    Some(count)
}

fn unit(word: &str) -> Option<Unit> {
    let begins = |stems: &[&str]| stems.iter().any(|stem| word.starts_with(stem));
    let is = |words: &[&str]| words.contains(&word);
    if is(&["s", "sec", "secs", "сек"]) || begins(&["second", "секунд", "sekund", "segundo"]) {
        Some(Unit::Second)
    } else if is(&["m", "min", "mins", "мин"]) || begins(&["minut", "минут"]) {
        Some(Unit::Minute)
    } else if is(&[
        "h",
        "hr",
        "hrs",
        "hour",
        "hours",
        "ч",
        "час",
        "часа",
        "часов",
        "std",
        "ora",
        "ore",
        "ura",
        "uri",
    ]) || is(&[
        "ur", "ure", "uro", "urama", "urami", "hora", "horas", "heure", "heures", "stunde", "stunden",
    ]) {
        Some(Unit::Hour)
    } else if is(&[
        "d", "day", "days", "ден", "дни", "дена", "день", "дня", "дней", "д", "дн", "tag", "tage", "tagen",
    ]) || is(&[
        "giorno", "giorni", "dan", "dni", "dneva", "dnevi", "dnevoma", "dnem", "jour", "jours",
    ]) || is(&["día", "dia", "días", "dias"])
    {
        Some(Unit::Day)
    } else if is(&[
        "w", "wk", "wks", "week", "weeks", "teden", "tedni", "semaine", "semaines", "semana", "semanas",
    ]) || begins(&["седмиц", "недел", "woche", "settiman", "tedn"])
    {
        Some(Unit::Week)
    } else if is(&[
        "mo", "month", "months", "mese", "mesi", "mois", "mes", "meses", "monat", "monate", "monaten",
    ]) || begins(&["месец", "месяц", "mesec"])
    {
        Some(Unit::Month)
    } else if is(&[
        "y", "yr", "yrs", "year", "years", "год", "года", "лет", "anno", "anni", "an", "ans", "année",
    ]) || is(&["années", "año", "años", "ano", "anos", "jahr", "jahre", "jahren"])
        || is(&["let", "leta", "leti", "leto", "letom", "letoma"])
        || begins(&["годин"])
    {
        Some(Unit::Year)
    } else {
        None
    }
}

/// Words that stand in such dates and say nothing.
fn is_filler(word: &str) -> bool {
    const FILLERS: [&str; 52] = [
        "в",
        "във",
        "на",
        "от",
        "г",
        "и",
        "около",
        "над",
        "публикувано",
        "публикувана",
        "обновено",
        "добавено",
        "at",
        "on",
        "the",
        "about",
        "around",
        "over",
        "more",
        "than",
        "and",
        "posted",
        "published",
        "updated",
        "um",
        "uhr",
        "am",
        "pm",
        "und",
        "etwa",
        "veröffentlicht",
        "alle",
        "le",
        "l",
        "e",
        "circa",
        "pubblicato",
        "ob",
        "in",
        "objavljeno",
        "à",
        "y",
        "et",
        "hui",
        "environ",
        "las",
        "los",
        "publicado",
        "publié",
        "опубликовано",
        "онзи",
        "del",
    ];
    FILLERS.contains(&word)
}
