"""`python3 tools/dev.py release NAME [BUMP]` and `release check`."""

import argparse
import datetime
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from devtools.messages import DevError, say, step, warn
from devtools.packages import ROOT, load_packages
from devtools.venvs import interpreter

from release import inventory, plan, trial


def main(arguments: Sequence[str]) -> int:
    """Rehearse or make a release, or check that all packages could be released."""
    parser = argparse.ArgumentParser(
        prog="dev.py release",
        description="Rehearse the release of a package; with --yes, commit and tag it too. "
        "`release check [NAME ...]` builds, checks and tries out packages as they stand.",
    )
    parser.add_argument("name", help="a package, or the word check")
    parser.add_argument("more", nargs="*", metavar="BUMP", help="major, minor, patch or a version")
    parser.add_argument("--yes", action="store_true", help="commit and tag what was rehearsed")
    parser.add_argument("--dist", type=Path, default=ROOT / "dist", help="folder for the files")
    chosen = parser.parse_args(arguments)
    dist = chosen.dist.resolve()  # the builds run in other folders
    if chosen.name == "check":
        return check(chosen.more or list(load_packages()), dist)
    if len(chosen.more) > 1:
        parser.error("give one of major, minor, patch, or a version")
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    release = plan.rehearse(chosen.name, next(iter(chosen.more), None), today, dist)
    say(f"\n{release.notes}")
    for file in release.files:
        say(f"  {file}")
    if not chosen.yes:
        say(f"{release.tag} can be released; nothing was changed. Add --yes to commit and tag it.")
        return 0
    plan.publish(release)
    say(f"Tagged {release.tag}. Push it with `git push --follow-tags`; the wheels are built there.")
    return 0


def check(names: Sequence[str], dist: Path) -> int:
    """Build, check and try out `names` as they stand in the working tree."""
    packages = load_packages()
    unknown = [name for name in names if name not in packages]
    if unknown:
        raise DevError(f"There is no package {unknown[0]!r}; choose from: {', '.join(packages)}.")
    dist.mkdir(parents=True, exist_ok=True)
    wanted = {one.name for name in names for one in trial.needed(packages[name], packages).local}
    built = plan.build_all([name for name in packages if name in wanted], ROOT, dist)
    doubts: dict[str, None] = {}
    for name in names:
        with tempfile.TemporaryDirectory() as place:
            environment = Path(place) / "venv"
            trial.try_out(packages[name], built, packages, environment)
            with step(f"Write the inventory of {name}"):
                file = dist / f"{name}.cdx.json"
                components = inventory.write_sbom(interpreter(environment), file)
        (dist / f"{name}-licences.md").write_text(inventory.table(components), "utf-8")
        ours = set(packages)
        for one in inventory.doubtful(one for one in components if one.name not in ours):
            doubts[f"{one.name} {one.version}: {one.licence or 'not stated'}"] = None
    for text in doubts:
        say(f"look at the licence of {text}")
    say(f"{', '.join(names)}: ready to be released, files in {dist}.")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except DevError as error:
        warn(f"dev.py release: {error}")
        sys.exit(1)
