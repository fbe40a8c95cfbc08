"""Usage: unix_socket_client.py PATH: sends lines of stdin, prints the answers."""
import socket
import sys

PIECE = 4096  # who writes more than this before it reads may wait for ever

try:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stream:
        stream.connect(sys.argv[1])
        for line in sys.stdin.buffer:
            message = line.rstrip(b"\r\n")
            if message == b"quit":
                break
            for at in range(0, len(message), PIECE):
                stream.sendall(message[at : at + PIECE])
                left = min(PIECE, len(message) - at)
                while left > 0:  # recv returns what is there: one byte or more
                    answer = stream.recv(left)
                    if not answer:
                        sys.exit("the server closed before its answer was complete")
                    left -= sys.stdout.buffer.write(answer)
            if message:
                sys.stdout.buffer.write(b"\n")
                sys.stdout.flush()
except OSError as error:
    sys.exit(f"{sys.argv[0]}: {error}")
