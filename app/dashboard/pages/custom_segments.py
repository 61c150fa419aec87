"""Custom segments: their list, and the form with its preview that creates, changes and removes them."""

from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field

from app.api.core.problems import INVALID, NO_MODEL, Problem
from app.api.segments.custom_actions import create_custom_segment, delete_custom_segment, update_custom_segment
from app.api.segments.custom_list import get_custom_segment, list_condition_columns, list_custom_segments
from app.api.segments.custom_preview import PreviewRequest, SegmentPreview, preview_custom_segment
from app.api.segments.custom_schemas import (
    CustomSegmentDetails,
    CustomSegmentRequest,
    CustomSegmentVersionRequest,
    GivenRecommendation,
)
from app.api.segments.problems import CONDITION_REFUSED, CUSTOM_SEGMENT_CONFLICT, NAME_REFUSED, PREVIEW_TIMEOUT
from app.dashboard.frame.page import ActionRoute, PageContent, PageRoute, Redirect
from app.dashboard.frame.page_request import PageQuery, PageRequest
from app.dashboard.pages.quarantine import responder
from app.db.param_types import Text, sendable, storable
from app.segments.custom.definitions import MAX_NAME
from app.segments.custom.saving import DEFAULT_ACTIONS
from app.segments.model.segment_table.rows import TIERS, TierName

LIST: Final = "/custom-segments"
NO_PREVIEW: Final = "There is no preview before the first training; you can save the segment now."
SHOWN_ON_FORM: Final = (INVALID, CONDITION_REFUSED, NAME_REFUSED, CUSTOM_SEGMENT_CONFLICT, PREVIEW_TIMEOUT)
"""Problems that are shown above the form."""
VersionField = Annotated[int, Field(ge=1, lt=2**31)]


class SegmentForm(PageQuery):
    """Fields of the form."""

    name: Annotated[str, Field(max_length=MAX_NAME), AfterValidator(sendable)] = ""
    condition: Annotated[str, Field(max_length=4_000), AfterValidator(storable)] = ""
    tier: TierName | None = None
    goal: Annotated[str, Field(max_length=300), AfterValidator(storable)] | None = None
    expected_version: VersionField | None = None

    @property
    def lines(self) -> str:
        """Condition with the line breaks of the program, not those of forms."""
        return self.condition.replace("\r\n", "\n")

    @property
    def recommendation(self) -> GivenRecommendation:
        """Fields of the recommendation that the form has; an empty goal is the general one."""
        return GivenRecommendation(goal=self.goal or DEFAULT_ACTIONS.goal)


class EditQuery(SegmentForm):
    """Fields of the form in the address of a preview; slug: of the segment to change."""

    slug: Text | None = None


class RemovalForm(PageQuery):
    """Form that removes a segment."""

    expected_version: VersionField | None = None


async def show_list(request: PageRequest) -> PageContent:
    """Show the custom segments."""
    request.query(PageQuery)
    page = await list_custom_segments(request.reader)
    return PageContent("custom_segments.html", "Custom segments", {"segments": page.data}, page)


async def show_form(request: PageRequest) -> PageContent:
    """Show the form of a segment with the preview of its condition; of a removed segment, its versions."""
    query = request.query(EditQuery)
    segment = await get_custom_segment(request.reader, query.slug) if query.slug else None
    if segment is not None and segment.condition is None:
        return await _form(request, query, segment)
    if segment is not None and not query.condition:
        values = segment.model_dump(include={"name", "condition", "tier"})
        return await _form(request, SegmentForm(**values, goal=segment.recommendation.goal), segment)
    if not query.condition or not request.may("customers:read"):
        return await _form(request, query, segment)
    try:
        body = PreviewRequest(condition=query.lines, replaces=segment.slug if segment else None)
        found = await preview_custom_segment(body, request.slots, request.reader, request.writer)
    except Problem as problem:
        return await _form(request, query, segment, problem=problem)
    return await _form(request, query, segment, preview=found)


async def create(request: PageRequest) -> PageContent | Redirect:
    """Save a new segment, and show the list; the form again if it cannot be saved."""
    form = await request.form(SegmentForm)
    try:
        _check_filled(form)
        body = CustomSegmentRequest(
            name=form.name, condition=form.lines, tier=form.tier, recommendation=form.recommendation
        )
        await create_custom_segment(request.http, body, request.reader, responder(request))
    except Problem as problem:
        return await _form(request, form, None, problem=problem)
    return Redirect(LIST)


async def save(request: PageRequest) -> PageContent | Redirect:
    """Save a new version of a segment, and show the list; the form again if it cannot be saved."""
    form, slug = await request.form(SegmentForm), request.param("slug")
    segment = await get_custom_segment(request.reader, slug)
    try:
        _check_filled(form)
        body = CustomSegmentVersionRequest(
            name=form.name,
            condition=form.lines,
            tier=form.tier,
            recommendation=form.recommendation,
            expected_version=form.expected_version,
        )
        await update_custom_segment(request.http, body, request.reader, responder(request), slug)
    except Problem as problem:
        return await _form(request, form, segment, problem=problem)
    return Redirect(LIST)


async def remove(request: PageRequest) -> Redirect:
    """Remove a segment, and show the list."""
    form = await request.form(RemovalForm)
    slug = request.param("slug")
    await delete_custom_segment(request.http, responder(request), slug, form.expected_version)
    return Redirect(LIST)


async def _form(
    request: PageRequest,
    form: SegmentForm,
    segment: CustomSegmentDetails | None,
    *,
    preview: SegmentPreview | None = None,
    problem: Problem | None = None,
) -> PageContent:
    """Return the page of the form; raises a problem that is not about its fields."""
    if problem is not None and problem.kind not in (*SHOWN_ON_FORM, NO_MODEL):
        raise problem
    columns = await list_condition_columns(request.reader)
    values: dict[str, Any] = {
        "form": form,
        "segment": segment,
        "columns": columns.data,
        "tiers": TIERS,
        "max_name": MAX_NAME,
        "default_goal": DEFAULT_ACTIONS.goal,
        "preview": preview,
        "message": _message(problem),
    }
    title = f"Custom segment: {segment.name}" if segment else "New custom segment"
    has_failed = problem is not None and problem.kind is not NO_MODEL
    status = problem.kind.status if problem and has_failed else 200
    return PageContent("custom_segment.html", title, values, columns, status=status)


def _check_filled(form: SegmentForm) -> None:
    missing = [label for label, value in (("name", form.name), ("condition", form.condition)) if not value]
    if missing:
        raise Problem(INVALID, f"Fill in the {' and the '.join(missing)} of the segment.")


def _message(problem: Problem | None) -> str | None:
    if problem is None:
        return None
    if problem.kind is NO_MODEL:
        return NO_PREVIEW
    return str(problem.errors[0]["detail"]) if problem.errors else problem.detail


ROUTE: Final = PageRoute(LIST, show_list, ("segments:read",), "Segments")
EDIT: Final = PageRoute(f"{LIST}/edit", show_form, ("segments:read", "segments:write"), "Segments")
CREATE: Final = ActionRoute(f"{LIST}/create", create, ("segments:write", "segments:read"))
SAVE: Final = ActionRoute(f"{LIST}/{{slug}}/save", save, ("segments:write", "segments:read"))
REMOVE: Final = ActionRoute(f"{LIST}/{{slug}}/remove", remove, ("segments:write",))
