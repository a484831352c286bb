# SPDX-License-Identifier: Apache-2.0
"""Bearer tokens (RFC 6750). A token file has one token a line; words behind a
token are the command classes that it may use (none: all)."""
import hashlib
import hmac

from . import fault


class Tokens:
    def __init__(self, path):
        self.rows = []
        if path:
            with open(path, encoding="utf-8") as f:
                for line in f:
                    token, *classes = line.split()[:2] or [""]
                    if token:
                        allowed = set(classes[0].split(",")) if classes else None
                        self.rows.append((hashlib.sha256(token.encode()).digest(), allowed))

    def limit(self, path, classes):
        """A further token, of a role with these classes."""
        with open(path, encoding="utf-8") as f:
            given = hashlib.sha256(f.read().strip().encode()).digest()
        self.rows.append((given, frozenset(classes)))

    def needed(self):
        return bool(self.rows)

    def check(self, rq):
        """(known, classes): classes None means all."""
        if not self.rows or fault.on("auth-none"):
            return True, None
        value = rq.field("authorization")
        scheme, _, token = value.partition(" ")
        token = token.strip()
        if fault.names("auth-query") and "token=" in rq.query:
            fault.reached()
            scheme, token = "Bearer", rq.query.split("token=")[1].split("&")[0]
        if not value and fault.on("auth-absent-ok"):
            return True, None
        if scheme.lower() != "bearer" and not (scheme and fault.on("auth-any-scheme")):
            return False, None
        given = hashlib.sha256(token.encode("utf-8", "replace")).digest()
        for known, classes in self.rows:
            if hmac.compare_digest(known, given):
                return True, classes
        if token and fault.on("auth-any-token"):
            return True, None
        if token and fault.names("auth-prefix") and self._prefix(token):
            fault.reached()
            return True, None
        if token and fault.names("auth-case") and self._case(token):
            fault.reached()
            return True, None
        return False, None

    # For seeded faults only: the tokens themselves are not kept otherwise.
    plain = ()

    def remember(self, path):
        with open(path, encoding="utf-8") as f:
            self.plain = [line.split()[0] for line in f if line.split()]

    def _prefix(self, token):
        return any(p.startswith(token) or token.startswith(p) for p in self.plain)

    def _case(self, token):
        return any(p.lower() == token.lower() for p in self.plain)
