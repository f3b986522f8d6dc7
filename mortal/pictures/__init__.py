"""Pictures for papers and for looking. Knows devices and how to draw; matplotlib loads on use."""

from mortal.pictures.fitted import picture_of_fit
from mortal.pictures.technology import picture_of_technology

__all__ = ["picture_of_fit", "picture_of_technology"]
