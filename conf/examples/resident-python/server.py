#!/usr/bin/env python3
"""Answer each line with its length, for many clients at once, on the listener that preforkd hands in as descriptor 3."""
import asyncio
import signal
import socket
import sys


async def talk(reader, writer):
    while line := await reader.readline():
        writer.write(b"%d\n" % len(line.rstrip(b"\r\n")))
        await writer.drain()
    writer.close()
    await writer.wait_closed()


async def main():
    clients, leave = set(), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, leave.set)

    async def client(reader, writer):
        clients.add(task := asyncio.current_task())
        task.add_done_callback(clients.discard)
        await talk(reader, writer)

    server = await asyncio.start_server(client, sock=socket.socket(fileno=3))
    print("serves", file=sys.stderr)
    await leave.wait()
    server.close()  # accepts no more; the clients that are there are served to their end
    if clients:
        await asyncio.wait(clients)


asyncio.run(main())
