"""Usage: hmac_auth_client.py HOST PORT KEYFILE: proves that it knows the key, sends
lines of stdin, prints the answers."""
import hmac
import socket
import sys


def receive_exactly(stream, size):
    received = b""
    while len(received) < size:  # recv returns what is there: one byte or more
        piece = stream.recv(size - len(received))
        if not piece:
            sys.exit("the server closed: is it the same key?")
        received += piece
    return received


host, port, key_file = sys.argv[1:]
with open(key_file, "rb") as file:
    key = file.read()
# One line end at the end, as an editor leaves it, does not count.
key = key.removesuffix(b"\r\n" if key.endswith(b"\r\n") else b"\n")
try:
    with socket.create_connection((host, int(port)), timeout=10) as stream:
        challenge = receive_exactly(stream, 32)
        stream.sendall(hmac.new(key, challenge, "sha256").digest())
        for line in sys.stdin.buffer:
            message = line.rstrip(b"\r\n")
            if message == b"quit":
                break
            stream.sendall(message)
            answer = receive_exactly(stream, len(message))
            print(answer.decode(errors="replace"), flush=True)
except OSError as error:
    sys.exit(f"{sys.argv[0]}: {error}")
