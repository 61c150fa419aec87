"""Quarantine: rows that are not valid, their reasons, and their replay or discard."""

import json
from datetime import date
from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field
from starlette.responses import Response

from app.api.core.dependencies import Text
from app.api.core.idempotency import IdempotentResponder
from app.api.quality.contract import get_contract
from app.api.quality.files import FileId
from app.api.quality.replay import DiscardRequest, ReplayRequest, discard_quarantine, replay_quarantine
from app.api.quality.routes import QuarantinedRowFilters, list_quarantine
from app.dashboard.frame.addresses import run_path
from app.dashboard.frame.page import ActionRoute, PageContent, PageRoute, Redirect
from app.dashboard.frame.page_request import PageQuery, PageRequest
from app.dashboard.pages.paging import page_links
from app.db.param_types import Day

PAGE_SIZE: Final = 50
SELECTING: Final = ("file_id", "expectation", "invoice_date", "processing_date", "source_file")
"""Filters that select rows to replay or discard, beside their status."""


class QuarantineQuery(QuarantinedRowFilters):
    """Filters of the API, with pages of fewer rows."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=1000)] = PAGE_SIZE


class SelectionForm(PageQuery):
    """Form with the filters of the rows to replay or discard."""

    file_id: FileId | None = None
    expectation: Text | None = None
    invoice_date: Day | None = None
    processing_date: Day | None = None
    source_file: Text | None = None
    everything: Annotated[bool, Field(alias="all")] = False

    def body(self) -> dict[str, Any]:
        """Return the form as the body of the operation; an absent filter is left out."""
        return {**self.model_dump(exclude={"everything"}, exclude_none=True), "all": self.everything}


class ReplayForm(SelectionForm):
    """Form with the filters of the rows to replay."""

    status: Literal["open", "discarded"] = "open"


class DiscardForm(SelectionForm):
    """Form with the filters of the rows to discard."""

    status: Literal["open"] = "open"


async def show_quarantine(request: PageRequest) -> PageContent:
    """Show a page of the quarantined rows that match the filters, with the buttons to replay and discard them."""
    query = request.query(QuarantineQuery).model_copy(update={"include": ["total"]})
    page = await list_quarantine(request.reader, query)
    contract = await get_contract(request.reader)
    sentences = {each.name: each.sentence for each in contract.expectations}
    selected = {name: _text(getattr(query, name)) for name in SELECTING if getattr(query, name) is not None}
    values = {
        "query": query,
        "rows": page.data,
        "total": page.total,
        "sentences": sentences,
        "names": sorted({*sentences, *([query.expectation] if query.expectation else [])}),
        "selected": selected or {"all": "true"},
        "selected_rows": await _count_selected(request, query, page.total),
        "is_filtered": bool(selected or query.status),
        "can_replay": query.status in {None, "open", "discarded"},
        "can_discard": query.status in {None, "open"},
        **page_links(request, page.next_cursor),
    }
    return PageContent("quarantine.html", "Quarantine", values, page)


async def _count_selected(request: PageRequest, query: QuarantineQuery, total: int | None) -> dict[str, int | None]:
    """Return the number of rows that a replay or discard would change, by their status."""
    if query.status is not None:
        return {query.status: total}
    opened = query.model_copy(update={"status": "open", "limit": 1, "cursor": None})
    return {"open": (await list_quarantine(request.reader, opened)).total}


async def replay(request: PageRequest) -> Redirect:
    """Queue a replay of the selected rows, and go to its run."""
    form = await request.form(ReplayForm)
    body = ReplayRequest.model_validate(form.body())
    return to_run(await replay_quarantine(request.http, body, request.reader, responder(request)))


async def discard(request: PageRequest) -> Redirect:
    """Queue the discard of the selected rows, and go to its run."""
    form = await request.form(DiscardForm)
    body = DiscardRequest.model_validate(form.body())
    return to_run(await discard_quarantine(request.http, body, request.reader, responder(request)))


def responder(request: PageRequest) -> IdempotentResponder:
    """Return the responder of a form, which sends no idempotency key."""
    return IdempotentResponder(request.writer, None)


def to_run(response: Response) -> Redirect:
    """Return the redirect to the run that an operation has queued."""
    return Redirect(run_path(json.loads(bytes(response.body))["run_id"]))


def _text(value: date | str | int) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


ROUTE: Final = PageRoute("/quality/quarantine", show_quarantine, ("quality:read",), "Quality")
REPLAY: Final = ActionRoute("/quality/quarantine/replay", replay, ("runs:write",))
DISCARD: Final = ActionRoute("/quality/quarantine/discard", discard, ("runs:write",))
