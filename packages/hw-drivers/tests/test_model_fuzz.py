"""Models of sensors keep going whatever is written to them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hw_drivers
from hw_drivers.tables import evk2, genx320, imx636_filters, imx636_registers

KNOWN = {
    "evk4": sorted({*imx636_registers.AFTER_RESET, *imx636_filters.AFTER_RESET, 0x9100, 0x2000,
                    0x6000, 0x6004, 0x6028, 0x6050, 0xC000, 0xD000, 0x900C, 0x9010, 0x9014}),
    "evk2": sorted({*evk2.AFTER_RESET, evk2.TRIGGER_ENABLE, evk2.TRIGGER_OUT_ENABLE,
                    evk2.IO_CONTROL, evk2.TIME_BASE_CONTROL, 0x109008, 0x107000, 0x10D000}),
    "genx320": sorted({*genx320.AFTER_RESET, 0x400, 0x404, 0x34, 0x9100, 0x9104, 0x900C, 0x9010,
                       0x6000, 0x6014, 0xC000, 0xD000, 0xD0C4, 0x7040}),
}  # fmt: skip


@pytest.mark.parametrize("key", KNOWN)
@given(data=st.data())
@settings(max_examples=25)
def test_any_registers_leave_a_stream_that_can_be_decoded(key, data):
    words = st.one_of(st.sampled_from([0, 1, 5, 0xFFFFFFFF]), st.integers(0, 0xFFFFFFFF))
    writes = data.draw(st.lists(st.tuples(st.sampled_from(KNOWN[key]), words), max_size=12))
    uri = f"emulated:{key}?realtime=0&rate=1e5&scene=noise&duration=4ms&trigger_hz=700"
    with hw_drivers.open(uri) as device:
        model = device.emulator
        packets = device.packets()
        next(packets)
        for address, value in writes:
            model.board._chip.write(address, value)
        for _ in range(3):
            data_out = b"".join(model.step())
            assert isinstance(data_out, bytes)
            device.emulator.streaming  # noqa: B018
        decoder = device._new_decoder()
        events = decoder.feed(data_out).events
        assert len(events) == 0 or int(events.x.max()) < device.size[0]
