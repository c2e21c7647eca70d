"""Prophesee RAW files with EVT 3.0, the format of EVK4 and IMX636 cameras."""

from aestream_io.formats._evt_raw import register_evt

EVT3 = register_evt("evt3", "3.0", title="Prophesee RAW, EVT 3.0")
