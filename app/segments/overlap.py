"""Preparation of a batch while the one before it is written."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Given = TypeVar("Given")
Prepared = TypeVar("Prepared")
Written = TypeVar("Written")


def prepare_and_write(
    batches: Iterator[Given],
    prepare: Callable[[Given], Prepared],
    write: Callable[[Prepared], Written],
    *,
    is_overlapped: bool,
) -> Iterator[Written]:
    """Yield what `write` returns of each prepared batch, in order.

    With `is_overlapped`, a batch is prepared in a thread while the one before it is written, and two batches are in
    memory. Reading and writing are done by the caller's thread, so that they may use one connection; `prepare` may not
    use it.
    """
    if not is_overlapped:
        yield from (write(prepare(batch)) for batch in batches)
        return
    first = next(batches, None)
    if first is None:
        return
    with ThreadPoolExecutor(1, thread_name_prefix="prepare") as thread:
        prepared = thread.submit(prepare, first)
        for batch in batches:
            ready = prepared.result()
            prepared = thread.submit(prepare, batch)
            yield write(ready)
        yield write(prepared.result())
