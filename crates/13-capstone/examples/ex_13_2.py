"""Usage: ex_13_2.py SERVER_PORT LISTEN_PORT
Saves the first record of the first client, and puts it in the place of the first
record of each later one. The handshakes pass as they are."""
import socket
import struct
import sys
import threading


def receive_exactly(stream, size):
    received = b""
    while len(received) < size:
        piece = stream.recv(size - len(received))
        if not piece:
            raise EOFError
        received += piece
    return received


def receive_frame(stream):
    length = receive_exactly(stream, 4)
    return length + receive_exactly(stream, struct.unpack("!I", length)[0])


def copy(source, target):
    try:
        while piece := source.recv(65536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # one of the two has ended


server_port, port = map(int, sys.argv[1:])
yesterday = None
with socket.create_server(("127.0.0.1", port)) as listener:
    print("listening on 127.0.0.1:%d" % listener.getsockname()[1], flush=True)
    while True:
        client, _ = listener.accept()
        server = socket.create_connection(("127.0.0.1", server_port))
        answers = threading.Thread(target=copy, args=(server, client), daemon=True)
        answers.start()
        with client, server:
            try:
                for _ in range(2):  # the handshake
                    server.sendall(receive_frame(client))
                record = receive_frame(client)
                server.sendall(yesterday or record)
                print("record 0:", yesterday and "yesterday's" or "saved", flush=True)
                yesterday = yesterday or record
                copy(client, server)
            except (EOFError, OSError):
                print("one of the two has ended", flush=True)
            answers.join()
