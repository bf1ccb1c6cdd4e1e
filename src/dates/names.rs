//! Month names, the names of time zones, and what hours are called.

use std::{collections::HashMap, sync::LazyLock};

/// The months as Bulgarian writes them.
pub const BULGARIAN_MONTHS: [&str; 12] = [
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
];

/// The months as English writes them.
pub const ENGLISH_MONTHS: [&str; 12] = [
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
];

/// Names of the months, each in lower case: nominative, genitive and abbreviated, in Bulgarian, English, German, Italian,
/// Slovene, French, Spanish, Russian, Ukrainian, Macedonian and Serbian, Romanian, Portuguese, Dutch, the Scandinavian
/// languages, Hungarian, Greek, Polish and Turkish. A name that means different months in two languages is in none.
const MONTHS: [&str; 12] = [
    "jan january januar januarja januari jänner jaenner jän jänn gennaio gen genn janvier janv enero ene януари яну ян янр \
     январь января янв январе січень січня јануари јануар ianuarie ian janeiro január ιαν ιανουάριος ιανουαρίου \
     ιανουαριου styczeń stycznia ocak",
    "feb february februar februarja februari feber febr febbraio febb febbr février fevrier fév févr fevr febrero февруари \
     фев февр февраль февраля лютий лютого фебруар februarie fevereiro fev február φεβ φεβρουάριος φεβρουαρίου \
     φεβρουαριου luty lutego şubat subat",
    "mar march märz maerz mär mrz marzo marec marca mars март мар марта березень березня martie março marco maart mrt marts \
     március márc μαρ μάρ μάρτιος μαρτίου μαρτιου marzec mart",
    "apr april aprila aprile avril avr abril abr април апр апрель апреля квітень квітня aprilie április ápr απρ απρίλιος \
     απριλίου απριλιου kwiecień kwietnia nisan",
    "may mai maggio mag magg maj maja mayo май мая мај травень травня maio mei május máj μαϊ μάι μαι μάιος μαΐου μαϊου mayıs",
    "jun june juni giugno giu junij junija juin junio юни юн июнь июня июн јуни јун червень червня iunie iun junho június jún \
     ιουν ιούν ιούνιος ιουνίου ιουνιου czerwiec czerwca haziran",
    "jul july juli luglio lug julij julija juillet juil julio юли юл июль июля июл јули јул липень липня iulie iul julho \
     július júl ιουλ ιούλ ιούλιος ιουλίου ιουλιου lipiec lipca temmuz",
    "aug august agosto ago avgust avgusta avg augusta août aout август авг августа серпень серпня augustus augusti \
     augusztus αυγ αύγ αύγουστος αυγούστου αυγουστου sierpień sierpnia ağustos agustos",
    "sep sept september septembra settembre set sett septembre septiembre setiembre септември септ сеп септ сентябрь сентября \
     сен сент септембар септембра вересень вересня septembrie setembro szeptember szept σεπ σεπτ σεπτέμβριος σεπτεμβρίου \
     σεπτεμβριου wrzesień września eylül eylul",
    "oct october oktober okt oktobra ottobre ott octobre octubre outubro out octombrie октомври окт октябрь октября октобар \
     жовтень жовтня október οκτ οκτώ οκτώβριος οκτωβρίου οκτωβριου październik października ekim",
    "nov november novembra novembre noviembre novembro noiembrie ноември ноем ное ноя нояб нов ноябрь ноября новембар \
     листопада νοε νοέ νοέμβριος νοεμβρίου νοεμβριου kasım kasim",
    "dec december decembra dezember dez dicembre dic décembre decembre déc diciembre dezembro decembrie desember des \
     декември дек декабрь декабря децембар грудень грудня δεκ δεκέμβριος δεκεμβρίου δεκεμβριου grudzień grudnia aralık \
     aralik",
];

/// The month (1 to 12) of a word in lower case.
pub fn month(word: &str) -> Option<u32> {
    static BY_NAME: LazyLock<HashMap<&'static str, u32>> = LazyLock::new(|| {
        let numbered = MONTHS.iter().zip(1..);
        numbered.flat_map(|(names, month)| names.split(' ').map(move |name| (name, month))).collect()
    });
    BY_NAME.get(word).copied()
}

/// The month of a Roman numeral, as in `16.VII.2018`.
pub(super) fn roman_month(word: &str) -> Option<u32> {
    const NUMERALS: [&str; 12] = ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii"];
    NUMERALS.iter().zip(1..).find(|(numeral, _)| **numeral == word).map(|(_, month)| month)
}

/// What stands behind a full hour, or between hours and minutes: `14 ч.`, `14h30`.
pub(super) fn is_hour(word: &str) -> bool {
    matches!(word, "h" | "ч" | "час" | "часа" | "uhr" | "uur" | "시" | "時" | "时")
}

/// Minutes east of UTC of a zone's name in lower case: those of RFC 822 §5.1, and the European ones.
pub(super) fn offset_minutes(word: &str) -> Option<i32> {
    // Not whole hours.
    match word {
        "ist" => return Some(330),
        "nst" => return Some(-210),
        "ndt" => return Some(-150),
        "acst" => return Some(570),
        "npt" => return Some(345),
        _ => {}
    }
    let hours = match word {
        "z" | "ut" | "utc" | "gmt" | "wet" => 0,
        "bst" | "west" | "cet" | "met" | "mez" => 1,
        "cest" | "mest" | "mesz" | "eet" => 2,
        "eest" | "msk" | "trt" | "eat" => 3,
        "wat" => 1,
        "sast" => 2,
        "gst" | "msd" => 4,
        "pkt" => 5,
        "hkt" | "sgt" | "awst" => 8,
        "jst" | "kst" => 9,
        "aest" => 10,
        "aedt" => 11,
        "nzst" => 12,
        "nzdt" => 13,
        "brt" | "adt" => -3,
        "akst" => -9,
        "akdt" => -8,
        "hst" => -10,
        "ast" | "at" => -4,
        "est" | "et" => -5,
        "edt" => -4,
        "cst" | "ct" => -6,
        "cdt" => -5,
        "mst" | "mt" => -7,
        "mdt" => -6,
        "pst" | "pt" => -8,
        "pdt" => -7,
        _ => return None,
    };
    Some(hours * 60)
}
