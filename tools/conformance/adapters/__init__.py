"""One module per framework: how it imports a .nir file, runs it, and exports it again.

Each has `PACKAGE` and `VERSIONS` (distributions whose versions are recorded), `PROFILE` (the rules
that the framework is known to follow) and `load(path, dt, inputs)`, which returns an object with
`run(inputs)` and, where the framework exports, `export(path)`. `run` gives outputs by name, and as
`voltage/neuron` the potential after each step where the network has one neuron node and the
framework shows it. An adapter does what the framework's documentation says, and nothing to help it:
what goes wrong is the result. `RUNS = False` where only the import can be tried.
"""
