#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""An independent ZeroMQ peer for the acknowledgement protocol, on libzmq's
Python binding and none of our code.

  zmq_peer.py dealer ENDPOINT       send an envelope, a repeat, a malformed
                                    header and a bad digest; print the answers
  zmq_peer.py router PORT_FILE N    answer N batches with per-item statuses;
                                    print what came
Exit 77: the binding is not installed.
"""
import hashlib
import json
import os
import sys

try:
    import zmq
except ImportError:
    sys.exit(77)


def envelope(ids, digest=None):
    items = json.dumps([{"info_type": "alert", "x_event_id": i} for i in ids])
    value = digest or hashlib.sha256(items.encode()).hexdigest()
    return ('{"schema": "interconn/alert", "msg_id": "m", "items": %s, '
            '"digest": {"alg": "sha256", "value": "%s"}}' % (items, value))


def header(msg_id, **more):
    return json.dumps({"id": msg_id, "info_type": "alert", "items": 2, **more})


def ask(sock, *frames):
    sock.send_multipart([f.encode() if isinstance(f, str) else f
                         for f in frames])
    if not sock.poll(10000):
        sys.exit("no acknowledgement")
    print(b" ".join(sock.recv_multipart()).decode())


def dealer(endpoint):
    sock = zmq.Context.instance().socket(zmq.DEALER)
    sock.linger = 0
    sock.connect(endpoint)
    ask(sock, "alert.", header("m1"), envelope(["e1", "e2"]))
    ask(sock, "alert.", header("m2"), envelope(["e2", "e3"]))
    ask(sock, "alert.", header("m1"), envelope(["e1", "e2"]))
    ask(sock, "alert.", header("m3"), envelope(["e4"], "00" * 32))
    ask(sock, "alert.", header("m4"), "{}")
    ask(sock, "alert.", "not json", "{}")
    ask(sock, "alert.", header("m5"), envelope(["e5"]), "one frame too many")
    ask(sock, "alert.", header("m6", first_sequence=7), envelope(["e5"]))


def router(port_file, count):
    sock = zmq.Context.instance().socket(zmq.ROUTER)
    sock.linger = 1000
    monitor = sock.get_monitor_socket(zmq.EVENT_DISCONNECTED)
    port = sock.bind_to_random_port("tcp://127.0.0.1")
    with open(port_file + ".new", "w") as f:
        f.write("%d\n" % port)
    os.rename(port_file + ".new", port_file)
    for n in range(count):
        if not sock.poll(10000):
            sys.exit("no batch")
        identity, topic, head, body = sock.recv_multipart()
        head = json.loads(head)
        print(topic.decode(), head["id"], head["info_type"], head["items"],
              head["first_sequence"], body.decode())
        statuses = [202] * head["items"]
        statuses[0] = 202 if n == 0 else 400
        sock.send_multipart([identity, head["id"].encode(), b"202",
                             json.dumps(statuses).encode()])
    # libzmq drops what a peer has not read yet when the connection ends: the
    # other side leaves first.
    sys.stdout.flush()
    monitor.poll(10000)


if sys.argv[1] == "dealer":
    dealer(sys.argv[2])
else:
    router(sys.argv[2], int(sys.argv[3]))
