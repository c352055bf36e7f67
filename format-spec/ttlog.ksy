meta:
  id: ttlog
  title: ttlog snapshot and black box
  file-extension:
    - tts
    - ttr
  license: MIT
  ks-version: 0.10
  encoding: UTF-8
  endian: le
doc: |
  The structures of a snapshot (`*.tts`) and of a region, as it stands in a black box (`*.ttr`), in memory and in core files.

  The pages beside this file are normative. What a grammar cannot say stands only there: the CRCs, the chunk protocol, which
  of several structures counts, how to go on after damage, what is shown. Words are 8 bytes; limits are checked by `valid`.
doc-ref: README.md
seq:
  - id: magic
    type: u8
    doc: Only looked at; the file's own header begins with it.
  - id: restart
    size: 0
instances:
  is_snapshot:
    value: magic == 0x0a1a0a0d53545489
  is_region:
    value: magic == 0x4e4f494745525454
  snapshot:
    pos: 0
    type: snapshot
    if: is_snapshot
  region:
    pos: 0
    type: region
    if: is_region

types:
  # snapshot.md
  snapshot:
    doc: A stream is the same without an END section.
    doc-ref: snapshot.md
    seq:
      - id: header
        type: file_header
      - id: sections
        type: section
        repeat: eos

  file_header:
    doc-ref: snapshot.md, "File header"
    seq:
      - id: magic
        contents: [0x89, 0x54, 0x54, 0x53, 0x0d, 0x0a, 0x1a, 0x0a]
      - id: major
        type: u2
        valid: 1
      - id: minor
        type: u2
      - id: header_bytes
        type: u4
      - id: incompatible
        type: u8
        valid: 0
      - id: compatible
        type: u8
      - id: file_id
        type: u8
      - id: reserved
        size: 20
      - id: crc
        type: u4
        doc: Of bytes 0 to 60.

  section_header:
    doc-ref: snapshot.md, "Section header"
    seq:
      - id: marker
        contents: [0x54, 0x54, 0x53, 0x45, 0x43, 0x54, 0x1a, 0x0a]
      - id: type
        type: u2
        enum: section_type
      - id: flags
        type: u2
      - id: length
        type: u4
        valid:
          max: 16777216
      - id: body_crc
        type: u4
      - id: header_crc
        type: u4
        doc: Of bytes 0 to 20.

  section:
    seq:
      - id: header
        type: section_header
      - id: body
        size: header.length
        type:
          switch-on: header.type
          cases:
            section_type::process: process
            section_type::clock: clock
            section_type::modules: modules
            section_type::sites: sites
            section_type::threads: threads
            section_type::chunk: chunk_section
            section_type::crash: crash
            section_type::end: end
            section_type::index: index
            _: unknown
      - id: padding
        size: (8 - header.length % 8) % 8
        if: not _io.eof

  unknown:
    seq:
      - id: bytes
        size-eos: true

  text:
    doc: A string in a section's body.
    seq:
      - id: length
        type: u2
      - id: bytes
        size: length

  triple:
    doc: The counter, CLOCK_MONOTONIC and CLOCK_REALTIME read together.
    seq:
      - id: ticks
        type: u8
      - id: mono_ns
        type: u8
      - id: real_ns
        type: u8

  process:
    seq:
      - id: pid
        type: u4
      - id: chunk_bytes
        type: u4
      - id: start_time
        type: u8
      - id: taken_ns
        type: u8
      - id: policy
        type: u4
        enum: policy
      - id: signal
        type: s4
      - id: si_code
        type: s4
      - id: si_pid
        type: u4
      - id: si_uid
        type: u4
      - id: tid
        type: u4
      - id: si_addr
        type: u8
      - id: dropped
        type: u8
        repeat: expr
        repeat-expr: 8
      - id: retired_threads
        type: u8
      - id: retired_recorded
        type: u8
      - id: retired_dropped
        type: u8
        repeat: expr
        repeat-expr: 8
      - id: service
        type: text
      - id: host
        type: text
      - id: boot_id
        type: text
      - id: version
        type: text
      - id: exe
        type: text
      - id: reason
        type: text

  clock:
    seq:
      - id: clock
        type: u4
        enum: clock_kind
      - id: count
        type: u4
        valid:
          max: 1024
      - id: triples
        type: triple
        repeat: expr
        repeat-expr: count

  modules:
    seq:
      - id: count
        type: u4
      - id: reserved
        type: u4
      - id: modules
        type: module
        repeat: expr
        repeat-expr: count

  module:
    seq:
      - id: base
        type: u8
      - id: end
        type: u8
      - id: build_id_bytes
        type: u1
        valid:
          max: 64
      - id: build_id
        size: build_id_bytes
      - id: path
        type: text

  sites:
    seq:
      - id: entries
        type: site_entry
        repeat: eos

  threads:
    seq:
      - id: count
        type: u4
      - id: reserved
        type: u4
      - id: threads
        type: thread
        repeat: expr
        repeat-expr: count

  thread:
    seq:
      - id: ring
        type: u4
        valid:
          max: 65535
      - id: tid
        type: u4
      - id: serial
        type: u8
      - id: kind
        type: u4
        enum: ring_kind
      - id: use
        type: u4
        enum: ring_use
      - id: start_ns
        type: u8
      - id: end_ns
        type: u8
      - id: recorded
        type: u8
      - id: overwritten
        type: u8
      - id: dropped
        type: u8
        repeat: expr
        repeat-expr: 8
      - id: name
        type: text
      - id: padding
        size: 'aligned <= _io.size ? aligned - _io.pos : _io.size - _io.pos'
        doc: That of the last entry may be missing.
    instances:
      aligned:
        value: (_io.pos + 7) / 8 * 8

  chunk_section:
    seq:
      - id: ring
        type: u4
        valid:
          max: 65535
      - id: encoding
        type: u4
        enum: encoding
      - id: number
        type: u8
      - id: first_seq
        type: u8
      - id: base_ticks
        type: u8
      - id: base_ns
        type: u8
      - id: events
        type: u4
      - id: words
        type: u4
        valid:
          expr: _ <= 65535 and (_ == 0 or number > 0)
      - id: data
        size-eos: true
        doc: Decoded it is a `records` of `words` words. Encoding 2 is a `packed_data`.

  packed_data:
    seq:
      - id: packed_bytes
        type: u4
      - id: block
        size-eos: true
        doc: One LZ4 block that decodes to a `packed_form` of `packed_bytes` bytes.

  packed_form:
    seq:
      - id: records
        type: u4
      - id: shape_count
        type: u4
        valid:
          max: records
      - id: shapes
        type: shape
        repeat: expr
        repeat-expr: shape_count
      - id: columns
        size-eos: true
        doc: Columns, whose sizes follow from what they hold, and tails, as packing.md says.
    types:
      shape:
        seq:
          - id: word
            type: u4
        instances:
          id:
            value: word >> 12
          lanes:
            value: word & 0xfff

  column:
    doc: Of `count` values.
    params:
      - id: count
        type: u4
    seq:
      - id: how
        type: u1
        valid:
          expr: _ < 32 and (_ & 7) <= 4
      - id: planes
        size: stored
        repeat: expr
        repeat-expr: width
        doc: The lowest byte of each value, then the second ones.
    instances:
      width:
        value: how & 7
      mode:
        value: how >> 3
        enum: column_mode
      stored:
        value: 'mode == column_mode::constant and count > 0 ? 1 : count'

  crash:
    seq:
      - id: tid
        type: u4
      - id: machine
        type: u4
        enum: machine
      - id: pc
        type: u8
      - id: sp
        type: u8
      - id: register_count
        type: u4
        valid:
          max: 64
      - id: frame_count
        type: u4
        valid:
          max: 128
      - id: siginfo
        size: 128
      - id: registers
        type: u8
        repeat: expr
        repeat-expr: register_count
      - id: frames
        type: u8
        repeat: expr
        repeat-expr: frame_count

  index:
    doc: What the sections of the part before it are.
    seq:
      - id: previous
        type: u8
      - id: count
        type: u4
      - id: reserved
        type: u4
      - id: entries
        type: index_entry
        repeat: expr
        repeat-expr: count

  index_entry:
    seq:
      - id: offset
        type: u8
      - id: type
        type: u4
      - id: length
        type: u4
      - id: chunk
        size: 48
        doc: Of a CHUNK how its body begins, a `chunk_section` without data.

  end:
    seq:
      - id: reserved
        type: u4
      - id: torn
        type: u4
      - id: sections
        type: u8
      - id: index
        type: u8
        doc: Offset of the last INDEX; 0, there is none.

  # records.md
  site_entry:
    doc-ref: records.md, "The site"
    seq:
      - id: bytes
        type: u4
        valid:
          expr: _ >= 48 and _ <= 32768 and _ % 8 == 0
      - id: crc
        type: u4
        doc: Of bytes 8 to `bytes`.
      - id: site
        type: site
        size: bytes - 8

  site:
    seq:
      - id: id
        type: u4
        valid:
          min: 1
          max: 524287
      - id: line
        type: u4
      - id: level
        type: u1
        enum: level
      - id: kind
        type: u1
        enum: site_kind
      - id: arguments
        type: u1
        valid:
          max: 16
      - id: flags
        type: u1
      - id: target_bytes
        type: u2
        valid:
          min: 1
          max: 255
      - id: file_bytes
        type: u2
        valid:
          max: 4095
      - id: function_bytes
        type: u2
        valid:
          max: 1023
      - id: format_bytes
        type: u2
        valid:
          max: 8191
      - id: names_bytes
        type: u2
        valid:
          max: 8191
      - id: reserved
        type: u2
      - id: types
        type: u1
        repeat: expr
        repeat-expr: 16
      - id: target
        size: target_bytes
      - id: file
        size: file_bytes
      - id: function
        size: function_bytes
      - id: format
        size: format_bytes
      - id: names
        size: names_bytes
        doc: Each argument's expression as written in the source, separated by a zero byte.
    instances:
      has_errno:
        value: flags & 1 != 0

  records:
    doc-ref: records.md, "The record"
    seq:
      - id: records
        type: record
        repeat: eos

  record:
    seq:
      - id: ticks
        type: u4
        doc: The lower half of the ticks. Of a control record (`id` 0) its kind.
      - id: words_and_id
        type: u4
        valid:
          expr: _ & 0xfff != 0
      - id: body
        size: words * 8 - 8
        doc: Of an event an `event_body` with its site's types, of the control records 1 and 2 a `sync` and an `until`.
    instances:
      words:
        value: words_and_id & 0xfff
      id:
        value: words_and_id >> 12
      is_sync:
        value: id == 0 and ticks == 1
      is_until:
        value: id == 0 and ticks == 2

  sync:
    seq:
      - id: ticks
        type: u8

  until:
    seq:
      - id: ticks
        type: u8

  event_body:
    doc: |
      Fields of 16 bytes come first, then those of 8, 4 and 2, within one size in argument order; then the string bytes.
      `count` includes the hidden argument of the type errno where the site has one.
    params:
      - id: types
        type: u1[]
      - id: count
        type: u4
    seq:
      - id: fields_of_16
        type: field(types[_index], 16)
        repeat: expr
        repeat-expr: count
      - id: fields_of_8
        type: field(types[_index], 8)
        repeat: expr
        repeat-expr: count
      - id: fields_of_4
        type: field(types[_index], 4)
        repeat: expr
        repeat-expr: count
      - id: fields_of_2
        type: field(types[_index], 2)
        repeat: expr
        repeat-expr: count
      - id: strings
        type: string_bytes(fields_of_2[_index])
        repeat: expr
        repeat-expr: count

  field:
    doc: An argument's field, if it is one of this width; otherwise nothing.
    params:
      - id: code
        type: u1
      - id: width
        type: u1
    seq:
      - id: value
        if: is_here
        type:
          switch-on: type
          cases:
            argument_type::i32: s4
            argument_type::u32: u4
            argument_type::i64: s8
            argument_type::u64: u8
            argument_type::f64: f8
            argument_type::f80: long_double
            argument_type::f128: long_double
            argument_type::ptr: u8
            argument_type::str: string_length(1)
            argument_type::wstr: string_length(4)
            argument_type::pstr: string_length(8)
            argument_type::errno: s4
    instances:
      type:
        value: code
        enum: argument_type
      own_width:
        value: >-
          type == argument_type::f80 or type == argument_type::f128 ? 16 :
          type == argument_type::i64 or type == argument_type::u64 or type == argument_type::f64 or type == argument_type::ptr ? 8 :
          type == argument_type::i32 or type == argument_type::u32 or type == argument_type::errno ? 4 : 2
      is_here:
        value: own_width == width

  long_double:
    doc: f80 is x87 extended in bytes 0 to 9, f128 IEEE 754 binary128.
    seq:
      - id: low
        type: u8
      - id: high
        type: u8

  string_length:
    doc: A NULL pointer, or the number of string bytes; an address has 8 of them.
    params:
      - id: unit
        type: u1
    seq:
      - id: raw
        type: u2
        valid:
          expr: _ == 0xffff or ((_ & 0x7fff) <= 4096 and (_ & 0x7fff) % unit == 0 and (unit != 8 or (_ & 0x7fff) == 8))
    instances:
      is_null:
        value: raw == 0xffff
      is_cut:
        value: not is_null and raw & 0x8000 != 0
        doc: The string was longer than what was kept.
      bytes:
        value: 'is_null ? 0 : raw & 0x7fff'

  string_bytes:
    params:
      - id: field
        type: field
    seq:
      - id: bytes
        size: field.value.as<string_length>.bytes
        if: field.is_here

  # region.md
  region:
    doc-ref: region.md
    seq:
      - id: header
        type: region_header
        size: 4096
      - id: places
        type: place
        repeat: until
        repeat-until: _io.pos >= header.used_bytes or _io.eof

  region_header:
    doc-ref: region.md, "Header"
    seq:
      - id: magic
        contents: TTREGION
      - id: abi
        type: u4
        valid: 1
      - id: header_bytes
        type: u4
      - id: region_bytes
        type: u8
      - id: used_bytes
        type: u8
      - id: chunk_bytes
        type: u4
      - id: clock
        type: u4
        enum: clock_kind
      - id: incompatible
        type: u4
        valid: 0
      - id: compatible
        type: u4
      - id: pid
        type: u4
      - id: state
        type: u4
        enum: region_state
      - id: start_time
        type: u8
      - id: load
        type: triple
      - id: creation
        type: triple
      - id: latest_version
        type: u8
      - id: latest
        type: triple
      - id: dropped
        type: u8
        repeat: expr
        repeat-expr: 8
      - id: retired_threads
        type: u8
      - id: retired_recorded
        type: u8
      - id: retired_dropped
        type: u8
        repeat: expr
        repeat-expr: 8
      - id: latest_crc
        type: u4
        doc: Of `latest`.
      - id: reserved
        size: 216
      - id: header_crc
        type: u4
        doc: Of bytes 8 to 24, 32 to 52 and 56 to 112, one after the other.
      - id: identity_crc
        type: u4
        doc: Of bytes 516 to 2048.
      - id: reserved_identity
        type: u4
      - id: service
        size: 64
        doc: This and the following, and a ring's name, end at the first zero byte.
      - id: host
        size: 64
      - id: boot_id
        size: 40
      - id: version
        size: 32
      - id: exe
        size: 512

  place:
    doc: A block, or a page of one that is still being made and has no header.
    seq:
      - id: magic
        type: u8
      - id: page
        size: 4088
        if: not is_block
      - id: block
        type: block
        if: is_block
    instances:
      is_block:
        value: magic == 0x1a4b434f4c425454

  block:
    doc: The magic has been read.
    doc-ref: region.md, "Block header"
    seq:
      - id: type
        type: u4
        enum: block_type
      - id: crc
        type: u4
        doc: Of the block's bytes 8 to 12 and 16 to 32, one after the other.
      - id: bytes
        type: u8
        valid:
          expr: _ != 0 and _ % 4096 == 0
      - id: offset
        type: u8
      - id: body
        size: bytes - 32
        type:
          switch-on: type
          cases:
            block_type::ring: ring
            block_type::sites: sites_block
            _: unknown

  sites_block:
    doc-ref: region.md, "Sites block"
    seq:
      - id: committed
        type: u8
      - id: reserved
        size: 24
      - id: entries
        size: committed
        type: sites

  ring:
    seq:
      - id: header
        type: ring_header
      - id: chunks
        size: header.chunk_bytes
        type: chunk
        repeat: expr
        repeat-expr: header.chunk_count

  ring_header:
    doc: From offset 32 of its block.
    doc-ref: region.md, "Ring block"
    seq:
      - id: version
        type: u4
      - id: use
        type: u4
        enum: ring_use
      - id: kind
        type: u4
        enum: ring_kind
      - id: tid
        type: u4
      - id: first_number
        type: u8
      - id: serial
        type: u8
      - id: start_ns
        type: u8
      - id: end_ns
        type: u8
      - id: chunk_count
        type: u4
        valid:
          min: 2
          max: 65536
      - id: chunk_bytes
        type: u4
        valid:
          min: 4096
          max: 262144
      - id: identity_crc
        type: u4
        doc: Of the block's bytes 40 to 72, 80 to 88 and 160 to 192, one after the other.
      - id: reserved
        type: u4
      - id: dropped
        type: u8
        repeat: expr
        repeat-expr: 8
      - id: name
        size: 32
      - id: held_ticks
        type: u8
      - id: until_ticks
        type: u8
      - id: reserved_rest
        size: 1840
      - id: copy
        size: 2048
        doc: Of the region's header, what its CRCs cover.

  chunk:
    doc-ref: region.md, "Chunk"
    seq:
      - id: words
        type: u2
      - id: events
        type: u2
      - id: generation
        type: u4
      - id: magic
        type: u8
        doc: 0x1a4b4e5548435454 once it has been used.
      - id: number
        type: u8
      - id: base_ticks
        type: u8
      - id: base_ns
        type: u8
      - id: first_seq
        type: u8
      - id: block
        type: u8
      - id: crc
        type: u4
        doc: Of the chunk's bytes 8 to 56.
      - id: reserved
        type: u4
      - id: committed
        size: 'words * 8 <= _io.size - 64 ? words * 8 : (_io.size - 64) / 8 * 8'
        doc: A `records`. More words than the chunk has room for are damage.

enums:
  section_type:
    1: process
    2: clock
    3: modules
    4: sites
    5: threads
    6: chunk
    7: crash
    8: end
    9: index
  policy:
    1: demand
    2: signal
    3: crash
  clock_kind:
    1: tsc
    2: arm_counter
    3: monotonic
    0x101: tsc_held
    0x102: arm_counter_held
    0x103: monotonic_held
  encoding:
    0: raw
    1: lz4_block
    2: packed
  column_mode:
    0: plain
    1: rising
    2: zigzag
    3: constant
  machine:
    62: x86_64
    183: aarch64
  ring_kind:
    0: main
    1: nested
  ring_use:
    0: none
    1: lives
    2: exited
  region_state:
    1: running
    2: shut_down
  block_type:
    1: ring
    2: sites
  level:
    1: trace
    2: debug
    3: info
    4: warn
    5: error
    6: fatal
  site_kind:
    0: log
    1: span_begin
    2: span_end
    3: counter
    4: context
  argument_type:
    1: i32
    2: u32
    3: i64
    4: u64
    5: f64
    6: f80
    7: f128
    8: ptr
    9: str
    10: wstr
    11: pstr
    12: errno
