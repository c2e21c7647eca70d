"""A conformance suite for NIR: small graphs, inputs and traces, and frameworks run on them."""
