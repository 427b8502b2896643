"""calls: clients that call a server over and over, until SIGTERM or for SECONDS; prints how each call ended.

    calls.py byte|line|path|body|tftp PORT CLIENTS SECONDS

Each of the CLIENTS makes a connection for each call, at most 200 a second: `byte` sends A and takes B, `line` a line
and takes its length, `path` GETs a path and takes it, `body` POSTs a body and takes it, `tftp` fetches the file `data`
of 20,000 bytes. A call that has
no answer within 10 s, or a wrong one, has failed. It prints one line, such as

    ok 4711 failed 0 slowest_ms 12.3

and for each kind of failure a word and how many there were.
"""
import collections
import signal
import socket
import struct
import sys
import threading
import time

KIND, PORT, CLIENTS, SECONDS = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
SERVER = ('127.0.0.1', PORT)
LIMIT_S, INTERVAL_S = 10, 0.005
STREAMS = {'byte': (b'A', b'B'), 'line': (b'hello\n', b'5\n'),
           'path': (b'GET /path HTTP/1.0\r\n\r\n', b'\r\n\r\n/path\n'),
           'body': (b'POST / HTTP/1.0\r\nContent-Length: 6\r\n\r\nhello\n', b'\r\n\r\nhello\n')}
FILE_BYTES, BLOCK_BYTES = 20000, 512

end = threading.Event()
ends = collections.Counter()
slowest_ms = 0.0
lock = threading.Lock()


def call_stream():
    """Return a word for how the call has ended."""
    request, expected = STREAMS[KIND]
    answer = b''
    with socket.create_connection(SERVER, LIMIT_S) as client:
        client.sendall(request)
        if KIND == 'line':
            client.shutdown(socket.SHUT_WR)
        while chunk := client.recv(65536):
            answer += chunk
    if not answer:
        return 'empty'
    return 'ok' if answer.endswith(expected) else 'wrong'


def receive_block(client, message, target):
    """Send MESSAGE until something comes back; return that and where it is from."""
    client.settimeout(1)
    for _ in range(LIMIT_S):
        client.sendto(message, target)
        try:
            return client.recvfrom(65536)
        except TimeoutError:
            pass
    raise TimeoutError


def call_tftp():
    length, block, target = 0, 1, SERVER
    message = b'\0\1data\0octet\0'
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        while True:
            answer, sender = receive_block(client, message, target)
            kind, number = struct.unpack('>HH', answer[:4])
            if kind != 3:
                return 'refused_by_tftp'
            if target == SERVER:
                target = sender
                client.connect(target)
            if number == block & 0xffff:
                length += len(answer) - 4
                block += 1
            message = struct.pack('>HH', 4, number)
            if len(answer) < 4 + BLOCK_BYTES:
                client.send(message)
                return 'ok' if length == FILE_BYTES else 'wrong'


def outcome():
    try:
        return call_tftp() if KIND == 'tftp' else call_stream()
    except ConnectionRefusedError:
        return 'refused'
    except (ConnectionResetError, BrokenPipeError):
        return 'reset'
    except TimeoutError:
        return 'timeout'


def work():
    global slowest_ms
    while not end.is_set():
        began = time.monotonic()
        word = outcome()
        took = time.monotonic() - began
        with lock:
            ends[word] += 1
            slowest_ms = max(slowest_ms, took * 1000)
        end.wait(max(0.0, INTERVAL_S - took))


signal.signal(signal.SIGTERM, lambda *_: end.set())
threads = [threading.Thread(target=work) for _ in range(CLIENTS)]
for thread in threads:
    thread.start()
end.wait(SECONDS)
end.set()
for thread in threads:
    thread.join()
ok = ends.pop('ok', 0)
print('ok', ok, 'failed', sum(ends.values()), 'slowest_ms', round(slowest_ms, 1), *(w for p in ends.items() for w in p))
