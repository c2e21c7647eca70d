"""Whether a module takes a state."""

from norse_lite.sequential import is_stateful

__all__ = ["is_module_stateful"]

is_module_stateful = is_stateful

# Norse's own name of it, which programs import although it is private there.
_is_module_stateful = is_stateful
