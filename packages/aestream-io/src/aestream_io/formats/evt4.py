"""Prophesee RAW files with EVT 4, which are only read."""

from aestream_io.formats._evt_raw import register_evt

EVT4 = register_evt("evt4", "4.0", title="Prophesee RAW, EVT 4", read_only=True)
