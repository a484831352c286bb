// SPDX-License-Identifier: Apache-2.0
// What both HTTP servers share: TLS, the token, limits, the form of an answer.
import crypto from 'node:crypto';
import http from 'node:http';
import https from 'node:https';

import { address, listening, tls, token } from './args.mjs';
import { JsonError } from './json.mjs';

const BODY_MAX = 16 << 20;

const same = (a, b) => a.length === b.length && crypto.timingSafeEqual(Buffer.from(a), Buffer.from(b));

class Request {
    constructor(incoming, body) {
        this.method = incoming.method;
        this.path = incoming.url;
        this.headers = incoming.headers;
        this.body = body;
    }

    // What every body has to be before anybody looks into it.
    json(next) {
        const type = (this.headers['content-type'] ?? '').split(';').map((s) => s.trim().toLowerCase());
        if (type[0] !== 'application/json') return { status: 415, body: { code: 1001, message: 'application/json' } };
        if (type.slice(1).some((p) => p.startsWith('charset=') && !/^charset="?utf-8"?$/.test(p)))
            return { status: 415, body: { code: 1001, message: 'UTF-8' } };
        try {
            return next();
        } catch (e) {
            if (!(e instanceof JsonError)) throw e;
            return { status: 400, body: { code: 1001, pointer: '', message: `${e.message} at byte ${e.offset}` } };
        }
    }
}

function answer(response, a) {
    const body = a.body === undefined ? '' : JSON.stringify(a.body);
    response.writeHead(a.status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body), ...a.headers });
    response.end(body);
}

export function guard(args) {
    const secret = token(args);
    const limited = token(args, 'limited-token-file'); // of a role without class respond
    return (incoming) => {
        if (secret === null) return null;
        const given = /^Bearer (\S+)$/i.exec(incoming.headers.authorization ?? '');
        if (given && same(given[1], secret)) return null;
        if (given && limited !== null && same(given[1], limited)) {
            if (!incoming.url.includes('/command/respond/')) return null;
            return { status: 403, body: { code: 2002, message: 'this role may not use class respond' } };
        }
        return { status: 401, headers: { 'WWW-Authenticate': 'Bearer' }, body: { code: 2001, message: 'a token is needed' } };
    };
}

// serve(args, handle): until the process is ended. handle(request) gives
// {status, headers, body}.
export function serve(args, handle, refuse = (a) => a.body) {
    const check = guard(args);
    const onRequest = (incoming, response) => {
        const parts = [];
        let size = 0, done = false;
        const reply = (a, close) => {
            if (done) return;
            done = true;
            if (close) a.headers = { ...a.headers, Connection: 'close' };
            if (a.status >= 400) a.body = refuse(a);
            answer(response, a);
        };
        const hosts = incoming.rawHeaders.filter((h, i) => i % 2 === 0 && h.toLowerCase() === 'host').length;
        if (hosts > 1 || (hosts === 0 && incoming.httpVersion === '1.1')) // Node.js 18 looks at neither
            return reply({ status: 400, body: { code: 1001, message: 'one Host' } }, true);
        const denied = check(incoming);
        if (denied) return reply(denied, true);
        if (Number(incoming.headers['content-length'] ?? 0) > BODY_MAX)
            return reply({ status: 413, body: { code: 1006, message: '16 MiB at most' } }, true);
        incoming.on('data', (d) => {
            size += d.length;
            if (size > BODY_MAX) reply({ status: 413, body: { code: 1006, message: '16 MiB at most' } }, true);
            else parts.push(d);
        });
        incoming.on('end', () => {
            if (done) return;
            try {
                reply(handle(new Request(incoming, Buffer.concat(parts))));
            } catch (e) {
                process.stderr.write(`${e.stack}\n`);
                reply({ status: 500, body: { code: 5001, message: 'internal error' } }, true);
            }
        });
        return undefined;
    };
    const secure = tls(args);
    const options = { requestTimeout: 10000, headersTimeout: 5000, keepAliveTimeout: 15000, maxHeaderSize: 8192, requireHostHeader: true };
    const server = secure && secure.cert
        ? https.createServer({ ...secure, ...options, requestCert: !!args.mtls, rejectUnauthorized: !!args.mtls }, onRequest)
        : http.createServer(options, onRequest);
    server.on('checkContinue', (incoming, response) => { response.writeContinue(); onRequest(incoming, response); });
    server.on('clientError', (e, socket) => {
        if (!socket.writable) return;
        const status = e.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : e.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? '408 Request Timeout' : '400 Bad Request';
        const body = '{"code":1001,"message":"not HTTP"}';
        socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    });
    const at = address(args.listen);
    return new Promise((done, fail) => {
        server.on('error', fail);
        server.listen(at.port, at.host, () => listening(args, server.address().port));
        process.on('SIGTERM', () => { server.close(done); server.closeAllConnections(); });
    });
}
