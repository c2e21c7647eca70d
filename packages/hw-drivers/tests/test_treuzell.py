"""Framing of the control protocol, on both sides of the cable."""

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw_drivers import ProtocolError
from hw_drivers.emulators.imx636 import Imx636Model
from hw_drivers.emulators.treuzell import TreuzellBoard
from hw_drivers.tables import treuzell as tz
from hw_drivers.treuzell import MAX_BURST_WORDS, TreuzellClient


class Wire:
    """A transport that hands each frame to `answer` and keeps the frames."""

    def __init__(self, answer):
        self.frames = []
        self._answer = answer
        self._pending = b""

    def bulk_out(self, endpoint, data):
        assert endpoint == tz.CONTROL_OUT
        self.frames.append(data)
        self._pending = self._answer(data)

    def bulk_in(self, endpoint, length):
        assert (endpoint, length) == (tz.CONTROL_IN, tz.MAX_FRAME_BYTES)
        return self._pending

    def settle(self, us):
        self.frames.append(us)


def board_wire():
    board = TreuzellBoard(Imx636Model(), serial=0x51234)

    def answer(frame):
        board.receive(frame)
        return board.answer()

    return Wire(answer)


def test_frames_are_little_endian_property_size_payload():
    wire = board_wire()
    TreuzellClient(wire).write(0x1010, [0x11A10070])
    assert wire.frames == [
        bytes.fromhex("02010140 0c000000 00000000 10100000 7000a111".replace(" ", ""))
    ]


def test_identity_properties():
    client = TreuzellClient(board_wire())
    assert client.number(tz.SERIAL) == 0x51234
    assert client.number(tz.RELEASE_VERSION) >= 0x30800
    assert client.number(tz.DEVICES) == 1
    assert client.texts(tz.DEVICE_COMPATIBLE) == ("psee,ccam5_imx636", "psee,ccam5_gen42")
    assert client.texts(tz.DEVICE_NAME) == ("CCam5 Imx636 Event-Based Camera",)


def test_neighbouring_writes_go_out_as_one_burst_in_order():
    wire = board_wire()
    client = TreuzellClient(wire)
    client.write_many([(0x20, 1), (0x24, 2), (0x2C, 3), (0x24, 4), (0x28, 5)])
    assert len(wire.frames) == 3
    assert client.read(0x20, 4) == [1, 4, 5, 3]


def test_long_bursts_are_split_at_the_frame_limit():
    wire = board_wire()
    client = TreuzellClient(wire)
    values = list(range(2 * MAX_BURST_WORDS + 1))
    client.write(0x6400, values)
    assert [len(frame) <= tz.MAX_FRAME_BYTES for frame in wire.frames] == [True] * 3
    assert client.read(0x6400, 3) == [0, 1, 2]
    assert client.read(0x6400 + 4 * 2 * MAX_BURST_WORDS)[0] == values[-1]


def test_a_known_register_is_not_read_to_write_a_field():
    wire = board_wire()
    client = TreuzellClient(wire)
    client.write(0x9008, [0x644])
    client.write_field(0x9008, 1, 1)
    assert len(wire.frames) == 2
    assert client.read(0x9008) == [0x645]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"", "at least 8 bytes"),
        (b"\x72\0\0\0\x08\0\0\0\x01", "announces 8 bytes and has 1"),
        (struct.pack("<III", 0x72, 4, 1) + b"\0" * 9, "announces"),
        (struct.pack("<II", tz.UNKNOWN_COMMAND, 0), "does not know"),
        (struct.pack("<IIIII", 0x72 | tz.FAILURE, 12, 0, 0, 5), "refused it .error 5"),
        (struct.pack("<II", 0x72 | tz.FAILURE, 0), "refused it .error 0"),
        (struct.pack("<III", 0x79, 4, 1), "answer is for 0x79"),
        (struct.pack("<IIBBB", 0x72, 3, 1, 2, 3), "4 or 8 bytes"),
    ],
)
def test_wrong_answers_are_told_apart(answer, words):
    with pytest.raises(ProtocolError, match=words):
        TreuzellClient(Wire(lambda frame: answer)).number(tz.SERIAL)


def test_an_answer_for_another_register_is_refused():
    answer = struct.pack("<IIIII", tz.DEVICE_REGISTER, 12, 0, 0x2004, 1)
    with pytest.raises(ProtocolError, match="0x2004"):
        TreuzellClient(Wire(lambda frame: answer)).read(0x2000)


@given(answer=st.binary(max_size=64))
def test_any_answer_is_understood_or_a_protocol_error(answer):
    client = TreuzellClient(Wire(lambda frame: answer))
    for call in (
        lambda: client.number(tz.SERIAL),
        lambda: client.texts(tz.DEVICE_NAME),
        lambda: client.read(0x1000, 3),
        lambda: client.write(0x1000, [1]),
    ):
        with contextlib.suppress(ProtocolError):
            call()


KNOWN = [0x55, 0x72, 0x10000, 0x10001, 0x10003, tz.DEVICE_REGISTER, tz.DEVICE_REGISTER | tz.WRITE]
framed = st.builds(
    lambda wanted, payload: struct.pack("<II", wanted, len(payload)) + payload,
    st.sampled_from(KNOWN),
    st.binary(max_size=48),
)


@given(frames=st.lists(st.one_of(st.binary(max_size=64), framed), max_size=8))
def test_arbitrary_control_bytes_never_crash_the_emulator(frames):
    board = TreuzellBoard(Imx636Model(), serial=1)
    for frame in frames:
        board.receive(frame)
        answer = board.answer()
        wanted, size = struct.unpack_from("<II", answer)
        assert size == len(answer) - 8
        if len(frame) >= 8:
            asked = struct.unpack_from("<I", frame)[0]
            assert wanted in (asked, (asked | tz.FAILURE) & 0xFFFFFFFF, tz.UNKNOWN_COMMAND)
        assert board.answer() == b""


def test_unknown_commands_carry_the_failure_bit_alone():
    board = TreuzellBoard(Imx636Model(), serial=1)
    board.receive(struct.pack("<II", 0x12345, 0))
    assert board.answer() == struct.pack("<II", 0x80000000, 0)
