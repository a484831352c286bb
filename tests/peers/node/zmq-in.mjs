// SPDX-License-Identifier: Apache-2.0
// Role zmq_sub: takes what is published, refuses what is not well formed, stores
// each message once.
import { address } from './args.mjs';
import { digestHolds } from './digest.mjs';
import * as json from './json.mjs';
import * as rules from './rules.mjs';
import { Store } from './store.mjs';
import { connect, listen } from './zmtp.mjs';

// The envelope of a message, or why there is none.
export function take(parts, kinds) {
    if (parts.length !== 3) return { why: `${parts.length} frames` };
    const [topic, head, body] = parts;
    try {
        const h = json.parse(head);
        const v = json.parse(body);
        const fault = rules.envelopeHead(v);
        if (fault) return { why: `${fault.pointer} ${fault.message}` };
        if (typeof h !== 'object' || h === null || h.id !== v.msg_id || h.info_type !== v.info_type || h.items !== v.items.length) return { why: 'header and body differ' };
        if (topic.toString('latin1') !== `${v.info_type}.`) return { why: 'topic and body differ' };
        if (!kinds.includes(v.info_type)) return { why: 'not asked for' };
        for (let i = 0; i < v.items.length; i++) {
            const f = rules.record(v.items[i], `/items/${i}`, v.info_type);
            if (f) return { why: `${f.pointer} ${f.message}` };
        }
        if (!digestHolds(body.toString('utf8'), v)) return { why: '/digest/value is not the digest of items' };
        return { id: v.msg_id, line: body.toString('utf8').replace(/\s*\n\s*/g, ' ') };
    } catch (e) {
        if (!(e instanceof json.JsonError)) throw e;
        return { why: `${e.message} at byte ${e.offset}` };
    }
}

export function run(args) {
    const store = new Store(args.store);
    const add = (c) => {
        for (const kind of args.kinds) c.subscribe(`${kind}.`);
        c.on('message', (parts) => {
            const got = take(parts, args.kinds);
            if (got.why) process.stderr.write(`refused: ${got.why}\n`);
            else if (store.check(got.id, got.line) === 'new') store.add(got.id, got.line);
        });
    };
    if (args.listen) listen(address(args.listen), 'SUB', add);
    else connect(address(args.connect), 'SUB', add);
    return new Promise(() => {});
}
