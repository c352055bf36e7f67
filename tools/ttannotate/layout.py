"""The structures of format-spec/*.md as tables: for each field its type and name, in order.

Types: u8 u16 u32 u64 i32 are numbers; x32 x64 are shown in hex; cN is text of N bytes, padded with zeros; zN is N reserved
bytes; mN is a magic of N bytes.
"""

from __future__ import annotations

Table = list[tuple[str, str]]


def parse(text: str) -> Table:
    return [tuple(field.split(":")) for field in text.split()]  # type: ignore[misc]


def counters(name: str) -> str:
    return " ".join(f"u64:{name}[{index}]" for index in range(8))


def triple(name: str) -> str:
    return f"u64:{name}.ticks u64:{name}.mono_ns u64:{name}.real_ns"


FILE_HEADER = parse("m8:magic u16:major u16:minor u32:header_bytes x64:incompatible x64:compatible x64:file_id z20:reserved "
                    "x32:crc")
SECTION = parse("m8:marker u16:type u16:flags u32:length x32:body_crc x32:header_crc")
PROCESS = parse("u32:pid u32:chunk_bytes u64:start_time u64:taken_ns u32:policy i32:signal i32:si_code u32:si_pid u32:si_uid "
                f"u32:tid x64:si_addr {counters('dropped')} u64:retired_threads u64:retired_recorded "
                f"{counters('retired_dropped')}")
PROCESS_STRINGS = ("service", "host", "boot_id", "version", "exe", "reason")
CLOCK = parse("u32:clock u32:count")
TRIPLE = parse("u64:ticks u64:mono_ns u64:real_ns")
COUNT = parse("u32:count z4:reserved")
MODULE = parse("x64:base x64:end u8:build_id_bytes")
THREAD = parse("u32:ring u32:tid u64:serial u32:kind u32:use u64:start_ns u64:end_ns u64:recorded u64:overwritten "
               f"{counters('dropped')}")
CHUNK_SECTION = parse("u32:ring u32:encoding u64:number u64:first_seq u64:base_ticks u64:base_ns u32:events u32:words")
CRASH = parse("u32:tid u32:machine x64:pc x64:sp u32:register_count u32:frame_count z128:siginfo")
INDEX = parse("u64:previous u32:count z4:reserved")
INDEX_ENTRY = parse("u64:offset u32:type u32:length")
INDEX_CHUNK = parse("u32:chunk.ring u32:chunk.encoding u64:chunk.number u64:chunk.first_seq u64:chunk.base_ticks "
                    "u64:chunk.base_ns u32:chunk.events u32:chunk.words")
END = parse("z4:reserved u32:torn u64:sections u64:index")
SITE = parse("u32:bytes x32:crc u32:id u32:line u8:level u8:kind u8:arguments u8:flags u16:target_bytes u16:file_bytes "
             "u16:function_bytes u16:format_bytes u16:names_bytes z2:reserved z16:types")
SITE_STRINGS = ("target", "file", "function", "format", "names")

REGION = parse("m8:magic u32:abi u32:header_bytes u64:region_bytes u64:used_bytes u32:chunk_bytes u32:clock x32:incompatible "
               f"x32:compatible u32:pid u32:state u64:start_time {triple('load')} {triple('creation')} u64:latest_version "
               f"{triple('latest')} {counters('dropped')} u64:retired_threads u64:retired_recorded "
               f"{counters('retired_dropped')} z224:reserved x32:identity_crc z4:reserved c64:service c64:host c40:boot_id "
               "c32:version c512:exe z2864:reserved")
BLOCK = parse("m8:magic u32:type z4:reserved u64:bytes u64:offset")
SITES_BLOCK = parse("u64:committed z24:reserved")
RING = parse("u32:version u32:use u32:kind u32:tid u64:first_number u64:serial u64:start_ns u64:end_ns u32:chunk_count "
             f"u32:chunk_bytes z8:reserved {counters('dropped')} c32:name u64:held_ticks u64:until_ticks z3888:reserved")
CHUNK = parse("u16:state.words u16:state.events u32:state.generation m8:magic u64:number u64:base_ticks u64:base_ns "
              "u64:first_seq u64:block z8:reserved")

ARGUMENTS = {1: ("i32", 4), 2: ("u32", 4), 3: ("i64", 8), 4: ("u64", 8), 5: ("f64", 8), 6: ("f80", 16), 7: ("f128", 16),
             8: ("ptr", 8), 9: ("str", 2), 10: ("wstr", 2), 11: ("pstr", 2), 12: ("errno", 4)}

SECTION_NAMES = ("", "PROCESS", "CLOCK", "MODULES", "SITES", "THREADS", "CHUNK", "CRASH", "END", "INDEX")
BLOCK_NAMES = ("", "ring", "sites")
