"""xclbin files: what is written is read again, by our reader and by XRT; a wrong file is refused, never a crash."""

from __future__ import annotations

import ast
import ctypes
import dataclasses
import inspect
import json
import os
import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from torch_fpga.codegen.xclbin import (
    Argument,
    Bank,
    KernelImage,
    argument_offset,
    compute_unit_bases,
    layout,
    read_xclbin,
    render,
    write_xclbin,
    xclbin_bytes,
)
from torch_fpga.codegen.xclbin import image as image_module
from torch_fpga.codegen.xclbin.image import MAX_ARGUMENTS, MAX_BANKS, MAX_COMPUTE_UNITS
from torch_fpga.codegen.xclbin.layout import SectionKind
from torch_fpga.errors import UserError

GIB = 1 << 30
BANKS = (Bank("HBM[0]", GIB // 2), Bank("HBM[1]", GIB // 2), Bank("DDR[0]", 16 * GIB), Bank("PLRAM[0]", 128 << 10))
ATTEND = KernelImage(
    "attend",
    (
        Argument("keys", "const half*", bank=1, port="gmem0"),
        Argument("length", "long"),
        Argument("scores", "float*", bank=2, port="gmem1"),
        Argument("scale", "double"),
    ),
    compute_units=3,
)
NORMALISE = KernelImage("normalise", (Argument("x", "float*", bank=0, port="gmem0"),))
KERNELS = (ATTEND, NORMALISE)
HEAD = ctypes.sizeof(layout.Axlf)
ENTRY = ctypes.sizeof(layout.SectionHeader)

# Prints what XRT says, as one JSON object: the sizes and offsets of xclbin.h, or what is in the xclbin argv[1].
WITNESS = r"""
#include <cstddef>
#include <iostream>
#include <string>

#include "experimental/xrt_xclbin.h"

#define SIZE(t) std::cout << "\"" #t "\": " << sizeof(struct t) << ", "
#define AT(t, f) std::cout << "\"" #t "." #f "\": " << offsetof(struct t, f) << ", "

template <class Items, class Print> void list(const Items& items, Print print) {
  std::cout << "[";
  bool first = true;
  for (const auto& item : items) {
    if (!first) std::cout << ", ";
    first = false;
    print(item);
  }
  std::cout << "]";
}

std::string quote(const std::string& text) { return "\"" + text + "\""; }

void layout() {
  std::cout << "{";
  AT(axlf, m_magic); AT(axlf, m_signature_length); AT(axlf, reserved); AT(axlf, m_keyBlock); AT(axlf, m_uniqueId);
  AT(axlf, m_header); AT(axlf, m_sections);
  SIZE(axlf_header); AT(axlf_header, m_length); AT(axlf_header, m_timeStamp); AT(axlf_header, m_featureRomTimeStamp);
  AT(axlf_header, m_versionPatch); AT(axlf_header, m_versionMajor); AT(axlf_header, m_versionMinor);
  AT(axlf_header, m_mode); AT(axlf_header, m_actionMask); AT(axlf_header, rom_uuid); AT(axlf_header, m_platformVBNV);
  AT(axlf_header, uuid); AT(axlf_header, m_debug_bin); AT(axlf_header, m_numSections);
  SIZE(axlf_section_header); AT(axlf_section_header, m_sectionKind); AT(axlf_section_header, m_sectionName);
  AT(axlf_section_header, m_sectionOffset); AT(axlf_section_header, m_sectionSize);
  SIZE(mem_data); AT(mem_data, m_type); AT(mem_data, m_used); AT(mem_data, padding); AT(mem_data, m_size);
  AT(mem_data, m_base_address); AT(mem_data, m_tag); AT(mem_topology, m_mem_data);
  SIZE(connection); AT(connection, arg_index); AT(connection, m_ip_layout_index); AT(connection, mem_data_index);
  AT(connectivity, m_connection);
  SIZE(ip_data); AT(ip_data, m_type); AT(ip_data, properties); AT(ip_data, m_base_address); AT(ip_data, m_name);
  AT(ip_layout, m_ip_data);
  std::cout << "\"kinds\": [" << BITSTREAM << ", " << EMBEDDED_METADATA << ", " << MEM_TOPOLOGY << ", " << CONNECTIVITY
            << ", " << IP_LAYOUT << ", " << VENDER_METADATA << "], \"sw_emu\": " << XCLBIN_SW_EMU << ", \"others\": ["
            << MEM_PS_KERNEL << ", " << IP_PS_KERNEL << ", " << FAST_ADAPTER << "]}";
}

void contents(const char* path) {
  const xrt::xclbin xclbin{std::string(path)};
  std::cout << "{\"uuid\": " << quote(xclbin.get_uuid().to_string()) << ", \"platform\": "
            << quote(xclbin.get_xsa_name())
            << ", \"sw_emu\": " << (xclbin.get_target_type() == xrt::xclbin::target_type::sw_emu) << ", \"mems\": ";
  list(xclbin.get_mems(), [](const auto& mem) {
    std::cout << "[" << quote(mem.get_tag()) << ", " << mem.get_base_address() << ", " << mem.get_size_kb() << ", "
              << mem.get_used() << ", " << int(mem.get_type()) << "]";
  });
  std::cout << ", \"kernels\": ";
  list(xclbin.get_kernels(), [](const auto& kernel) {
    std::cout << "[" << quote(kernel.get_name()) << ", ";
    list(kernel.get_args(), [](const auto& arg) {
      std::cout << "[" << quote(arg.get_name()) << ", " << quote(arg.get_host_type()) << ", " << quote(arg.get_port())
                << ", " << arg.get_offset() << ", " << arg.get_size() << ", " << arg.get_index() << ", ";
      list(arg.get_mems(), [](const auto& mem) { std::cout << mem.get_index(); });
      std::cout << "]";
    });
    std::cout << ", ";
    list(kernel.get_cus(), [](const auto& cu) {
      std::cout << "[" << quote(cu.get_name()) << ", " << cu.get_base_address() << ", " << cu.get_size() << ", "
                << int(cu.get_control_type()) << "]";
    });
    std::cout << "]";
  });
  std::cout << "}";
}

int main(int argc, char** argv) { argc > 1 ? contents(argv[1]) : layout(); }
"""


@pytest.fixture(scope="session")
def witness(tmp_path_factory):
    """Runs WITNESS, built against the installed XRT."""
    places = [Path(os.environ.get("XILINX_XRT", "/opt/xilinx/xrt")) / "include", Path("/usr/include/xrt")]
    headers = next((place for place in places if (place / "experimental" / "xrt_xclbin.h").exists()), None)
    compiler = shutil.which("g++")
    if compiler is None or headers is None:
        pytest.skip("needs g++ and the headers of XRT (Debian: libxrt-dev)")
    folder = tmp_path_factory.mktemp("witness")
    (folder / "witness.cpp").write_text(WITNESS)
    program = folder / "witness"
    command = [compiler, "-std=c++17", "-w", f"-I{headers}", f"-L{headers.parent / 'lib'}"]
    subprocess.run([*command, folder / "witness.cpp", "-o", program, "-lxrt_coreutil", "-luuid"], check=True)

    def run(*arguments):
        return json.loads(subprocess.run([program, *arguments], check=True, capture_output=True, text=True).stdout)

    return run


@pytest.fixture
def file(tmp_path):
    """Writes bytes to a file and reads it as an xclbin."""

    def read(content):
        path = tmp_path / "it.xclbin"
        path.write_bytes(content)
        return read_xclbin(path)

    return read


def test_layout_is_that_of_xrt(witness):
    records = {
        "axlf": layout.Axlf,
        "axlf_header": layout.AxlfHeader,
        "axlf_section_header": layout.SectionHeader,
        "mem_data": layout.MemData,
        "connection": layout.Connection,
        "ip_data": layout.IpData,
    }
    ours = {
        f"{name}.{field[0]}": getattr(record, field[0]).offset
        for name, record in records.items()
        for field in record._fields_
    }
    ours |= {name: ctypes.sizeof(record) for name, record in records.items() if name != "axlf"}
    ours |= {
        "axlf.m_sections": HEAD,
        "mem_topology.m_mem_data": layout.first_record(layout.MemData),
        "connectivity.m_connection": layout.first_record(layout.Connection),
        "ip_layout.m_ip_data": layout.first_record(layout.IpData),
        "kinds": [0, 2, 6, 7, 8, SectionKind.VENDER_METADATA],
        "sw_emu": layout.Mode.SW_EMU,
        "others": [layout.MemoryType.MEM_PS_KERNEL, layout.IpType.IP_PS_KERNEL, layout.Control.FAST_ADAPTER],
    }
    assert ours == witness()


@pytest.mark.parametrize("kernels", [KERNELS, (dataclasses.replace(NORMALISE, compute_units=MAX_COMPUTE_UNITS),)])
def test_xrt_reads_what_is_written(witness, tmp_path, kernels):
    path = tmp_path / "it.xclbin"
    write_xclbin(path, kernels, BANKS, b"library", platform="a:b:c:1.0")
    bases = compute_unit_bases(kernels)
    assert witness(path) == {
        "uuid": str(read_xclbin(path).uuid),
        "platform": "a:b:c:1.0",
        "sw_emu": 1,
        "mems": [
            ["HBM[0]", 0, 512 << 10, 1, layout.MemoryType.MEM_HBM],
            ["HBM[1]", GIB // 2, 512 << 10, 1, layout.MemoryType.MEM_HBM],
            ["DDR[0]", GIB, 16 << 20, 1, layout.MemoryType.MEM_DDR4],
            ["PLRAM[0]", 17 * GIB, 128, 1, layout.MemoryType.MEM_DRAM],
        ],
        "kernels": [
            [
                kernel.name,
                [
                    [a.name, a.type, a.port, 0x10 + 12 * i, 8, i, [a.bank] if a.is_pointer else []]
                    for i, a in enumerate(kernel.arguments)
                ],
                [
                    [name, base, 0x10000, layout.Control.AP_CTRL_HS]
                    for name, base in bases.items()
                    if name.startswith(f"{kernel.name}:")
                ],
            ]
            for kernel in kernels
        ],
    }


def test_addresses():
    assert compute_unit_bases(KERNELS) == {
        "attend:attend_1": 0x10000,
        "attend:attend_2": 0x20000,
        "attend:attend_3": 0x30000,
        "normalise:normalise_1": 0x40000,
    }
    assert [argument_offset(index) for index in range(3)] == [0x10, 0x1C, 0x28]


def test_same_content_same_file():
    first = xclbin_bytes(KERNELS, BANKS, b"library")
    assert first == xclbin_bytes(list(KERNELS), list(BANKS), b"library")
    others = [
        xclbin_bytes(KERNELS, BANKS, b"librarz"),
        xclbin_bytes(KERNELS[::-1], BANKS, b"library"),
        xclbin_bytes(KERNELS, BANKS[:3], b"library"),
        xclbin_bytes(KERNELS, BANKS, b"library", platform="p"),
    ]
    at = layout.Axlf.m_header.offset + layout.AxlfHeader.uuid.offset
    assert len({content[at : at + 16] for content in [first, *others]}) == 5


def test_write_replaces_the_file_and_leaves_no_other(tmp_path):
    path = tmp_path / "it.xclbin"
    path.write_bytes(b"old")
    write_xclbin(path, KERNELS, BANKS, b"library")
    assert path.read_bytes() == xclbin_bytes(KERNELS, BANKS, b"library")
    with pytest.raises(UserError):
        write_xclbin(path, (), BANKS, b"library")
    with pytest.raises(OSError, match="No such file"):
        write_xclbin(tmp_path / "nowhere" / "it.xclbin", KERNELS, BANKS, b"library")
    assert os.listdir(tmp_path) == ["it.xclbin"]


def test_limits_of_length_and_number():
    long = KernelImage("k" * 30, tuple(Argument(f"a{i}", "long") for i in range(MAX_ARGUMENTS)))
    banks = [Bank(f"HBM[{i:010}]", 1024) for i in range(MAX_BANKS)]
    xclbin_bytes([long], banks, b"", "p" * 63)


REFUSED = [
    ([], BANKS, "p", "no kernel"),
    ([ATTEND, ATTEND], BANKS, "p", "two kernels are named 'attend'"),
    ([KernelImage("a b", ())], BANKS, "p", "kernel name is 'a b'"),
    ([KernelImage("k" * 31, ())], BANKS, "p", "has 65 characters"),
    ([KernelImage("k", (), compute_units=0)], BANKS, "p", "0 compute units"),
    ([KernelImage("a", (), 100), KernelImage("b", (), 29)], BANKS, "p", "129 compute units"),
    ([KernelImage("k", (Argument("x", "float*", 4, "gmem0"),))], BANKS, "p", "in memory bank 4.*\n.*0 to 3"),
    ([KernelImage("k", (Argument("x", "float*", -1, "gmem0"),))], BANKS, "p", "in memory bank -1"),
    ([KernelImage("k", (Argument("x", "float*", 0),))], BANKS, "p", "a pointer at port s_axi_control"),
    ([KernelImage("k", (Argument("x", "long", port="gmem0"),))], BANKS, "p", "a scalar at port gmem0"),
    ([KernelImage("k", (Argument("x", "int"),))], BANKS, "p", "scalar of type int"),
    ([KernelImage("k", (Argument("x", "float*"),))], BANKS, "p", r"scalar of type float\*"),
    ([KernelImage("k", (Argument("x", "lo\0ng"),))], BANKS, "p", "type of argument 'x' of kernel k"),
    ([KernelImage("k", (Argument("x-y", "long"),))], BANKS, "p", "name of argument 'x-y'"),
    ([KernelImage("k", (Argument("x", "long"),) * 2)], BANKS, "p", "two arguments named 'x'"),
    ([KernelImage("k", (Argument("x", "long"),) * (MAX_ARGUMENTS + 1))], BANKS, "p", "has 339 arguments"),
    ([ATTEND], [], "p", "0 memory banks"),
    ([ATTEND], BANKS * 17, "p", "68 memory banks"),
    ([ATTEND], [Bank("H" * 16, 1024)], "p", "tag of a memory bank"),
    ([ATTEND], [Bank("ü", 1024)], "p", "tag of a memory bank"),
    ([ATTEND], [Bank("HBM[0]", 1000)], "p", "1000 bytes"),
    ([ATTEND], [Bank("HBM[0]", 0)], "p", "0 bytes"),
    ([ATTEND], [Bank("HBM[0]", 1 << 63)] * 3, "p", "must fit in 64 bits"),
    ([ATTEND], BANKS, "p" * 64, "platform name"),
    ([ATTEND], BANKS, "", "platform name"),
]


@pytest.mark.parametrize(("kernels", "banks", "platform", "message"), REFUSED)
def test_refused(kernels, banks, platform, message):
    with pytest.raises(UserError, match=message) as caught:
        xclbin_bytes(kernels, banks, b"", platform)
    assert caught.value.hint


def test_every_refusal_has_a_case():
    lines = set()
    for kernels, banks, platform, _ in REFUSED:
        with pytest.raises(UserError) as caught:
            xclbin_bytes(kernels, banks, b"", platform)
        lines.add(caught.traceback[-2].lineno + 1)
    calls = [node for node in ast.walk(ast.parse(inspect.getsource(image_module))) if isinstance(node, ast.Call)]
    assert {call.lineno for call in calls if ast.unparse(call.func) == "_refuse"} == lines


names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,28}", fullmatch=True)
texts = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=15)
scalars = st.builds(Argument, names, st.sampled_from(["long", "unsigned long", "double", 'a < b & "c"']))


@st.composite
def images(draw):
    banks = draw(st.lists(st.builds(Bank, texts, st.integers(1, 1 << 40).map(lambda size: size * 1024)), min_size=1))
    pointers = st.builds(Argument, names, texts, st.integers(0, len(banks) - 1), names)
    arguments = st.lists(scalars | pointers, max_size=6, unique_by=lambda argument: argument.name).map(tuple)
    kernel = st.builds(KernelImage, names.map(lambda name: name[:28]), arguments, st.integers(1, 5))
    kernels = draw(st.lists(kernel, min_size=1, max_size=4, unique_by=lambda kernel: kernel.name))
    return kernels, banks[:MAX_BANKS], draw(st.binary(max_size=40)), draw(texts)


@settings(max_examples=50, deadline=None)
@given(images())
def test_read_is_the_inverse_of_write(tmp_path_factory, image):
    kernels, banks, bitstream, platform = image
    path = tmp_path_factory.getbasetemp() / f"inverse-{os.getpid()}.xclbin"
    write_xclbin(path, *image)
    xclbin, content = read_xclbin(path), path.read_bytes()

    assert (xclbin.mode, xclbin.platform, xclbin.timestamp) == ("SW_EMU", platform, 0)
    assert [section.kind for section in xclbin.sections] == [
        *("BITSTREAM", "EMBEDDED_METADATA", "MEM_TOPOLOGY", "IP_LAYOUT", "CONNECTIVITY")
    ]
    ends = [section.offset + section.size for section in xclbin.sections]
    assert all(section.offset % 8 == 0 for section in xclbin.sections)
    assert all(0 <= after.offset - end < 8 for end, after in zip(ends, xclbin.sections[1:], strict=False))
    assert ends[-1] == len(content)
    assert content[xclbin.sections[0].offset : ends[0]] == bitstream

    assert [Bank(bank.tag, bank.size) for bank in xclbin.banks] == banks
    assert [bank.base_address for bank in xclbin.banks] == [
        sum(bank.size for bank in banks[:index]) for index in range(len(banks))
    ]
    assert all(bank.used for bank in xclbin.banks)
    assert {ip.name: ip.base_address for ip in xclbin.ips} == compute_unit_bases(kernels)
    assert all(ip.is_compute_unit for ip in xclbin.ips)
    for kernel, read in zip(kernels, xclbin.kernels, strict=True):
        units = [index for index, ip in enumerate(xclbin.ips) if ip.name.startswith(f"{kernel.name}:")]
        reached = {(c.ip, c.argument): c.bank for c in xclbin.connections if c.ip in units}
        for unit in units:
            arguments = tuple(
                Argument(argument.name, argument.type, reached.get((unit, argument.index)), argument.port)
                for argument in read.arguments
            )
            assert KernelImage(read.name, arguments, len(units)) == kernel
        assert all(
            (a.qualifier == "global") == b.is_pointer for a, b in zip(read.arguments, kernel.arguments, strict=True)
        )
        assert [a.offset for a in read.arguments] == [argument_offset(index) for index in range(len(kernel.arguments))]
    assert render(xclbin)


WHOLE = xclbin_bytes(KERNELS, BANKS, b"library")


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_damaged_file_is_refused_or_read(tmp_path_factory, data):
    content = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(0, 4))):
        # Half of the flips go to the head and the directory, where they matter most.
        end = data.draw(st.sampled_from([HEAD + 5 * ENTRY, len(content)]))
        content[data.draw(st.integers(0, end - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path = tmp_path_factory.getbasetemp() / f"damaged-{os.getpid()}.xclbin"
    path.write_bytes(content[: data.draw(st.integers(0, len(content)) | st.just(len(content)))])
    try:
        assert render(read_xclbin(path))
    except UserError as error:
        refusal = error
    else:
        return
    assert "at byte" in refusal.message
    assert refusal.hint


@pytest.mark.parametrize("length", [0, 7, 8, HEAD - 1, HEAD, HEAD + ENTRY, len(WHOLE) - 1])
def test_a_file_cut_short_is_refused(file, length):
    with pytest.raises(UserError, match="is not a whole xclbin: at byte"):
        file(WHOLE[:length])


def test_a_signature_behind_the_end_is_allowed(file):
    assert file(WHOLE + b"signature") == file(WHOLE)


def test_a_foreign_file_is_refused(file, tmp_path):
    with pytest.raises(UserError, match=r"at byte 0, it starts with b'\\x7fELF"):
        file(b"\x7fELF" + bytes(1000))
    with pytest.raises(UserError, match=r"cannot read .*Is a directory"):
        read_xclbin(tmp_path)
    with pytest.raises(UserError, match=r"cannot read .*No such file"):
        read_xclbin(tmp_path / "none")


def _container(*sections, mode=layout.Mode.PR, timestamp=1600000000):
    """An xclbin of any sections, built by hand: what Vitis writes and our writer does not."""
    head = layout.Axlf.from_buffer_copy(WHOLE)
    head.m_header.m_mode, head.m_header.m_timeStamp, head.m_header.m_numSections = mode, timestamp, len(sections)
    start, directory, body = HEAD + ENTRY * len(sections), b"", b""
    for kind, content in sections:
        directory += struct.pack("<I16s4xQQ", kind, b"name", start + len(body), len(content))
        body += content + bytes(-len(content) % 8)
    head.m_header.m_length = start + len(body)
    return bytes(head) + directory + body


def test_reads_what_vitis_writes(file):
    xml = b"""<?xml version="1.0"?>
    <project name="vadd"><platform><device><core target="hw">
      <kernel name="vadd" language="c" hwControlProtocol="ap_ctrl_chain">
        <port name="M_AXI_GMEM" mode="master" range="0xFFFFFFFF" dataWidth="512"/>
        <arg name="in" addressQualifier="1" id="0" port="M_AXI_GMEM" size="0x8" offset="0x10" type="int*"/>
        <arg name="stream" addressQualifier="4" id="1" port="S" size="0x4" offset="0x0" type="stream&lt;int&gt;"/>
        <arg name="printf_buffer" addressQualifier="1" id="" size="0x8" offset="0x30"/>
        <instance name="vadd_1"><addrRemap base="0x1800000"/></instance>
      </kernel>
    </core></device></platform></project>\0"""
    ips = b"".join(
        bytes(layout.IpData(m_type=kind, properties=properties, m_base_address=base, m_name=name))
        for kind, properties, base, name in [
            (layout.IpType.IP_KERNEL, 0x101, 0x1800000, b"vadd:vadd_1"),
            (layout.IpType.IP_KERNEL, 0x200, 2**64 - 1, b"free:free_1"),
            (99, 0, 0x2000, b"odd\xff"),
        ]
    )
    banks = bytes(layout.MemData(m_type=layout.MemoryType.MEM_HBM, m_used=1, m_size=1 << 18, m_tag=b"HBM[0]"))
    banks += bytes(layout.MemData(m_type=77, m_base_address=1 << 28, m_tag=b"sixteen letters!"))
    xclbin = file(
        _container(
            (SectionKind.BITSTREAM, b"bits"),
            (SectionKind.SOFT_KERNEL, b"one"),
            (SectionKind.SOFT_KERNEL, b"two"),
            (1000, b"from the future"),
            (SectionKind.EMBEDDED_METADATA, xml),
            (SectionKind.IP_LAYOUT, struct.pack("<i4x", 3) + ips),
            (SectionKind.MEM_TOPOLOGY, struct.pack("<i4x", 2) + banks),
            (SectionKind.CONNECTIVITY, struct.pack("<10i", 3, 0, 0, 0, 1, 0, 1, 7, 0, 9)),
        )
    )
    assert [argument.qualifier for argument in xclbin.kernels[0].arguments] == ["global", "stream", "global"]
    assert [argument.index for argument in xclbin.kernels[0].arguments] == [0, 1, None]
    assert [ip.base_address for ip in xclbin.ips] == [0x1800000, None, 0x2000]
    assert [section.kind for section in xclbin.sections][1:4] == ["SOFT_KERNEL", "SOFT_KERNEL", "section 1000"]
    text, _, sections = render(xclbin).partition("\n\nsections (bytes)\n")
    assert text == (
        f"uuid      {xclbin.uuid}\n"
        "mode      PR\n"
        "platform  torch_fpga:emulation:sw_emu:1.0\n"
        "made      2020-09-13 12:26:40 UTC\n"
        "\n"
        "kernel vadd\n"
        "    0  +0x010  int* in: global through M_AXI_GMEM\n"
        "    1  +0x000  stream<int> stream: stream through S\n"
        "    -  +0x030  printf_buffer: global\n"
        "  compute unit vadd:vadd_1 at 0x1800000, AP_CTRL_CHAIN\n"
        "      in -> HBM[0]\n"
        "      stream -> sixteen letters!\n"
        "      7 -> bank 9\n"
        "\n"
        "other blocks\n"
        "  no address  IP_KERNEL  free:free_1\n"
        "      0x2000  type 99  odd\\xff\n"
        "\n"
        "memory banks\n"
        "    0  HBM[0]  256 MiB at 0x0  MEM_HBM\n"
        "    1  sixteen letters!  0 bytes at 0x10000000  type 77, not used"
    )
    assert sections.splitlines()[3] == "  at        800  size         15  section 1000"


def test_a_file_without_kernels_is_read(file):
    xclbin = file(_container(mode=42, timestamp=1 << 60))
    assert (xclbin.mode, xclbin.kernels, xclbin.ips, xclbin.banks, xclbin.connections) == ("mode 42", (), (), (), ())
    assert "seconds after 1970" in render(xclbin)


def _one_argument(attributes):
    return f"<p><platform><device><core><kernel><arg {attributes}/></kernel></core></device></platform></p>".encode()


@pytest.mark.parametrize(
    ("kind", "content", "message"),
    [
        (SectionKind.EMBEDDED_METADATA, b"<project>", "XML of EMBEDDED_METADATA is damaged"),
        (SectionKind.EMBEDDED_METADATA, b'<?xml version="1.0" encoding="utf-99"?><project/>', "is damaged"),
        (SectionKind.EMBEDDED_METADATA, b'<?xml version="1.0" encoding="utf-7"?><project/>', "is damaged"),
        (SectionKind.EMBEDDED_METADATA, _one_argument('size="many"'), "is damaged: invalid literal"),
        (SectionKind.EMBEDDED_METADATA, _one_argument(f'id="0x{"f" * 9999}"'), "is damaged: id='0xfff"),
        (SectionKind.EMBEDDED_METADATA, _one_argument('offset="-1"'), "is damaged: offset='-1' is not an unsigned"),
        (SectionKind.IP_LAYOUT, b"\1\0", "IP_LAYOUT has 2 bytes, too few for a count"),
        (SectionKind.MEM_TOPOLOGY, struct.pack("<i4x", 1), "MEM_TOPOLOGY counts 1 records, too many for 8 bytes"),
        (SectionKind.CONNECTIVITY, struct.pack("<i", -1), "CONNECTIVITY counts -1 records"),
    ],
)
def test_a_damaged_section_is_named(file, kind, content, message):
    with pytest.raises(UserError, match=f"at byte {HEAD + ENTRY}.*{message}"):
        file(_container((kind, content)))


def test_more_sections_than_xrt_allows_are_refused(file):
    head = layout.Axlf.from_buffer_copy(WHOLE)
    head.m_header.m_numSections = layout.MAX_SECTIONS + 1
    with pytest.raises(UserError, match=f"it counts {layout.MAX_SECTIONS + 1} sections, more than"):
        file(bytes(head) + WHOLE[HEAD:])


def test_a_section_outside_the_file_is_named(file):
    directory = struct.pack("<I16s4xQQ", SectionKind.PDI, b"", 1 << 63, 1)
    with pytest.raises(UserError, match=f"at byte {HEAD}, PDI ends at byte {(1 << 63) + 1}"):
        file(_container((SectionKind.PDI, bytes(8)))[:HEAD] + directory + bytes(8))
