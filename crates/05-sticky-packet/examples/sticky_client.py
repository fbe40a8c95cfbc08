"""Usage: sticky_client.py HOST PORT MESSAGE...: sends each message in a frame.

It makes the lengths as many Python tutorials do: see exercise 5.2.
"""
import socket
import struct
import sys


def frame(message):
    body = message.encode()
    return struct.pack("i", len(body)) + body


try:
    with socket.create_connection((sys.argv[1], int(sys.argv[2]))) as stream:
        for message in sys.argv[3:]:
            data = frame(message)
            stream.sendall(data)
            print(f"wrote {len(data)} bytes: {data}")
except OSError as error:
    sys.exit(f"{sys.argv[0]}: {error}")
