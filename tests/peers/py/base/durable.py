# SPDX-License-Identifier: Apache-2.0
"""What a receiver keeps: lines in the store, and beside it which messages they
came from. A message is first noted with the place that its lines will have, then
its lines are written; both are synced before the caller may answer. A note whose
lines are not all there is undone at start, so each message is kept whole or not
at all, and a repeat is known after a restart too."""
import hashlib
import json
import os
import threading
from collections import OrderedDict

from . import fault

MEMORY = 200_000        # message ids that are remembered


class Store:
    def __init__(self, path, notes=True):
        self.lock = threading.Lock()
        self.known = OrderedDict()
        self.late = []
        self.fd = self.note_fd = -1
        if path:
            self.fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            if notes:
                self.note_fd = os.open(path + ".ids", os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
                if not fault.on("store-forgets"):
                    self._load()

    def _load(self):
        size = os.fstat(self.fd).st_size
        text = b""
        while True:
            more = os.pread(self.note_fd, 1 << 20, len(text))
            if not more:
                break
            text += more
        good = 0
        for line in text.splitlines(keepends=True):
            try:
                note = json.loads(line)
            except ValueError:
                break                       # torn by a crash
            if not line.endswith(b"\n"):
                break
            if note["end"] > size:
                os.ftruncate(self.fd, note["start"])
                break
            good += len(line)
            self.known[note["id"]] = (note["digest"], note["answer"])
        os.ftruncate(self.note_fd, good)

    @staticmethod
    def digest(body):
        return hashlib.sha256(body).hexdigest()

    def seen(self, msg_id):
        """(digest, answer) of a message that was kept, or None."""
        return self.known.get(msg_id)

    def keep(self, msg_id, digest, lines, answer):
        """Keep ${lines} (texts); returns when they are on the disk."""
        with self.lock:
            self._note(msg_id, digest, lines, answer)
            data = b"".join(line.encode("utf-8") + b"\n" for line in lines)
            if fault.on("store-late"):
                timer = threading.Timer(3, self._write, (data,))
                timer.daemon = True
                timer.start()
                return
            if fault.on("store-at-exit"):
                self.late.append(data)
                return
            self._write(data)

    def _note(self, msg_id, digest, lines, answer):
        if msg_id is None:
            return
        self.known[msg_id] = (digest, answer)
        if len(self.known) > MEMORY:
            self.known.popitem(last=False)
        if self.note_fd < 0:
            return
        start = os.fstat(self.fd).st_size
        end = start + sum(len(line.encode("utf-8")) + 1 for line in lines)
        note = {"id": msg_id, "digest": digest, "start": start, "end": end, "answer": answer}
        self._all(self.note_fd, json.dumps(note).encode() + b"\n")
        os.fsync(self.note_fd)

    def _write(self, data):
        if self.fd < 0 or not data:
            return
        self._all(self.fd, data)
        os.fsync(self.fd)

    @staticmethod
    def _all(fd, data):
        while data:
            data = data[os.write(fd, data):]

    def close(self):
        for data in self.late:
            self._write(data)
