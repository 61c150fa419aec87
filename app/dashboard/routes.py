"""Pages and forms of the dashboard, and the entries of the navigation."""

from typing import Final

from app.dashboard.frame.page import ActionRoute, NavigationEntry, PageRoute
from app.dashboard.pages import customer, customers, overview, segment, segments

PAGES: Final[tuple[PageRoute, ...]] = (
    overview.ROUTE,
    segments.ROUTE,
    segment.ROUTE,
    customers.ROUTE,
    customer.ROUTE,
)
ACTIONS: Final[tuple[ActionRoute, ...]] = ()
NAVIGATION: Final[tuple[NavigationEntry, ...]] = (
    NavigationEntry("Overview", "/", overview.ROUTE.scopes),
    NavigationEntry("Segments", "/segments", segments.ROUTE.scopes),
    NavigationEntry("Customers", "/customers", customers.ROUTE.scopes),
)
