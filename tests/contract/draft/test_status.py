"""States of orders in drafted contracts."""

import pytest

from app.contract.draft.status import is_uncounted
from tests.contract.draft.samples import HEADER, checks, drafted, sampled

ROWS = [
    "1001,2026-03-25,13085,2,5.50,paid",
    "1002,2026-03-25,13085,2,5.50,Cancelled",
    "1003,2026-03-25,13086,2,5.50,refunded",
    "1004,2026-03-25,13086,2,5.50,paid",
]
USUAL = "'cancelled', 'refunded', 'failed', 'pending', 'draft', 'test'"


@pytest.mark.parametrize("name", ["Status", "Order Status", "order_status", "Financial Status", "Zahlungsstatus"])
def test_a_column_of_states_is_known_and_its_values_are_to_be_decided(name: str) -> None:
    file = sampled(*ROWS, header=f"{HEADER},{name}")
    status = drafted(file).column("status")
    assert status is not None
    assert (status.header_names, checks(file)) == (
        (name,),
        [
            f"{name} has paid (2 rows), cancelled (1 row), refunded (1 row): orders that are cancelled, refunded do "
            "not count; list the states whose orders do not count."
        ],
    )


def test_usual_states_of_orders_that_do_not_count_are_excluded() -> None:
    counts = drafted(sampled(*ROWS, header=f"{HEADER},Status")).counts
    assert counts is not None
    assert counts.text == f"status not in ({USUAL})"


def test_states_as_the_shop_writes_them_are_excluded() -> None:
    row = "1005,2026-03-25,13086,2,5.50,Won't pay: cancelled"
    counts = drafted(sampled(*ROWS, row, header=f"{HEADER},Status")).counts
    assert counts is not None
    assert "'won''t pay: cancelled'" in counts.text


def test_orders_without_a_state_count() -> None:
    counts = drafted(sampled(*ROWS, "1005,2026-03-25,13086,2,5.50,", header=f"{HEADER},Status")).counts
    assert counts is not None
    assert counts.text.startswith("status is null or status not in (")


def test_states_that_are_filled_down_are_no_missing_ones() -> None:
    row = "1004,2026-03-25,13086,1,1.00,"
    counts = drafted(sampled(*ROWS, row, header=f"{HEADER},Status")).counts
    assert counts is not None
    assert counts.text.startswith("status not in (")


def test_a_column_of_states_without_values_decides_nothing() -> None:
    assert drafted(sampled("1001,2026-03-25,13085,2,5.50,", header=f"{HEADER},Status")).counts is None


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("wc-cancelled", True),
        ("Payment failed", True),
        ("on-hold", True),
        ("Storniert", True),
        ("Zamówienie anulowane", True),
        ("Annullato", True),
        ("Pendente", True),
        ("Geannuleerd", True),
        ("partially_refunded", False),
        ("not cancelled", False),
        ("paid", False),
        ("completed", False),
    ],
)
def test_states_that_do_not_count_are_told_by_their_words(state: str, expected: bool) -> None:
    assert is_uncounted(state) is expected
