"""The parts of ``mem_to_hls``: what lies in memory, the plan of a phase, and how it is written."""
