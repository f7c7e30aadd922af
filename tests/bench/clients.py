"""Other clients that execute the same cell, for comparison with hubmark: `clients.py KIND COUNT [URL TOKEN]`.

Prints one line of JSON: how many cells, wall time and this process's own CPU time in seconds. Starting up and opening the kernel are not
counted.
"""

import asyncio
import json
import os
import resource
import struct
import sys
import tempfile
import time
import urllib.request
import uuid

CODE = "1+1"
V1 = "v1.kernel.websocket.jupyter.org"


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


class Clock:
    def __init__(self):
        self.wall, self.cpu = time.perf_counter(), cpu()

    def show(self, cells):
        wall, spent = time.perf_counter() - self.wall, cpu() - self.cpu
        print(json.dumps({"cells": cells, "wall_s": wall, "cpu_s": spent}))


def rest(method, url, token, body=None):
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": "token " + token, "Content-Type": "application/json"}
    request = urllib.request.Request(url, data=data, method=method, headers=headers)
    with urllib.request.urlopen(request) as reply:
        return json.loads(reply.read() or b"null")


def request(session):
    """An execute_request as a v1 frame, and its id."""
    message = uuid.uuid4().hex
    header = {"msg_id": message, "msg_type": "execute_request", "username": "u", "session": session, "version": "5.3", "date": ""}
    content = {"code": CODE, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False, "stop_on_error": True}
    parts = [b"shell", json.dumps(header).encode(), b"{}", b"{}", json.dumps(content).encode()]
    offsets = [8 * (len(parts) + 2)]
    for part in parts:
        offsets.append(offsets[-1] + len(part))
    return struct.pack("<Q", len(offsets)) + struct.pack("<%dQ" % len(offsets), *offsets) + b"".join(parts), message


def parse(frame):
    """Channel, header, parent header and content of a v1 frame."""
    count = struct.unpack_from("<Q", frame)[0]
    offsets = struct.unpack_from("<%dQ" % count, frame, 8)
    part = [frame[a:b] for a, b in zip(offsets, offsets[1:])]
    return part[0], json.loads(part[1]), json.loads(part[2]), json.loads(part[4])


async def over_websocket(count, base, token, connect):
    kernel = rest("POST", base + "/api/kernels", token, {"name": "python3"})["id"]
    session = uuid.uuid4().hex
    url = "%s/api/kernels/%s/channels?session_id=%s" % (base.replace("http", "ws", 1), kernel, session)
    send, receive, close = await connect(url, {"Authorization": "token " + token})

    async def execute():
        frame, message = request(session)
        await send(frame)
        replied = idle = False
        while not (replied and idle):
            _, header, parent, content = parse(await receive())
            if parent.get("msg_id") != message:
                continue
            replied = replied or header["msg_type"] == "execute_reply"
            idle = idle or content.get("execution_state") == "idle"

    for _ in range(20):
        await execute()
    clock = Clock()
    for _ in range(count):
        await execute()
    clock.show(count)
    await close()
    rest("DELETE", base + "/api/kernels/" + kernel, token)


async def with_aiohttp(url, headers):
    import aiohttp

    session = aiohttp.ClientSession()
    socket = await session.ws_connect(url, headers=headers, protocols=[V1], max_msg_size=0)

    async def close():
        await socket.close()
        await session.close()

    return socket.send_bytes, socket.receive_bytes, close


async def with_tornado(url, headers):
    from tornado.httpclient import HTTPRequest
    from tornado.websocket import websocket_connect

    socket = await websocket_connect(HTTPRequest(url, headers=headers), subprotocols=[V1])

    async def send(frame):
        await socket.write_message(frame, binary=True)

    async def close():
        socket.close()

    return send, socket.read_message, close


def notebook(count):
    import nbformat

    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CODE) for _ in range(count)])
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return book


def with_nbclient(count):
    from nbclient import NotebookClient

    client = NotebookClient(notebook(count), kernel_name="python3")
    with client.setup_kernel():
        for index in range(2):
            client.execute_cell(client.nb.cells[index], index)
        clock = Clock()
        for index, cell in enumerate(client.nb.cells):
            client.execute_cell(cell, index)
        clock.show(count)


def with_papermill(count):
    import nbformat
    import papermill

    with tempfile.TemporaryDirectory() as folder:
        source, target = os.path.join(folder, "in.ipynb"), os.path.join(folder, "out.ipynb")
        nbformat.write(notebook(2), source)
        papermill.execute_notebook(source, target, progress_bar=False)
        nbformat.write(notebook(count), source)
        clock = Clock()
        papermill.execute_notebook(source, target, progress_bar=False)
        clock.show(count)


def main():
    kind, count = sys.argv[1], int(sys.argv[2])
    if kind == "nbclient":
        with_nbclient(count)
    elif kind == "papermill":
        with_papermill(count)
    else:
        connect = {"aiohttp": with_aiohttp, "tornado": with_tornado}[kind]
        asyncio.run(over_websocket(count, sys.argv[3], sys.argv[4], connect))


main()
