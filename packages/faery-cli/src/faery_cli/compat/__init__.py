"""Modules that carry the names of other packages, for programs written for those."""
