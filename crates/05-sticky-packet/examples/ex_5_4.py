"""Usage: ex_5_4.py PORT (exercise 5.4: prints the messages of framed clients)"""
import socket
import struct
import sys

MAX_MESSAGE = 1024 * 1024


def read_full(stream, size):
    """size bytes, or fewer if the end of file comes before."""
    parts = []
    while size > 0:
        part = stream.recv(min(size, 65536))
        if not part:
            break
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def read_message(stream):
    """One message, or None at a clean end."""
    head = read_full(stream, 4)
    if not head:
        return None
    if len(head) < 4:
        raise ValueError(f"cut: {len(head)} of 4 bytes of the length")
    (size,) = struct.unpack(">I", head)
    if size > MAX_MESSAGE:
        raise ValueError(f"length {size} ({head.hex(' ')}) is over the limit")
    message = read_full(stream, size)
    if len(message) < size:
        raise ValueError(f"cut: {len(message)} of {size} bytes of the body")
    return message


with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
    print("listening on %s:%d" % listener.getsockname(), flush=True)
    while True:
        stream, peer = listener.accept()
        print("%s:%d connected" % peer, flush=True)
        try:
            with stream:
                while (message := read_message(stream)) is not None:
                    print(f"message of {len(message)} bytes: {message[:32]}", flush=True)
            print("no more messages", flush=True)
        except (OSError, ValueError) as error:
            print("%s:%d: %s" % (*peer, error), file=sys.stderr, flush=True)
