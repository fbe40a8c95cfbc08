"""Exercise 12.5: the server from scratch. Usage: ex_12_5.py PATH"""
import errno
import os
import signal
import socket
import stat
import struct
import sys
import threading


def make_room(path):
    """Removes the socket of a dead server, and nothing else."""
    try:
        mode = os.lstat(path).st_mode  # of a link itself, not of its target
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        sys.exit(f"{path} is no socket, and is left alone")
    with socket.socket(socket.AF_UNIX) as probe:
        probe.setblocking(False)
        if probe.connect_ex(path) == errno.ECONNREFUSED:
            os.unlink(path)


def talk(stream):
    try:
        with stream:
            if hasattr(socket, "SO_PEERCRED"):  # Linux
                who = stream.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
                print("process %d, user %d, group %d" % struct.unpack("iII", who))
            while data := stream.recv(1024):
                stream.sendall(data.upper())
    except OSError as error:
        print(error, file=sys.stderr)


def end(*_):
    raise SystemExit  # 0


signal.signal(signal.SIGTERM, end)
signal.signal(signal.SIGINT, end)
path = sys.argv[1]
make_room(path)
listener = socket.socket(socket.AF_UNIX)
try:
    listener.bind(path)
except OSError as error:
    sys.exit(f"cannot listen on {path}: {error}")
try:
    os.chmod(path, 0o600)
    listener.listen()
    print(f"listening on {path}", flush=True)
    while True:
        stream, _ = listener.accept()
        threading.Thread(target=talk, args=[stream], daemon=True).start()
finally:
    os.unlink(path)
