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
    leave = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, leave.set)
    server = await asyncio.start_server(talk, sock=socket.socket(fileno=3))
    print("serves", file=sys.stderr)
    await leave.wait()
    server.close()  # accepts no more
    # A client is a task from its accept on: each is served to its end, also one that talk() has not begun with.
    while clients := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(clients)


asyncio.run(main())
