"""Usage: custom_header_client.py HOST PORT COMMAND: runs one command over there."""
import json
import socket
import struct
import sys


def read(stream, size):
    data = b""
    while len(data) < size:  # recv returns what is there: one byte or more
        piece = stream.recv(size - len(data))
        if not piece:
            sys.exit("the server closed before its answer was complete")
        data += piece
    return data


with socket.create_connection((sys.argv[1], int(sys.argv[2]))) as stream:
    command = sys.argv[3].encode()
    stream.sendall(struct.pack(">I", len(command)) + command)
    (length,) = struct.unpack(">I", read(stream, 4))  # big-endian, 4 bytes
    if length > 65536:  # never trust a length
        sys.exit(f"a header of {length} bytes, the limit is 65536")
    header = json.loads(read(stream, length))
    if "error" in header:
        sys.exit(f"the server refuses: {header['error']!r}")
    output = read(stream, header["total_size"])
sys.stdout.buffer.write(output[: header["stdout_size"]])
sys.stderr.buffer.write(output[header["stdout_size"] :])
sys.exit(1 if header["exit_code"] is None else header["exit_code"])
