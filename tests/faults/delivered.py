"""What is delivered in random order: lines and files of all kinds, good and bad, and what happens to the source."""

from hypothesis import strategies as st

from tests.conftest import HEADER
from tests.faults.validating import Content
from tests.faults.world import Fuse

KEYS = ("1.csv", "2.csv", "3.csv")

Change = tuple[str, str, int]

LINES = st.builds(
    "{},{},LANTERN,{},{},{},{},{}".format,
    st.sampled_from(["500001", "500002", "500003", "C50001", "50000"]),
    st.sampled_from(["85123A", "PADS", "POST", ""]),
    st.sampled_from(["1", "2", "3", "0", "-1", "x"]),
    st.sampled_from(["1.25", "0", "3.10", "-1"]),
    st.sampled_from(["A", "B", "C", "17850.0", ""]),
    st.sampled_from(["France", "Spain", ""]),
    st.sampled_from(["2026-02-01", "2026-02-02", "02/02/2026", "2026-02-30"]),
)
GOOD_LINES = st.builds(
    "{},85123A,LANTERN,{},1.25,{},{},{}".format,
    st.sampled_from(["500001", "500002"]),
    st.integers(1, 3),
    st.sampled_from(["A", "B"]),
    st.sampled_from(["France", "Spain"]),
    st.sampled_from(["2026-02-01", "2026-02-02", "2026-02-02", "02/02/2026"]),
)
ANY_LINES = st.one_of(
    GOOD_LINES,
    GOOD_LINES,
    GOOD_LINES,
    LINES,
    st.sampled_from(["", "500001,85123A", "500001,85123A,A", "a,b,c,d,e,f,g,h,i"]),
)
CONTENTS = st.one_of(
    *[st.builds(Content, st.just(HEADER), st.lists(ANY_LINES, max_size=6).map(tuple))] * 6,
    st.builds(Content, st.just(HEADER.replace("Quantity,", "")), st.lists(GOOD_LINES, max_size=2).map(tuple)),
    st.sampled_from([Content(HEADER), Content("")]),
)
BAD_LINES = st.sampled_from(["500001,85123A,LANTERN,0,1.25,A,France,2026-02-01", "500001,85123A"])
GOOD_CONTENTS = st.lists(
    st.builds(
        lambda good, bad: Content(HEADER, (*good, *bad)),
        st.lists(GOOD_LINES, min_size=1, max_size=3),
        st.lists(BAD_LINES, max_size=1),
    ),
    min_size=2,
    max_size=2,
    unique=True,
)
BATCHES, CHANGED_KEYS = st.integers(1, 3), st.sampled_from(KEYS)
HOW = st.sampled_from(["put", "put", "put", "put", "redeliver", "copy", "delete", "move back"])
FUSES = st.builds(Fuse, st.just("statement"), st.integers(1, 60)) | st.builds(
    Fuse, st.just("commit"), st.integers(2, 4)
)
CHANGES = st.lists(st.tuples(HOW, CHANGED_KEYS, st.integers(0, 4)), min_size=1, max_size=4)
FILES = st.dictionaries(
    st.sampled_from([f"{day}.csv" for day in range(1, 8)]),
    CONTENTS,
    min_size=2,
    max_size=7,
).filter(lambda files: len(with_rows := [each for each in files.values() if each.rows]) == len(set(with_rows)))
