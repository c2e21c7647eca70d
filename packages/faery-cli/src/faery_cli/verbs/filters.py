"""`fae filters`: the stages there are."""

from faery_cli.context import Context
from faery_cli.help import table
from faery_cli.registry import stages
from faery_cli.verbs._registry import Line, Verb


def run(context: Context, line: Line) -> int:
    if context.json:
        for entry in stages():
            context.data(
                {
                    "name": entry.name,
                    "summary": entry.summary,
                    "takes": entry.takes,
                    "gives": entry.gives,
                    "aliases": list(entry.aliases),
                    "parameters": [
                        {
                            "name": p.name,
                            "kind": p.kind.name,
                            "help": p.help,
                            "required": p.required,
                            "default": None
                            if p.required or p.default is None
                            else p.kind.show(p.default),
                        }
                        for p in entry.parameters
                    ],
                }
            )
        return 0
    for title, takes, gives in (
        ("events to events", "events", "events"),
        ("events to frames", "events", "frames"),
        ("frames to frames", "frames", "frames"),
    ):
        rows = [(e.name, e.summary) for e in stages() if (e.takes, e.gives) == (takes, gives)]
        print(f"{title}:")
        print("\n".join(table(rows)))
    print("\nfae help STAGE explains one.")
    return 0


VERB = Verb("filters", "List the stages of a chain.", run, examples=("fae filters",))
