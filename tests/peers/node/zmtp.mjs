// SPDX-License-Identifier: Apache-2.0
// ZMTP 3.0/3.1 (RFC 23/37) with the NULL mechanism, over one TCP connection.
import { EventEmitter } from 'node:events';
import net from 'node:net';

const GREETING = 64, FRAME_MAX = 64 << 20;
const MORE = 1, LONG = 2, COMMAND = 4;
// Which socket types talk to which (RFC 23, 28).
const FITS = { PUB: 'SUB XSUB', XPUB: 'SUB XSUB', SUB: 'PUB XPUB', PUSH: 'PULL', PULL: 'PUSH',
    DEALER: 'ROUTER DEALER REP', ROUTER: 'ROUTER DEALER REQ' };

function greeting() {
    const g = Buffer.alloc(GREETING);
    g[0] = 0xff;
    g[8] = 1;
    g[9] = 0x7f;
    g[10] = 3;
    g[11] = 1;
    g.write('NULL', 12, 'latin1');
    return g;
}

function frame(flags, body) {
    const long = body.length > 255;
    const head = Buffer.alloc(long ? 9 : 2);
    head[0] = flags | (long ? LONG : 0);
    if (long) head.writeBigUInt64BE(BigInt(body.length), 1);
    else head[1] = body.length;
    return Buffer.concat([head, body]);
}

function command(name, data) {
    return frame(COMMAND, Buffer.concat([Buffer.from([name.length]), Buffer.from(name, 'latin1'), data]));
}

function property(name, value) {
    const v = Buffer.from(value, 'latin1');
    const size = Buffer.alloc(4);
    size.writeUInt32BE(v.length);
    return Buffer.concat([Buffer.from([name.length]), Buffer.from(name, 'latin1'), size, v]);
}

// The properties of READY by name; null when they are cut short.
function properties(b) {
    const out = {};
    for (let at = 0; at < b.length;) {
        const name = at + 1, size = name + b[at];
        if (size + 4 > b.length) return null;
        const value = size + 4, end = value + b.readUInt32BE(size);
        if (end > b.length) return null;
        out[b.toString('latin1', name, size).toLowerCase()] = b.toString('latin1', value, end);
        at = end;
    }
    return out;
}

// Events: 'ready' (socket type of the other side), 'message' (frames), 'close'.
export class Connection extends EventEmitter {
    constructor(socket, type, identity = '') {
        super();
        Object.assign(this, { socket, type, rest: Buffer.alloc(0), greeted: false, isReady: false, parts: [] });
        Object.assign(this, { chunks: [], have: 0, need: GREETING });
        this.ready = property('Socket-Type', type);
        if (identity || type === 'DEALER') this.ready = Buffer.concat([this.ready, property('Identity', identity)]);
        socket.setNoDelay(true);
        socket.on('data', (d) => this.take(d));
        socket.on('error', () => {});
        socket.on('close', () => this.emit('close'));
        socket.write(greeting());
    }

    // What has come is joined when it is enough for what is next, not before: a
    // large frame comes in hundreds of pieces.
    take(data) {
        this.chunks.push(data);
        this.have += data.length;
        if (this.have < this.need) return;
        this.rest = this.chunks.length > 1 ? Buffer.concat(this.chunks) : data;
        this.read();
        Object.assign(this, { chunks: this.rest.length ? [this.rest] : [], have: this.rest.length });
    }

    read() {
        if (!this.greeted) {
            const g = this.rest;
            if (g[0] !== 0xff || (g[9] & 1) !== 1 || g[10] < 3 || g.subarray(12, 32).toString('latin1').replace(/\0+$/, '') !== 'NULL') {
                this.socket.destroy();
                return;
            }
            this.rest = g.subarray(GREETING);
            this.greeted = true;
            this.socket.write(command('READY', this.ready));
        }
        while (this.next());
    }

    next() {
        const b = this.rest;
        if (b.length < 2) return this.wait(2);
        const flags = b[0], long = flags & LONG, head = long ? 9 : 2;
        if (flags & ~(MORE | LONG | COMMAND) || ((flags & COMMAND) && (flags & MORE))) return this.fail();
        if (b.length < head) return this.wait(head);
        const size = long ? Number(b.readBigUInt64BE(1)) : b[1];
        if (size > FRAME_MAX) return this.fail();
        if (b.length < head + size) return this.wait(head + size);
        const body = b.subarray(head, head + size);
        this.rest = b.subarray(head + size);
        return flags & COMMAND ? this.onCommand(body) : this.onFrame(body, flags & MORE);
    }

    wait(bytes) {
        this.need = bytes;
        return false;
    }

    fail() {
        this.socket.destroy();
        return false;
    }

    onCommand(body) {
        const name = body.subarray(1, 1 + body[0]).toString('latin1');
        if (name === 'READY') {
            const other = properties(body.subarray(1 + body[0]))?.['socket-type'];
            if (!FITS[this.type].split(' ').includes(other)) return this.fail();
            this.isReady = true;
            this.emit('ready');
        } else if (name === 'PING') {
            this.socket.write(command('PONG', body.subarray(7)));
        } else if (name === 'SUBSCRIBE' || name === 'CANCEL') {
            this.emit('subscription', name === 'SUBSCRIBE', body.subarray(1 + name.length));
        } else if (name === 'ERROR') {
            return this.fail();
        }
        return true;
    }

    onFrame(body, more) {
        if (!this.isReady) return this.fail();
        this.parts.push(body);
        if (this.parts.length > 64) return this.fail();
        if (more) return true;
        const parts = this.parts;
        this.parts = [];
        if (parts.length === 1 && parts[0].length > 0 && parts[0][0] <= 1 && (this.type === 'PUB' || this.type === 'XPUB'))
            this.emit('subscription', parts[0][0] === 1, parts[0].subarray(1));
        else this.emit('message', parts);
        return true;
    }

    send(parts) {
        return this.socket.write(Buffer.concat(parts.map((p, i) => frame(i + 1 < parts.length ? MORE : 0, Buffer.from(p)))));
    }

    subscribe(prefix) {
        this.send([Buffer.concat([Buffer.from([1]), Buffer.from(prefix)])]);
    }
}

// connect(at, type, on): again and again, with a growing pause; on(connection)
// when one is ready.
export function connect(at, type, on) {
    let pause = 100;
    const begin = () => {
        const socket = net.connect(at.port, at.host);
        const c = new Connection(socket, type);
        c.on('ready', () => { pause = 100; on(c); });
        c.on('close', () => { setTimeout(begin, pause * (0.75 + Math.random() / 2)); pause = Math.min(2000, pause * 2); });
    };
    begin();
}

export function listen(at, type, on) {
    const server = net.createServer((socket) => {
        const c = new Connection(socket, type);
        c.on('ready', () => on(c));
    });
    server.listen(at.port, at.host);
    return server;
}
