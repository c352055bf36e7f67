"""ttmake: random small traces by the specification, valid or damaged, each from a seed.

formats makes sites, program makes a process's rings with their events and knows what a reader must show of them,
files lays them out as a snapshot or a region, damage spoils the bytes.
"""
