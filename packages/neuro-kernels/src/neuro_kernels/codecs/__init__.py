"""Encoders and decoders of event-camera formats: payload bytes to events and back.

Only what follows a file's header is handled here; `aestream_io` reads and writes whole files.
Decoders take bytes cut anywhere and never fail on what they hold: damage is counted.
"""

from neuro_kernels.codecs._buffer import EventBuffer
from neuro_kernels.codecs._decode import Decoder, PayloadDecoder, decode, decoder
from neuro_kernels.codecs._encode import Encoder, encode, encode_payloads, encoder
from neuro_kernels.codecs._formats import CODECS
from neuro_kernels.codecs._layout import evt21_layout
from neuro_kernels.codecs._storage import (
    ECF_MOST,
    PackedPackets,
    PackedRecords,
    PacketRun,
    RecordDecoder,
    RecordPacker,
    ecf_count,
    ecf_decode_into,
    ecf_encode,
    encode_records,
    lz4_compress,
    lz4_decompress,
    lz4_decompress_into,
    reserve_file,
)
from neuro_kernels.codecs._values import DecodeCounts, Payloads, Triggers

__all__ = [
    "CODECS",
    "ECF_MOST",
    "DecodeCounts",
    "Decoder",
    "Encoder",
    "EventBuffer",
    "PackedPackets",
    "PackedRecords",
    "PacketRun",
    "PayloadDecoder",
    "Payloads",
    "RecordDecoder",
    "RecordPacker",
    "Triggers",
    "decode",
    "decoder",
    "ecf_count",
    "ecf_decode_into",
    "ecf_encode",
    "encode",
    "encode_payloads",
    "encode_records",
    "encoder",
    "evt21_layout",
    "lz4_compress",
    "lz4_decompress",
    "lz4_decompress_into",
    "reserve_file",
]
