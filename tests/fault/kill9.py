#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""kill -9 of the agent at random moments, under load, with receivers that come
and go: no acknowledged record lost, none doubled after the receiver dropped
repeats by event id, `unaccounted` 0.

A writer appends EVE alerts (each with its own number) to a file in bursts and
rotates it by rename once; a sender that keeps what is not acknowledged brings
standard records over ZeroMQ all the time; the agent delivers to a ZeroMQ receiver
and an HTTPS receiver, both of which are killed now and then too. Everything is
checked from outside: the numbers in what the receivers stored against what was
written and what was acknowledged.

HUTONG_KILLS (default 8) sets the number of kills, HUTONG_SEED the seed.
"""
import json
import os
import random
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from harness import Agent, Receiver, Work, eve, free_port, wait_until  # noqa: E402
from zmq_sender import Sender  # noqa: E402

KILLS = int(os.environ.get("HUTONG_KILLS", "8"))
SEED = int(os.environ.get("HUTONG_SEED", "20261122"))
BURST = 400
FIRST_SENT = 10_000_000  # numbers of records that come over ZeroMQ


def config(work, in_port, zmq_port, https_port):
    return f"""version: 1
agent: {{id: kill9, data_dir: {work / "data"}}}
metrics: {{listen: ""}}
inputs:
  eve: {{type: file, path: "{work / "in/eve.json*"}", mapping: suricata-eve, from: start}}
  peers: {{type: zmq, endpoint: "tcp://127.0.0.1:{in_port}"}}
outputs:
  zmq: {{type: zmq, endpoint: "tcp://127.0.0.1:{zmq_port}", deadline: 2s}}
  https: {{type: https, url: "https://localhost:{https_port}/interconn/v1/data", ca: "{work / "cert.pem"}", deadline: 2s}}
"""


def write_burst(rng, path, written, seconds):
    """Append random bursts of alerts for so long; returns the new count."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with open(path, "a", encoding="utf-8") as f:
            for _ in range(rng.randrange(1, BURST)):
                written += 1
                f.write(eve(written))
        time.sleep(rng.uniform(0, 0.03))
    return written


def verify(receivers, written, sender):
    want = set(range(1, written + 1)) | set(sender.numbers)
    bad = len(set(sender.numbers) - sender.acknowledged) + len(sender.refused)
    print(f"sent over ZeroMQ {len(sender.numbers)} in {sender.count} envelopes, acknowledged "
          f"{len(sender.acknowledged)} (of these as repeats {sender.repeats}), refused "
          f"{len(sender.refused)}")
    for r in receivers:
        got = r.numbers()
        lost, doubled = want - set(got), len(got) - len(set(got))
        foreign = set(got) - want
        lost_sent = len(sender.acknowledged - set(got))
        print(f"{os.path.basename(r.store)}: written {written} + {len(sender.numbers)}, stored "
              f"{len(got)}, acknowledged and lost {lost_sent}, "
              f"lost {len(lost)}, doubled {doubled}, foreign {len(foreign)}")
        bad += len(lost) + doubled + len(foreign)
    return bad


def main():
    rng = random.Random(SEED)
    work = Work("kill9")
    in_port, zmq_port, https_port = free_port(), free_port(), free_port()
    receivers = [Receiver.zmq(work, zmq_port), Receiver.https(work, https_port)]
    path = work / "in/eve.json"
    agent = Agent(work, config(work, in_port, zmq_port, https_port))
    sender = Sender(f"tcp://127.0.0.1:{in_port}", FIRST_SENT, SEED)
    sender.start()
    written = 0
    for kill in range(KILLS):
        written = write_burst(rng, path, written, rng.uniform(0.02, 0.6))
        if kill == KILLS // 2:
            os.rename(path, path + ".1")
        if rng.random() < 0.4:
            victim = rng.choice(receivers)
            victim.kill()
            victim.start()
        # Most kills come while acknowledgements flow, some before the first.
        if rng.random() < 0.8:
            before = len(sender.acknowledged)
            wait_until(lambda: len(sender.acknowledged) > before, 3, 0.01)
            time.sleep(rng.uniform(0, 0.1))
        if agent.process.poll() is not None:
            print(f"the agent ended by itself: {agent.process.returncode}, see {work.path}")
            return 1
        agent.kill()
        agent.start()

    sender.finish.set()
    sender.join(60)
    sent = len(sender.acknowledged)

    def delivered():
        status = agent.status()
        done = status and all(o["queued"] == 0 and o["routed"] >= written + sent
                              for o in status["outputs"])
        return status if done else None

    final = wait_until(delivered, 120, 0.2) or agent.status()
    took, code = agent.stop()
    for r in receivers:
        r.stop()
    bad = verify(receivers, written, sender)
    print(f"kills {KILLS}, unaccounted {final and final['unaccounted']}, "
          f"SIGTERM to exit {took:.2f} s, exit status {code}")
    if bad or code != 0 or took > 10 or not final or final["unaccounted"] != 0:
        print(f"FAILED (seed {SEED}); kept in {work.path}")
        print(json.dumps(final, indent=1))
        return 1
    work.remove()
    return 0


if __name__ == "__main__":
    sys.exit(main())
