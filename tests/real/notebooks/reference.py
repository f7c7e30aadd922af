"""Executes notebooks with nbclient or papermill, for comparison with hubmark.

Reads a JSON list of `{"client", "source", "target", "parameters"}` from standard input. What is executed is written to `target` as it is in
memory, so that the order of keys is the client's. An error in a notebook is its result, as it is for hubmark.
"""

import asyncio
import json
import sys

import nbformat
import papermill
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

AT_ONCE = 2


def write(notebook, target):
    # Python writes NaN into JSON, which nobody else can read.
    notebook = json.loads(json.dumps(notebook), parse_constant=lambda _: None)
    with open(target, "w", encoding="utf-8") as file:
        json.dump(notebook, file)


async def with_nbclient(job, turn):
    async with turn:
        notebook = nbformat.read(job["source"], as_version=4)
        client = NotebookClient(notebook, timeout=120, kernel_name=job["kernel"])
        try:
            await client.async_execute()
        except CellExecutionError:
            pass
        # After an error it leaves this out; hubmark and JupyterLab do not.
        client.set_widgets_metadata()
        write(notebook, job["target"])


def with_papermill(job):
    try:
        papermill.execute_notebook(
            job["source"], job["target"], job["parameters"], kernel_name=job["kernel"], progress_bar=False
        )
    except papermill.PapermillExecutionError:
        pass
    write(nbformat.read(job["target"], as_version=4), job["target"])


async def main():
    jobs = json.load(sys.stdin)
    turn = asyncio.Semaphore(AT_ONCE)
    await asyncio.gather(*(with_nbclient(job, turn) for job in jobs if job["client"] == "nbclient"))
    for job in jobs:
        if job["client"] == "papermill":
            await asyncio.to_thread(with_papermill, job)


asyncio.run(main())
