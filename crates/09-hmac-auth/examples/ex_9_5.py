"""Usage: ex_9_5.py (exercise 9.5: a longer message, signed without the key)"""
import hashlib
import hmac
import os
import struct

KEY = os.urandom(16)  # the server's; only its length is known outside
MASK = 0xFFFFFFFF


def naive(message):
    return hashlib.sha256(KEY + message).digest()


def good(message):
    return hmac.new(KEY, message, "sha256").digest()


def constants():
    """The 64 numbers of SHA-256: from the cube roots of the first 64 primes."""
    primes = [n for n in range(2, 312) if all(n % d for d in range(2, n))]
    roots = [round((prime << 96) ** (1 / 3)) for prime in primes]
    return [(r - (r ** 3 > p << 96)) & MASK for r, p in zip(roots, primes)]


def rotate(word, by):
    return (word >> by | word << (32 - by)) & MASK


def step(state, block):
    """One block of 64 bytes goes into SHA-256's state of eight words."""
    w = list(struct.unpack("!16I", block))
    for i in range(16, 64):
        s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3
        s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10
        w.append((w[i - 16] + s0 + w[i - 7] + s1) & MASK)
    a, b, c, d, e, f, g, h = state
    for k, word in zip(constants(), w):
        s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
        t1 = h + s1 + (e & f ^ ~e & g) + k + word
        s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
        t2 = s0 + (a & b ^ a & c ^ b & c)
        a, b, c, d, e, f, g, h = (t1 + t2) & MASK, a, b, c, (d + t1) & MASK, e, f, g
    return [(x + y) & MASK for x, y in zip(state, (a, b, c, d, e, f, g, h))]


def padding(size):
    """What SHA-256 itself appends to a message of `size` bytes."""
    return b"\x80" + bytes(-(size + 9) % 64) + struct.pack("!Q", 8 * size)


def extend(message, digest, key_size, more):
    """A message that begins like `message` and ends in `more`, and its digest."""
    longer = message + padding(key_size + len(message)) + more
    size = key_size + len(longer)
    rest = more + padding(size)
    state = struct.unpack("!8I", digest)  # the digest *is* the state: go on from it
    for at in range(0, len(rest), 64):
        state = step(state, rest[at:at + 64])
    return longer, struct.pack("!8I", *state)


MESSAGE = b"pay 10 to Ann"
# What Eve has seen: the message and its digest. KEY is not used by `extend`.
for sign in naive, good:
    longer, digest = extend(MESSAGE, sign(MESSAGE), 16, b" and 1000 to Eve")
    accepted = hmac.compare_digest(sign(longer), digest)
    print(sign.__name__, "accepts" if accepted else "refuses", longer)
