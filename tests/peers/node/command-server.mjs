// SPDX-License-Identifier: Apache-2.0
// Role function_server: does what it is told, once, after checking who says so.
import crypto from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';

import * as json from './json.mjs';
import { serve } from './http.mjs';
import { Store } from './store.mjs';
import { stamp } from './record.mjs';
import { token } from './args.mjs';

const WINDOW_MS = 300000;
const KINDS = ['ip', 'domain', 'url', 'hash', 'account'];
const HOST = 'host:10'; // the one asset this product knows

class Refusal extends Error {
    constructor(status, code, message, headers) {
        super(message);
        Object.assign(this, { status, code, headers });
    }
}
const missing = (what) => new Refusal(400, 1003, `${what} is missing`);
const typed = (what) => new Refusal(400, 1002, `${what} has the wrong type or is unknown`);
const value = (what) => new Refusal(400, 1004, `${what} has a bad value`);

// ---- parameters: [name, kind, required]; a kind is a predicate and its range
const text = { is: (v) => typeof v === 'string', ok: (v) => v.length > 0 && v.length <= 1024 };
const count = { is: Number.isInteger, ok: (v) => v > 0 && v <= 31536000 };
const flag = { is: (v) => typeof v === 'boolean', ok: () => true };
const map = { is: (v) => typeof v === 'object' && v !== null && !Array.isArray(v), ok: () => true };
const texts = { is: (v) => Array.isArray(v) && v.every((e) => typeof e === 'string'), ok: (v) => v.length > 0 && v.length <= 1000 && v.every((e) => e) };
const word = (...w) => ({ is: (v) => typeof v === 'string', ok: (v) => w.includes(v) });
const moment = { is: text.is, ok: (v) => !Number.isNaN(Date.parse(v)) };
const any = { is: () => true, ok: () => true };

const targets = ['targets', texts, true];
const host = [['asset_id', text, false], ['ip', text, false]];
const list = [['kind', word(...KINDS), true], ['values', texts, true], ['ttl_s', count, false]];
const OPERATIONS = {
    identify: {
        asset_scan: [targets, ['ports', any], ['profile', text], ['deadline', moment]],
        asset_query: [['filter', map], ['page', map]],
        vuln_scan: [targets, ['policy', text]],
        baseline_check: [targets, ['template', text]],
        data_discovery: [targets, ['classes', texts]],
    },
    protect: {
        policy_apply: [['policy', map, true]], policy_revoke: [['policy_id', text, true]], policy_query: [['policy_id', text]],
        whitelist_set: list, blacklist_set: list,
        identity_enforce: [['account', text, true], ['action', word('mfa', 'lock', 'unlock', 'reset'), true]],
        signature_update: [['package_ref', text, true], ['version', text, true], ['digest', any]],
    },
    monitor: {
        subscribe: [['info_type', word('asset', 'alert', 'threat', 'behavior'), true], ['filter', map], ['endpoint', text, true], ['ttl_s', count]],
        unsubscribe: [['subscription_id', text, true]], subscriptions: [],
        log_collect: [['source', text, true], ['range', map]],
        traffic_capture: [['bpf', text], ['seconds', count, true], ['max_bytes', count]],
        status_query: [['items', texts]],
        threat_lookup: [['ioc_type', text, true], ['ioc_values', texts, true]],
    },
    respond: {
        block: [...list, ['scope', text]], unblock: [...list, ['scope', text]],
        isolate_host: [...host, ['mode', text]], release_host: host,
        kill_process: [['asset_id', text, true], ['pid', count, true]],
        quarantine_file: [['asset_id', text, true], ['path', text], ['hash', text]],
        restore_file: [['asset_id', text, true], ['path', text], ['hash', text]],
        disable_account: [['asset_id', text, true], ['account', text, true]],
        enable_account: [['asset_id', text, true], ['account', text, true]],
        alert_dispose: [['alert_id', text, true], ['disposal_status', word('pending', 'assigned', 'confirmed', 'handled', 'closed', 'ignored', 'false_positive'), true], ['comment', text]],
        notify: [['receivers', texts, true], ['text', text, true]],
    },
    common: { capability_query: [] },
};
const LONG = new Set(['asset_scan', 'vuln_scan', 'baseline_check', 'data_discovery', 'traffic_capture', 'log_collect']);
const CHANGES = new Set(['protect', 'respond']);

function checkParams(cls, op, params) {
    const rows = OPERATIONS[cls][op];
    const dry = cls === 'common' ? [] : [['dry_run', flag]];
    for (const [name, kind, must] of [...rows, ...dry]) {
        if (!Object.hasOwn(params, name)) {
            if (must) throw missing(`params.${name}`);
            continue;
        }
        if (!kind.is(params[name])) throw typed(`params.${name}`);
        if (!kind.ok(params[name])) throw value(`params.${name}`);
    }
    for (const name of Object.keys(params))
        if (![...rows, ...dry].some(([n]) => n === name)) throw typed(`params.${name}`);
    if (params.kind === 'ip' && params.values.some((v) => !net.isIP(v.split('/')[0]))) throw value('params.values');
    if ('ip' in params && !net.isIP(params.ip)) throw value('params.ip');
    if ((op === 'isolate_host' || op === 'release_host') && !params.asset_id && !params.ip) throw missing('params.asset_id');
    if (params.asset_id !== undefined && params.asset_id !== HOST) throw new Refusal(404, 3002, 'no such asset');
}

function sorted(v) {
    if (Array.isArray(v)) return v.map(sorted);
    if (typeof v !== 'object' || v === null) return v;
    return Object.fromEntries(Object.keys(v).sort().map((k) => [k, sorted(v[k])]));
}
// Date.parse takes 30 February for 2 March.
const isDay = (t) => !Number.isNaN(Date.parse(t)) && new Date(`${t.slice(0, 10)}T00:00:00Z`).toISOString().slice(0, 10) === t.slice(0, 10);
const digest = (v) => crypto.createHash('sha256').update(JSON.stringify(sorted(v))).digest('hex');

// The nonces of the time window, also those of before a restart.
class Nonces {
    constructor(store) {
        this.until = new Map();
        this.fd = store ? fs.openSync(`${store}.nonces`, 'a+', 0o600) : -1;
        if (this.fd < 0) return;
        for (const line of fs.readFileSync(this.fd, 'latin1').split('\n')) {
            const m = /^(\d+) (\S+)$/.exec(line);
            if (m) this.until.set(m[2], Number(m[1]));
        }
    }

    // false: it was used.
    take(nonce, now) {
        for (const [old, until] of this.until) if (until < now) this.until.delete(old);
        if (this.until.has(nonce)) return false;
        this.until.set(nonce, now + 2 * WINDOW_MS);
        if (this.fd >= 0) {
            fs.writeSync(this.fd, `${now + 2 * WINDOW_MS} ${nonce}\n`);
            fs.fdatasyncSync(this.fd);
        }
        return true;
    }
}

class Product {
    constructor(args) {
        this.args = args;
        this.store = new Store(args.store);
        this.nonces = new Nonces(args.store);
        this.answers = new Map(); // request_id -> {digest, answer}
        this.tasks = new Map();
        this.key = token(args);
    }

    head(v, path) {
        if (!map.is(v)) throw typed('the request');
        if ('version' in v && typeof v.version === 'string' && v.version !== '1.0') throw new Refusal(400, 1005, '1.0 is spoken here');
        const shape = { version: text, request_id: text, timestamp: text, nonce: text, sender: text, class: text, operation: text, params: map };
        for (const name of Object.keys(shape)) if (!Object.hasOwn(v, name)) throw missing(name);
        for (const [name, kind] of Object.entries(shape)) if (!kind.is(v[name])) throw typed(name);
        for (const name of Object.keys(v)) if (!shape[name] && name !== 'auth') throw typed(name);
        if (!/^[\x21-\x7e]{1,128}$/.test(v.request_id)) throw value('request_id');
        if (!/^[\x21-\x7e]{8,128}$/.test(v.nonce)) throw value('nonce');
        if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(v.timestamp) || !isDay(v.timestamp)) throw value('timestamp');
        const [cls, op] = path;
        if (!OPERATIONS[cls] || !Object.hasOwn(OPERATIONS[cls], op)) throw new Refusal(404, 3001, 'no such operation');
        if (v.class !== cls || v.operation !== op) throw value(v.class !== cls ? 'class' : 'operation');
    }

    signature(request, v, path, query) {
        const given = request.headers['x-interconn-signature'];
        if (given === undefined) {
            if (this.args.signature) throw new Refusal(401, 2003, 'a signature is needed');
            return;
        }
        const m = /^alg=hmac-sm3;\s*key_id=([^;]+);\s*value=(\S+)$/.exec(given);
        const lines = [request.method, path, query, crypto.createHash('sm3').update(request.body).digest('hex'), v.timestamp, v.nonce];
        const want = crypto.createHmac('sm3', this.key ?? '').update(lines.join('\n')).digest();
        const got = m ? Buffer.from(m[2], 'base64') : Buffer.alloc(0);
        if (got.length !== want.length || !crypto.timingSafeEqual(got, want)) throw new Refusal(401, 2003, 'the signature is wrong');
    }

    fresh(v) {
        const now = Date.now();
        if (Math.abs(Date.parse(v.timestamp) - now) > WINDOW_MS) throw new Refusal(401, 2004, 'outside the time window');
        if (!this.nonces.take(v.nonce, now)) throw new Refusal(401, 2005, 'the nonce was used');
    }

    command(request, path, query) {
        let v = null;
        try {
            v = json.parse(request.body);
            this.head(v, path.split('/').slice(4));
            this.signature(request, v, path, query);
            this.fresh(v);
            const what = digest([v.class, v.operation, v.params]);
            const before = this.answers.get(v.request_id);
            if (before && before.what !== what) throw new Refusal(409, 3006, 'the request_id is that of another request');
            if (before) return before.answer;
            checkParams(v.class, v.operation, v.params);
            const answer = this.act(v);
            this.answers.set(v.request_id, { what, answer });
            return answer;
        } catch (e) {
            if (!(e instanceof Refusal)) throw e;
            return { status: e.status, headers: e.headers, body: this.reply(v, e.code, e.message) };
        }
    }

    reply(v, code, message, more) {
        const id = typeof v?.request_id === 'string' ? v.request_id : '';
        return { version: '1.0', request_id: id, code, message, ...more, timestamp: stamp() };
    }

    act(v) {
        const { class: cls, operation: op, params } = v;
        const dry = params.dry_run === true;
        if (LONG.has(op) && !dry) return this.begin(v);
        const data = this.data(cls, op, params);
        if (dry) data.dry_run = true;
        else if (CHANGES.has(cls)) this.store.add(null, JSON.stringify({ request_id: v.request_id, class: cls, operation: op, params }));
        return { status: 200, body: this.reply(v, 0, 'ok', { data }) };
    }

    data(cls, op, params) {
        if (op === 'capability_query') return { capabilities: Object.entries(OPERATIONS).flatMap(([c, ops]) => Object.keys(ops).map((o) => ({ class: c, operation: o, versions: ['1.0'] }))) };
        if (op === 'block' || op === 'blacklist_set' || op === 'whitelist_set')
            return { accepted: params.values, rejected: [], effective_until: stamp(Date.now() + (params.ttl_s ?? 3600) * 1000) };
        if (op === 'status_query') return Object.fromEntries((params.items ?? ['cpu', 'mem', 'health']).map((i) => [i, ['cpu', 'mem', 'disk'].includes(i) ? 12 : 'ok']));
        if (op === 'subscribe') return { subscription_id: crypto.randomUUID() };
        if (op === 'subscriptions') return { subscriptions: [] };
        if (op === 'policy_apply') return { policy_id: params.policy.id ?? crypto.randomUUID(), state: 'applied' };
        if (op === 'signature_update') return { version: params.version };
        if (op === 'notify') return { delivered: params.receivers };
        if (cls === 'identify' || op === 'threat_lookup') return { items: [] };
        return { state: 'done' };
    }

    begin(v) {
        const id = crypto.randomUUID();
        this.tasks.set(id, { request_id: v.request_id, state: 'running', until: Date.now() + 500 });
        return { status: 202, body: this.reply(v, 1, 'accepted', { task_id: id }) };
    }

    task(method, id) {
        const t = this.tasks.get(id);
        if (!t) return { status: 404, body: this.reply(null, 3002, 'no such task') };
        if (t.state === 'running' && Date.now() >= t.until) t.state = 'done';
        if (method === 'DELETE' && t.state === 'running') t.state = 'cancelled';
        return { status: 200, body: this.reply(t, t.state === 'running' ? 1 : 0, t.state, { task_id: id, data: { state: t.state, ...(t.state === 'done' ? { result: { items: [] } } : {}) } }) };
    }
}

export async function run(args) {
    const product = new Product(args);
    const refuse = (a) => (a.body && 'request_id' in a.body ? a.body : product.reply(null, a.body?.code ?? 5001, a.body?.message ?? ''));
    await serve(args, (request) => {
        const [path, query = ''] = request.path.split('?');
        const task = /^\/interconn\/v1\/task\/([^/]+)$/.exec(path);
        if (task) {
            if (request.method === 'GET' || request.method === 'DELETE') return product.task(request.method, decodeURIComponent(task[1]));
            return { status: 405, headers: { Allow: 'GET, DELETE' }, body: { code: 1004, message: 'GET or DELETE' } };
        }
        if (!/^\/interconn\/v1\/command\/[^/]+\/[^/]+$/.test(path)) return { status: 404, body: { code: 3001, message: 'no such path' } };
        if (request.method !== 'POST') return { status: 405, headers: { Allow: 'POST' }, body: { code: 1004, message: 'POST' } };
        return request.json(() => product.command(request, path, query));
    }, refuse);
}
