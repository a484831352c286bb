// SPDX-License-Identifier: Apache-2.0
// Role agent: alerts out of a file, or of syslog over TCP, delivered at least once
// and in order over ZeroMQ or HTTP(S). What came over TCP is on the disk before it
// counts; the envelope on its way is kept beside the place that was reached, so
// that it goes again byte for byte, and identifiers come of the place.
import crypto from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';

import { address, sleep } from './args.mjs';
import * as http from './data-client.mjs';
import { alertOf } from './events.mjs';
import { wrap } from './record.mjs';
import { Agent, connectTo } from './request.mjs';
import { Framer } from './syslog-in.mjs';
import { connect } from './zmtp.mjs';
import * as zmq from './zmq-out.mjs';

const BATCH = 5, POLL_MS = 20, BLOCK = 1 << 20;
const block = Buffer.allocUnsafe(BLOCK); // of lines(); one, for it is filled at every poll

// Replaced whole: {name, read: bytes, sent: items, open: envelope or null}.
class State {
    constructor(file) {
        this.file = file;
        this.value = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8'))
            : { name: crypto.randomUUID(), read: 0, sent: 0, open: null };
        this.save({});
    }

    save(change) {
        Object.assign(this.value, change);
        const fd = fs.openSync(`${this.file}.new`, 'w', 0o600);
        fs.writeSync(fd, JSON.stringify(this.value));
        fs.fsyncSync(fd);
        fs.closeSync(fd);
        fs.renameSync(`${this.file}.new`, this.file);
    }
}

function listenInto(port, file) {
    const fd = fs.openSync(file, 'a', 0o600);
    const give = (message) => {
        fs.writeSync(fd, Buffer.concat([Buffer.from(message.toString('latin1').replaceAll('\n', ' '), 'latin1'), Buffer.from('\n')]));
        fs.fsyncSync(fd);
    };
    net.createServer((socket) => {
        const framer = new Framer(give);
        socket.on('data', (d) => { if (!framer.add(d)) socket.destroy(); });
        socket.on('error', () => {});
    }).listen(port, '127.0.0.1');
}

// Up to BATCH whole lines behind ${from}: [{at, bytes}], and where they end; the bytes
// stand until the next call. A line that is larger than a block is skipped with it.
function lines(file, from) {
    if (!fs.existsSync(file)) return { found: [], end: from };
    const found = [];
    const fd = fs.openSync(file, 'r');
    const size = fs.readSync(fd, block, 0, BLOCK, from);
    fs.closeSync(fd);
    let at = 0;
    for (let end; found.length < BATCH && (end = block.subarray(0, size).indexOf(10, at)) >= 0; at = end + 1) found.push({ at: from + at, bytes: block.subarray(at, end) });
    return { found, end: from + (at === 0 && size === BLOCK ? BLOCK : at) };
}

function output(args) {
    const [, scheme, place] = /^(\w+):\/\/(.*)$/.exec(args.connect) ?? [null, 'tcp', args.connect];
    const to = { ...args, connect: place };
    if (scheme.startsWith('http')) {
        const target = connectTo(to, new Agent());
        return (e) => http.deliver(target, e);
    }
    const link = new zmq.Link();
    connect(address(place), 'DEALER', (c) => link.add(c));
    return (e, sequence) => zmq.deliver(link, e, sequence);
}

export async function run(args) {
    const state = new State(args.state), send = output(args);
    const file = args.input ?? `${args.state}.in`;
    if (args['input-port']) listenInto(Number(args['input-port']), file);
    const id = (at) => crypto.createHash('sha256').update(`${state.value.name} ${at}`).digest('hex').slice(0, 32);
    for (;;) {
        if (!state.value.open) {
            const { found, end } = lines(file, state.value.read);
            const items = found.map((l) => alertOf(l.bytes, args.format, id(l.at))).filter((a) => a);
            if (end === state.value.read) { await sleep(POLL_MS); continue; }
            if (items.length === 0) { state.save({ read: end }); continue; }
            state.save({ open: { ...wrap('alert', items), end } });
        }
        const { end, ...e } = state.value.open;
        await send(e, state.value.sent + 1);
        state.save({ read: end, sent: state.value.sent + e.items.length, open: null });
    }
}
