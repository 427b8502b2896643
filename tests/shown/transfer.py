"""transfer: how long BYTES take through a program, one way; prints seconds.

    transfer.py up PORT BYTES      send them, to the end; the program answers with how many came (wc -c)
    transfer.py down PORT BYTES    send an empty line; the program sends them, and nothing else
"""
import socket
import sys
import time

WAY, PORT, BYTES = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
PIECE = memoryview(bytearray(1 << 20))

with socket.create_connection(('127.0.0.1', PORT), 60) as client:
    began = time.monotonic()
    count = 0
    if WAY == 'up':
        for _ in range(BYTES // len(PIECE)):
            client.sendall(PIECE)
        client.shutdown(socket.SHUT_WR)
        count = int(client.makefile('rb').read())
    else:
        client.sendall(b'\n')
        while got := client.recv_into(PIECE):
            count += got
    took = time.monotonic() - began
if count != BYTES:
    sys.exit(f'{count} bytes in place of {BYTES}')
print(f'{took:.4f}')
