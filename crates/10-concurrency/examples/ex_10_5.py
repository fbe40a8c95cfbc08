"""Usage: ex_10_5.py apply|apply_async PORT: the server of exercise 10.5."""
import multiprocessing
import socket
import sys


def talk(stream):
    with stream:
        while data := stream.recv(1024):
            stream.sendall(data.upper())
        # The parent may have a descriptor, too: close alone would not end it.
        stream.shutdown(socket.SHUT_WR)


def report(error):
    print(f"a client: {error}", file=sys.stderr)


if __name__ == "__main__":
    how, port = sys.argv[1], int(sys.argv[2])
    # Before the listener, or its two processes would have it, too.
    pool = multiprocessing.Pool(2)
    with pool, socket.create_server(("127.0.0.1", port)) as listener:
        print("listening on %s:%d" % listener.getsockname(), flush=True)
        while True:
            stream, _ = listener.accept()
            if how == "apply_async":
                pool.apply_async(talk, (stream,), error_callback=report)
                continue
            try:
                pool.apply(talk, (stream,))
            except OSError as error:
                report(error)
