"""The end-to-end demo: a recording becomes a verified network and a report."""
