"""Usage: ex_13_5.py --keys FILE [--folder DIR] [--idle-timeout SECONDS] [ADDR]
A server for lesson 13's clients, written from the page Protocols (Unix only)."""
import argparse
import hashlib
import hmac
import json
import os
import queue
import re
import signal
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import threading
import time

STDIN, STDOUT, STDERR, FILE, MESSAGE, END = range(6)
PIECE = 65536
PLACES = threading.BoundedSemaphore(64)
HERE, HERE_LOCK = [], threading.Lock()  # the sessions, in the order of arrival
NOBODY = os.urandom(32)


class Refused(Exception):
    """The request is answered with an error, and the conversation goes on."""


class Over(Exception):
    """The conversation cannot go on."""


def tag(key, *parts):
    return hmac.new(key, b"".join(parts), "sha256").digest()


def send_frame(stream, payload):
    stream.sendall(struct.pack("!I", len(payload)) + payload)


def receive_frame(stream, limit, idle=Over, deadline=None):
    """A payload. `idle` is raised if the time is over before its first byte."""
    received, size = bytearray(), 4
    while len(received) < size:
        try:
            if deadline:  # zero would mean: do not wait at all
                stream.settimeout(max(deadline - time.monotonic(), 0.001))
            piece = stream.recv(size - len(received))
        except socket.timeout:
            raise (Over if received else idle)("the time is over") from None
        if not piece:
            raise Over("cut: end of file without an end record")
        received += piece
        if len(received) == size == 4:
            length, = struct.unpack("!I", received)
            if length > limit:
                raise Over(f"a frame of {length} bytes, the limit is {limit}")
            size += length
    return bytes(received[4:])


def parse(payload, member):
    try:
        value = json.loads(payload)
    except ValueError:
        raise Refused("bad_request", "not JSON") from None
    if not isinstance(value, dict) or not isinstance(value.get(member), str):
        raise Refused("bad_request", f"no object with the text {member!r}")
    return value


def bytes_of(message, member):
    text = message.get(member)
    if not isinstance(text, str) or not re.fullmatch("[0-9a-f]{64}", text):
        raise Refused("bad_request", f"{member}: expected 64 hexadecimal digits")
    return bytes.fromhex(text)


def error(kind, message):
    return {"error": {"kind": kind, "message": message}}


class Channel:
    """Handshake and records: the server's side."""

    def __init__(self, stream, keys):
        self.stream, self.lock = stream, threading.Lock()
        deadline = time.monotonic() + 10
        try:
            hello = parse(receive_frame(stream, 1024, deadline=deadline), "user")
            self.user, theirs = hello["user"], bytes_of(hello, "challenge")
            if hello.get("version") != 1 or not is_user(self.user):
                raise Refused("bad_request", "another version, or no name")
        except Refused as refusal:
            send_frame(stream, json.dumps(error(*refusal.args)).encode())
            raise Over("no handshake") from None
        mine, name = os.urandom(32), self.user.encode()
        key = keys.get(self.user, tag(NOBODY, name))
        signed = b"capstone 1\0" + name + b"\0" + theirs + mine
        answer = {"challenge": mine.hex(),
                  "proof": tag(key, b"server\0", signed).hex()}
        send_frame(stream, json.dumps(answer).encode())
        try:
            payload = receive_frame(stream, 1024, deadline=deadline)
            proof = bytes_of(parse(payload, "proof"), "proof")
        except Refused:
            proof = b""
        right = hmac.compare_digest(tag(key, b"client\0", signed), proof)
        if not right or self.user not in keys:
            raise Over(f"{self.user}: wrong proof, or nobody of this name")
        extracted = tag(theirs + mine, key)
        self.in_key = tag(extracted, b"capstone 1 client to server\1")
        self.out_key = tag(extracted, b"capstone 1 server to client\1")
        self.out_counter = self.in_counter = 0
        self.send(MESSAGE, {"welcome": self.user})

    def send(self, kind, body):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        with self.lock:
            record = struct.pack("!QB", self.out_counter, kind) + body
            self.out_counter += 1
            send_frame(self.stream, record + tag(self.out_key, record))

    def receive(self):
        """A record; `TimeoutError` if none begins within the idle time-out."""
        payload = receive_frame(self.stream, 8 + 1 + PIECE + 32, TimeoutError)
        record, proof = payload[:-32], payload[-32:]
        if len(record) < 9:
            raise Over("a record that is too short")
        if not hmac.compare_digest(tag(self.in_key, record), proof):
            raise Over("wrong tag: a record was changed on the way")
        counter, kind = struct.unpack("!QB", record[:9])
        if counter != self.in_counter:
            raise Over(f"record {counter} came, expected {self.in_counter}")
        self.in_counter += 1
        return kind, record[9:]


class Command:
    """A command that runs."""

    def __init__(self, text, channel, at_end):
        self.channel, self.at_end, self.end = channel, at_end, None
        self.lock, self.input = threading.Lock(), queue.Queue(1)
        self.shell = subprocess.Popen(
            text, shell=True, start_new_session=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
        pipes = (STDOUT, self.shell.stdout), (STDERR, self.shell.stderr)
        self.listeners = [start(self.listen, *pipe) for pipe in pipes]
        start(self.feed)
        self.timer = threading.Timer(300, self.finish, ["timed_out"])
        self.timer.daemon = True
        self.timer.start()
        self.waiter = start(self.wait)

    def listen(self, kind, pipe):
        try:
            while piece := pipe.read(PIECE):
                self.channel.send(kind, piece)
        except OSError:  # nobody takes it
            self.finish("interrupted")
            self.channel.stream.shutdown(socket.SHUT_RDWR)

    def feed(self):
        while piece := self.input.get():
            try:
                rest = memoryview(piece)
                while rest:
                    rest = rest[self.shell.stdin.write(rest):]
                self.channel.send(MESSAGE, {"taken": len(piece)})
            except OSError:
                break
        self.shell.stdin.close()

    def wait(self):
        # Until its group is ended it is not reaped: so its number is not given away.
        os.waitid(os.P_PID, self.shell.pid, os.WEXITED | os.WNOWAIT)
        self.finish("exited")
        self.shell.wait()
        self.timer.cancel()
        try:
            self.input.put_nowait(b"")
        except queue.Full:
            pass
        for listener in self.listeners:
            listener.join(3)
        code = self.shell.returncode
        if self.end == "exited" and code < 0:
            self.end = "signal"
        code = code if self.end == "exited" else None
        self.at_end()
        try:
            self.channel.send(MESSAGE, {"exit_code": code, "end": self.end})
        except OSError:
            pass  # who receives hears of it

    def finish(self, end):
        with self.lock:
            if self.end is None:
                self.end = end
                os.killpg(self.shell.pid, signal.SIGKILL)


class Session:
    """One user's conversation."""

    def __init__(self, channel, peer):
        self.channel, self.user = channel, channel.user
        self.peer, self.since = "{}:{}".format(*peer), time.monotonic()
        self.busy = self.command = None

    def talk(self):
        while True:
            try:
                kind, body = self.channel.receive()
            except TimeoutError:
                if self.command and self.command.waiter.is_alive():
                    continue
                return self.channel.send(END, b"idle for too long")
            if kind == END:
                if self.command:
                    self.command.finish("interrupted")
                    self.command.waiter.join()
                return self.channel.send(END, b"")
            if kind == STDIN and self.command:
                try:
                    self.command.input.put_nowait(body)
                except queue.Full:
                    if self.command.end is None:
                        raise Over("input before the last was taken") from None
            elif kind == MESSAGE:
                try:
                    self.answer(body)
                except Refused as refusal:
                    self.channel.send(MESSAGE, error(*refusal.args))
            elif kind != STDIN:
                raise Over(f"a record of kind {kind} came out of turn")

    def answer(self, body):
        request = parse(body, "op")
        if request["op"] == "interrupt":
            return self.command and self.command.finish("interrupted")
        if self.command:
            if self.command.end is None:
                raise Over("a request came while a command runs")
            self.command.waiter.join()
        verbs = {"run": self.run, "who": self.who, "ls": self.ls, "get": self.get,
                 "put": self.put}
        if request["op"] not in verbs:
            raise Refused("bad_request", "expected " + ", ".join(verbs))
        try:
            verbs[request["op"]](request)
        except OSError as problem:
            if problem.filename is None:
                raise  # the connection's
            raise Refused("io", problem.strerror) from None
        finally:
            if request["op"] != "run":
                self.busy = None

    def run(self, request):
        text = request.get("command")
        if not isinstance(text, str) or not text or "\0" in text:
            raise Refused("bad_request", "no command")
        self.busy = "run"
        self.command = Command(text, self.channel, lambda: setattr(
            self, "busy", None))

    def who(self, _):
        with HERE_LOCK:
            users = [{"user": one.user, "address": one.peer, "busy": one.busy,
                      "seconds": int(time.monotonic() - one.since)} for one in HERE]
        self.channel.send(MESSAGE, {"users": users, "truncated": False})

    def ls(self, _):
        files = [{"filename": entry.name, "total_size": entry.stat().st_size}
                 for entry in sorted(os.scandir("."), key=lambda entry: entry.name)
                 if is_name(entry.name) and entry.is_file(follow_symlinks=False)]
        some = files[:200]  # 64 KiB hold as many, with names of any length
        self.channel.send(MESSAGE, {"files": some, "truncated": some != files})

    def get(self, request):
        name, offset = file_name(request), request.get("offset", 0)
        try:
            # A FIFO would make an ordinary open wait for its other end.
            number = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            raise Refused("not_found", "there is none") from None
        with os.fdopen(number, "rb") as file:
            if not stat.S_ISREG(os.fstat(number).st_mode):
                raise Refused("not_a_file", "no file")
            size, digest = os.fstat(number).st_size, hashlib.sha256()
            if type(offset) is not int or not 0 <= offset <= size:
                raise Refused("bad_request", f"the file has {size} bytes")
            self.busy = "get"
            self.channel.send(MESSAGE, {"filename": name, "total_size": size,
                                        "offset": offset})
            at = 0
            while at < size:
                end = offset if at < offset else size
                piece = file.read(min(end - at, PIECE))
                if not piece:
                    raise Refused("io", "the file has become shorter")
                digest.update(piece)
                if at >= offset:
                    self.channel.send(FILE, piece)
                at += len(piece)
            self.channel.send(MESSAGE, {"sha256": digest.hexdigest()})

    def put(self, request):
        name, size = file_name(request), request.get("total_size")
        overwrite = request.get("overwrite")
        if type(size) is not int or size < 0 or not isinstance(overwrite, bool):
            raise Refused("bad_request", "total_size or overwrite")
        if os.path.lexists(name):
            if not stat.S_ISREG(os.lstat(name).st_mode):
                raise Refused("not_a_file", "the name is taken by no file")
            if not overwrite:
                raise Refused("exists", "the name is taken")
        self.busy, digest, came = "put", hashlib.sha256(), 0
        with tempfile.NamedTemporaryFile(prefix=".part-", dir=".") as part:
            self.channel.send(MESSAGE, {"ready": True})
            problem = None
            while (record := self.channel.receive())[0] == FILE:
                came += len(record[1])
                digest.update(record[1])
                try:
                    if came <= size and not problem:
                        part.write(record[1])
                except OSError as failed:
                    problem = failed.strerror  # it still sends: stay in step
            if record[0] != MESSAGE:
                raise Over("no digest")
            theirs = parse(record[1], "sha256")["sha256"]
            if problem:
                raise Refused("io", problem)
            if came != size:
                raise Refused("bad_request", f"{came} bytes, announced were {size}")
            if theirs != digest.hexdigest():
                raise Refused("digest_mismatch", "what arrived is something else")
            part.flush()
            os.fsync(part.fileno())
            try:
                if overwrite:
                    os.link(part.name, part.name + "-2")
                    os.replace(part.name + "-2", name)
                else:
                    os.link(part.name, name)  # fails if it is there by now
            except FileExistsError:
                raise Refused("exists", "the name is taken") from None
        self.channel.send(MESSAGE, {"stored": name, "sha256": theirs})


def is_user(name):
    return re.fullmatch("[a-z0-9_-]{1,32}", name)


def is_name(name):
    control = any(ord(char) < 32 or 127 <= ord(char) < 160 for char in name)
    return (0 < len(name.encode(errors="replace")) <= 255 and not control
            and name not in (".", "..") and not set(name) & set("/\\")
            and not name.startswith(".part-"))


def file_name(request):
    name = request.get("filename")
    if not isinstance(name, str):
        raise Refused("bad_request", "no filename")
    if not is_name(name):
        raise Refused("bad_name", "not the name of a file in the folder")
    return name


def start(function, *args):
    thread = threading.Thread(target=function, args=args, daemon=True)
    thread.start()
    return thread


def refuse(stream):
    """A close with bytes unread would be a reset: the words might get lost."""
    stream.settimeout(1)
    send_frame(stream, json.dumps(error("full", "no more")).encode())
    stream.shutdown(socket.SHUT_WR)
    while stream.recv(PIECE):
        pass


def serve(stream, peer, keys, idle_timeout):
    session = None
    with stream:
        try:
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if not PLACES.acquire(blocking=False):
                return refuse(stream)
            try:
                channel = Channel(stream, keys)
                stream.settimeout(idle_timeout)
                session = Session(channel, peer)
                with HERE_LOCK:
                    HERE.append(session)
                print(peer, session.user, "is here", flush=True)
                session.talk()
            finally:
                PLACES.release()
        except (Over, OSError) as reason:
            print(peer, reason, file=sys.stderr, flush=True)
    if session:
        if session.command:
            session.command.finish("interrupted")
        with HERE_LOCK:
            HERE.remove(session)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--keys", required=True)
    parser.add_argument("--folder", default=".")
    parser.add_argument("--idle-timeout", type=float, default=60)
    parser.add_argument("addr", nargs="?", default="127.0.0.1:7013")
    args = parser.parse_args()
    if os.stat(args.keys).st_mode & 0o077:
        sys.exit(f"{args.keys} is open to other users: chmod 600 {args.keys}")
    with open(args.keys, encoding="utf-8") as file:
        lines = [line for line in file.read().splitlines()
                 if line and not line.startswith("#")]
    keys = {user: key.encode() for user, key in
            (line.split(" ", 1) for line in lines)}
    if not all(is_user(user) and len(key) >= 16 for user, key in keys.items()):
        sys.exit(f"{args.keys}: a name or a key is wrong")
    os.chdir(args.folder)
    host, port = args.addr.rsplit(":", 1)
    with socket.create_server((host, int(port))) as listener:
        print("listening on {}:{}".format(*listener.getsockname()), flush=True)
        try:
            while True:
                start(serve, *listener.accept(), keys, args.idle_timeout)
        except KeyboardInterrupt:
            for session in list(HERE):
                if session.command:
                    session.command.finish("interrupted")


main()
