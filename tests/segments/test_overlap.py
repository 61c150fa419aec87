"""Preparation of a batch while the one before it is written."""

import threading

import pytest

from app.segments.overlap import prepare_and_write


def double(number: int) -> int:
    return 2 * number


@pytest.mark.parametrize("is_overlapped", [False, True])
@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_every_batch_is_prepared_and_written_in_order(count: int, *, is_overlapped: bool) -> None:
    written: list[int] = []
    list(prepare_and_write(iter(range(count)), double, written.append, is_overlapped=is_overlapped))
    assert written == [2 * number for number in range(count)]


def test_the_next_batch_is_prepared_while_one_is_written() -> None:
    is_prepared = threading.Event()

    def prepare(number: int) -> int:
        if number == 1:
            is_prepared.set()
        return number

    def write(number: int) -> bool:
        return number == 1 or is_prepared.wait(timeout=30)

    assert list(prepare_and_write(iter([0, 1]), prepare, write, is_overlapped=True)) == [True, True]


def test_batches_are_read_and_written_by_the_thread_of_the_caller() -> None:
    found = [
        *prepare_and_write(
            (threading.get_ident() for _ in range(3)),
            lambda reader: (reader, threading.get_ident()),
            lambda threads: (*threads, threading.get_ident()),
            is_overlapped=True,
        )
    ]
    caller = threading.get_ident()
    assert all((reader, writer) == (caller, caller) != (preparer, caller) for reader, preparer, writer in found)


def test_an_error_of_a_batch_ends_the_assignment() -> None:
    def prepare(number: int) -> float:
        return 1 / number

    with pytest.raises(ZeroDivisionError):
        list(prepare_and_write(iter([1, 0, 1]), prepare, float, is_overlapped=True))
