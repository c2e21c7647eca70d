"""Networks exchanged with other frameworks and run on both sides: rows for docs/conformance."""
