"""Prophesee RAW files with EVT 2.0."""

from aestream_io.formats._evt_raw import register_evt

EVT2 = register_evt("evt2", "2.0", title="Prophesee RAW, EVT 2.0")
