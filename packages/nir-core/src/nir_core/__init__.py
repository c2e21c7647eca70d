"""The reference for what a NIR file means: read, check, run and compare neuromorphic networks."""
