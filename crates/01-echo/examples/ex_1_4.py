"""Usage: ex_1_4.py HOST PORT MESSAGE (exercise 1.4: lesson 1's client)"""
import socket
import sys

host, port, message = sys.argv[1:]
reply = b""
error = None
try:
    with socket.create_connection((host, int(port))) as stream:
        stream.sendall(message.encode())
        while len(reply) < 65536:  # no server makes us keep more
            piece = stream.recv(1024)
            if not piece:  # the end of file: the answer is complete
                break
            reply += piece
except OSError as what:
    error = what

sys.stdout.buffer.write(reply + b"\n")
sys.stdout.flush()
if error:
    sys.exit(f"{host}:{port}: {error}")
