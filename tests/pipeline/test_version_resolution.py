"""Resolution of content under a key, for every history of the key and of its duplicates."""

import pytest

from app.pipeline.version_resolution import Resolution, Version, Versions

NEW = Version(9, "k", "discovered", None, None)


def resolve(*versions: Version) -> Resolution:
    """Resolve content `x` under key `k`, as row 9."""
    return Versions([*versions, NEW]).resolve(9, "k", "x")


def version(file_id: int, state: str, sha256: str = "x", *, key: str = "k", rows: int | None = 1) -> Version:
    return Version(file_id, key, state, sha256, rows)


def test_new_content_becomes_active() -> None:
    assert resolve() == Resolution(activate=9)


@pytest.mark.parametrize("state", ["loaded", "empty", "source_missing"])
def test_new_content_supersedes_the_active_version(state: str) -> None:
    assert resolve(version(1, state, "y")) == Resolution(activate=9, supersedes=1)


@pytest.mark.parametrize("state", ["loaded", "empty", "source_missing"])
def test_active_content_changes_nothing(state: str) -> None:
    assert resolve(version(1, state)) == Resolution(same_content=1)


def test_a_restored_version_becomes_active_again() -> None:
    found = resolve(version(1, "superseded"), version(2, "loaded", "y"))
    assert found == Resolution(activate=1, is_received=True, same_content=1, supersedes=2)


@pytest.mark.parametrize("state", ["superseded", "rejected", "failed"])
def test_a_restored_version_that_was_never_loaded_is_received(state: str) -> None:
    found = resolve(version(1, state, rows=None))
    assert found == Resolution(activate=1, is_received=False, same_content=1)


def test_a_restored_version_may_have_no_rows() -> None:
    assert resolve(version(1, "superseded", rows=0)) == Resolution(activate=1, is_received=True, same_content=1)


@pytest.mark.parametrize("state", ["loaded", "source_missing"])
def test_active_content_of_another_key_is_a_duplicate(state: str) -> None:
    assert resolve(version(1, state, key="other")) == Resolution(duplicate_of=1)


@pytest.mark.parametrize("state", ["superseded", "duplicate", "rejected", "failed", "discovered"])
def test_inactive_content_of_another_key_is_no_duplicate(state: str) -> None:
    assert resolve(version(1, state, key="other")) == Resolution(activate=9)


@pytest.mark.parametrize("state", ["empty", "source_missing"])
def test_files_without_rows_have_no_duplicates(state: str) -> None:
    assert resolve(version(1, state, key="other", rows=0)) == Resolution(activate=9)


def test_the_oldest_of_several_originals_is_named() -> None:
    originals = [version(3, "loaded", key="b"), version(2, "loaded", key="c")]
    assert resolve(*originals) == Resolution(duplicate_of=2)


def test_a_duplicate_supersedes_the_active_version_of_its_key() -> None:
    found = resolve(version(1, "loaded", key="other"), version(2, "loaded", "y"))
    assert found == Resolution(supersedes=2, duplicate_of=1)


@pytest.mark.parametrize("state", ["superseded", "duplicate", "rejected"])
def test_a_restored_version_with_an_active_copy_is_a_duplicate(state: str) -> None:
    found = resolve(version(1, "loaded", key="other"), version(2, state), version(3, "loaded", "y"))
    assert found == Resolution(same_content=2, supersedes=3, duplicate_of=1)


@pytest.mark.parametrize("state", ["duplicate", "rejected", "failed"])
@pytest.mark.parametrize("sha256", ["x", "y"])
def test_earlier_rejected_versions_become_history(state: str, sha256: str) -> None:
    active = Version(1, "k", "loaded", sha256, 1)
    assert resolve(active, version(2, state, "z")).also_superseded == (2,)


def test_rejected_versions_of_another_key_are_unchanged() -> None:
    assert resolve(version(1, "rejected", "y", key="other")).also_superseded == ()


def corrected(original: Version) -> Resolution:
    """Resolution of a correction of a duplicate of `original`."""
    duplicate = Version(2, "k", "duplicate", "old", None, duplicate_of=original.file_id)
    return resolve(original, duplicate)


@pytest.mark.parametrize("state", ["loaded", "source_missing"])
def test_a_correction_of_a_duplicate_supersedes_a_missing_original(state: str) -> None:
    original = Version(1, "other", state, "old", 1, is_missing=True)
    assert corrected(original) == Resolution(activate=9, supersedes=1, also_superseded=(2,))


def test_a_correction_of_a_duplicate_leaves_an_original_that_is_not_missing() -> None:
    assert corrected(Version(1, "other", "loaded", "old", 1)) == Resolution(activate=9, also_superseded=(2,))


def test_a_correction_of_a_duplicate_leaves_an_original_that_is_history() -> None:
    original = Version(1, "other", "superseded", "old", 1, is_missing=True)
    assert corrected(original) == Resolution(activate=9, also_superseded=(2,))


def test_a_touched_duplicate_does_not_supersede_its_missing_original() -> None:
    original = Version(1, "other", "source_missing", "x", 1, is_missing=True)
    duplicate = Version(2, "k", "duplicate", "x", None, duplicate_of=1)
    assert resolve(original, duplicate) == Resolution(same_content=2, duplicate_of=1)


def test_a_promoted_duplicate_is_the_original_of_later_files() -> None:
    versions = Versions([version(1, "loaded", "y"), NEW, Version(10, "other", "discovered", None, None)])
    promoted = Version(3, "third", "loaded", "y", 1)
    versions.apply(versions.resolve(9, "k", "x"), "x", rows=1, promoted=promoted)
    assert versions.resolve(10, "other", "y") == Resolution(duplicate_of=3)


def test_a_loaded_file_is_the_original_of_later_files() -> None:
    versions = Versions([NEW, Version(10, "other", "discovered", None, None)])
    versions.apply(versions.resolve(9, "k", "x"), "x", rows=1)
    assert versions.resolve(10, "other", "x") == Resolution(duplicate_of=9)


def test_a_superseded_file_is_no_original_of_later_files() -> None:
    versions = Versions([version(1, "loaded"), NEW, Version(10, "other", "discovered", None, None)])
    versions.apply(versions.resolve(9, "k", "y"), "y", rows=1)
    assert versions.resolve(10, "other", "x") == Resolution(activate=10)


def test_an_empty_file_is_no_original() -> None:
    versions = Versions([NEW, Version(10, "other", "discovered", None, None)])
    versions.apply(versions.resolve(9, "k", "x"), "x", rows=0)
    assert versions.resolve(10, "other", "x") == Resolution(activate=10)
