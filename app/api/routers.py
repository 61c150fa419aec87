"""Routers of all resources, in the order of the documentation page, and one router that includes them."""

from typing import Final

from fastapi import APIRouter

from app.api.admin import audit, docs_page, health, metrics, status
from app.api.customers import explanation, history, lookup, orders, profile, sample, score, unsegmented_list
from app.api.customers import list as customer_list
from app.api.erasures import routes as erasures
from app.api.exports import routes as exports
from app.api.exports import stream
from app.api.lineage import customers as customer_lineage
from app.api.lineage import graph as lineage
from app.api.quality import checks, contract, files, money, replay
from app.api.quality import routes as quality
from app.api.runs import routes as runs
from app.api.segments import (
    changes,
    cluster_history,
    clusters,
    custom_actions,
    custom_list,
    custom_preview,
    distributions,
    model_actions,
    model_list,
    models,
    recommendations,
    reports,
    transitions,
    value_edges,
)
from app.api.segments import routes as segments
from app.api.trends import routes as trends
from app.api.trends import segments as segment_trends
from app.api.webhooks import deliveries
from app.api.webhooks import routes as webhooks

ROUTERS: Final = (
    customer_list.router,
    sample.router,
    unsegmented_list.router,
    history.router,
    explanation.router,
    orders.router,
    profile.router,
    lookup.router,
    score.router,
    changes.router,
    transitions.router,
    stream.router,
    exports.router,
    segments.router,
    custom_list.router,
    custom_list.columns_router,
    custom_preview.router,
    custom_actions.router,
    clusters.router,
    cluster_history.router,
    distributions.router,
    recommendations.router,
    model_list.router,
    models.router,
    reports.router,
    model_actions.router,
    value_edges.router,
    segment_trends.router,
    trends.router,
    quality.router,
    checks.router,
    contract.router,
    money.router,
    replay.router,
    files.router,
    lineage.router,
    customer_lineage.router,
    runs.router,
    webhooks.router,
    deliveries.router,
    erasures.router,
    status.router,
    audit.router,
    health.router,
    metrics.router,
    docs_page.router,
)


def _including(routers: tuple[APIRouter, ...]) -> APIRouter:
    including = APIRouter(generate_unique_id_function=lambda route: route.name)
    for router in routers:
        including.include_router(router)
    return including


API: Final = _including(ROUTERS)
"""All routes, resolved once per process: FastAPI resolves those of a router that an app includes for each app."""
