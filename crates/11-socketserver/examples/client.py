"""Usage: client.py HOST PORT: sends lines of stdin; tries again when that is safe."""
import random
import select
import socket
import sys
import time

TRIES, PAUSE, LONGEST = 5, 0.2, 30  # seconds
PIECE = 65536  # who writes more than this before it reads may wait for ever


def connect():
    for failures in range(1, TRIES + 1):
        try:
            return socket.create_connection((sys.argv[1], int(sys.argv[2])))
        except OSError as error:
            print(f"try {failures} of {TRIES}: {error}", file=sys.stderr)
            if failures < TRIES:  # full jitter
                time.sleep(random.uniform(0, min(LONGEST, PAUSE * 2 ** (failures - 1))))
    sys.exit("gave up")


def is_over(stream):
    """Nothing was asked: what there is to read is the end, or a refusal."""
    return bool(select.select([stream], [], [], 0)[0])


def ask(stream, message):
    answer = b""
    while len(answer) < len(message):
        piece = message[len(answer) : len(answer) + PIECE]
        stream.sendall(piece)
        end = len(answer) + len(piece)
        while len(answer) < end:
            received = stream.recv(end - len(answer))
            if not received:
                raise EOFError("the server closed before its answer was complete")
            answer += received
    return answer


stream = connect()
for line in sys.stdin.buffer:
    message = line.removesuffix(b"\n").removesuffix(b"\r")
    if message == b"quit":
        break
    if not message:
        continue
    if stream is None or is_over(stream):
        stream = connect()
    try:
        sys.stdout.buffer.write(ask(stream, message) + b"\n")
        sys.stdout.flush()
    except (OSError, EOFError) as error:
        stream = None
        print(f"{error}: may have been done, or not", file=sys.stderr)
