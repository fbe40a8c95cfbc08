"""Usage: capstone_client.py HOST PORT USER KEYFILE COMMAND
COMMAND: run WORDS... | ls | get NAME | put PATH | who"""
import hashlib
import hmac
import json
import os
import signal
import socket
import struct
import sys
import threading

STDIN, STDOUT, STDERR, FILE, MESSAGE, END = range(6)
PIECE = 65536


def tag(key, *parts):
    return hmac.new(key, b"".join(parts), "sha256").digest()


def hkdf(key, salt, info):
    return tag(tag(salt, key), info, b"\1")


def send_frame(stream, payload):
    stream.sendall(struct.pack("!I", len(payload)) + payload)


def receive_frame(stream, limit):
    size, = struct.unpack("!I", receive_exactly(stream, 4))
    if size > limit:
        sys.exit(f"a frame of {size} bytes is too long")
    return receive_exactly(stream, size)


def receive_exactly(stream, size):
    received = bytearray()
    while len(received) < size:  # recv returns what is there: one byte or more
        piece = stream.recv(size - len(received))
        if not piece:
            sys.exit("cut: the connection ended too soon")
        received += piece
    return bytes(received)


def printable(text):  # a peer must not steer the terminal
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def refuse_error(message):
    if "error" in message:
        sys.exit(printable("{kind}: {message}".format(**message["error"])))
    return message


class Channel:
    """Handshake and records."""

    def __init__(self, stream, user, key):
        self.stream, self.lock = stream, threading.Lock()
        mine = os.urandom(32)
        hello = {"version": 1, "user": user, "challenge": mine.hex()}
        send_frame(stream, json.dumps(hello).encode())
        answer = refuse_error(json.loads(receive_frame(stream, 1024)))
        theirs = bytes.fromhex(answer["challenge"])
        signed = b"capstone 1\0" + user.encode() + b"\0" + mine + theirs
        proof = tag(key, b"server\0", signed)
        if not hmac.compare_digest(proof, bytes.fromhex(answer["proof"])):
            sys.exit("wrong proof: another key, no such user, or not the server")
        proof = {"proof": tag(key, b"client\0", signed).hex()}
        send_frame(stream, json.dumps(proof).encode())
        self.out_key = hkdf(key, mine + theirs, b"capstone 1 client to server")
        self.in_key = hkdf(key, mine + theirs, b"capstone 1 server to client")
        self.out_counter = self.in_counter = 0
        if self.message().get("welcome") != user:
            sys.exit("no welcome")

    def send(self, kind, body):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        with self.lock:  # two threads send: counter and order must agree
            record = struct.pack("!QB", self.out_counter, kind) + body
            self.out_counter += 1
            send_frame(self.stream, record + tag(self.out_key, record))

    def receive(self):
        payload = receive_frame(self.stream, 8 + 1 + PIECE + 32)
        if len(payload) < 8 + 1 + 32:
            sys.exit("a record that is too short")
        record, proof = payload[:-32], payload[-32:]
        if not hmac.compare_digest(tag(self.in_key, record), proof):
            sys.exit("wrong tag: a record was changed on the way")
        counter, kind = struct.unpack("!QB", record[:9])
        if counter != self.in_counter:
            sys.exit(f"record {counter} came, expected {self.in_counter}")
        self.in_counter += 1
        body = record[9:]
        if kind == END:
            sys.exit(f"the server ends: {body.decode(errors='replace')!r}")
        return kind, refuse_error(json.loads(body)) if kind == MESSAGE else body

    def message(self):
        kind, message = self.receive()
        if kind != MESSAGE:
            sys.exit(f"expected a message, got kind {kind}")
        return message


def send_stdin(channel, taken):
    while piece := os.read(0, PIECE):
        channel.send(STDIN, piece)
        taken.acquire()
    channel.send(STDIN, b"")


def run(channel, *words):
    taken = threading.Semaphore(0)
    channel.send(MESSAGE, {"op": "run", "command": " ".join(words)})
    # This thread only receives from now on, so the lock is never its own.
    interrupt = {"op": "interrupt"}
    signal.signal(signal.SIGINT, lambda *_: channel.send(MESSAGE, interrupt))
    threading.Thread(target=send_stdin, args=(channel, taken), daemon=True).start()
    while True:
        kind, body = channel.receive()
        if kind == MESSAGE and "taken" in body:
            taken.release()
        elif kind == MESSAGE:
            break
        else:
            stream = sys.stdout if kind == STDOUT else sys.stderr
            stream.buffer.write(body)
            stream.flush()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if body["end"] != "exited":
        print(f"the command has not ended by itself: {body['end']}", file=sys.stderr)
    return 1 if body["exit_code"] is None else body["exit_code"]


def ls(channel):
    channel.send(MESSAGE, {"op": "ls"})
    for file in channel.message()["files"]:
        print(file["total_size"], printable(file["filename"]))


def who(channel):
    channel.send(MESSAGE, {"op": "who"})
    for user in channel.message()["users"]:
        print(user["user"], user["busy"] or "idle")


def get(channel, name):
    channel.send(MESSAGE, {"op": "get", "filename": name})
    size, digest = channel.message()["total_size"], hashlib.sha256()
    part = ".part-" + os.path.basename(name)
    with open(part, "wb") as file:
        while size > 0:
            kind, piece = channel.receive()
            if kind != FILE:
                sys.exit(f"expected a piece of the file, got kind {kind}")
            file.write(piece)
            digest.update(piece)
            size -= len(piece)
    if size < 0 or channel.message()["sha256"] != digest.hexdigest():
        sys.exit("what arrived is not what was sent")
    os.link(part, os.path.basename(name))  # fails if there is a file of this name
    os.remove(part)


def put(channel, path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        size = os.path.getsize(path)
        channel.send(MESSAGE, {"op": "put", "filename": os.path.basename(path),
                               "total_size": size, "overwrite": False})
        channel.message()
        while size > 0 and (piece := file.read(min(size, PIECE))):
            channel.send(FILE, piece)
            digest.update(piece)
            size -= len(piece)
    if size > 0:
        sys.exit("the file has become shorter")
    channel.send(MESSAGE, {"sha256": digest.hexdigest()})
    channel.message()


try:
    host, port, user, key_file, verb, *rest = sys.argv[1:]
    with open(key_file, "rb") as file:
        key = file.read().removesuffix(b"\n").removesuffix(b"\r")
    verbs = {"run": run, "ls": ls, "get": get, "put": put, "who": who}
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        channel = Channel(connection, user, key)
        status = verbs[verb](channel, *rest)
        channel.send(END, b"")
    sys.exit(status)
except OSError as error:
    sys.exit(f"{sys.argv[0]}: {error}")
