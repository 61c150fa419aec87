"""Judges what pip-audit found: findings fail, a service out of reach is said. Usage: judge_audit.py REPORT LOG."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CANNOT_CONNECT = ("onnect", "timed out", "Timeout")
NOT_AUDITED = "NOT AUDITED: the vulnerability service cannot be reached from here\n"


def main() -> None:
    """Exit with an error where a dependency has a known vulnerability, or pip-audit failed by itself."""
    report, log = Path(sys.argv[1]), Path(sys.argv[2]).read_text(encoding="utf-8")
    if not report.exists():
        if not any(words in log for words in CANNOT_CONNECT):
            sys.exit(f"pip-audit failed:\n{log}")
        sys.stdout.write(NOT_AUDITED)
        return
    dependencies = json.loads(report.read_text(encoding="utf-8"))["dependencies"]
    audited = [each for each in dependencies if "vulns" in each]
    if findings := "\n".join(finding for each in audited for finding in found(each)):
        sys.exit(findings)
    # An index that has no vulnerability data makes pip-audit skip everything, and find nothing.
    unknown = len(dependencies) - len(audited)
    clean = f"{len(audited)} dependencies have no known vulnerability, {unknown} are unknown to the service\n"
    sys.stdout.write(clean if audited else NOT_AUDITED)


def found(dependency: dict[str, Any]) -> Iterator[str]:
    """One line for each known vulnerability of a dependency."""
    for vulnerability in dependency["vulns"]:
        mended = ", ".join(vulnerability["fix_versions"]) or "no version"
        yield f"{dependency['name']} {dependency['version']}: {vulnerability['id']}, mended in {mended}"


main()
