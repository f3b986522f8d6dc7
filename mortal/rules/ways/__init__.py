"""Ways: how what a rule wants reaches the synapses, and what of them is read.

Knows the arrays of a body by their verbs and never by their weights. A way is frozen and holds
nothing: all it has grown stands in the body under names that begin with the synapse's.
"""

from mortal.rules.declarations import RuleSettings
from mortal.rules.declarations.through import (
    AgadSettings,
    ChoppedTikiTakaSettings,
    FastArraySettings,
    TikiTakaV2Settings,
)
from mortal.rules.ways.chopped import Agad, Chopped
from mortal.rules.ways.netted import Netted
from mortal.rules.ways.plain import Plain
from mortal.rules.ways.tiki_taka import TikiTaka, TikiTakaV2
from mortal.rules.ways.way import Way

__all__ = ["Agad", "Chopped", "Netted", "Plain", "TikiTaka", "TikiTakaV2", "Way", "way_of"]


def way_of(settings: RuleSettings) -> Way:
    """Return the way that a rule's settings `write` and `through` ask for.

    They compose: a fast array takes what the rule writes, as it comes or netted.
    """
    written: Way = Netted() if settings.write == "netted" else Plain()
    match settings.through:
        case AgadSettings() as told:
            return Agad(told, written)
        case ChoppedTikiTakaSettings() as told:
            return Chopped(told, written)
        case TikiTakaV2Settings() as told:
            return TikiTakaV2(told, written)
        case FastArraySettings() as told:
            return TikiTaka(told, written)
    return written
