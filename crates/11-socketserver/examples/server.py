"""Usage: server.py [PORT]: the same server with Python's socketserver."""
import socketserver
import sys


class UpperCase(socketserver.StreamRequestHandler):
    def handle(self):
        while message := self.rfile.read1(1024):
            self.wfile.write(message.upper())


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True  # Rust's std sets it by itself
    daemon_threads = True  # at the end conversations are cut, without grace


with Server(("127.0.0.1", int(sys.argv[1])), UpperCase) as server:
    print(f"listening on 127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()
