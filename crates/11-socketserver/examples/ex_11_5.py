"""Usage: ex_11_5.py [PORT [LIMIT]]: a framework from scratch, and upper case on it."""
import collections
import signal
import socket
import sys
import threading
import time


class Server:
    """Gives each client to handler(stream, peer), in a thread of its own."""

    def __init__(self, listener, handler, limit):
        self.listener, self.handler, self.limit = listener, handler, limit
        self.stopping = threading.Event()
        self.open, self.changed = set(), threading.Condition()
        self.thread = threading.Thread(target=self.accept_all)
        self.thread.start()

    def accept_all(self):
        refused = collections.deque(maxlen=16)  # closed at once, it might be reset
        while True:
            try:
                stream, peer = self.listener.accept()
            except OSError as error:
                print(f"cannot accept: {error}", file=sys.stderr)
                refused.clear()
                self.stopping.wait(0.5)
                continue
            if self.stopping.is_set():
                break  # what came only wakes us
            with self.changed:
                full = len(self.open) >= self.limit
                if not full:
                    self.open.add(stream)
            if full:
                refused.append(stream)
                refuse(stream, self.limit)
            else:
                threading.Thread(
                    target=self.talk, args=(stream, peer), daemon=True
                ).start()
        self.listener.close()

    def talk(self, stream, peer):
        try:
            with stream:
                self.handler(stream, peer)
        except Exception as error:  # one client's failure is one line
            print(f"{peer}: {error!r}", file=sys.stderr)
        finally:
            with self.changed:
                self.open.discard(stream)
                self.changed.notify_all()

    def shutdown(self):
        """Nobody new: sets a mark, and wakes accept by what it waits for."""
        self.stopping.set()
        socket.create_connection(self.listener.getsockname(), timeout=1).close()
        self.thread.join()

    def end(self, grace):
        """Who is there may finish; then the rest is cut. Returns how many."""
        self.shutdown()
        with self.changed:
            self.changed.wait_for(lambda: not self.open, grace)
            for stream in self.open:
                try:
                    stream.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass  # it has gone already
            return len(self.open)


def refuse(stream, limit):
    try:
        stream.sendall(f"the server is full (limit {limit}), try later\n".encode())
        stream.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # perhaps it has gone


def upper_case(stream, peer):
    while data := stream.recv(1024):
        if data == b"fail\n":
            raise ValueError("as it was told")
        stream.sendall(data.upper())


def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 7011
    limit = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    stop = threading.Event()
    for number in signal.SIGINT, signal.SIGTERM:
        signal.signal(number, lambda *_: stop.set())
    listener = socket.create_server(("127.0.0.1", port))
    server = Server(listener, upper_case, limit)
    print(f"listening on 127.0.0.1:{listener.getsockname()[1]}", flush=True)
    stop.wait()
    began = time.monotonic()
    cut = server.end(grace=5)
    ms = 1000 * (time.monotonic() - began)
    print(f"ended after {ms:.0f} ms, conversations cut: {cut}", flush=True)


main()
