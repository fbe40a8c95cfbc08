"""Usage: threading_server.py PORT

Python's thread for each client: every byte comes back with a-z in upper case.
"""

import socketserver
import sys


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        while data := self.request.recv(1024):
            self.request.sendall(data.upper())


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    # Its own 5 would turn most of a crowd away; the others have 128 or more.
    request_queue_size = 128


with Server(("127.0.0.1", int(sys.argv[1])), Handler) as server:
    server.serve_forever()
