"""Usage: ex_10_6.py PORT LIMIT: the server of exercise 10.6, with threads."""
import signal
import socket
import sys
import threading

PORT, LIMIT, GRACE = int(sys.argv[1]), int(sys.argv[2]), 5
clients = set()
changed = threading.Condition()


class Stop(Exception):
    pass


def stop(_signal, _frame):
    raise Stop  # in the main thread, out of accept or of wait_for


def talk(stream):
    try:
        while data := stream.recv(1024):
            stream.sendall(data.upper())
    except OSError as error:
        print(f"a client: {error}", file=sys.stderr)
    finally:
        with changed:
            clients.discard(stream)
            stream.close()
            changed.notify_all()


def refuse(stream):
    try:
        stream.sendall(b"the server is full (limit %d), try later\n" % LIMIT)
        stream.shutdown(socket.SHUT_WR)
        stream.settimeout(1)
        while stream.recv(1024):  # closed with bytes unread, it would be a reset
            pass
    except OSError:
        pass  # it has left
    stream.close()


def serve(listener):
    while True:
        stream, _ = listener.accept()
        with changed:
            full = len(clients) == LIMIT
            if not full:
                clients.add(stream)
        work = refuse if full else talk
        threading.Thread(target=work, args=(stream,), daemon=True).start()


signal.signal(signal.SIGINT, stop)
signal.signal(signal.SIGTERM, stop)
with socket.create_server(("127.0.0.1", PORT), backlog=128) as listener:
    print("listening on %s:%d" % listener.getsockname(), flush=True)
    try:
        serve(listener)
    except Stop:
        pass
try:
    with changed:
        changed.wait_for(lambda: not clients, GRACE)
except Stop:
    pass
with changed:
    for stream in clients:
        stream.shutdown(socket.SHUT_RDWR)
    print(f"ended, conversations cut: {len(clients)}")
