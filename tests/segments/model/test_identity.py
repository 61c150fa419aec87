import numpy as np
import pytest

from app.segments.model.identity import Identity, match_clusters


def matched(old_ids: list[int], pairs: list[tuple[int, int, int]], k: int, next_id: int = 10) -> Identity:
    """Match clusters with (old id, new position, number of shared customers)."""
    old, new = (np.repeat([pair[side] for pair in pairs], [pair[2] for pair in pairs]) for side in (0, 1))
    return match_clusters(old_ids, old, new, k, next_id)


def test_renumbered_clusters_keep_their_ids() -> None:
    assert matched([4, 7], [(4, 1, 50), (7, 0, 30)], 2) == Identity((7, 4), 10)


def test_as_many_customers_as_possible_keep_their_cluster() -> None:
    assert matched([0, 1], [(0, 0, 60), (0, 1, 50), (1, 0, 55)], 2).ids == (1, 0)


def test_outliers_have_no_part_in_it() -> None:
    assert matched([4, 7], [(4, 0, 50), (7, 1, 30), (-1, 1, 90), (4, -2, 90)], 2).ids == (4, 7)


def test_a_new_cluster_has_an_id_that_was_never_used() -> None:
    found = matched([4, 7], [(4, 0, 50), (4, 2, 40), (7, 1, 30)], 3)
    assert (found.ids, found.next_id, found.births) == ((4, 7, 10), 11, (10,))


def test_a_cluster_born_from_half_of_its_members_is_a_split() -> None:
    assert matched([4, 7], [(4, 0, 50), (4, 2, 40), (7, 1, 30)], 3).splits == ((4, 10),)


def test_a_cluster_without_successor_ends() -> None:
    assert matched([4, 7], [(4, 0, 50), (7, 0, 30)], 1).deaths == (7,)


def test_a_cluster_that_ends_in_another_is_merged() -> None:
    assert matched([4, 7], [(4, 0, 50), (7, 0, 30)], 1).merges == ((7, 4),)


@pytest.mark.parametrize(("shared", "ids"), [(25, (4, 7)), (24, (4, 10))])
def test_a_cluster_continues_with_a_quarter_of_its_members(shared: int, ids: tuple[int, int]) -> None:
    assert matched([4, 7], [(4, 0, 500), (7, 1, shared), (7, 0, 100 - shared), (4, 1, 100 - shared)], 2).ids == ids


def test_clusters_without_members_in_common_are_others() -> None:
    assert matched([4], [(4, -1, 50), (-1, 0, 50)], 1) == Identity((10,), 11, births=(10,), deaths=(4,))
