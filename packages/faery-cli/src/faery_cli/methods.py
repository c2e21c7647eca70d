"""The stages of the registry as methods.

`methods.pyi` tells editors and type checkers the same; `python -m faery_cli._stub` writes it.
"""

from typing import Any

from faery_cli.help import method_help
from faery_cli.registry import Stage, stages
from faery_cli.suggest import nearest

__all__ = ["StageMethods"]


class StageMethods:
    """Gives its heirs a method for each stage; they say what `then` does."""

    def then(self, name: str, *args: Any, **values: Any) -> Any:
        """Append a stage by its name."""
        raise TypeError(f"{type(self).__name__} does not say what {name} is appended to")

    def __getattr__(self, name: str) -> Any:
        """Find a stage that was declared after this module was loaded."""
        late = (
            None
            if name.startswith("_")
            else next((entry for entry in stages() if entry.method == name), None)
        )
        if late is None:
            known = [method for method in dir(type(self)) if not method.startswith("_")]
            guess = None if name.startswith("_") else nearest(name, known)
            hint = f"; did you mean {guess!r}?" if guess is not None else ""
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}{hint}")
        setattr(StageMethods, name, _method(late))
        return getattr(self, name)


def _method(entry: Stage) -> Any:
    def call(self: StageMethods, *args: Any, **values: Any) -> Any:
        return self.then(entry.name, *args, **values)

    call.__name__ = entry.method
    call.__qualname__ = f"StageMethods.{entry.method}"
    call.__doc__ = method_help(entry)
    return call


for _entry in stages():
    setattr(StageMethods, _entry.method, _method(_entry))
