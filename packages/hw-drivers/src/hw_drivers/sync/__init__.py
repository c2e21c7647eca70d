"""Several cameras with one time base."""
