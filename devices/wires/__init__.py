"""Line resistance: what the wires of an array leave of its currents.

Knows conductances, voltages and resistances of the lines; must not know weights, converters or
noise. Cells are ohmic here, so the circuit is linear and three methods give one answer: `exact`
solves the node equations; `fast` iterates to a declared tolerance, cheapest for few samples;
`effective` returns the conductances a perfect array would need, cheapest for many.
`currents` reads in either direction by the declared method.
"""

from devices.wires.iteration import fast
from devices.wires.ladder import effective
from devices.wires.nodes import exact
from devices.wires.solve import currents

__all__ = ["currents", "effective", "exact", "fast"]
