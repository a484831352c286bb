// SPDX-License-Identifier: Apache-2.0
// One request over a kept connection; TLS with the name and the CA verified.
import http from 'node:http';
import https from 'node:https';

import { address, tls, token } from './args.mjs';

export class Agent {
    constructor() { this.plain = null; this.secure = null; }
}

export function connectTo(args, agent) {
    const at = address(args.connect);
    const secure = args.ca ? tls(args) : null;
    const keep = { keepAlive: true, maxSockets: 1 };
    agent.secure = new https.Agent({ ...keep, ...secure, rejectUnauthorized: true, servername: 'localhost', maxCachedSessions: 0 });
    agent.plain = new http.Agent(keep);
    return { at, secure: !!secure, agent: secure ? agent.secure : agent.plain, token: token(args) };
}

// post(to, path, headers, body): {status, headers, body}, or {error}.
export function post(to, path, headers, body, method = 'POST', timeout = 3000) {
    // A secret goes over an encrypted connection only.
    if (to.token && (to.secure || to.at.host === '127.0.0.1')) headers.Authorization = `Bearer ${to.token}`;
    if (body) headers['Content-Length'] = body.length;
    return new Promise((done) => {
        const module = to.secure ? https : http;
        const request = module.request({ host: to.at.host, port: to.at.port, path, method, headers, agent: to.agent, timeout,
            ...(to.secure ? { servername: 'localhost' } : {}) }, (response) => {
            const parts = [];
            response.on('data', (d) => parts.push(d));
            response.on('end', () => (response.complete
                ? done({ status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) })
                : done({ error: 'cut' })));
            response.on('error', (e) => done({ error: e.message }));
        });
        request.on('timeout', () => request.destroy(new Error('timeout')));
        request.on('error', (e) => done({ error: e.message }));
        request.end(body);
    });
}
