"""What bytes under a key are, for every past that the key and its twins may have."""

import pytest

from app.pipeline.version_resolution import Resolution, Version, Versions

NEW = Version(9, "k", "discovered", None, None)


def judge(*versions: Version) -> Resolution:
    """Verdict on bytes `x` that were found under key `k`, as row 9."""
    return Versions([*versions, NEW]).resolve(9, "k", "x")


def version(file_id: int, state: str, sha256: str = "x", *, key: str = "k", rows: int | None = 1) -> Version:
    return Version(file_id, key, state, sha256, rows)


def test_bytes_never_seen_are_served() -> None:
    assert judge() == Resolution(serve=9)


@pytest.mark.parametrize("state", ["loaded", "empty", "source_missing"])
def test_new_bytes_supersede_what_is_active(state: str) -> None:
    assert judge(version(1, state, "y")) == Resolution(serve=9, supersedes=1)


@pytest.mark.parametrize("state", ["loaded", "empty", "source_missing"])
def test_bytes_that_are_served_already_change_nothing(state: str) -> None:
    assert judge(version(1, state)) == Resolution(known_as=1)


def test_a_version_that_comes_back_takes_its_place_again() -> None:
    found = judge(version(1, "superseded"), version(2, "loaded", "y"))
    assert found == Resolution(serve=1, is_received=True, known_as=1, supersedes=2)


@pytest.mark.parametrize("state", ["superseded", "rejected", "failed"])
def test_a_version_that_was_never_loaded_is_received_when_it_comes_back(state: str) -> None:
    found = judge(version(1, state, rows=None))
    assert found == Resolution(serve=1, is_received=False, known_as=1)


def test_a_version_without_rows_comes_back_too() -> None:
    assert judge(version(1, "superseded", rows=0)) == Resolution(serve=1, is_received=True, known_as=1)


@pytest.mark.parametrize("state", ["loaded", "source_missing"])
def test_bytes_that_another_key_serves_are_a_duplicate(state: str) -> None:
    assert judge(version(1, state, key="other")) == Resolution(duplicate_of=1)


@pytest.mark.parametrize("state", ["superseded", "duplicate", "rejected", "failed", "discovered"])
def test_bytes_that_another_key_does_not_serve_are_none(state: str) -> None:
    assert judge(version(1, state, key="other")) == Resolution(serve=9)


@pytest.mark.parametrize("state", ["empty", "source_missing"])
def test_files_without_rows_have_no_twins(state: str) -> None:
    assert judge(version(1, state, key="other", rows=0)) == Resolution(serve=9)


def test_the_oldest_of_several_twins_is_named() -> None:
    twins = [version(3, "loaded", key="b"), version(2, "loaded", key="c")]
    assert judge(*twins) == Resolution(duplicate_of=2)


def test_a_duplicate_supersedes_what_its_key_served() -> None:
    found = judge(version(1, "loaded", key="other"), version(2, "loaded", "y"))
    assert found == Resolution(supersedes=2, duplicate_of=1)


@pytest.mark.parametrize("state", ["superseded", "duplicate", "rejected"])
def test_a_version_that_comes_back_beside_its_twin_is_a_duplicate(state: str) -> None:
    found = judge(version(1, "loaded", key="other"), version(2, state), version(3, "loaded", "y"))
    assert found == Resolution(known_as=2, supersedes=3, duplicate_of=1)


@pytest.mark.parametrize("state", ["duplicate", "rejected", "failed"])
@pytest.mark.parametrize("sha256", ["x", "y"])
def test_what_was_set_aside_before_is_history(state: str, sha256: str) -> None:
    served = Version(1, "k", "loaded", sha256, 1)
    assert judge(served, version(2, state, "z")).retires == (2,)


def test_what_another_key_set_aside_is_left() -> None:
    assert judge(version(1, "rejected", "y", key="other")).retires == ()


def corrected(original: Version) -> Resolution:
    """Resolution of a correction of a duplicate of `original`."""
    duplicate = Version(2, "k", "duplicate", "old", None, duplicate_of=original.file_id)
    return judge(original, duplicate)


@pytest.mark.parametrize("state", ["loaded", "source_missing"])
def test_a_correction_of_a_duplicate_supersedes_a_missing_original(state: str) -> None:
    original = Version(1, "other", state, "old", 1, is_missing=True)
    assert corrected(original) == Resolution(serve=9, supersedes=1, retires=(2,))


def test_a_correction_of_a_duplicate_leaves_an_original_that_is_not_missing() -> None:
    assert corrected(Version(1, "other", "loaded", "old", 1)) == Resolution(serve=9, retires=(2,))


def test_a_correction_of_a_duplicate_leaves_an_original_that_is_history() -> None:
    original = Version(1, "other", "superseded", "old", 1, is_missing=True)
    assert corrected(original) == Resolution(serve=9, retires=(2,))


def test_a_duplicate_that_is_touched_does_not_supersede_its_missing_original() -> None:
    original = Version(1, "other", "source_missing", "x", 1, is_missing=True)
    duplicate = Version(2, "k", "duplicate", "x", None, duplicate_of=1)
    assert judge(original, duplicate) == Resolution(known_as=2, duplicate_of=1)


def test_an_heir_is_the_original_of_what_follows() -> None:
    versions = Versions([version(1, "loaded", "y"), NEW, Version(10, "other", "discovered", None, None)])
    heir = Version(3, "third", "loaded", "y", 1)
    versions.apply(versions.resolve(9, "k", "x"), "x", rows=1, heir=heir)
    assert versions.resolve(10, "other", "y") == Resolution(duplicate_of=3)


def test_what_was_settled_is_the_twin_of_what_follows() -> None:
    versions = Versions([NEW, Version(10, "other", "discovered", None, None)])
    versions.apply(versions.resolve(9, "k", "x"), "x", rows=1)
    assert versions.resolve(10, "other", "x") == Resolution(duplicate_of=9)


def test_what_was_superseded_is_no_twin_of_what_follows() -> None:
    versions = Versions([version(1, "loaded"), NEW, Version(10, "other", "discovered", None, None)])
    versions.apply(versions.resolve(9, "k", "y"), "y", rows=1)
    assert versions.resolve(10, "other", "x") == Resolution(serve=10)


def test_an_empty_file_that_was_settled_is_no_twin() -> None:
    versions = Versions([NEW, Version(10, "other", "discovered", None, None)])
    versions.apply(versions.resolve(9, "k", "x"), "x", rows=0)
    assert versions.resolve(10, "other", "x") == Resolution(serve=10)
