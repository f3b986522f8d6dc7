"""Maps from the literature, small and plain: SNE, UNI-SNE, and t-SNE in several maps at once.

Knows distances and affinities. Must not know what they are of; for maps of more than some hundred
devices there is `mortal.analysis.draw_map`.
"""

from mortal.analysis.literature.affinities import (
    associated,
    conditional_affinities,
    joint_affinities,
)
from mortal.analysis.literature.multiple_maps import MultipleMaps, multiple_maps
from mortal.analysis.literature.sne import PlainMap, sne, uni_sne

__all__ = [
    "MultipleMaps",
    "PlainMap",
    "associated",
    "conditional_affinities",
    "joint_affinities",
    "multiple_maps",
    "sne",
    "uni_sne",
]
