import os
import subprocess
import sys
from typing import Final

import numpy as np
import pytest

from app.errors import Stopped
from app.segments.model.kmeans import fit_kmeans, map_in_threads

POINTS = np.array([[0.0], [1.0], [10.0], [11.0]])
THREADS_OF_A_WORKER: Final = """
import sklearn.cluster
from threadpoolctl import threadpool_info
from app.segments.model.kmeans import map_in_threads
print(map_in_threads(lambda _: max(each["num_threads"] for each in threadpool_info()), [0], threads=2))
"""


def test_numerical_libraries_use_one_thread_in_each_worker() -> None:
    environment = {**os.environ, "OMP_NUM_THREADS": "4", "OPENBLAS_NUM_THREADS": "4"}
    command = [sys.executable, "-c", THREADS_OF_A_WORKER]
    found = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    assert found.stdout == "[1]\n"


def test_results_are_in_the_order_of_their_arguments() -> None:
    assert map_in_threads(lambda n: n * n, range(20), threads=4) == [n * n for n in range(20)]


def test_an_exception_of_the_checkpoint_ends_the_work() -> None:
    def stop() -> None:
        raise Stopped("stopped")

    with pytest.raises(Stopped):
        map_in_threads(lambda n: n, range(20), checkpoint=stop)


def test_a_warm_start_alone_needs_no_seed() -> None:
    found = fit_kmeans(POINTS, 2, seed=0, max_iter=10, starts=0, warm=np.array([[0.0], [9.0]]))
    assert found is not None
    assert (found.centers.tolist(), found.labels.tolist(), found.inertia) == ([[0.5], [10.5]], [0, 0, 1, 1], 1.0)


def test_a_poor_warm_start_gives_way_to_a_fresh_one() -> None:
    poor = np.array([[5.5], [100.0]])
    found = fit_kmeans(POINTS, 2, seed=0, max_iter=10, starts=1, warm=poor)
    assert found is not None
    assert found.inertia == 1.0


def test_more_clusters_than_distinct_points_are_not_possible() -> None:
    found = map_in_threads(lambda k: fit_kmeans(np.zeros((9, 1)), k, seed=0, max_iter=10), [2])
    assert found == [None]
