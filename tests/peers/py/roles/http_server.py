# SPDX-License-Identifier: Apache-2.0
"""Role http_server: receives data over HTTP(S)."""
from base import fault
from base.auth import Tokens
from base.httpd import Refuse, Response, Server
from base.strictjson import SIZE
from base.take import Refused, Taker

PREFIX = "/interconn/v1/data/"
KINDS = ("asset", "alert", "threat", "behavior")


def error(status, why, code=1001, pointer=""):
    if fault.on("hs-error-code"):
        code = 1001 if code != 1001 else 1004
    if fault.on("hs-error-no-pointer"):
        return {"code": code, "message": why, "status": status}
    if fault.on("hs-error-pointer"):
        pointer = "/items"
    if fault.on("hs-error-no-code"):
        return {"message": why, "status": status, "pointer": pointer}
    return {"code": code, "message": why, "pointer": pointer, "status": status}


class Handler:
    limit = SIZE

    def __init__(self, o):
        self.tokens = Tokens(o.token_file)
        if o.token_file:
            self.tokens.remember(o.token_file)
        self.taker = Taker(o.store)
        if fault.on("hs-no-limit"):
            self.limit = 1 << 40
        elif fault.on("hs-small-limit"):
            self.limit = 64 << 10

    @staticmethod
    def error(status, why, code):
        return error(status, why, code)

    def before(self, rq):
        known, _ = self.tokens.check(rq)
        if not known:
            status = 403 if fault.on("hs-401-as-403") else 400 if fault.on("hs-401-as-400") else 401
            head = {} if fault.on("hs-no-challenge") else {"WWW-Authenticate": "Bearer"}
            return Response(status, error(status, "token missing or wrong", 2001), head)
        kind = rq.path[len(PREFIX):] if rq.path.startswith(PREFIX) else None
        if kind not in KINDS and not (kind and fault.on("hs-any-path")):
            status = 200 if fault.on("hs-404-as-200") else 404
            return Response(status, error(status, "no such information kind", 3001))
        if rq.method != "POST" and not fault.on("hs-any-method"):
            head = {} if fault.on("hs-no-allow") else {"Allow": "POST"}
            return Response(405, error(405, "POST only", 3001), head)
        if not rq.chunked and not rq.all("content-length"):
            raise Refuse(411, "a length is needed")
        if rq.length > self.limit:
            return Response(413, error(413, "the body is too large", 1006))
        media = rq.field("content-type").partition(";")[0].strip().lower()
        if media != "application/json" and not fault.on("hs-any-media"):
            if not (not media and fault.on("hs-no-media")):
                return Response(415, error(415, "application/json only", 1001))
        coding = rq.field("content-encoding").lower()
        if coding not in ("", "identity", "gzip"):
            return Response(415, error(415, "content coding is not known", 1001))
        return None

    def _body(self, rq):
        if rq.field("content-encoding").lower() != "gzip":
            return rq.body
        import zlib
        unzip = zlib.decompressobj(31)
        try:
            body = unzip.decompress(rq.body, self.limit + 1)
        except zlib.error:
            raise Refused(400, 1001, "", "not gzip") from None
        if len(body) > self.limit:
            raise Refused(413, 1006, "", "the body is too large")
        if not unzip.eof:
            raise Refused(400, 1001, "", "gzip is cut off")
        return body

    def answer(self, rq):
        kind = rq.path[len(PREFIX):]
        try:
            body = self._body(rq)
            if fault.on("hs-accepts-anything"):
                return Response(202, {"msg_id": rq.field("idempotency-key"), "accepted": 1, "results": []})
            msg_id, results, repeat = self.taker.envelope(body, kind, rq.field("idempotency-key") or None)
        except Refused as r:
            return self._refusal(r)
        except Exception as e:                  # a fault of ours is no crash
            return Response(500, error(500, type(e).__name__, 5001))
        return self._accepted(msg_id, results, repeat)

    @staticmethod
    def _refusal(r):
        status = r.status
        if fault.on("hs-400-as-500"):
            status = 500
        elif fault.on("hs-400-as-202"):
            return Response(202, {"msg_id": "", "accepted": 0, "results": []})
        elif fault.on("hs-400-as-200-error"):
            status = 200
        elif status == 409 and fault.on("hs-409-as-400"):
            status = 400
        elif status == 422 and fault.on("hs-digest-202"):
            status = 202
        return Response(status, error(status, r.why, r.code, r.pointer))

    @staticmethod
    def _accepted(msg_id, results, repeat):
        status = 202 if all(r < 300 for r in results) else 207
        if status == 207 and fault.on("hs-207-as-202"):
            status = 202
        if fault.on("hs-202-as-200"):
            status = 200
        if fault.on("hs-202-as-204"):
            return Response(204)
        if repeat and fault.on("hs-repeat-400"):
            return Response(400, error(400, "seen before", 1004, "/msg_id"))
        if repeat and fault.on("hs-repeat-500"):
            return Response(500, error(500, "duplicate key", 5001))
        value = {"msg_id": msg_id, "accepted": sum(r < 300 for r in results), "results": results}
        if fault.on("hs-answer-id"):
            value["msg_id"] = "0" * 8 + msg_id[8:]
        if fault.on("hs-answer-no-id"):
            del value["msg_id"]
        if fault.on("hs-answer-count"):
            value["accepted"] += 1
        if fault.on("hs-answer-no-results"):
            del value["results"]
        return Response(status, value)


def run(o):
    handler = Handler(o)
    try:
        Server(o, handler).run()
    finally:
        handler.taker.store.close()
