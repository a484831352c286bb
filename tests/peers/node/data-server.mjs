// SPDX-License-Identifier: Apache-2.0
// Role http_server: takes envelopes, stores them, answers item by item.
import { digestHolds } from './digest.mjs';
import * as json from './json.mjs';
import * as rules from './rules.mjs';
import { Store } from './store.mjs';
import { serve } from './http.mjs';

const PREFIX = '/interconn/v1/data/';
const STATUS = { 1002: 400, 1003: 400, 1004: 400 };

function accept(store, kind, request) {
    const text = json.decode(request.body);
    const value = json.parse(request.body);
    const refuse = (status, code, pointer, message) => ({ status, body: { code, pointer, message } });
    const head = rules.envelopeHead(value);
    if (head) return refuse(STATUS[head.code], head.code, head.pointer, head.message);
    if (value.info_type !== kind) return refuse(400, 1004, '/info_type', 'not that of the path');
    const key = request.headers['idempotency-key'];
    if (key !== undefined && key !== value.msg_id) return refuse(400, 1004, '/msg_id', 'not the Idempotency-Key');
    if (!digestHolds(text, value)) return refuse(400, 1004, '/digest/value', 'is not the digest of items');
    const line = text.replace(/\s*\n\s*/g, ' ');
    const before = store.check(value.msg_id, line);
    if (before === 'other') return refuse(409, 3006, '/msg_id', 'is that of another message');
    const faults = value.items.map((item, i) => rules.record(item, `/items/${i}`, kind));
    const results = faults.map((f) => (f ? 400 : 202));
    const first = faults.find((f) => f);
    if (results.every((r) => r !== 202)) return refuse(400, first.code, first.pointer, first.message);
    if (before === 'new') store.add(value.msg_id, line);
    const status = first ? 207 : 202;
    const body = { msg_id: value.msg_id, accepted: results.filter((r) => r === 202).length, results };
    return { status, body };
}

function query(store, kind, url) {
    const limit = Number(url.searchParams.get('limit') ?? 100);
    const from = Number(url.searchParams.get('cursor') ?? 0);
    const since = url.searchParams.get('since');
    if (!Number.isInteger(limit) || limit < 1 || limit > 1000) return { status: 400, body: { code: 1004, pointer: 'limit', message: '1 to 1000' } };
    if (!Number.isInteger(from) || from < 0) return { status: 400, body: { code: 1004, pointer: 'cursor', message: 'not one of ours' } };
    if (since !== null && Number.isNaN(Date.parse(since))) return { status: 400, body: { code: 1004, pointer: 'since', message: 'RFC 3339' } };
    const all = store.lines.map((l) => JSON.parse(l)).filter((e) => e.info_type === kind && (since === null || Date.parse(e.sent_time) >= Date.parse(since)));
    const items = all.flatMap((e) => e.items);
    const page = items.slice(from, from + limit);
    const body = { code: 0, items: page };
    if (from + limit < items.length) body.next_cursor = String(from + limit);
    return { status: 200, body };
}

export async function run(args) {
    const store = new Store(args.store);
    await serve(args, (request) => {
        const url = new URL(request.path, 'http://peer');
        const kind = url.pathname.startsWith(PREFIX) ? url.pathname.slice(PREFIX.length) : '';
        if (!args.kinds.includes(kind)) return { status: 404, body: { code: 3001, message: 'no such path' } };
        if (request.method === 'GET') return query(store, kind, url);
        if (request.method !== 'POST') return { status: 405, headers: { Allow: 'GET, POST' }, body: { code: 1004, message: 'GET or POST' } };
        return request.json(() => accept(store, kind, request));
    });
}
