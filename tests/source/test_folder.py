import gzip
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.errors import (
    BrokenFile,
    FoldersUnreadable,
    ObjectChanged,
    ObjectRefused,
    StoreUnavailable,
    StoreUnusable,
)
from app.source.folder import FolderSource


def write(path: Path, content: bytes = b"abc") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def keys(folder: Path) -> list[str]:
    return [listed.key for listed in FolderSource(folder).list()]


def test_an_empty_folder_lists_nothing(folder: Path) -> None:
    assert keys(folder) == []


def test_files_are_listed_in_the_order_of_their_keys(folder: Path) -> None:
    for name in ("b/2.csv", "b/1.csv.gz", "a.csv", "a/z/9.CSV"):
        write(folder / name)
    assert keys(folder) == ["a.csv", "a/z/9.CSV", "b/1.csv.gz", "b/2.csv"]


def test_other_files_and_folders_are_not_listed(folder: Path) -> None:
    for name in ("a.txt", "a.csv.bak", "a.gz", "a.csv~"):
        write(folder / name)
    (folder / "a.csv").mkdir()
    assert keys(folder) == []


@pytest.mark.parametrize("name", ["with space.csv", "a+b%20.csv", "straße 🛒.csv", "line\nbreak.csv", "-rf.csv"])
def test_a_file_of_any_name_is_listed_and_read(folder: Path, name: str) -> None:
    write(folder / name)
    source = FolderSource(folder)
    [listed] = source.list()
    assert listed.key == name
    with source.fetch(listed).content as content:
        assert content.read() == b"abc"


def test_a_listed_file_shows_its_size_and_time_in_utc(folder: Path) -> None:
    os.utime(write(folder / "a.csv", b"12345"), (1_700_000_000, 1_700_000_000))
    [listed] = FolderSource(folder).list()
    assert listed.size == 5
    assert listed.last_modified == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


def test_a_file_that_is_unchanged_keeps_its_etag(folder: Path) -> None:
    write(folder / "a.csv")
    assert list(FolderSource(folder).list()) == list(FolderSource(folder).list())


def test_a_file_that_was_touched_has_another_etag(folder: Path) -> None:
    path = write(folder / "a.csv")
    [before] = FolderSource(folder).list()
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))
    [after] = FolderSource(folder).list()
    assert before.etag != after.etag


def test_a_file_whose_name_is_no_text_is_listed_and_refused_with_the_remedy(folder: Path) -> None:
    write(folder / "Verk\udce4ufe.csv")
    source = FolderSource(folder)
    [listed] = source.list()
    assert listed.key == "Verk\\xe4ufe.csv"
    with pytest.raises(BrokenFile, match=r"Verk\\xe4ufe\.csv is not UTF-8 .* rename the file"):
        source.fetch(listed)


def test_a_file_whose_name_is_no_text_hides_no_other(folder: Path) -> None:
    write(folder / "Verk\udce4ufe.csv")
    write(folder / "a.csv")
    assert keys(folder) == ["Verk\\xe4ufe.csv", "a.csv"]


def test_links_are_not_followed(folder: Path, tmp_path: Path) -> None:
    outside = write(tmp_path / "outside" / "a.csv")
    (folder / "file.csv").symlink_to(outside)
    (folder / "folder").symlink_to(outside.parent)
    (folder / "loop").symlink_to(folder)
    assert keys(folder) == []


def test_the_folder_itself_may_be_a_link(folder: Path, tmp_path: Path) -> None:
    write(folder / "a.csv")
    (tmp_path / "link").symlink_to(folder)
    assert FolderSource(tmp_path / "link").bucket == str(folder)
    assert keys(tmp_path / "link") == ["a.csv"]


def test_a_pipe_is_no_file(folder: Path) -> None:
    os.mkfifo(folder / "a.csv")
    assert keys(folder) == []


def test_a_missing_folder_is_named_with_the_remedy(folder: Path) -> None:
    with pytest.raises(StoreUnusable, match=f"{folder}/none does not exist; check --source"):
        keys(folder / "none")


def test_a_file_in_place_of_the_folder_is_named_with_the_remedy(folder: Path) -> None:
    path = write(folder / "a.csv")
    with pytest.raises(StoreUnusable, match=f"{path} is a file, not a folder; give its folder"):
        keys(path)


def test_a_loop_of_links_is_a_folder_that_cannot_be_found(folder: Path) -> None:
    (folder / "loop").symlink_to(folder / "loop")
    with pytest.raises(StoreUnusable, match=f"{folder}/loop"):
        keys(folder / "loop")


@pytest.fixture
def deny(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Deny access to a file or folder, also to root, to whom the file system denies nothing."""

    def close(closed: Path) -> None:
        def denied(called: Callable[..., Any]) -> Callable[..., Any]:
            def call(path: Any, *given: Any, **named: Any) -> Any:
                if str(path) == str(closed):
                    raise PermissionError(13, "Permission denied", str(path))
                return called(path, *given, **named)

            return call

        monkeypatch.setattr(os, "scandir", denied(os.scandir))
        monkeypatch.setattr(Path, "open", denied(Path.open))

    return close


def test_a_folder_without_access_is_named(folder: Path, deny: Callable[[Path], None]) -> None:
    deny(folder)
    with pytest.raises(StoreUnusable, match=f"{folder} cannot be read: permission denied"):
        keys(folder)


def test_a_subfolder_without_access_is_named_after_the_others_are_listed(
    folder: Path, deny: Callable[[Path], None]
) -> None:
    write(folder / "closed" / "a.csv")
    write(folder / "open" / "b.csv")
    deny(folder / "closed")
    listing, listed = FolderSource(folder).list(), list[str]()
    with pytest.raises(FoldersUnreadable, match=f"{folder}/closed cannot be read: permission denied") as caught:
        listed.extend(item.key for item in listing)
    assert (listed, caught.value.prefixes) == (["open/b.csv"], ("closed/",))


def test_a_file_without_access_is_named(folder: Path, deny: Callable[[Path], None]) -> None:
    path = write(folder / "a.csv")
    source = FolderSource(folder)
    [listed] = source.list()
    deny(path)
    with pytest.raises(ObjectRefused, match=f"{path} cannot be read: permission denied"):
        source.fetch(listed)


def replace_by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def replace_by_link(path: Path) -> None:
    path.rename(path.with_suffix(".old"))
    path.symlink_to(path.with_suffix(".old"))
    write(path.with_suffix(".old"), b"xyz")


def replace_parent(path: Path) -> None:
    path.unlink()
    path.parent.rmdir()
    path.parent.write_bytes(b"")


CHANGES: list[Callable[[Path], object]] = [
    lambda path: path.write_bytes(b"longer than it was"),
    lambda path: path.write_bytes(b""),
    lambda path: path.write_bytes(b"xyz"),
    lambda path: os.utime(path, (1, 1)),
    replace_by_link,
]
REMOVALS: list[Callable[[Path], object]] = [
    lambda path: path.replace(path.with_name("elsewhere.csv")),
    lambda path: path.unlink(),
    replace_by_folder,
    replace_parent,
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_file_that_was_touched_since_it_was_listed_has_changed(
    folder: Path, change: Callable[[Path], object]
) -> None:
    path = write(folder / "day" / "a.csv")
    source = FolderSource(folder)
    [listed] = source.list()
    change(path)
    with pytest.raises(ObjectChanged, match=f"{path} changed while it was read; the next ingest lists it again"):
        source.fetch(listed)


@pytest.mark.parametrize("remove", REMOVALS)
def test_a_file_that_was_removed_since_it_was_listed_is_not_in_the_source(
    folder: Path, remove: Callable[[Path], object]
) -> None:
    path = write(folder / "day" / "a.csv")
    source = FolderSource(folder)
    [listed] = source.list()
    remove(path)
    with pytest.raises(ObjectChanged, match=f"^{path} is no longer in the source; put it back if it is to be read$"):
        source.fetch(listed)


def test_a_file_replaced_by_one_of_the_same_size_and_time_has_changed(folder: Path) -> None:
    path = write(folder / "a.csv")
    source = FolderSource(folder)
    [listed] = source.list()
    times = path.stat()
    os.utime(write(folder / "b.csv", b"xyz"), ns=(times.st_atime_ns, times.st_mtime_ns))
    (folder / "b.csv").replace(path)
    with pytest.raises(ObjectChanged):
        source.fetch(listed)


def test_a_file_that_grows_all_the_time_is_read_as_listed_or_not_at_all(folder: Path) -> None:
    path, stop = write(folder / "a.csv", bytes(3_000_000)), threading.Event()

    def grow() -> None:
        with path.open("ab", buffering=0) as file:
            while not stop.is_set():
                file.write(b"x")

    writer = threading.Thread(target=grow)
    writer.start()
    source = FolderSource(folder)
    try:
        for _ in range(20):
            [listed] = source.list()
            with suppress(ObjectChanged), source.fetch(listed).content as content:
                assert len(content.read()) == listed.size
    finally:
        stop.set()
        writer.join()


def test_a_disk_that_fails_is_a_store_that_does_not_answer(folder: Path) -> None:
    source = FolderSource(folder)
    write(folder / "a.csv")
    [listed] = source.list()
    too_long = replace(listed, key="a" * 300)
    with pytest.raises(StoreUnavailable, match="cannot be read"):
        source.fetch(too_long)


@pytest.mark.parametrize("name", ["a.csv.gz", "A.CSV.GZ"])
def test_a_gzip_that_is_too_large_after_decompression_is_not_read_further(folder: Path, name: str) -> None:
    write(folder / name, gzip.compress(b"a" * 100_000_000))
    source = FolderSource(folder, max_bytes=10_000_000)
    [listed] = source.list()
    reason = "more than 10,000,000 bytes after decompression; see REGULARS_MAX_OBJECT_BYTES"
    with pytest.raises(BrokenFile, match=reason):
        source.fetch(listed)


def test_a_gzip_as_large_as_the_limit_is_read(folder: Path) -> None:
    write(folder / "a.csv.gz", gzip.compress(b"a" * 10_000_000))
    source = FolderSource(folder, max_bytes=10_000_000)
    [listed] = source.list()
    with source.fetch(listed).content as content:
        assert content.seek(0, 2) == listed.size
