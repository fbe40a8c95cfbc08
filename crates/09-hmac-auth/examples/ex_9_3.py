"""Usage: ex_9_3.py PORT (exercise 9.3: a server that wants to know the client's key)"""
import datetime
import hmac
import socket
import sys

CHALLENGE = bytes(32)  # any will do: the client answers them all


def receive_answer(stream):
    answer = b""
    while len(answer) < 32:
        piece = stream.recv(32 - len(answer))
        if not piece:
            sys.exit("the client left")
        answer += piece
    return answer


def keys():
    day = datetime.date(1940, 1, 1)
    while day.year < 2030:
        yield b"my-birthday-" + day.strftime("%Y%m%d").encode()
        day += datetime.timedelta(days=1)


with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
    print("listening on %s:%d" % listener.getsockname(), flush=True)
    stream, peer = listener.accept()
with stream:
    stream.sendall(CHALLENGE)
    answer = receive_answer(stream)
for tried, key in enumerate(keys(), 1):
    if hmac.digest(key, CHALLENGE, "sha256") == answer:
        sys.exit(f"the key is {key.decode()}, after {tried} tries")
print("not one of these keys")
