// SPDX-License-Identifier: Apache-2.0
// Role syslog_sender: RFC 5424 over UDP (RFC 5426), TCP with octet counting
// (RFC 6587) or TLS (RFC 5425). One message carries one envelope of one record.
import dgram from 'node:dgram';
import net from 'node:net';
import os from 'node:os';
import nodeTls from 'node:tls';

import { address, sleep, tls } from './args.mjs';
import { Source, stamp } from './record.mjs';

const SEVERITY = { critical: 2, high: 3, medium: 4, low: 5, info: 6 };
const FACILITY = 16; // local0

export function message(e) {
    const level = e.items[0].general.alert_level;
    const pri = FACILITY * 8 + (SEVERITY[level] ?? 6);
    const host = os.hostname().replace(/[^\x21-\x7e]/g, '') || 'localhost';
    const head = `<${pri}>1 ${stamp()} ${host} peer-node ${process.pid} ${e.kind} - `;
    return Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(e.text, 'utf8')]);
}

async function udp(args, at, next) {
    const socket = dgram.createSocket(net.isIPv6(at.host) ? 'udp6' : 'udp4');
    for (let m = next(); m; m = next()) {
        await new Promise((done) => { socket.send(m, at.port, at.host, done); });
        await sleep(args['interval-ms']);
    }
    socket.close();
}

function dial(args, at) {
    if (args.transport !== 'tls') return { socket: net.connect(at.port, at.host), event: 'connect' };
    const o = { ...tls(args), minVersion: 'TLSv1.2', servername: 'localhost', rejectUnauthorized: true };
    return { socket: nodeTls.connect(at.port, at.host, o), event: 'secureConnect' };
}

async function connected(args, at) {
    for (let pause = 100; ; pause = Math.min(2000, pause * 2)) {
        const { socket, event } = dial(args, at);
        const ok = await new Promise((done) => {
            socket.on('error', () => done(false));
            socket.on('close', () => done(false));
            socket.on(event, () => done(true));
        });
        if (ok) return socket;
        socket.destroy();
        await sleep(pause);
    }
}

const written = (socket, bytes) => new Promise((done) => { socket.write(bytes, (e) => done(!e)); });

async function stream(args, at, next) {
    let socket = await connected(args, at);
    let since = Date.now();
    let pause = 50;
    for (let m = next(); m; m = next()) {
        const counted = Buffer.concat([Buffer.from(`${m.length} `, 'latin1'), m]);
        while (socket.destroyed || !(await written(socket, counted))) {
            pause = Date.now() - since < 1000 ? Math.min(500, pause * 2) : 50; // one that never lasts is not hammered
            await sleep(pause);
            socket = await connected(args, at);
            since = Date.now();
        }
        await sleep(args['interval-ms']);
    }
    await new Promise((done) => { socket.end(done); });
}

export async function run(args) {
    const source = new Source(args.kinds);
    let n = 0;
    const next = () => (args.count === 0 || n++ < args.count ? message(source.envelope(1)) : null);
    await (args.transport === 'udp' ? udp : stream)(args, address(args.connect), next);
}
