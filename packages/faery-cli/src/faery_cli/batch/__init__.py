"""Many recordings, many outputs: job files, what is up to date, and how the rest is made."""

from faery_cli.batch._jobs import Unit, read_jobs
from faery_cli.batch._journal import Journal, identity, remove_leftovers
from faery_cli.batch._work import Result, run_unit, run_units

__all__ = [
    "Journal",
    "Result",
    "Unit",
    "identity",
    "read_jobs",
    "remove_leftovers",
    "run_unit",
    "run_units",
]
