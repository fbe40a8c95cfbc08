"""Usage: ex_9_4.py PORT KEYFILE (exercise 9.4: lesson 9's server)"""
import hmac
import os
import socket
import sys
import threading
import time

AUTH_TIMEOUT = 10


def receive_answer(stream):
    deadline = time.monotonic() + AUTH_TIMEOUT  # for all of it, not for each byte
    answer = b""
    while len(answer) < 32:
        stream.settimeout(max(deadline - time.monotonic(), 0.001))
        piece = stream.recv(32 - len(answer))
        if not piece:
            return answer
        answer += piece
    stream.settimeout(None)
    return answer


def serve(stream, peer, key):
    try:
        with stream:
            challenge = os.urandom(32)
            stream.sendall(challenge)
            right = hmac.new(key, challenge, "sha256").digest()
            if not hmac.compare_digest(receive_answer(stream), right):
                print("%s:%d refused" % peer, file=sys.stderr, flush=True)
                return
            while message := stream.recv(1024):
                stream.sendall(message.upper())
    except OSError as error:
        print("%s:%d: %s" % (*peer, error), file=sys.stderr, flush=True)


port, key_file = sys.argv[1:]
with open(key_file, "rb") as file:
    key = file.read()
key = key.removesuffix(b"\r\n" if key.endswith(b"\r\n") else b"\n")
if len(key) < 16:
    sys.exit("the key is too short")
with socket.create_server(("127.0.0.1", int(port))) as listener:
    print("listening on %s:%d" % listener.getsockname(), flush=True)
    while True:
        stream, peer = listener.accept()
        threading.Thread(target=serve, args=(stream, peer, key), daemon=True).start()
