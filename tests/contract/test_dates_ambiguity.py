import re
from datetime import date
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.contract.dates import DateFormat, check_unambiguous
from tests.contract.dates import FORMATS, ZONES

AMBIGUOUS = [
    *(("%d/%m/%Y", "%m/%d/%Y"), ("%d/%m/%y", "%y/%m/%d"), ("%d/%m/%y", "%m/%d/%y"), ("%Y%m%d", "%d%m%Y")),
    *(("%y%m%d%H", "%Y%m%d"), ("%H%M%d%m%Y", "%Y%m%d%H%M"), ("%Y-%m-%d", "%Y-%d-%m"), ("iso8601", "%Y-%d-%m")),
    *(("%d.%m.%y %H", "%H.%m.%y %d"), ("%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"), ("%b %d %y", "%b %y %d")),
    *(("excel", "epoch"), ("epoch", "epoch_ms"), ("excel", "epoch_ms"), ("%Y%m%d", "epoch"), ("excel", "%d%m%y")),
    *(("excel", "%d%m%y.%H"), ("%Y-%m-%d %H:%M%z", "%Y-%m-%d %M:%H%z"), ("%d %B %y", "%y %b %d")),
]
UNAMBIGUOUS = [
    *(("%d/%m/%Y", "%d/%m/%Y %H:%M"), ("%Y-%m-%d", "iso8601"), ("%d %b %Y", "%d %B %Y"), ("%d.%m.%Y", "%m/%d/%Y")),
    *(("%d/%m/%Y", "%d/%m/%y"), ("excel", "%Y%m%d"), ("%Y-%m-%dT%H:%M:%SZ", "iso8601"), ("excel", "%d/%m/%Y")),
    *(("%Y-%m-%d %H:%M:%S UTC", "%Y-%m-%d %H:%M:%S %z"), ("%d/%m/%Y %I:%M %p", "%d/%m/%Y %H:%M"), ("%d/%m/%Y",) * 2),
    *(("excel", "iso8601"), ("%d/%m/%Y %H:%M", "%d/%m/%Y %M:%H"), ("%d/%m/%Y %H:%M:%S.%f %z", "%d/%m/%Y %H:%M:%S %z")),
]


@pytest.mark.parametrize("formats", AMBIGUOUS)
def test_formats_that_read_one_text_as_different_days_are_refused(formats: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match=r"are ambiguous: '.+' is .+ in the first and .+ in the second"):
        check_unambiguous(tuple(map(DateFormat, formats)))


@pytest.mark.parametrize("formats", AMBIGUOUS)
def test_the_text_in_the_message_is_read_as_both_days(formats: tuple[str, str]) -> None:
    declared = tuple(map(DateFormat, formats))
    with pytest.raises(ValueError, match="ambiguous") as caught:
        check_unambiguous(declared)
    found = re.search(r"'(.+)' is (\S+) in the first and (\S+) in the second(?: \(zone (.+)\))?;", str(caught.value))
    assert found is not None
    days = [each.read(found[1], found[4] or "UTC") for each in declared]
    assert days == [date.fromisoformat(found[2]), date.fromisoformat(found[3])]


@pytest.mark.parametrize("formats", UNAMBIGUOUS)
def test_other_formats_can_be_declared_together(formats: tuple[str, ...]) -> None:
    check_unambiguous(tuple(map(DateFormat, formats)))


def test_each_pair_of_a_list_is_compared() -> None:
    with pytest.raises(ValueError, match=r"%d/%m/%Y and %m/%d/%Y"):
        check_unambiguous(tuple(map(DateFormat, ("%Y-%m-%d", "%d/%m/%Y", "iso8601", "%m/%d/%Y"))))


def test_one_format_is_unambiguous() -> None:
    check_unambiguous((DateFormat("%d/%m/%Y"),))


def unambiguous(one: str, other: str) -> bool:
    try:
        check_unambiguous((DateFormat(one), DateFormat(other)))
    except ValueError:
        return False
    return True


SEPARATORS = st.sampled_from(["/", ".", "-", " ", ""])
FIELDS = (
    st.permutations(["%d", "%m", "%Y"])
    | st.permutations(["%d", "%m", "%y", "%H"])
    | st.permutations(["%d", "%b", "%y"])
)
ANY_FORMAT = st.builds(lambda separator, fields: separator.join(fields), SEPARATORS, FIELDS) | st.sampled_from(
    [*FORMATS, "iso8601", "excel", "epoch"]
)


@settings(max_examples=150)
@given(one=ANY_FORMAT, other=ANY_FORMAT, moment=st.datetimes(), zone=st.sampled_from(ZONES))
def test_formats_that_are_accepted_never_disagree(one: str, other: str, moment: date, zone: str) -> None:
    if not unambiguous(one, other):
        return
    for writer, shown in product((one, other), ("%d", "x")):
        written = re.sub(r"(?<![0-9])0(?=[0-9](?![0-9]))", "" if shown == "x" else "0", moment.strftime(writer))
        days = {DateFormat(each).read(written, zone) for each in (one, other)} - {None}
        assert len(days) <= 1
