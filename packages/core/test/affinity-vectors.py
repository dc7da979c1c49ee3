"""Prints the vectors of src/strategies/affinity-vectors.test.ts from a second implementation.

Written from docs/strategies/*.md and the papers, not from the TypeScript; the hash is the published
one of the mmh3 package (`pip install mmh3`).
"""

from bisect import bisect_left
from math import log

import mmh3

BACKENDS = [("a", 1), ("10.0.0.2:8080", 2), ("web-3", 3), ("[2001:db8::4]:80", 1), ("east/5", 5)]
KEYS = ["192.0.2.%d" % number for number in range(1, 61)]
MASK = 0xFFFFFFFF


def signed(value):
    return value - 2**32 if value >= 2**31 else value


def fmix(value):
    value = ((value ^ (value >> 16)) * 0x85EBCA6B) & MASK
    value = ((value ^ (value >> 13)) * 0xC2B2AE35) & MASK
    return value ^ (value >> 16)


def murmur(text, seed):
    return mmh3.hash(text, seed, signed=False)


def name_hash(name):
    return murmur(name, 0x9E3779B9), murmur(name, 0x7F4A7C15)


def mixed(name, value):
    first, second = name_hash(name)
    return fmix(fmix(first ^ value) ^ second)


def ring(key):
    points = sorted(
        (signed(mixed(name, node)), name, letter)
        for letter, (name, weight) in zip("abcde", BACKENDS)
        for node in range(160 * weight)
    )
    at = bisect_left([position for position, _, _ in points], signed(murmur(key, 0)))
    return points[at % len(points)][2]


def maglev_table(size=65537):
    rows = sorted((name, weight, letter) for letter, (name, weight) in zip("abcde", BACKENDS))
    heaviest = max(weight for _, weight, _ in rows)
    table, steps, targets = [None] * size, [0] * len(rows), [0] * len(rows)
    iteration, filled = 0, 0
    while filled < size:
        iteration += 1
        for row, (name, weight, letter) in enumerate(rows):
            if filled == size or iteration * weight < targets[row]:
                continue
            targets[row] += heaviest
            first, second = name_hash(name)
            while True:
                slot = (first % size + steps[row] * (second % (size - 1) + 1)) % size
                steps[row] += 1
                if table[slot] is None:
                    break
            table[slot] = letter
            filled += 1
    return table


def rendezvous(key):
    def score(pair):
        name, weight = pair[1]
        u = 1 - (mixed(name, murmur(key, 0)) + 0.5) / 2**32
        return -weight / log(u)

    return max(zip("abcde", BACKENDS), key=score)[0]


print("ring      ", "".join(ring(key) for key in KEYS))
TABLE = maglev_table()
print("maglev    ", "".join(TABLE[murmur(key, 0) % len(TABLE)] for key in KEYS))
print("rendezvous", "".join(rendezvous(key) for key in KEYS))
for text, seed in [("", 0), ("", 1), ("a", 0), ("192.0.2.1", 0), ("test", 0x9747B28C), ("Hello, world!", 0x9747B28C)]:
    print(repr(text), hex(seed), hex(murmur(text, seed)))
