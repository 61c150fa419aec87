import io
import stat
import warnings
import zipfile
from contextlib import closing
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from app.errors import BrokenFile
from app.source import archive
from app.source.archive import Members, OpenArchive
from app.source.protocol import Fetched, SourceObject

SUFFIXES = (".csv", ".csv.gz")


def zipped(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", compression) as built:
        for name, text in members.items():
            built.writestr(zipfile.ZipInfo(name, (2026, 2, 1, 8, 0, 0)), text, compression)
    return content.getvalue()


def members(content: bytes, **limits: Any) -> Members:
    return archive.list_members(io.BytesIO(content), "sales.zip", SUFFIXES, **limits)


def refusal(content: bytes, **limits: Any) -> str:
    with pytest.raises(BrokenFile) as caught:
        members(content, **limits)
    return str(caught.value)


def fetch_from(content: io.BytesIO, member: SourceObject) -> Fetched:
    with closing(OpenArchive(content, "sales.zip")) as opened:
        return opened.fetch(member)


def test_the_sales_files_of_an_archive_are_listed_by_name() -> None:
    found = members(zipped({"b/2.csv": b"22", "a.csv": b"1"}))
    assert [(each.key, each.size, f"{each.last_modified:%F}") for each in found.files] == [
        ("a.csv", 1, "2026-02-01"),
        ("b/2.csv", 2, "2026-02-01"),
    ]


def test_other_members_are_counted_and_hidden_ones_are_not() -> None:
    content = zipped({"a.csv": b"", "readme.pdf": b"", "__MACOSX/a.csv": b"", ".x.csv": b"", "folder/": b""})
    found = members(content)
    assert ([each.key for each in found.files], found.skipped) == (["a.csv"], {".pdf": 1})


@pytest.mark.parametrize("text", [b"", b"a,b\n" * 500_000])
@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_member_is_read_whole(text: bytes, compression: int) -> None:
    content = zipped({"a.csv": text, "b.csv": b"other"}, compression)
    fetched = fetch_from(io.BytesIO(content), members(content).files[0])
    with fetched.content as kept:
        assert (kept.read(), fetched.sha256) == (text, sha256(text).hexdigest())


def test_a_member_that_changes_has_another_etag() -> None:
    [first], [second] = (members(zipped({"a.csv": text})).files for text in (b"1", b"2"))
    assert first.etag != second.etag


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"a,b\n", zipped({"a.csv": b"1"})[:-10]])
def test_what_is_no_archive_is_refused(content: bytes) -> None:
    assert refusal(content).startswith("sales.zip cannot be read as a zip archive: ")


@pytest.mark.parametrize(
    "name",
    ["/a.csv", "../a.csv", "a/../../b.csv", "C:\\a.csv", "a\\..\\b.csv", "\\a.csv", "..\\a.csv", "..", "a\nb.csv"],
)
def test_a_path_that_leaves_the_archive_is_refused(name: str) -> None:
    assert "leaves the archive; build it again with plain names" in refusal(zipped({name: b""}))


def test_a_backslash_separates_folders() -> None:
    content = io.BytesIO(zipped({"sub\\a.csv": b"1", "__MACOSX\\a.csv": b"", "folder\\": b"", "sub\\b.pdf": b""}))
    found = members(content.getvalue())
    assert ([each.key for each in found.files], found.skipped) == (["sub\\a.csv"], {".pdf": 1})
    with fetch_from(content, found.files[0]).content as kept:
        assert kept.read() == b"1"


@pytest.mark.parametrize("name", ["a.zip", "b/a.ZIP", "a.tar.gz", "a.7z", "a.rar"])
def test_an_archive_within_an_archive_is_refused(name: str) -> None:
    assert "another archive in it" in refusal(zipped({"a.csv": b"", name: b""}))


def test_a_password_is_refused() -> None:
    content = bytearray(zipped({"a.csv": b"1"}))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    assert "'a.csv' has a password; build the archive without one" in refusal(bytes(content))


def test_a_link_is_refused() -> None:
    content, link = io.BytesIO(), zipfile.ZipInfo("a.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(content, "w") as built:
        built.writestr(link, "/etc/passwd")
    assert "'a.csv' is a link" in refusal(content.getvalue())


def test_a_name_twice_is_refused() -> None:
    content = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(content, "w") as built:
        warnings.simplefilter("ignore")
        built.writestr("a.csv", "1")
        built.writestr("a.csv", "2")
    assert "two members 'a.csv'" in refusal(content.getvalue())


def test_too_many_sales_files_are_refused() -> None:
    content = zipped({f"{number}.csv": b"" for number in range(4)})
    assert "has 4 sales files; send at most 3" in refusal(content, max_members=3)


def test_a_bomb_is_refused_by_its_size() -> None:
    content = zipped({"a.csv": bytes(600), "b.csv": bytes(600)})
    assert "1,200 bytes after decompression, more than 1,000" in refusal(content, max_bytes=1_000)


def test_a_bomb_that_understates_its_size_is_read_no_further() -> None:
    content = bytearray(zipped({"a.csv": bytes(100_000)}))
    content[content.index(b"PK\x01\x02") + 24 : content.index(b"PK\x01\x02") + 28] = (10).to_bytes(4, "little")
    [listed] = members(bytes(content)).files
    assert listed.size == 10
    with pytest.raises(BrokenFile, match=r"sales\.zip cannot be read as a zip archive: "):
        fetch_from(io.BytesIO(content), listed)


def test_a_corrupt_member_is_refused() -> None:
    content = zipped({"a.csv": b"some text" * 9}, zipfile.ZIP_STORED)
    [listed] = members(content).files
    with pytest.raises(BrokenFile, match="Bad CRC"):
        fetch_from(io.BytesIO(content.replace(b"some text", b"some test")), listed)


def test_a_member_that_is_no_longer_there_is_refused() -> None:
    content = zipped({"a.csv": b"1"})
    [listed] = members(content).files
    for other in (replace(listed, key="b.csv"), replace(listed, etag="")):
        with pytest.raises(BrokenFile, match="send the archive again"):
            fetch_from(io.BytesIO(content), other)
