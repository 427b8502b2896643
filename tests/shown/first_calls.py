"""first_calls: one call to each socket, one after the other; prints how long each took, in milliseconds.

    first_calls.py increment|fastcgi PATH...

`increment` sends A and takes B; `fastcgi` asks PHP-FPM for /ping, which it answers without a script.
"""
import socket
import struct
import sys
import time


def record(kind, content):
    return struct.pack('>BBHHBx', 1, kind, 1, len(content), 0) + content


def parameter(name, value):
    return bytes([len(name), len(value)]) + name + value


PING = (record(1, struct.pack('>HB5x', 1, 0))
        + record(4, parameter(b'REQUEST_METHOD', b'GET') + parameter(b'SCRIPT_NAME', b'/ping')
                 + parameter(b'SCRIPT_FILENAME', b'/ping'))
        + record(4, b'') + record(5, b''))
REQUEST, EXPECTED = {'increment': (b'A', b'B'), 'fastcgi': (PING, b'pong')}[sys.argv[1]]

for path in sys.argv[2:]:
    began = time.monotonic()
    answer = b''
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(10)
        client.connect(path)
        client.sendall(REQUEST)
        while chunk := client.recv(4096):
            answer += chunk
    took = time.monotonic() - began
    if EXPECTED not in answer:
        sys.exit(f'{path}: {answer!r}')
    print(f'{took * 1000:.3f}')
