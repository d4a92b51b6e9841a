"""The binary layout of an xclbin: the records and numbers that its writer and its reader share.

An xclbin is little-endian: a head (``Axlf``), one ``SectionHeader`` a section, then the sections, each at a multiple of
8 bytes. XRT's public header ``xclbin.h`` defines it, and the names here are its names; a test compares every size and
offset with that header.
"""

from __future__ import annotations

import ctypes
import enum
from ctypes import LittleEndianStructure, c_char, c_int32, c_uint8, c_uint16, c_uint32, c_uint64

MAGIC = b"xclbin2\0"
ALIGNMENT = 8
MAX_SECTIONS = 0x10000


class SectionKind(enum.IntEnum):
    """What a section holds. Those after ``VENDER_METADATA`` (so spelled) came after XRT 2.13."""

    BITSTREAM = 0
    CLEARING_BITSTREAM = 1
    EMBEDDED_METADATA = 2
    FIRMWARE = 3
    DEBUG_DATA = 4
    SCHED_FIRMWARE = 5
    MEM_TOPOLOGY = 6
    CONNECTIVITY = 7
    IP_LAYOUT = 8
    DEBUG_IP_LAYOUT = 9
    DESIGN_CHECK_POINT = 10
    CLOCK_FREQ_TOPOLOGY = 11
    MCS = 12
    BMC = 13
    BUILD_METADATA = 14
    KEYVALUE_METADATA = 15
    USER_METADATA = 16
    DNA_CERTIFICATE = 17
    PDI = 18
    BITSTREAM_PARTIAL_PDI = 19
    PARTITION_METADATA = 20
    EMULATION_DATA = 21
    SYSTEM_METADATA = 22
    SOFT_KERNEL = 23
    ASK_FLASH = 24
    AIE_METADATA = 25
    ASK_GROUP_TOPOLOGY = 26
    ASK_GROUP_CONNECTIVITY = 27
    SMARTNIC = 28
    AIE_RESOURCES = 29
    OVERLAY = 30
    VENDER_METADATA = 31
    AIE_PARTITION = 32
    IP_METADATA = 33
    AIE_RESOURCES_BIN = 34
    AIE_TRACE_METADATA = 35
    DTBO = 36


class Mode(enum.IntEnum):
    """What the xclbin runs on. The first four are hardware."""

    FLAT = 0
    PR = 1
    TANDEM_STAGE2 = 2
    TANDEM_STAGE2_WITH_PR = 3
    HW_EMU = 4
    SW_EMU = 5
    HW_EMU_PR = 6


class MemoryType(enum.IntEnum):
    MEM_DDR3 = 0
    MEM_DDR4 = 1
    MEM_DRAM = 2
    MEM_STREAMING = 3
    MEM_PREALLOCATED_GLOB = 4
    MEM_ARE = 5
    MEM_HBM = 6
    MEM_BRAM = 7
    MEM_URAM = 8
    MEM_STREAMING_CONNECTION = 9
    MEM_HOST = 10
    MEM_PS_KERNEL = 11


class IpType(enum.IntEnum):
    IP_MB = 0
    IP_KERNEL = 1
    IP_DNASC = 2
    IP_DDR4_CONTROLLER = 3
    IP_MEM_DDR4 = 4
    IP_MEM_HBM = 5
    IP_MEM_HBM_ECC = 6
    IP_PS_KERNEL = 7


class Control(enum.IntEnum):
    """How a kernel is started: bits 8 to 15 of its properties."""

    AP_CTRL_HS = 0
    AP_CTRL_CHAIN = 1
    AP_CTRL_NONE = 2
    AP_CTRL_ME = 3
    ACCEL_ADAPTER = 4
    FAST_ADAPTER = 5


class Qualifier(enum.IntEnum):
    """``addressQualifier`` of an argument in the XML: GLOBAL is a pointer to memory."""

    SCALAR = 0
    GLOBAL = 1
    CONSTANT = 2
    LOCAL = 3
    STREAM = 4


class AxlfHeader(LittleEndianStructure):
    _fields_ = (
        ("m_length", c_uint64),  # bytes of the whole file
        ("m_timeStamp", c_uint64),  # seconds since 1970
        ("m_featureRomTimeStamp", c_uint64),
        ("m_versionPatch", c_uint16),
        ("m_versionMajor", c_uint8),
        ("m_versionMinor", c_uint8),
        ("m_mode", c_uint16),
        ("m_actionMask", c_uint16),
        ("rom_uuid", c_uint8 * 16),
        ("m_platformVBNV", c_char * 64),  # vendor:board:name:version
        ("uuid", c_uint8 * 16),
        ("m_debug_bin", c_uint8 * 16),
        ("m_numSections", c_uint32),
    )


class Axlf(LittleEndianStructure):
    """The head, without the section headers that follow it."""

    _fields_ = (
        ("m_magic", c_uint8 * 8),
        ("m_signature_length", c_int32),  # -1: not signed
        ("reserved", c_uint8 * 28),  # all ones
        ("m_keyBlock", c_uint8 * 256),
        ("m_uniqueId", c_uint64),
        ("m_header", AxlfHeader),
    )


class SectionHeader(LittleEndianStructure):
    _fields_ = (
        ("m_sectionKind", c_uint32),
        ("m_sectionName", c_char * 16),
        ("m_sectionOffset", c_uint64),  # bytes from the start of the file
        ("m_sectionSize", c_uint64),  # bytes
    )


class MemData(LittleEndianStructure):
    """A bank of MEM_TOPOLOGY. For a stream, ``m_size`` and ``m_base_address`` are a route and a flow."""

    _fields_ = (
        ("m_type", c_uint8),
        ("m_used", c_uint8),  # 0: the bank is not there
        ("padding", c_uint8 * 6),
        ("m_size", c_uint64),  # KiB
        ("m_base_address", c_uint64),
        ("m_tag", c_char * 16),
    )


class Connection(LittleEndianStructure):
    """An entry of CONNECTIVITY: a kernel argument, the compute unit and the bank, each as an index."""

    _fields_ = (("arg_index", c_int32), ("m_ip_layout_index", c_int32), ("mem_data_index", c_int32))


class IpData(LittleEndianStructure):
    """An entry of IP_LAYOUT."""

    _fields_ = (
        ("m_type", c_uint32),
        ("properties", c_uint32),
        ("m_base_address", c_uint64),  # all ones: it has no registers
        ("m_name", c_char * 64),  # of a compute unit KERNEL:INSTANCE
    )


def first_record(record: type[ctypes.Structure]) -> int:
    """Where the records of a section begin that is a 32-bit count and an array of ``record``, in bytes."""
    return max(ctypes.sizeof(c_int32), ctypes.alignment(record))


def label(names: type[enum.IntEnum], value: int, what: str) -> str:
    """The name of ``value``, or e.g. ``section 77`` for a number that this list does not have."""
    try:
        return names(value).name
    except ValueError:
        return f"{what} {value}"
