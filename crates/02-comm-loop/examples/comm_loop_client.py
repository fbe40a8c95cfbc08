"""Usage: comm_loop_client.py HOST PORT: sends lines of stdin, prints the answers."""
import socket
import sys

PIECE = 65536  # who writes more than this before it reads may wait for ever
host, port = sys.argv[1:]
out = sys.stdout.buffer

with socket.create_connection((host, int(port))) as stream:
    for line in sys.stdin.buffer:
        message = line.removesuffix(b"\n").removesuffix(b"\r")
        if message == b"quit":
            break
        for at in range(0, len(message), PIECE):
            piece = message[at : at + PIECE]
            stream.sendall(piece)
            left = len(piece)
            while left > 0:  # recv returns what is there: one byte or more
                answer = stream.recv(left)
                if not answer:
                    sys.exit("the server closed before its answer was complete")
                left -= out.write(answer)
        if message:  # an empty one puts nothing on the wire
            out.write(b"\n")
            out.flush()
