"""Pages and forms of the dashboard, and the entries of the navigation."""

from typing import Final

from app.dashboard.frame.page import ActionRoute, NavigationEntry, PageRoute
from app.dashboard.pages import (
    clusters,
    contract,
    custom_segments,
    customer,
    customer_lineage,
    customers,
    files,
    lineage,
    models,
    movement,
    overview,
    quality,
    quarantine,
    report,
    runs,
    segment,
    segments,
    trends,
)

PAGES: Final[tuple[PageRoute, ...]] = (
    overview.ROUTE,
    segments.ROUTE,
    segment.ROUTE,
    custom_segments.ROUTE,
    custom_segments.EDIT,
    customers.ROUTE,
    customer.ROUTE,
    customer.ROUTE_OF_DOTS,
    quality.ROUTE,
    quarantine.ROUTE,
    files.ROUTE,
    contract.ROUTE,
    lineage.ROUTE,
    customer_lineage.ROUTE,
    customer_lineage.ROUTE_OF_DOTS,
    runs.ROUTE,
    runs.RUN,
    models.ROUTE,
    report.ROUTE,
    clusters.ROUTE,
    movement.ROUTE,
    trends.ROUTE,
)
ACTIONS: Final[tuple[ActionRoute, ...]] = (
    *(quarantine.REPLAY, quarantine.DISCARD, runs.START, runs.CANCEL),
    *(custom_segments.CREATE, custom_segments.SAVE, custom_segments.REMOVE),
    *(models.PROMOTE, models.DISCARD, models.ROLL_BACK, models.REFIT_VALUE),
)
NAVIGATION: Final[tuple[NavigationEntry, ...]] = (
    NavigationEntry("Overview", "/", overview.ROUTE.scopes),
    NavigationEntry("Segments", "/segments", segments.ROUTE.scopes),
    NavigationEntry("Clusters", "/clusters", clusters.ROUTE.scopes),
    NavigationEntry("Customers", "/customers", customers.ROUTE.scopes),
    NavigationEntry("Movement", "/movement", movement.ROUTE.scopes),
    NavigationEntry("Trends", "/trends", trends.ROUTE.scopes),
    NavigationEntry("Quality", "/quality", quality.ROUTE.scopes),
    NavigationEntry("Lineage", "/lineage", lineage.ROUTE.scopes),
    NavigationEntry("Runs", "/runs", runs.ROUTE.scopes),
)
