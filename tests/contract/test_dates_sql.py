from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from app.contract.dates import DateFormat
from app.contract.dates_sql import DateSql
from app.contract.quoting import escape_colons
from tests.contract.dates import DATES, FORMATS, INSTANTS, NO_DATES, ZONES

MANY = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
WHOLE = """
with texts as (
    select raw, place, {key} as date_key from unnest(cast(:texts as text[])) with ordinality as t (raw, place) offset 0
),
date_keys as (select date_key from texts group by date_key offset 0),
dates as ({days})
select {day} as day from texts as t left join dates as d on d.date_key = t.date_key order by t.place
"""
DAYS = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30))  # noqa: DTZ001


def read(connection: Connection, formats: Sequence[str], texts: Sequence[str], zone: str = "UTC") -> list[date | None]:
    dates = DateSql(tuple(map(DateFormat, formats)), zone)
    days, day = dates.days("date_keys", "date_key"), dates.day("t.raw", "t.date_key", "d.day")
    parts = {"key": dates.key("raw"), "days": days, "day": day}
    sql = WHOLE.format_map({name: escape_colons(part) for name, part in parts.items()})
    return list(connection.scalars(text(sql), {"texts": list(texts)}))


def keys(connection: Connection, formats: Sequence[str], texts: Sequence[str]) -> set[str | None]:
    key = escape_colons(DateSql(tuple(map(DateFormat, formats))).key("raw"))
    sql = f"select {key} from unnest(cast(:texts as text[])) as t (raw)"  # noqa: S608
    return set(connection.scalars(text(sql), {"texts": list(texts)}))


@pytest.mark.parametrize("form", FORMATS)
@MANY
@given(moments=st.lists(DAYS, min_size=1, max_size=20), data=st.data())
def test_the_common_layout_changes_no_key(
    connection: Connection, form: str, moments: list[datetime], data: st.DataObject
) -> None:
    texts = []
    for moment in moments:
        written = moment.strftime(form.replace("%Y", f"{moment.year:04}"))
        texts += [written, written.upper(), written.lower(), written.replace("0", "", 1), written[:-1], f"{written} "]
        texts += [written.replace(*data.draw(st.tuples(*[st.sampled_from("0123456789 :APMé")] * 2))) for _ in range(3)]
    formats = [form, data.draw(st.sampled_from(FORMATS))]
    found = keys(connection, formats, texts)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("app.contract.dates_sql.layout_of", lambda *_: None)
        assert keys(connection, formats, texts) == found


def test_dates_in_the_declared_format_are_read(connection: Connection) -> None:
    wrong = [
        (form, written, found, day)
        for form, written, day in DATES
        if (found := read(connection, [form], [written])[0]) != day
    ]
    assert wrong == []


def test_other_texts_are_no_dates(connection: Connection) -> None:
    found = {form: read(connection, [form], texts) for form, texts in NO_DATES.items()}
    wrong = [(form, NO_DATES[form][at]) for form, days in found.items() for at, day in enumerate(days) if day]
    assert wrong == []


def test_an_instant_is_a_day_of_the_shops_zone(connection: Connection) -> None:
    wrong = [
        (form, written, zone, found, day)
        for form, written, zone, day in INSTANTS
        if (found := read(connection, [form], [written], zone)[0]) != day
    ]
    assert wrong == []


@pytest.mark.parametrize("form", FORMATS)
@MANY
@given(moments=st.lists(DAYS, min_size=1, max_size=20), zone=st.sampled_from(ZONES), data=st.data())
def test_sql_reads_what_python_reads(
    connection: Connection, form: str, moments: list[datetime], zone: str, data: st.DataObject
) -> None:
    offsets = ["Z", "+0000", "-0330", "+05:45", "+14:00", "-12"]
    texts = []
    for moment in moments:
        offset = data.draw(st.sampled_from(offsets))
        written = moment.strftime(form.replace("%z", offset).replace("%Y", f"{moment.year:04}"))
        texts += [written, data.draw(st.sampled_from([written.replace("0", "", 1), written.upper(), f" {written}\t"]))]
        texts.append(written.replace(*data.draw(st.tuples(*[st.sampled_from("0123456789 :")] * 2))))
    expected = [DateFormat(form).read(written, zone) for written in texts]
    assert read(connection, [form], texts, zone) == expected


@MANY
@given(texts=st.lists(st.text("0123456789-:.,TZ+ ", max_size=30), max_size=30), zone=st.sampled_from(ZONES))
def test_words_are_read_as_python_reads_them(connection: Connection, texts: list[str], zone: str) -> None:
    for word in ("iso8601", "excel", "epoch", "epoch_ms"):
        assert read(connection, [word], texts, zone) == [DateFormat(word).read(each, zone) for each in texts]


@MANY
@given(moments=st.lists(DAYS, max_size=20), zone=st.sampled_from(ZONES), shape=st.data())
def test_iso8601_is_read_with_and_without_time_and_offset(
    connection: Connection, moments: list[datetime], zone: str, shape: st.DataObject
) -> None:
    times = st.sampled_from(["", "T%H:%M", " %H:%M:%S", "T%H:%M:%S.%f", "T%H:%M:%S,123456789"])
    zones = st.sampled_from(["", "Z", "+02:00", "-0930", "+14"])
    texts = []
    for moment in moments:
        time = shape.draw(times)
        texts.append(f"{moment.date()}{moment.strftime(time)}{shape.draw(zones) if time else ''}")
    found = read(connection, ["iso8601"], texts, zone)
    assert found == [DateFormat("iso8601").read(each, zone) for each in texts]
    assert None not in found


@MANY
@given(texts=st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)))
def test_no_text_fails(connection: Connection, texts: list[str]) -> None:
    formats = ["%d.%m.%Y %H:%M %z", "%B %d, %Y %I:%M %p", "iso8601", "epoch"]
    expected = [
        next((day for form in formats if (day := DateFormat(form).read(each, "Asia/Kolkata"))), None) for each in texts
    ]
    assert read(connection, formats, texts, "Asia/Kolkata") == expected


def test_several_formats_are_tried_in_order(connection: Connection) -> None:
    formats = ["%d/%m/%Y", "%Y-%m-%d", "%d %b %y %H:%M", "excel", "iso8601"]
    texts = ["1/12/2010", "2010-12-01", "1 Dec 10 8:26", "40513.5", "2010-12-01T08:26:00+01:00", "x"]
    assert read(connection, formats, texts) == [date(2010, 12, 1)] * 5 + [None]


def test_several_formats_without_time_are_read_by_their_whole_text(connection: Connection) -> None:
    formats = ["%d/%m/%Y", "%Y-%m-%d", "%d %b %y"]
    texts = ["1/12/2010", "2010-12-01", "1 Dec 10", " 1 dec 10", "2010-12-01 "]
    assert read(connection, formats, texts) == [date(2010, 12, 1)] * 4 + [None]


@pytest.mark.parametrize("form", [each for each in FORMATS if "%H" in each or "%I" in each])
def test_times_of_one_day_share_a_key(connection: Connection, form: str) -> None:
    day = datetime(2026, 2, 1)  # noqa: DTZ001
    texts = [(day + timedelta(minutes=7 * at)).strftime(form.replace("%z", "Z")) for at in range(200)]
    assert len(keys(connection, [form], texts)) == 1
    assert len(keys(connection, [form, "excel"], texts)) == 1


def test_a_plain_date_is_its_own_key() -> None:
    assert DateSql((DateFormat("%Y-%m-%d"),)).key("b.raw") == "b.raw"


def test_a_day_without_offset_needs_no_adjustment() -> None:
    dates = DateSql((DateFormat("%d/%m/%Y %H:%M"), DateFormat("excel")), "Europe/London")
    assert dates.day("raw", "key", "d.day") == "d.day"


def test_utc_as_written_needs_no_adjustment_in_utc() -> None:
    dates = DateSql((DateFormat("%Y-%m-%dT%H:%M:%SZ"), DateFormat("epoch")))
    assert dates.day("raw", "key", "d.day") == "d.day"
