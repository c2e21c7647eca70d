"""Compare what came now with what is published."""

import json
from pathlib import Path

from conformance.score import score

# Our own framework must never be wrong or crash: what it cannot run, it refuses.
OURS = "norse-lite"


def changes(suite: Path, out: Path, published: Path) -> list[str]:
    """List where results differ from the published ones, a sentence each.

    Args:
        suite: folder of the suite, or of a part of it.
        out: folder with a folder of results per framework.
        published: the results.json of the documentation.

    Returns:
        Empty where everything is as published and norse-lite passes or refuses every case.
    """
    data = json.loads(published.read_text("utf-8"))
    known = {entry["name"]: entry for entry in data["frameworks"]}
    found = []
    for about in sorted(out.glob("*/about.json")):
        now = score(suite, about.parent)
        entry = known.get(now.name)
        if entry is None:
            found.append(f"{now.name} is not in {published.name}: publish a new table.")
            continue
        if entry["versions"].get(now.name) != now.versions.get(now.name):
            found.append(f"{now.name} {now.versions.get(now.name)} has no published results.")
            continue
        before = {one["case"]: one["verdict"] for one in entry["failures"]}
        for one in now.outcomes:
            was = before.get(one.case, "pass")
            if one.verdict != was:
                found.append(
                    f"{now.name}: {one.case} {one.verdict}, published: {was}. {one.detail}"
                )
            elif now.name == OURS and one.verdict not in ("pass", "refuses"):
                found.append(f"{now.name}: {one.case} {one.verdict}: {one.detail}")
    return found
