"""Routers of all resources, in the order of the documentation page."""

from typing import Final

from app.api.admin import audit, docs_page, health, status
from app.api.customers import explanation, history, lookup, profile, score, unsegmented_list
from app.api.customers import list as customer_list
from app.api.erasures import routes as erasures
from app.api.exports import routes as exports
from app.api.exports import stream
from app.api.quality import contract, files, money, replay
from app.api.quality import routes as quality
from app.api.runs import routes as runs
from app.api.segments import changes, clusters, models, recommendations, transitions
from app.api.segments import routes as segments
from app.api.webhooks import deliveries
from app.api.webhooks import routes as webhooks

ROUTERS: Final = (
    customer_list.router,
    unsegmented_list.router,
    history.router,
    explanation.router,
    profile.router,
    lookup.router,
    score.router,
    changes.router,
    transitions.router,
    stream.router,
    exports.router,
    segments.router,
    clusters.router,
    recommendations.router,
    models.router,
    quality.router,
    contract.router,
    money.router,
    replay.router,
    files.router,
    runs.router,
    webhooks.router,
    deliveries.router,
    erasures.router,
    status.router,
    audit.router,
    health.router,
    docs_page.router,
)
