"""Verbs: one module each; `VERBS` says which there are."""
