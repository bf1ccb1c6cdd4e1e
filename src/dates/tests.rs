use chrono::{DateTime, Utc};

use super::parse_date;

fn check(table: &[(&str, &str)]) {
    check_in(None, table);
}

fn check_in(zone: Option<chrono_tz::Tz>, table: &[(&str, &str)]) {
    let now: DateTime<Utc> = "2026-03-01T12:00:00Z".parse().unwrap();
    let wrong = table.iter().filter_map(|(text, expected)| {
        let read = parse_date(text, zone, Some(now));
        let expected = (!expected.is_empty()).then(|| expected.parse::<DateTime<Utc>>().unwrap());
        (read != expected).then(|| format!("{text:?} is {read:?} and not {expected:?}"))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_standards_are_read() {
    check(&[
        ("2018-07-16T10:20:30Z", "2018-07-16T10:20:30Z"),
        ("2018-07-16T10:20:30.25+02:00", "2018-07-16T08:20:30.250Z"),
        ("2018-07-16T10:20-0500", "2018-07-16T15:20:00Z"),
        ("2018-07-16", "2018-07-16T00:00:00Z"),
        ("2018-07", "2018-07-01T00:00:00Z"),
        ("2018", "2018-01-01T00:00:00Z"),
        ("20180716T102030Z", "2018-07-16T10:20:30Z"),
        ("20180716", "2018-07-16T00:00:00Z"),
        ("2018-197", "2018-07-16T00:00:00Z"),
        ("Mon, 16 Jul 2018 10:20:30 +0300", "2018-07-16T07:20:30Z"),
        ("Mon, 16 Jul 2018 10:20:30 GMT", "2018-07-16T10:20:30Z"),
        ("16 Jul 18 10:20 EST", "2018-07-16T15:20:00Z"),
        ("Mon Jul 16 10:20:30 2018", "2018-07-16T10:20:30Z"),
    ]);
}

#[test]
fn broken_kin_is_read() {
    check(&[
        ("Monday, 16 July 2018 10:20:30 PDT", "2018-07-16T17:20:30Z"),
        ("Fri, 16 Jul 2018 10:20:30 Z", "2018-07-16T10:20:30Z"),
        ("Thu, 7 Sept 2018 1:02:3 GMT", "2018-09-07T01:02:03Z"),
        ("07/16/2018 3:05 PM", "2018-07-16T15:05:00Z"),
        ("16/07/2018 12:05 a.m.", "2018-07-16T00:05:00Z"),
        ("2018/07/16 10:20:30", "2018-07-16T10:20:30Z"),
        ("2018-07-16 10:20:30 UTC", "2018-07-16T10:20:30Z"),
        ("Mon, 16 Jul 2018 24:00:00 GMT", "2018-07-17T00:00:00Z"),
        ("Mon, 16 Jul 2018 23:59:60 GMT", "2018-07-16T23:59:59Z"),
        ("2018-07-16T26:14:55Z", "2018-07-17T02:14:55Z"),
        ("2018-07-16T10:61:55Z", "2018-07-16T11:01:55Z"),
        ("2018-07-16T49:14:55Z", "2018-07-16T00:00:00Z"),
        ("Mon, 16 July 2018 10:20:30 AT", "2018-07-16T14:20:30Z"),
        ("16 July 2018 10:20 at the town hall", "2018-07-16T10:20:00Z"),
        ("-1807", "2018-07-01T00:00:00Z"),
        ("-98-07", "1998-07-01T00:00:00Z"),
        ("Jul 16, 2018", "2018-07-16T00:00:00Z"),
        ("16-Jul-98", "1998-07-16T00:00:00Z"),
        ("16 Mar-2017", "2017-03-16T00:00:00Z"),
        ("10:20 16-07-2018", "2018-07-16T10:20:00Z"),
        ("Mon Jul 16 10:20:30 2018 -0500", "2018-07-16T15:20:30Z"),
        ("Mon Jul 16 10:20:30 +0000 2018", "2018-07-16T10:20:30Z"),
        ("Mon Jul 16 2018 10:20:30 GMT+0200 (CEST)", "2018-07-16T08:20:30Z"),
        ("1531736430", "2018-07-16T10:20:30Z"),
        ("1531736430000", "2018-07-16T10:20:30Z"),
        ("  Mon, 16 Jul 2018 10:20:30 +0000\n", "2018-07-16T10:20:30Z"),
    ]);
}

#[test]
fn months_are_read_in_the_languages_of_the_partners() {
    check(&[
        ("16 юли 2018 г.", "2018-07-16T00:00:00Z"),
        ("4 Януари, 2021", "2021-01-04T00:00:00Z"),
        ("12.12.2022 г.", "2022-12-12T00:00:00Z"),
        ("12.12.2022 г. 14:30 ч.", "2022-12-12T14:30:00Z"),
        ("пон, 3 септ 2018", "2018-09-03T00:00:00Z"),
        ("Вс, 12 фев 2017", "2017-02-12T00:00:00Z"),
        ("16 luglio 2018", "2018-07-16T00:00:00Z"),
        ("mar, 17 lug 2018", "2018-07-17T00:00:00Z"),
        ("16. julij 2018", "2018-07-16T00:00:00Z"),
        ("3. januarja 2020", "2020-01-03T00:00:00Z"),
        ("5. Jänner 2019", "2019-01-05T00:00:00Z"),
        ("1. März 2019, 10:05 Uhr", "2019-03-01T10:05:00Z"),
        ("30 September 22", "2022-09-30T00:00:00Z"),
        ("1 août 2020", "2020-08-01T00:00:00Z"),
        ("9 мая 2020", "2020-05-09T00:00:00Z"),
        // й written as two characters.
        ("9 маи\u{306} 2020", "2020-05-09T00:00:00Z"),
    ]);
}

#[test]
fn a_date_without_a_year_is_the_nearest_past_one() {
    check(&[
        ("30 юни", "2025-06-30T00:00:00Z"),
        ("Oct 7", "2025-10-07T00:00:00Z"),
        ("1 март", "2026-03-01T00:00:00Z"),
        ("29 февруари", "2024-02-29T00:00:00Z"),
        ("15.02.", "2026-02-15T00:00:00Z"),
    ]);
    assert_eq!(parse_date("30 юни", None, None), None, "needs to know today");
}

#[test]
fn a_missing_zone_is_the_sources() {
    check_in(
        Some(chrono_tz::Europe::Sofia),
        &[
            ("2018-07-16 10:00", "2018-07-16T07:00:00Z"),
            ("16.01.2018 10:00", "2018-01-16T08:00:00Z"),
            ("2018-07-16T10:00:00Z", "2018-07-16T10:00:00Z"),
            // Clocks go forward at 3:00 and back at 4:00.
            ("25.03.2018 03:30", "2018-03-25T01:30:00Z"),
            ("28.10.2018 03:30", "2018-10-28T00:30:00Z"),
        ],
    );
}

#[test]
fn what_is_no_date_is_none() {
    check(&[
        ("", ""),
        ("today", ""),
        ("no date 12", ""),
        ("may", ""),
        ("32 юли 2018", ""),
        ("2018-13-01", ""),
        ("99999999999999999999999", ""),
        ("12:30", ""),
        ("1.2.3", "2003-02-01T00:00:00Z"),
        ("version 1.2", ""),
        ("+", ""),
    ]);
}

proptest::proptest! {
    #[test]
    fn reading_never_panics(text in "\\PC{0,60}") {
        let _ = parse_date(&text, Some(chrono_tz::Europe::Sofia), Some(DateTime::UNIX_EPOCH));
    }

    #[test]
    fn what_rfc_3339_writes_is_read_back(seconds in 0_i64..4_102_444_800) {
        let moment = DateTime::from_timestamp(seconds, 0).unwrap();
        proptest::prop_assert_eq!(parse_date(&moment.to_rfc3339(), None, None), Some(moment));
        proptest::prop_assert_eq!(parse_date(&moment.to_rfc2822(), None, None), Some(moment));
    }
}

#[test]
fn dates_as_found_in_the_wild_are_read() {
    let table = include_str!("../../tests/fixtures/dates/wild.tsv");
    let lines = table.lines().filter(|line| !line.starts_with('#'));
    let rows: Vec<(&str, &str)> = lines.map(|line| line.split_once('\t').unwrap()).collect();
    assert!(rows.len() >= 100);
    check(&rows);
}

#[test]
fn dates_are_counted_back_from_today() {
    let now: DateTime<Utc> = "2026-03-01T12:34:56Z".parse().unwrap();
    let mut wrong = Vec::new();
    for (text, expected) in [
        ("преди 3 часа", "2026-03-01T09:00:00Z"),
        ("преди час", "2026-03-01T11:00:00Z"),
        ("Преди 20 минути", "2026-03-01T12:14:00Z"),
        ("преди 2 дни", "2026-02-26T22:00:00Z"),
        ("преди една седмица", "2026-02-21T22:00:00Z"),
        ("преди 1 месец", "2026-01-31T22:00:00Z"),
        ("преди 2 години", "2024-02-29T22:00:00Z"),
        ("вчера", "2026-02-27T22:00:00Z"),
        ("вчера в 14:30", "2026-02-28T12:30:00Z"),
        ("вчера, 14.30 ч.", "2026-02-28T12:30:00Z"),
        ("днес", "2026-02-28T22:00:00Z"),
        ("онзи ден", "2026-02-26T22:00:00Z"),
        ("току-що", "2026-03-01T12:34:56Z"),
        ("3 hours ago", "2026-03-01T09:00:00Z"),
        ("an hour ago", "2026-03-01T11:00:00Z"),
        ("1 hour, 20 minutes ago", "2026-03-01T11:00:00Z"),
        ("Posted about 5 days ago", "2026-02-23T22:00:00Z"),
        ("3h", "2026-03-01T09:00:00Z"),
        ("2d ago", "2026-02-26T22:00:00Z"),
        ("yesterday", "2026-02-27T22:00:00Z"),
        ("Yesterday at 3:05 PM", "2026-02-28T13:05:00Z"),
        ("the day before yesterday", "2026-02-26T22:00:00Z"),
        ("just now", "2026-03-01T12:34:56Z"),
        ("vor 2 Tagen", "2026-02-26T22:00:00Z"),
        ("vor einer Stunde", "2026-03-01T11:00:00Z"),
        ("gestern um 14 Uhr", "2026-02-28T12:00:00Z"),
        ("heute, 10:20 Uhr", "2026-03-01T08:20:00Z"),
        ("vorgestern", "2026-02-26T22:00:00Z"),
        ("2 ore fa", "2026-03-01T10:00:00Z"),
        ("un'ora fa", "2026-03-01T11:00:00Z"),
        ("3 giorni fa", "2026-02-25T22:00:00Z"),
        ("ieri alle 10:20", "2026-02-28T08:20:00Z"),
        ("l'altro ieri", "2026-02-26T22:00:00Z"),
        ("pred 3 urami", "2026-03-01T09:00:00Z"),
        ("pred 2 dnevoma", "2026-02-26T22:00:00Z"),
        ("včeraj ob 10.20", "2026-02-28T08:20:00Z"),
        ("danes", "2026-02-28T22:00:00Z"),
        ("il y a 3 heures", "2026-03-01T09:00:00Z"),
        ("il y a un jour", "2026-02-27T22:00:00Z"),
        ("aujourd'hui", "2026-02-28T22:00:00Z"),
        ("avant-hier", "2026-02-26T22:00:00Z"),
        ("hace 2 semanas", "2026-02-14T22:00:00Z"),
        ("ayer", "2026-02-27T22:00:00Z"),
        ("3 часа назад", "2026-03-01T09:00:00Z"),
        ("позавчера", "2026-02-26T22:00:00Z"),
        // Something else is said, or nothing is.
        ("", ""),
        ("5 min read", ""),
        ("5 min", ""),
        ("in 3 hours", ""),
        ("новините днес", ""),
        ("3", ""),
        ("16 юли 2018", ""),
        ("преди 99999999999 години", ""),
        ("преди 9999 години", ""),
        ("yesterday 3 days", ""),
    ] {
        let read = super::parse_relative(text, Some(chrono_tz::Europe::Sofia), now);
        let expected = (!expected.is_empty()).then(|| expected.parse::<DateTime<Utc>>().unwrap());
        if read != expected {
            wrong.push(format!("{text:?} is {read:?} and not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
