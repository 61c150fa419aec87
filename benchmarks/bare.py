"""The floor of benchmarks/api.py: a FastAPI app of one route, which answers with one object from memory.

The route is the plainest that FastAPI documents for an answer with a model: an async function that returns an instance
of it. That is also its fastest: a dict without a model costs a third more.

    python benchmarks/bare.py PORT '{"customer_id": …}'
"""

import sys

import uvicorn
from fastapi import FastAPI

from app.api.customers.segment import CustomerSegment


def main() -> None:
    """Serve, as `regulars serve` does."""
    answer = CustomerSegment.model_validate_json(sys.argv[2])
    app = FastAPI()

    @app.get("/v1/customers/{customer_id}/segment")
    async def get_customer_segment(customer_id: str) -> CustomerSegment:  # noqa: ARG001  # all get the same
        return answer

    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning", access_log=False, server_header=False)


if __name__ == "__main__":
    main()
