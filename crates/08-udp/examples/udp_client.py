"""Usage: udp_client.py HOST PORT: asks each line of stdin, prints the answers."""
import socket
import sys
import time

TIMEOUT, TRIES = 1, 4
server = (sys.argv[1], int(sys.argv[2]))  # HOST as an IPv4 address, to compare


def is_answered(sock, answer):
    deadline = time.monotonic() + TIMEOUT
    while (left := deadline - time.monotonic()) > 0:
        sock.settimeout(left)
        try:
            data, peer = sock.recvfrom(65536)
        except socket.timeout:
            break
        if peer == server and data == answer:
            return True
        print(f"passed over, from {peer}: {data[:32]}", file=sys.stderr)
    return False


def ask(sock, message):
    for _ in range(TRIES):
        sock.sendto(message, server)
        if is_answered(sock, message.upper()):
            return True
    return False


status = 0
try:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for line in sys.stdin.buffer:
            message = line.removesuffix(b"\n").removesuffix(b"\r")
            if message == b"quit":
                break
            if ask(sock, message):
                sys.stdout.buffer.write(message.upper() + b"\n")
                sys.stdout.flush()
            else:
                print(f"no answer to {message[:32]}", file=sys.stderr)
                status = 1
except OSError as error:
    sys.exit(f"{sys.argv[0]}: {error}")
sys.exit(status)
