# SPDX-License-Identifier: Apache-2.0
"""The command line, read by hand: argparse alone would cost a third of the
start-up time, and a tester starts one peer per test."""
import os
import sys

ROLES = {
    "http_server": "roles.http_server",
    "http_client": "roles.http_client",
    "zmq_pub": "roles.zmq_send",
    "zmq_push": "roles.zmq_send",
    "zmq_dealer": "roles.zmq_send",
    "zmq_sub": "roles.zmq_recv",
    "syslog_sender": "roles.syslog_send",
    "syslog_receiver": "roles.syslog_recv",
    "kafka_producer": "roles.kafka_send",
    "kafka_consumer": "roles.kafka_recv",
    "function_server": "roles.function_server",
    "function_client": "roles.function_client",
    "agent": "roles.agent",
}

USAGE = """usage: peer.py --role ROLE (--listen HOST:PORT | --connect HOST:PORT) [option...]
       peer.py [--role ROLE] --faults
       peer.py [--role ROLE] --dumbs

roles: {roles}

  --listen, --connect  HOST:PORT, or SCHEME://HOST:PORT; scheme udp, tcp, tls (syslog),
                       http, https, tcp (ZeroMQ); port 0 listens on any, see --port-file
  --port-file F        write the port that is listened on
  --transport T        syslog: udp, tcp or tls, where the address has no scheme;
                       zmq_sub: sub, pull or router (the other ends, for tests)
  --ca F               the authority that is trusted
  --mtls               servers: clients must show a certificate of that authority
  --cert F --key F     own certificate and key
  --token-file F       bearer token; further lines of a server: TOKEN CLASS[,CLASS...]
  --limited-token-file F  function_server: token that may not use class respond
  --signature          function interface: signatures are sent, or demanded
  --sign-key F         their key (KEY_ID:HEX or the key); without it the token is
  --curve-server-key F --curve-public F --curve-secret F --curve-allow F  (ZeroMQ, Z85)
  --store F            receivers: append what was accepted, one JSON text a line
  --records F          senders: records (one a line) in place of the built-in ones
  --kinds K[,K...]     senders: asset, alert, threat, behavior (all)
  --count N            senders: end when N envelopes are delivered (0: never)
  --interval-ms N      senders: pause between envelopes (20)
  --batch N            senders: records of an envelope (0: one of each variant)
  --bare               syslog, kafka: records in place of envelopes
  --topic-prefix P     kafka: in place of "interconn"
  --mode bind|connect  ZeroMQ: in place of what --listen and --connect say
  --input F            agent: the file that is read; or
  --input-port N       agent: syslog over TCP is taken at 127.0.0.1:N
  --format eve|cef     agent: what the input looks like (eve)
  --state F            agent: where it keeps how far it is
  --seed N             of the record contents
  --quiet              nothing on stderr
  --fault ID           behave as the reference but for this one fault
  --fault-trace F      write the fault's id when it is reached
  --dumb KIND          answer or send without any understanding
""".format(roles=" ".join(ROLES))

VALUES = {
    "role", "listen", "connect", "port_file", "transport", "ca", "cert", "key", "token_file", "limited_token_file",
    "sign_key", "curve_server_key", "curve_public", "curve_secret", "curve_allow", "store",
    "records", "kinds", "count", "interval_ms", "batch", "topic_prefix", "seed", "fault",
    "fault_trace", "dumb", "mode", "input", "input_port", "format", "state",
}
NUMBERS = {"count", "interval_ms", "batch", "seed"}
FLAGS = {"bare", "mtls", "signature", "quiet", "faults", "dumbs", "help"}


class Options:
    def __init__(self):
        for name in VALUES:
            setattr(self, name, None)
        for name in FLAGS:
            setattr(self, name, False)
        self.count = self.interval_ms = self.batch = 0
        self.topic_prefix = "interconn"

    def address(self):
        """(scheme or '', host, port) of --listen or --connect."""
        text = self.listen or self.connect or ""
        scheme, mark, rest = text.partition("://")
        if not mark:
            scheme, rest = "", text
        rest, _, self.path = rest.partition("/")
        host, _, port = rest.rpartition(":")
        if not port.isdigit() or int(port) > 65535:
            usage(f"no HOST:PORT: {text!r}")
        return scheme, host.strip("[]") or "127.0.0.1", int(port)


def usage(problem):
    sys.stderr.write(f"peer.py: {problem}\n")
    sys.exit(2)


def parse(argv):
    o = Options()
    rest = iter(argv)
    for word in rest:
        if not word.startswith("--"):
            usage(f"unexpected {word!r}")
        name, mark, value = word[2:].partition("=")
        name = name.replace("-", "_")
        if name in FLAGS and not mark:
            setattr(o, name, True)
        elif name in VALUES:
            value = value if mark else next(rest, None)
            if value is None:
                usage(f"{word} wants a value")
            if name in NUMBERS and not value.isdigit():
                usage(f"{word} wants a number")
            # An empty value is a placeholder that the caller had nothing for.
            setattr(o, name, int(value) if name in NUMBERS else value or None)
        else:
            usage(f"unknown option {word}")
    if o.role is not None and o.role not in ROLES:
        usage(f"unknown role {o.role!r}")
    return o


def write_port(o, port):
    """The port file appears whole or not at all."""
    if not o.port_file:
        return
    with open(o.port_file + ".new", "w", encoding="ascii") as f:
        f.write(f"{port}\n")
    os.rename(o.port_file + ".new", o.port_file)


def token_of(path):
    with open(path, encoding="utf-8") as f:
        line = f.readline().strip()
    return line.split()[0] if line else ""


QUIET = False


def say(text):
    if not QUIET:
        sys.stderr.write(f"peer: {text}\n")
        sys.stderr.flush()
