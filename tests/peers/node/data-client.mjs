// SPDX-License-Identifier: Apache-2.0
// Role http_client: delivers envelopes one after the other; repeats the same
// bytes under the same key while the answer is temporary, drops what is refused.
import { Agent, connectTo, post } from './request.mjs';
import { Source, wrap } from './record.mjs';
import { sleep } from './args.mjs';

const PATH = '/interconn/v1/data/';
const TEMPORARY = new Set([408, 425, 429]);

// What an answer means: done, again (seconds), split, refused, paused.
function meaning(answer) {
    if (answer.error) return { again: null };
    if (answer.status >= 200 && answer.status < 300) return { done: answer };
    if (answer.status === 413) return { split: true };
    if (answer.status === 401 || answer.status === 403) return { paused: true };
    if (answer.status >= 500 || TEMPORARY.has(answer.status)) {
        const after = Number(answer.headers['retry-after']);
        return { again: Number.isFinite(after) && after >= 0 ? Math.min(after, 3600) : null };
    }
    return { refused: true };
}

// Items that a receiver names: those that it could not take now go on.
function leftOver(answer, e) {
    let results;
    try {
        const body = JSON.parse(answer.body.toString('utf8'));
        if (body.msg_id !== undefined && body.msg_id !== e.id) return null;
        results = body.results;
        if (Array.isArray(results) && results.length > 0 && results.length !== e.items.length) return null;
    } catch {
        return [];
    }
    if (!Array.isArray(results)) return [];
    return e.items.filter((_, i) => results[i] >= 500 || TEMPORARY.has(results[i]));
}

export async function deliver(to, e) {
    for (let tries = 0; ; tries++) {
        const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': e.id, Accept: 'application/json' };
        const m = meaning(await post(to, PATH + e.kind, headers, Buffer.from(e.text)));
        if (m.done) {
            const rest = leftOver(m.done, e);
            if (rest === null) { await sleep(200); continue; } // an answer to something else
            if (rest.length > 0) { await sleep(200); await deliver(to, wrap(e.kind, rest)); }
            return true;
        }
        if (m.refused) return false;
        if (m.split) {
            if (e.items.length < 2) return false;
            const half = e.items.length >> 1;
            await deliver(to, wrap(e.kind, e.items.slice(0, half)));
            await deliver(to, wrap(e.kind, e.items.slice(half)));
            return true;
        }
        const backOff = Math.min(2000, 200 * 2 ** Math.min(tries, 4)) * (0.75 + Math.random() / 2);
        await sleep(m.paused ? 2000 : m.again === null || m.again === undefined ? backOff : Math.max(m.again * 1000, 50));
    }
}

export async function run(args) {
    const to = connectTo(args, new Agent());
    const source = new Source(args.kinds);
    for (let n = 0; args.count === 0 || n < args.count; n++) {
        await deliver(to, source.envelope(2));
        await sleep(args['interval-ms']);
    }
}
