"""Usage: ex_6_5.py HOST PORT COMMAND (exercise 6.5): runs one command over there."""
import json
import socket
import struct
import sys

MAX_HEADER = 64 * 1024


def read(stream, size, what):
    """Yields size bytes, as they come."""
    left = size
    while left > 0:
        piece = stream.recv(min(left, 65536))
        if not piece:
            raise ValueError(f"{what} cut after {size - left} of {size} bytes")
        left -= len(piece)
        yield piece


def main(host, port, command):
    with socket.create_connection((host, int(port))) as stream:
        stream.sendall(struct.pack("!I", len(command)) + command)
        (length,) = struct.unpack("!I", b"".join(read(stream, 4, "length")))
        if length > MAX_HEADER:  # before a byte of it is read
            raise ValueError(f"header of {length} bytes, the limit is {MAX_HEADER}")
        header = json.loads(b"".join(read(stream, length, "header")))
        if "error" in header:
            raise ValueError(f"refused: {header['error']!r}")
        stderr_size = header["total_size"] - header["stdout_size"]
        for piece in read(stream, header["stdout_size"], "stdout"):
            sys.stdout.buffer.write(piece)
        sys.stdout.flush()
        for piece in read(stream, stderr_size, "stderr"):
            sys.stderr.buffer.write(piece)
    return 1 if header["exit_code"] is None else header["exit_code"]


try:
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3].encode()))
except (OSError, ValueError) as error:  # not JSON is a ValueError, too
    sys.exit(f"{sys.argv[0]}: {error}")
except (KeyError, TypeError) as error:
    sys.exit(f"{sys.argv[0]}: wrong or missing member in the header: {error}")
