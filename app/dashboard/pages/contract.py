"""Contract: how files are read, which rows are valid, and which of them count."""

from typing import Final

from app.api.quality.contract import get_contract
from app.dashboard.frame.page import PageContent, PageRoute
from app.dashboard.frame.page_request import PageQuery, PageRequest


async def show_contract(request: PageRequest) -> PageContent:
    """Show the contract that the server enforces."""
    request.query(PageQuery)
    contract = await get_contract(request.reader)
    return PageContent("contract.html", f"Contract {contract.name}", {"contract": contract})


ROUTE: Final = PageRoute("/contract", show_contract, ("quality:read",), "Quality")
