"""Usage: ex_11_4.py: a hundred clients come back to a server that was away."""
import heapq
import random

CLIENTS, BACK, ROOM, SLOT = 100, 3.0, 10, 0.1  # 10 connections in each 0.1 s
PAUSE, LONGEST = 0.2, 30.0


def play(pause):
    """Returns the largest number of tries in one slot from then on, and the end."""
    tries = [(pause(1), 1, client) for client in range(CLIENTS)]
    heapq.heapify(tries)
    came, served, end = {}, {}, 0.0
    while tries:
        now, failures, client = heapq.heappop(tries)
        slot = int(now / SLOT)
        if now >= BACK:
            came[slot] = came.get(slot, 0) + 1
            if served.get(slot, 0) < ROOM:
                served[slot] = served.get(slot, 0) + 1
                end = now
                continue
        heapq.heappush(tries, (now + pause(failures + 1), failures + 1, client))
    return max(came.values()), end


def longest(failures):
    return min(LONGEST, PAUSE * 2 ** (failures - 1))


def full_jitter(failures):
    return random.uniform(0, longest(failures))


for name, pause in ("without chance", longest), ("full jitter", full_jitter):
    most, end = play(pause)
    print(f"{name}: {most} at once, the last one is served after {end:.1f} s")
