"""A small restricted Boltzmann machine in float64 NumPy, every state written out."""

from itertools import product

import numpy as np


def states(units):
    """All states `[state, unit]`, zeros and ones."""
    return np.array(list(product((0.0, 1.0), repeat=units)))


def sigma(z):
    return 1 / (1 + np.exp(-z))


def chance_of(state, p):
    """How likely each state is, `[state]`, where the units are independent with chances p."""
    return np.prod(np.where(state > 0, p, 1 - p), axis=1)


class Machine:
    """w `[visible, hidden]`, biases a and b, and a temperature."""

    def __init__(self, w, a, b, temperature=1.0):
        self.w, self.a, self.b, self.temperature = w, a, b, temperature

    @classmethod
    def with_lines(cls, w, temperature=1.0):
        """Of an array whose last row and last column are biases."""
        return cls(w[:-1, :-1], w[:-1, -1], w[-1, :-1], temperature)

    def up(self, v):
        return sigma((v @ self.w + self.b) / self.temperature)

    def down(self, h):
        return sigma((h @ self.w.T + self.a) / self.temperature)

    def dreams(self, weights, steps, is_binary):
        """Yield (chance, v, p(h)) of all that can be dreamt from hidden states so likely."""
        hidden = states(self.b.size)
        for step in range(steps):
            following = np.zeros(len(hidden))
            for weight, h in zip(weights, hidden, strict=True):
                shown = self.down(h)
                cases = [(1.0, shown)]
                if is_binary:
                    seen = states(self.a.size)
                    cases = list(zip(chance_of(seen, shown), seen, strict=True))
                for chance, v in cases:
                    if step == steps - 1:
                        yield weight * chance, v, self.up(v)
                    else:
                        following += weight * chance * chance_of(hidden, self.up(v))
            weights = following

    def negative(self, weights, steps=1, is_binary=False):
        """The mean of vk, of p(hk), and of their product."""
        mean = [np.zeros(self.a.size), np.zeros(self.b.size), np.zeros_like(self.w)]
        for chance, v, h in self.dreams(weights, steps, is_binary):
            for total, one in zip(mean, (v, h, np.outer(v, h)), strict=True):
                total += chance * one
        return mean

    def gain(self, v, steps=1, is_binary=False):
        """What CD-k asks of a, b and w for one input, on average."""
        h = self.up(v)
        vk, hk, both = self.negative(chance_of(states(h.size), h), steps, is_binary)
        return v - vk, h - hk, np.outer(v, h) - both

    def log_chances(self):
        """ln p of every visible state, `[state]`."""
        v, t = states(self.a.size), self.temperature
        free = v @ self.a / t + np.logaddexp(0, (v @ self.w + self.b) / t).sum(axis=1)
        return free - np.logaddexp.reduce(free)
