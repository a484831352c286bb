// SPDX-License-Identifier: Apache-2.0
// Role function_client: issues commands of all classes, repeats one whose answer
// got lost under the same request_id with a fresh nonce and time.
import crypto from 'node:crypto';

import { Agent, connectTo, post } from './request.mjs';
import { sleep } from './args.mjs';
import { stamp } from './record.mjs';

const COMMANDS = [
    ['common', 'capability_query', {}],
    ['monitor', 'status_query', { items: ['cpu', 'mem', 'health'] }],
    ['identify', 'asset_query', { filter: { asset_type: 'device' } }],
    ['respond', 'block', { kind: 'ip', values: ['203.0.113.7'], ttl_s: 600, dry_run: true }],
    ['respond', 'block', { kind: 'ip', values: ['203.0.113.7'], ttl_s: 600 }],
    ['protect', 'blacklist_set', { kind: 'domain', values: ['c2.example.net'], ttl_s: 3600 }],
    ['identify', 'asset_scan', { targets: ['192.0.2.0/28'], profile: 'quick' }],
    ['respond', 'unblock', { kind: 'ip', values: ['203.0.113.7'] }],
];

function sign(to, path, body, v) {
    const lines = ['POST', path, '', crypto.createHash('sm3').update(body).digest('hex'), v.timestamp, v.nonce];
    const value = crypto.createHmac('sm3', to.token).update(lines.join('\n')).digest('base64');
    return `alg=hmac-sm3;key_id=peer-node-1;value=${value}`;
}

function once(to, cls, op, params, requestId) {
    const v = { version: '1.0', request_id: requestId, timestamp: stamp(), nonce: crypto.randomBytes(16).toString('hex'),
        sender: 'peer-node-1', class: cls, operation: op, params };
    const path = `/interconn/v1/command/${cls}/${op}`;
    const body = Buffer.from(JSON.stringify(v));
    const headers = { 'Content-Type': 'application/json', Accept: 'application/json' };
    if (to.token) headers['X-Interconn-Signature'] = sign(to, path, body, v);
    return post(to, path, headers, body);
}

async function poll(to, taskId) {
    for (let tries = 0; tries < 50; tries++) {
        const a = await post(to, `/interconn/v1/task/${encodeURIComponent(taskId)}`, { Accept: 'application/json' }, null, 'GET');
        if (!a.error && a.status >= 400 && a.status < 500) return;
        if (!a.error && a.status === 200 && JSON.parse(a.body).code !== 1) return;
        await sleep(200);
    }
}

async function command(to, [cls, op, params]) {
    const id = crypto.randomUUID();
    for (let tries = 0; ; tries++) {
        const a = await once(to, cls, op, params, id);
        let temporary = a.error || a.status === 429 || a.status >= 500, body;
        try { body = JSON.parse(a.body.toString('utf8')); } catch { temporary ||= a.status < 300; } // no answer to us
        if (body && a.status < 300) temporary ||= body.request_id !== id; // nor is that
        temporary ||= a.status === 401 && body?.code === 2005; // the nonce was used: another one
        if (!temporary) {
            if (a.status === 202 && typeof body.task_id === 'string') await poll(to, body.task_id);
            return;
        }
        const after = Number(a.headers?.['retry-after']);
        await sleep(Number.isFinite(after) ? after * 1000 : Math.min(2000, 200 * 2 ** Math.min(tries, 4)));
    }
}

export async function run(args) {
    const to = connectTo(args, new Agent());
    for (let n = 0; args.count === 0 || n < args.count; n++) {
        await command(to, COMMANDS[n % COMMANDS.length]);
        await sleep(args['interval-ms']);
    }
}
