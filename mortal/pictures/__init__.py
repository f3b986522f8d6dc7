"""Pictures for papers and for looking. Knows devices and how to draw; matplotlib loads on use."""

from mortal.pictures.measured import PulseCurve, ReadScatter, RestCurve
from mortal.pictures.technology import picture_of_technology

__all__ = [
    "PulseCurve",
    "ReadScatter",
    "RestCurve",
    "picture_of_technology",
]
