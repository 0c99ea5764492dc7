"""Twin of src/random.rs and src/kernels/normal.rs: a keyed stream of ChaCha with 8 rounds
(D. J. Bernstein, "ChaCha, a variant of Salsa20", 2008), and Box and Muller's method in double
precision. Prints the numbers that tests pin. Needs NumPy (made with 2.4): python3 normals.py
"""
import struct

import numpy as np

MASK = 0xFFFFFFFF


def block(key, counter):
    state = [0x61707865, 0x3320646E, 0x79622D32, 0x6B206574, *key, counter & MASK, counter >> 32, 0, 0]
    x = list(state)

    def quarter(a, b, c, d):
        for p, q, r, shift in [(a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)]:
            x[p] = (x[p] + x[q]) & MASK
            v = x[r] ^ x[p]
            x[r] = (v << shift | v >> (32 - shift)) & MASK

    for _ in range(4):
        for i in range(4):
            quarter(i, 4 + i, 8 + i, 12 + i)
        for i in range(4):
            quarter(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
    return [(a + b) & MASK for a, b in zip(x, state)]


def normals(seed, purpose, epoch, index, count):
    key = struct.unpack("<8I", struct.pack("<4Q", seed, purpose, epoch, index))
    words = np.array([w for i in range((count + 31) // 32 * 2) for w in block(key, i)], np.int64).reshape(-1, 2, 16)
    radius, angle = words[:, 0], words[:, 1]
    r = np.sqrt(-2 * np.log(((radius >> 1) + 0.5) / 2**31))
    part = (angle << 2) & MASK
    t = np.where(part >= 2**31, part - 2**32, part) / 2**31 * (np.pi / 4)
    sin, cos = np.sin(t), np.cos(t) * np.where(angle >> 31, -1, 1)
    swap = angle >> 30 & 1
    return np.stack([r * np.where(swap, sin, cos), r * np.where(swap, cos, sin)], 1).reshape(-1)[:count]


NOISE, TEST_NOISE = 3, 6
print("streams_are_pinned", normals(0, NOISE, 0, 0, 3))
clean = np.array([0.0, 0.25, 0.5, 0.75, 1.0, 0.5, 0.5, 0.5])
for purpose, epoch in [(NOISE, 0), (TEST_NOISE, 0), (NOISE, 4)]:
    print("noise_is_pinned", np.clip(clean + 0.5 * normals(42, purpose, epoch, 7, 8), 0, 1))
