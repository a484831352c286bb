// SPDX-License-Identifier: Apache-2.0
// Roles zmq_dealer, zmq_push, zmq_pub: [topic][header][envelope]. A dealer keeps
// an envelope until it is acknowledged and repeats the same bytes.
import { address, listening, sleep } from './args.mjs';
import { Source, wrap } from './record.mjs';
import { connect, listen } from './zmtp.mjs';

const TYPES = { zmq_dealer: 'DEALER', zmq_push: 'PUSH', zmq_pub: 'PUB' };
const ACK_WAIT_MS = 1500;
const TEMPORARY = (s) => s >= 500 || s === 408 || s === 429;

export class Link {
    constructor() {
        this.open = new Set();
        this.waiting = [];
    }

    add(c) {
        this.open.add(c);
        c.topics = [];
        c.on('close', () => this.open.delete(c));
        c.on('subscription', (yes, prefix) => { if (yes) c.topics.push(prefix.toString('latin1')); else c.topics = c.topics.filter((t) => t !== prefix.toString('latin1')); });
        c.on('message', (parts) => this.onAck?.(parts));
        for (const w of this.waiting.splice(0)) w();
    }

    async one() {
        while (this.open.size === 0) await new Promise((done) => { this.waiting.push(done); });
        return [...this.open][0];
    }
}

function frames(e, sequence) {
    const head = { id: e.id, info_type: e.kind, items: e.items.length, first_sequence: sequence, content_type: 'application/json' };
    return [`${e.kind}.`, JSON.stringify(head), e.text];
}

// The acknowledgement of ${id}: {status, results}, or null after the wait.
function acknowledged(link, id) {
    return new Promise((done) => {
        const timer = setTimeout(() => { link.onAck = null; done(null); }, ACK_WAIT_MS);
        link.onAck = (parts) => {
            if (parts.length < 2 || parts[0].toString('latin1') !== id || !/^\d{3}$/.test(parts[1].toString('latin1'))) return;
            clearTimeout(timer);
            link.onAck = null;
            let results = [];
            try { results = JSON.parse(parts[2]?.toString('latin1') ?? '[]'); } catch { /* none named */ }
            done({ status: Number(parts[1].toString('latin1')), results });
        };
    });
}

export async function deliver(link, e, sequence) {
    for (let tries = 0; ; tries++) {
        const answer = acknowledged(link, e.id);
        (await link.one()).send(frames(e, sequence));
        const ack = await answer;
        if (ack && ack.status >= 200 && ack.status < 300) {
            const rest = e.items.filter((_, i) => TEMPORARY(ack.results[i] ?? 202));
            if (rest.length > 0 && ack.results.length === e.items.length) { await sleep(200); await deliver(link, wrap(e.kind, rest), sequence); }
            return;
        }
        if (ack && !TEMPORARY(ack.status)) return; // refused for good
        await sleep(Math.min(2000, 100 * 2 ** Math.min(tries, 4)));
    }
}

function publish(link, e, sequence) {
    const parts = frames(e, sequence);
    for (const c of link.open) if (c.topics.some((t) => parts[0].startsWith(t))) c.send(parts);
}

export async function run(args) {
    const type = TYPES[args.role];
    const link = new Link();
    if (args.listen) {
        const server = listen(address(args.listen), type, (c) => link.add(c));
        server.on('listening', () => listening(args, server.address().port));
    } else {
        connect(address(args.connect), type, (c) => link.add(c));
    }
    const source = new Source(args.kinds);
    let sequence = 1;
    for (let n = 0; args.count === 0 || n < args.count; n++) {
        const e = source.envelope(2);
        if (type === 'DEALER') await deliver(link, e, sequence);
        else if (type === 'PUSH') (await link.one()).send(frames(e, sequence));
        else publish(link, e, sequence);
        sequence += e.items.length;
        await sleep(args['interval-ms']);
    }
    await sleep(200);
}
