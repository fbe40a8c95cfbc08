"""Usage: ex_3_5.py PORT [reuse] (exercise 3.5: the server from scratch)"""
import socket
import sys

listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
if sys.argv[2:] == ["reuse"]:  # before bind, which looks at it
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
try:
    listener.bind(("127.0.0.1", int(sys.argv[1])))
    listener.listen(5)
    print("listening on %s:%d" % listener.getsockname(), flush=True)
    while True:
        stream, peer = listener.accept()
        try:
            with stream:
                while message := stream.recv(1024):
                    stream.sendall(message.upper())
        except OSError as error:
            print("%s:%d: %s" % (*peer, error), file=sys.stderr)
except OSError as error:
    sys.exit(f"ex_3_5.py: {error}")
except KeyboardInterrupt:
    sys.exit(130)
