"""Usage: echo_server.py PORT: lesson 1's server, call by call, in Python."""
import socket
import sys

with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", int(sys.argv[1])))
    listener.listen()
    print("listening on %s:%d" % listener.getsockname(), flush=True)
    stream, peer = listener.accept()

with stream:
    print("%s:%d connected" % peer)
    message = stream.recv(1024)
    if message:
        print(f"received {len(message)} bytes: {message}")
        stream.sendall(message.upper())
        print(f"sent {len(message)} bytes: {message.upper()}")
    else:
        print("end of file: the client left without a word")
