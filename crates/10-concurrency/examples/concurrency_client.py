"""Usage: concurrency_client.py HOST PORT N: N clients at once, each with a thread."""
import socket
import sys
import threading

HOST, PORT, COUNT = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
everybody_is_here = threading.Barrier(COUNT)
answers = [b""] * COUNT


def talk(number):
    with socket.create_connection((HOST, PORT), timeout=30) as stream:
        stream.sendall(b"client %d" % number)
        stream.shutdown(socket.SHUT_WR)  # no more to send, everything to receive
        while piece := stream.recv(1024):
            answers[number] += piece
        everybody_is_here.wait(30)  # nobody closes before all have their answer


threads = [threading.Thread(target=talk, args=(number,)) for number in range(COUNT)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
for answer in answers:
    print(answer.decode().strip())
