"""Words that the API promises are those that the tables allow."""

from typing import get_args

from app.api.deps import SchemeName
from app.api.files import FileState
from app.api.runs import Job, State
from app.api.schemas import Recommendation
from app.pipeline.tables import FILE_STATES, RUN_STATES, job_run
from app.segments.names import SCHEMES, URGENCIES


def test_states_of_files() -> None:
    assert get_args(FileState) == FILE_STATES


def test_states_of_runs() -> None:
    assert get_args(State) == RUN_STATES


def test_jobs() -> None:
    allowed = {str(constraint.sqltext) for constraint in job_run.constraints if hasattr(constraint, "sqltext")}
    assert f"job in {get_args(Job)!r}" in allowed


def test_schemes() -> None:
    assert get_args(SchemeName) == SCHEMES


def test_urgencies() -> None:
    assert get_args(Recommendation.model_fields["urgency"].annotation) == URGENCIES
