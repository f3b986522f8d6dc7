"""What is left of a target after programming: the scatter that verifying does not remove."""

from devices.technology.declaration import Declaration, declared
from devices.technology.units import Siemens

__all__ = ["Programming"]


class Programming(Declaration):
    """Scatter of the conductance that write-verify leaves, as measured over many devices:

        G <- max(G + (c0 + c1 g + c2 g^2) xi, 0),  g = G / g_max

    added to every cell once the verifying has ended, xi drawn afresh. A summary of what happens
    after the last look (relaxation, structural noise), such as the polynomials published for
    phase-change memory (Nandakumar et al. 2019, doi:10.1109/ICECS46596.2019.8964852).
    """

    scatter: Siemens = declared(
        unit="S",
        off=0.0,
        ge=0,
        meaning="deviation of a cell programmed to no conductance",
        equation="c0",
    )
    scatter_linear: Siemens = declared(
        0.0, unit="S", off=0.0, meaning="part of it that grows with the conductance", equation="c1"
    )
    scatter_quadratic: Siemens = declared(
        0.0, unit="S", off=0.0, meaning="part of it that grows with its square", equation="c2"
    )
