"""Usage: file_client.py HOST PORT ls | get NAME | put PATH"""
import hashlib
import json
import os
import socket
import struct
import sys

PIECE = 65536


def send(stream, message):
    payload = json.dumps(message).encode()
    stream.sendall(struct.pack("!I", len(payload)) + payload)


def receive_exactly(stream, size):
    while size > 0:  # recv returns what is there: one byte or more
        piece = stream.recv(min(size, PIECE))
        if not piece:
            sys.exit("the server closed too soon")
        size -= len(piece)
        yield piece


def receive(stream):
    size, = struct.unpack("!I", b"".join(receive_exactly(stream, 4)))
    if size > 1 << 20:
        sys.exit(f"a frame of {size} bytes is too long")
    message = json.loads(b"".join(receive_exactly(stream, size)))
    if "error" in message:
        sys.exit("{kind}: {message}".format(**message["error"]))
    return message


def ls(stream):
    send(stream, {"op": "ls"})
    for file in receive(stream)["files"]:
        print(file["total_size"], file["filename"])


def get(stream, name):
    send(stream, {"op": "get", "filename": name})
    size, digest = receive(stream)["total_size"], hashlib.sha256()
    part = ".part-" + os.path.basename(name)
    with open(part, "wb") as file:
        for piece in receive_exactly(stream, size):
            file.write(piece)
            digest.update(piece)
    if receive(stream)["sha256"] != digest.hexdigest():
        sys.exit("what arrived is not what was sent")
    os.link(part, os.path.basename(name))  # fails if there is a file of this name
    os.remove(part)


def put(stream, path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        size = os.path.getsize(path)
        send(stream, {"op": "put", "filename": os.path.basename(path),
                      "total_size": size, "overwrite": False})
        receive(stream)
        while size > 0 and (piece := file.read(min(size, PIECE))):
            stream.sendall(piece)
            digest.update(piece)
            size -= len(piece)
    if size > 0:
        sys.exit("the file has become shorter")
    send(stream, {"sha256": digest.hexdigest()})
    receive(stream)


try:
    host, port, verb, *rest = sys.argv[1:]
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        {"ls": ls, "get": get, "put": put}[verb](connection, *rest)
except OSError as error:
    sys.exit(f"{sys.argv[0]}: {error}")
