"""Usage: ex_2_4.py PORT (exercise 2.4: lesson 2's server)"""
import socket
import sys

with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
    print("listening on %s:%d" % listener.getsockname(), flush=True)
    while True:  # the connection loop
        stream, peer = listener.accept()
        print("%s:%d connected" % peer, flush=True)
        total = 0
        try:
            with stream:
                while True:  # the communication loop
                    message = stream.recv(1024)
                    if not message:
                        break
                    print(f"received {len(message)} bytes: {message}", flush=True)
                    stream.sendall(message.upper())
                    total += len(message)
            print("%s:%d closed after %d bytes" % (*peer, total), flush=True)
        except OSError as error:
            print("%s:%d: %s" % (*peer, error), file=sys.stderr, flush=True)
