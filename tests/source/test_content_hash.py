import gzip
import random
from hashlib import sha256

import pytest

from app.source.content_hash import STEP_BYTES, ContentHash

CONTENT = b"a,b\n1,2\n" * 1000
PLAIN = sha256(CONTENT).hexdigest()
PACKED = gzip.compress(CONTENT, mtime=0)
MEMBERS = gzip.compress(CONTENT[:100]) + gzip.compress(CONTENT[100:])


def hashed(content: bytes, key: str = "day.csv.gz", step: int = 1024**2, max_bytes: int = 10**9) -> str:
    digest = ContentHash(key, max_bytes)
    for start in range(0, len(content), step):
        digest.update(content[start : start + step])
    return digest.hexdigest()


@pytest.mark.parametrize("step", [1, 7, 1024**2])
@pytest.mark.parametrize(
    "content", [PACKED, MEMBERS, PACKED + bytes(512), gzip.compress(CONTENT, 1)], ids=["one", "two", "padded", "fast"]
)
def test_gzip_has_the_hash_of_its_content(content: bytes, step: int) -> None:
    assert hashed(content, step=step) == PLAIN


@pytest.mark.parametrize("key", ["DAY.CSV.GZ", "day.txt.gz"])
def test_any_key_of_gzip_is_known(key: str) -> None:
    assert hashed(PACKED, key) == PLAIN


@pytest.mark.parametrize("key", ["day.csv", "day.xlsx", "day.csv.zip"])
def test_other_objects_have_the_hash_of_their_bytes(key: str) -> None:
    assert hashed(PACKED, key) == sha256(PACKED).hexdigest()


@pytest.mark.parametrize(
    "content",
    [b"", CONTENT, PACKED[:-1], PACKED[:5], PACKED[:-8] + bytes(8), PACKED + b"rubbish", PACKED + PACKED[:-3]],
    ids=["empty", "plain", "cut", "head", "sum", "rubbish", "half"],
)
def test_corrupt_gzip_has_the_hash_of_its_bytes(content: bytes) -> None:
    assert hashed(content) == sha256(content).hexdigest()


def test_gzip_above_the_limit_has_the_hash_of_its_bytes() -> None:
    assert hashed(PACKED, max_bytes=len(CONTENT)) == PLAIN
    assert hashed(PACKED, max_bytes=len(CONTENT) - 1) == sha256(PACKED).hexdigest()


def test_large_content_is_hashed_to_its_end() -> None:
    content = random.Random(1).randbytes(STEP_BYTES * 2 + 5) + bytes(STEP_BYTES * 9)  # noqa: S311  # a fixed case
    assert hashed(gzip.compress(content, 1)) == sha256(content).hexdigest()
