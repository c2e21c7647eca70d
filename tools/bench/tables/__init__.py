"""The tables: each module has TITLE, TEXT, VERSIONS and cases(quick)."""
