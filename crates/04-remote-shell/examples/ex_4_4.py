"""Usage: ex_4_4.py PORT (exercise 4.4: lesson 4's server)"""
import socket
import sys
from subprocess import DEVNULL, PIPE, Popen

with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
    print("listening on %s:%d" % listener.getsockname(), flush=True)
    while True:
        stream, peer = listener.accept()
        try:
            with stream:
                while command := stream.recv(1024):
                    text = command.decode(errors="replace")
                    shell = Popen(text, shell=True, stdin=DEVNULL, stdout=PIPE, stderr=PIPE)
                    out, err = shell.communicate()  # both at once
                    size, status = len(out) + len(err), shell.returncode
                    print(f"{command}: {size} bytes, exit status {status}", flush=True)
                    stream.sendall(out + err)
        except (OSError, ValueError) as error:  # ValueError: a NUL in the command
            print("%s:%d: %s" % (*peer, error), file=sys.stderr, flush=True)
