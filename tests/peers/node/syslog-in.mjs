// SPDX-License-Identifier: Apache-2.0
// Role syslog_receiver: RFC 5424 over UDP, TCP or TLS; what is not well formed
// costs its own message only.
import dgram from 'node:dgram';
import net from 'node:net';
import nodeTls from 'node:tls';

import { address, listening, tls } from './args.mjs';
import { digestHolds } from './digest.mjs';
import * as json from './json.mjs';
import * as rules from './rules.mjs';
import { Store } from './store.mjs';

const MESSAGE_MAX = 1 << 20;
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
const NAME = '[^ =\\]"\\x00-\\x20\\x7f-\\xff]{1,32}';
const ELEMENT = `\\[${NAME}(?: ${NAME}="(?:[^"\\\\\\]]|\\\\["\\\\\\]]|\\\\)*")*\\]`;
const HEADER = new RegExp(`^<(0|[1-9]\\d{0,2})>1 (-|\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,6})?(?:Z|[+-]\\d\\d:\\d\\d)) ` +
    `([\\x21-\\x7e]{1,255}) ([\\x21-\\x7e]{1,48}) ([\\x21-\\x7e]{1,128}) ([\\x21-\\x7e]{1,32}) (-|(?:${ELEMENT})+)(?: |$)`);

function payload(message) {
    const m = HEADER.exec(message.toString('latin1'));
    if (!m || Number(m[1]) > 191) return null;
    if (m[2] !== '-' && Number.isNaN(Date.parse(m[2]))) return null;
    const ids = m[7].replace(/"(?:[^"\\]|\\.)*"/gs, '').match(/\[[^ \]]+/g) ?? [];
    if (new Set(ids).size < ids.length) return null; // an SD-ID comes once
    const body = message.subarray(m[0].length);
    if (body.subarray(0, 3).equals(BOM)) return { kind: m[6], body: body.subarray(3) };
    return body.some((b) => b > 127) ? null : { kind: m[6], body }; // RFC 5424, 6.4: UTF-8 has its mark
}

function accept(store, kinds, message) {
    const p = payload(message);
    if (!p) return 'not RFC 5424';
    try {
        const v = json.parse(p.body);
        const bare = v && typeof v === 'object' && !('items' in v);
        if (!kinds.includes(v?.info_type)) return 'unknown kind';
        if (p.kind !== v.info_type) return 'MSGID is another kind';
        const head = bare ? null : rules.envelopeHead(v);
        const items = bare ? [v] : v.items;
        const fault = head ?? items.map((i, n) => rules.record(i, bare ? '' : `/items/${n}`, v.info_type)).find((f) => f);
        if (fault) return `${fault.pointer} ${fault.message}`;
        if (!bare && !digestHolds(p.body.toString('utf8'), v)) return '/digest/value is not the digest of items';
        const id = bare ? null : v.msg_id, line = p.body.toString('utf8').replace(/\s*\n\s*/g, ' ');
        if (store.check(id, line) === 'new') store.add(id, line);
        return null;
    } catch (e) {
        if (!(e instanceof json.JsonError)) throw e;
        return e.message;
    }
}

// Octet counting, or a line where a message does not begin with a count.
export class Framer {
    constructor(give) { Object.assign(this, { give, rest: Buffer.alloc(0) }); }

    // false: the stream makes no sense any more.
    add(data) {
        this.rest = Buffer.concat([this.rest, data]);
        for (;;) {
            const b = this.rest;
            if (b.length === 0) return true;
            if (b[0] === 0x3c) { // "<": non-transparent framing
                const end = b.indexOf(10);
                if (end < 0) return b.length <= MESSAGE_MAX;
                this.give(b.subarray(0, end));
                this.rest = b.subarray(end + 1);
                continue;
            }
            const m = /^([1-9]\d{0,6}) /.exec(b.subarray(0, 9).toString('latin1'));
            if (!m) return b.length < 9 && /^[1-9]\d{0,6}$/.test(b.toString('latin1'));
            const size = Number(m[1]);
            if (size > MESSAGE_MAX) return false;
            if (b.length < m[0].length + size) return true;
            this.give(b.subarray(m[0].length, m[0].length + size));
            this.rest = b.subarray(m[0].length + size);
        }
    }
}

export function run(args) {
    const store = new Store(args.store);
    const at = address(args.listen);
    const give = (message) => {
        const why = accept(store, args.kinds, message);
        if (why) process.stderr.write(`refused: ${why}\n`);
    };
    if (args.transport === 'udp') {
        const socket = dgram.createSocket({ type: net.isIPv6(at.host) ? 'udp6' : 'udp4', recvBufferSize: 4 << 20 });
        socket.on('message', give);
        socket.bind(at.port, at.host, () => listening(args, socket.address().port));
        return new Promise(() => {});
    }
    const onConnection = (socket) => {
        const framer = new Framer(give);
        socket.on('data', (d) => { if (!framer.add(d)) socket.destroy(); });
        socket.on('error', () => {});
    };
    const server = args.transport === 'tls'
        ? nodeTls.createServer({ ...tls(args), minVersion: 'TLSv1.2', requestCert: !!args.mtls, rejectUnauthorized: !!args.mtls }, onConnection)
        : net.createServer(onConnection);
    server.on('tlsClientError', () => {});
    server.listen(at.port, at.host, () => listening(args, server.address().port));
    return new Promise(() => {});
}
