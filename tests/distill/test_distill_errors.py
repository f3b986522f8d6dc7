import builtins

import pytest

import distill
from distill import errors


@pytest.mark.parametrize("name", [n for n in errors.__all__ if n != "DistillError"])
def test_every_error_is_a_distill_error_and_a_builtin(name):
    kind = getattr(errors, name)
    assert issubclass(kind, distill.DistillError)
    assert any(
        base.__module__ == builtins.__name__ and base not in (Exception, BaseException, object)
        for base in kind.__mro__
    )


def test_the_door_opens_on_every_name_it_lists():
    assert sorted(distill.__all__) == sorted(set(distill.__all__))
    for name in distill.__all__:
        assert getattr(distill, name).__module__.startswith("distill.")
