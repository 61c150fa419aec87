"""Write docs/openapi.json, the document of the released API: run it when a release changes the API.

tests/api/test_compatibility.py compares every later change with it.
"""

import json
from pathlib import Path

from app.main import create_app
from app.settings import Settings

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "openapi.json"

if __name__ == "__main__":
    content = json.dumps(create_app(Settings()).openapi(), indent=0, ensure_ascii=False)
    DOCUMENT.write_text(content, encoding="utf-8")
