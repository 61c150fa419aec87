"""Floor of benchmarks/api.py: a FastAPI app with one route that returns an object from memory.

The route is an async function that returns an instance of its response model. This is the fastest form that FastAPI
documents: a dict without a model takes a third longer.

    python benchmarks/bare.py PORT '{"customer_id": …}'
"""

import sys

import uvicorn
from fastapi import FastAPI

from app.api.customers.segment import CustomerSegment


def main() -> None:
    """Start the server with the options of `regulars serve`."""
    answer = CustomerSegment.model_validate_json(sys.argv[2])
    app = FastAPI()

    @app.get("/v1/customers/{customer_id}/segment")
    async def get_customer_segment(customer_id: str) -> CustomerSegment:  # noqa: ARG001  # the response is the same for all ids
        return answer

    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning", access_log=False, server_header=False)


if __name__ == "__main__":
    main()
