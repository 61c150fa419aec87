"""Words that the API promises are those that the tables allow."""

from typing import get_args

from app.api.core.dependencies import SchemeName
from app.api.core.schemas import Recommendation
from app.api.runs.schemas import AnyJob, ErrorKind, State
from app.jobs.tables import ERROR_KINDS, JOBS, RUN_STATES
from app.pipeline.tables import FILE_STATES, FileState
from app.segments.model.segment_table.table import SCHEMES, URGENCIES


def test_states_of_files() -> None:
    assert get_args(FileState) == FILE_STATES


def test_states_of_runs() -> None:
    assert get_args(State) == RUN_STATES


def test_jobs() -> None:
    assert get_args(AnyJob) == JOBS


def test_kinds_of_errors() -> None:
    assert get_args(ErrorKind) == ERROR_KINDS


def test_schemes() -> None:
    assert get_args(SchemeName) == SCHEMES


def test_urgencies() -> None:
    assert get_args(Recommendation.model_fields["urgency"].annotation) == URGENCIES
