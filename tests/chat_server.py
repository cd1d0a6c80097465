"""Run as `python chat_server.py MODEL PORT`: llama.cpp's OpenAI-compatible server on loopback."""

from __future__ import annotations

import sys
import time

CONTEXT = 4096  # word pieces

if __name__ == "__main__":
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = sys.argv[1]
    parameters.n_ctx = CONTEXT
    parameters.n_parallel = 1
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = int(sys.argv[2])
    parameters.model_alias = {"small"}
    # Threads that wait for each other by spinning bring a busy machine to a halt.
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
    server = xllamacpp.Server(parameters)  # listens as long as it is kept
    while True:
        time.sleep(3600)
