"""ttannotate: a trace as an annotated hex dump, field by field, for reading beside format-spec/.

layout holds the tables of the structures, dump the lines, walk the way through a snapshot or a region. It is for
intact files: where a file breaks the format, the rest is shown as bytes.
"""
