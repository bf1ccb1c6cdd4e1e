//! Month names in Bulgarian, English, German, Italian, Slovene, French, Spanish and Russian, and the names of time zones.

/// The month (1 to 12) of a word in lower case: nominative, genitive or abbreviated.
pub fn month(word: &str) -> Option<u32> {
    let month =
        match word {
            "jan" | "january" | "januar" | "januarja" | "jänner" | "jaenner" | "jän" | "gennaio" | "gen"
            | "janvier" | "janv" | "enero" | "ene" | "януари" | "яну" | "ян" | "январь" | "января"
            | "янв" => 1,
            "feb" | "february" | "februar" | "februarja" | "feber" | "febr" | "febbraio" | "février"
            | "fevrier" | "fév" | "févr" | "febrero" | "февруари" | "фев" | "февр" | "февраль"
            | "февраля" => 2,
            "mar" | "march" | "märz" | "maerz" | "mär" | "mrz" | "marzo" | "marec" | "marca" | "mars"
            | "март" | "мар" | "марта" => 3,
            "apr" | "april" | "aprila" | "aprile" | "avril" | "avr" | "abril" | "abr" | "април" | "апр"
            | "апрель" | "апреля" => 4,
            "may" | "mai" | "maggio" | "mag" | "maj" | "maja" | "mayo" | "май" | "мая" => 5,
            "jun" | "june" | "juni" | "giugno" | "giu" | "junij" | "junija" | "juin" | "junio" | "юни"
            | "юн" | "июнь" | "июня" => 6,
            "jul" | "july" | "juli" | "luglio" | "lug" | "julij" | "julija" | "juillet" | "juil"
            | "julio" | "юли" | "юл" | "июль" | "июля" => 7,
            "aug" | "august" | "agosto" | "ago" | "avgust" | "avgusta" | "avg" | "août" | "aout"
            | "август" | "авг" | "августа" => 8,
            "sep" | "sept" | "september" | "septembra" | "settembre" | "set" | "sett" | "septembre"
            | "septiembre" | "setiembre" | "септември" | "септ" | "сеп" | "сентябрь" | "сентября" | "сен"
            | "сент" => 9,
            "oct" | "october" | "oktober" | "okt" | "oktobra" | "ottobre" | "ott" | "octobre" | "octubre"
            | "октомври" | "окт" | "октябрь" | "октября" => 10,
            "nov" | "november" | "novembra" | "novembre" | "noviembre" | "ноември" | "ноем" | "ное"
            | "ноя" | "нов" | "ноябрь" | "ноября" => 11,
            "dec" | "december" | "decembra" | "dezember" | "dez" | "dicembre" | "dic" | "décembre"
            | "decembre" | "déc" | "diciembre" | "декември" | "дек" | "декабрь" | "декабря" => {
                12
            }
            _ => return None,
        };
    Some(month)
}

/// Minutes east of UTC of a zone's name in lower case: those of RFC 822 §5.1, and the European ones.
pub(super) fn offset_minutes(word: &str) -> Option<i32> {
    let hours = match word {
        "z" | "ut" | "utc" | "gmt" | "wet" => 0,
        "bst" | "west" | "cet" | "met" | "mez" => 1,
        "cest" | "mest" | "mesz" | "eet" => 2,
        "eest" | "msk" => 3,
        "est" => -5,
        "edt" => -4,
        "cst" => -6,
        "cdt" => -5,
        "mst" => -7,
        "mdt" => -6,
        "pst" => -8,
        "pdt" => -7,
        _ => return None,
    };
    Some(hours * 60)
}
