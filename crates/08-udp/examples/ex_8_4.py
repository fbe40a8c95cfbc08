"""Usage: ex_8_4.py PORT (exercise 8.4: lesson 8's server)"""
import socket
import sys

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
    sock.bind(("127.0.0.1", int(sys.argv[1])))
    own = sock.getsockname()
    print("listening on %s:%d" % own, flush=True)
    while True:
        try:
            message, peer = sock.recvfrom(65536)
            print(f"{len(message)} bytes from {peer}: {message[:32]}", flush=True)
            if peer != own:  # it would talk to itself for ever
                sock.sendto(message.upper(), peer)
        except OSError as error:
            print(f"ex_8_4.py: {error}", file=sys.stderr, flush=True)
