"""How a graph is run: profiles, the interpreter, the exact solver, comparisons."""
