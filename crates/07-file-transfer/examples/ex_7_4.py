"""Exercise 7.4: a get that goes on. Usage: ex_7_4.py HOST PORT NAME"""
import hashlib
import json
import os
import socket
import struct
import sys

PIECE = 65536


def receive_exactly(stream, size):
    while size > 0:
        piece = stream.recv(min(size, PIECE))
        if not piece:
            sys.exit("the server closed too soon")
        size -= len(piece)
        yield piece


def receive(stream):
    size, = struct.unpack("!I", b"".join(receive_exactly(stream, 4)))
    if size > 65536:
        sys.exit(f"a frame of {size} bytes is too long")
    return json.loads(b"".join(receive_exactly(stream, size)))


def fetch(stream, name, file):
    """Fetches what is missing; false if that does not make the server's file."""
    digest = hashlib.sha256()
    file.seek(0)
    while piece := file.read(PIECE):  # up to the end: there the rest begins
        digest.update(piece)
    offset = file.tell()
    request = {"op": "get", "filename": name, "offset": offset}
    payload = json.dumps(request).encode()
    stream.sendall(struct.pack("!I", len(payload)) + payload)
    header = receive(stream)
    if "error" in header:
        if offset > 0 and header["error"]["kind"] == "bad_request":
            return False  # more is here than the server has
        if offset == 0:
            os.remove(file.name)
        sys.exit("{kind}: {message}".format(**header["error"]))
    for piece in receive_exactly(stream, header["total_size"] - offset):
        file.write(piece)
        digest.update(piece)
    return receive(stream).get("sha256") == digest.hexdigest()


try:
    host, port, name = sys.argv[1:]
    target = os.path.basename(name)
    part = ".part-" + target
    with socket.create_connection((host, int(port)), timeout=60) as stream:
        with open(part, "a+b") as file:
            if not fetch(stream, name, file):
                print("from the start again")
                file.truncate(0)
                if not fetch(stream, name, file):
                    sys.exit("what arrived is not what was sent")
    os.link(part, target)  # fails if there is a file of this name
    os.remove(part)
except OSError as error:
    sys.exit(f"{sys.argv[0]}: {error}")
