"""Ways: how what a rule wants reaches the synapses, and what of them is read.

Knows the arrays of a body by their verbs and never by their weights. A way is frozen and holds
nothing: all it has grown stands in the body under names that begin with the synapse's.
"""

from mortal.rules.ways.plain import Plain
from mortal.rules.ways.way import Way

__all__ = ["Plain", "Way"]
