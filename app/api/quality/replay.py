"""Replay and discard of quarantined rows."""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from app.api.core.dependencies import Reader, ReaderDependency, Text
from app.api.core.idempotency import IdempotencyDependency
from app.api.core.openapi import problems
from app.api.core.problems import INVALID, KEY_REUSED, TOO_LARGE, UNREADABLE, Problem, as_sentence
from app.api.core.route_table import MAX_BODY_BYTES
from app.api.core.schemas import example
from app.api.core.scopes import requires_scope
from app.api.quality.files import FileId
from app.api.quality.problems import NO_ROWS_SELECTED, UNKNOWN_EXPECTATION, UNKNOWN_FILE
from app.api.runs.problems import TOO_MANY_RUNS
from app.api.runs.schemas import QUEUED, AcceptedRun
from app.api.runs.start import respond_with_run
from app.db.param_types import Day, Whole
from app.errors import InvalidSelection
from app.pipeline.tables import source_file
from app.quality.expectation_names import EXPECTATIONS_OF_FILES, check_expectation
from app.silver.selection import QuarantineFilter, RejectedState

MAX_FILES: Final = 1_000
router = APIRouter(prefix="/v1/quality/quarantine", tags=["quality"])
QUEUED_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    202: {
        "description": "Queued; poll the address in Location.",
        "headers": {"Location": {"description": "Address of the run.", "schema": {"type": "string"}}},
    },
    **problems(
        UNREADABLE, UNKNOWN_FILE, UNKNOWN_EXPECTATION, TOO_LARGE, INVALID, NO_ROWS_SELECTED, KEY_REUSED, TOO_MANY_RUNS
    ),
}


class SelectedRows(BaseModel):
    """Filters of quarantined rows: give at least one, or `all`."""

    model_config = ConfigDict(extra="forbid")

    file_id: Annotated[FileId | None, Field(description="From this file.", strict=True), Whole] = None
    file_ids: Annotated[
        list[Annotated[FileId, Field(strict=True), Whole]] | None,
        Field(description="From these files.", min_length=1, max_length=MAX_FILES),
    ] = None
    source_file: Annotated[Text | None, Field(description="From the file with this key or URL.")] = None
    expectation: Annotated[
        Text | None,
        Field(
            description="Failed this expectation of the data contract, or of a former one that validated loaded files."
        ),
    ] = None
    invoice_date: Annotated[
        Day | None, Field(description="With this date of sale; rows without a readable date have none.")
    ] = None
    processing_date: Annotated[Day | None, Field(description="From files received on this date (UTC).")] = None
    everything: Annotated[bool, Field(alias="all", description="Every row.", strict=True)] = False

    def selection(self) -> QuarantineFilter:
        """Return the filter of the pipeline."""
        return QuarantineFilter.from_values({**self.model_dump(exclude={"everything"}), "all": self.everything})


class ReplayRequest(SelectedRows):
    """Quarantined rows to replay."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"expectation": "valid_invoice_date"}, {"file_ids": [118, 120]}, {"file_states": ["rejected"]}]
        }
    )

    file_states: Annotated[
        list[RejectedState] | None,
        Field(
            description="Every rejected or failed file in one of these states; it is read again as a whole.",
            min_length=1,
        ),
    ] = None
    status: Annotated[
        Literal["open", "discarded"],
        Field(description="open: quarantined rows that are not discarded; discarded: discarded rows."),
    ] = "open"


class DiscardRequest(SelectedRows):
    """Open rows to discard."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"file_id": 120, "expectation": "valid_quantity"}]})

    status: Annotated[Literal["open"], Field(description="Only open rows can be discarded.")] = "open"


class AcceptedReplay(AcceptedRun):
    """The queued replay: a new run, or a queued run with the same parameters."""

    model_config = example({**QUEUED, "job": "replay"})


class AcceptedDiscard(AcceptedRun):
    """The queued discard: a new run, or a queued run with the same parameters."""

    model_config = example({**QUEUED, "job": "discard_quarantine"})


@router.post(
    "/replay",
    status_code=202,
    summary="Replay quarantined rows",
    max_body_size=MAX_BODY_BYTES,
    response_model=AcceptedReplay,
    responses=QUEUED_RESPONSES,
)
@requires_scope("runs:write")
async def replay_quarantine(
    request: Request, body: ReplayRequest, reader: ReaderDependency, responder: IdempotencyDependency
) -> Response:
    """Queue a replay: rows that meet the contract under the current settings are loaded into silver, the others stay
    in quarantine with new reasons.

    Rejected or failed files, given by their ids or by `file_states`, are read again by the next ingest. Rows that are
    no longer in bronze, or of a workbook that the contract reads otherwise since it has changed, are not replayed; the
    run counts them as `rows_missing`.
    """
    parameters = await _parameters(reader, body)
    return await respond_with_run(request, responder, "replay", AcceptedReplay, parameters)


@router.post(
    "/discard",
    status_code=202,
    summary="Discard quarantined rows",
    max_body_size=MAX_BODY_BYTES,
    response_model=AcceptedDiscard,
    responses=QUEUED_RESPONSES,
)
@requires_scope("runs:write")
async def discard_quarantine(
    request: Request, body: DiscardRequest, reader: ReaderDependency, responder: IdempotencyDependency
) -> Response:
    """Queue the discard of open rows: they stay in quarantine with the status `discarded`, and only a replay of
    discarded rows validates them again.
    """
    parameters = await _parameters(reader, body)
    return await respond_with_run(request, responder, "discard_quarantine", AcceptedDiscard, parameters)


async def _parameters(reader: Reader, body: SelectedRows) -> dict[str, Any]:
    if not body.everything and body.model_dump(exclude={"status", "everything"}, exclude_none=True) == {}:
        raise Problem(NO_ROWS_SELECTED, "Send file ids, source_file, expectation or a date, or all: true.")
    selection = body.selection()
    if selection.expectation is not None:
        await _check_expectation(reader, selection.expectation)
    if selection.files:
        known = await reader.rows(select(source_file.c.id).where(source_file.c.id.in_(selection.files)))
        unknown = {*selection.files} - {row.id for row in known}
        if unknown:
            raise Problem(UNKNOWN_FILE, f"The file {min(unknown)} does not exist; list the files.")
    return selection.as_dict()


async def _check_expectation(reader: Reader, name: str) -> None:
    of_files = (row.expectation for row in await reader.rows(EXPECTATIONS_OF_FILES))
    try:
        check_expectation(name, reader.contract, of_files)
    except InvalidSelection as error:
        raise Problem(
            UNKNOWN_EXPECTATION, as_sentence(error), errors=[{"detail": str(error), "pointer": "#/expectation"}]
        ) from None
