"""Usage: ex_5_5.py (exercise 5.5: what Nagle's algorithm costs)

Sends 25 requests to a server in a thread, each after the answer to the one before,
and prints the median of their times.
"""
import socket
import statistics
import struct
import threading
import time

BODY = b"x" * 100


def read_full(stream, size):
    data = b""
    while len(data) < size:
        part = stream.recv(size - len(data))
        if not part:
            raise EOFError
        data += part
    return data


def answer_all(stream):
    """Answers each frame with the same frame, when all of it has come."""
    with stream:
        try:
            while True:
                head = read_full(stream, 4)
                stream.sendall(head + read_full(stream, *struct.unpack(">I", head)))
        except EOFError:
            pass


def serve(listener):
    while True:
        answer_all(listener.accept()[0])


def measure(apart, nodelay):
    head = struct.pack(">I", len(BODY))
    times = []
    with socket.create_connection(listener.getsockname()) as stream:
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, nodelay)
        for _ in range(25):
            start = time.perf_counter()
            if apart:
                stream.sendall(head)
                stream.sendall(BODY)
            else:
                stream.sendall(head + BODY)
            read_full(stream, len(head + BODY))
            times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


listener = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=serve, args=(listener,), daemon=True).start()
for apart in (False, True):
    for nodelay in (False, True):
        writes = "two writes" if apart else "one write"
        option = "TCP_NODELAY" if nodelay else "Nagle"
        print(f"{writes}, {option}: {measure(apart, nodelay):.2f} ms")
