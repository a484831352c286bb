// SPDX-License-Identifier: Apache-2.0
// The reference products of this family against each other and against hutong:
// everything sent arrives once, what is malformed is refused with its reason.
// usage: test.mjs BIN_FOLDER [BROKER_PROGRAM]; NODE_MODULES: where kafkajs is
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import crypto from 'node:crypto';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';

const [bin, broker] = process.argv.slice(2);
const here = path.dirname(new URL(import.meta.url).pathname);
const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'hutong-peers-'));
const file = (name) => path.join(dir, name);
const running = new Set();
let passed = 0;

function start(program, args, options = {}) {
    const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'pipe'], ...options });
    child.errors = '';
    child.stderr.on('data', (d) => { child.errors += d; });
    child.done = new Promise((done) => { child.on('close', (code) => { running.delete(child); done(code); }); });
    running.add(child);
    return child;
}
const peer = (role, ...args) => start(process.execPath, [path.join(here, 'peer.mjs'), '--role', role, ...args]);
const until = async (what, holds) => {
    for (let i = 0; i < 400; i++) {
        if (holds()) return;
        await new Promise((done) => { setTimeout(done, 25); });
    }
    throw new Error(`not within 10 s: ${what}`);
};
const text = (name) => (fs.existsSync(file(name)) ? fs.readFileSync(file(name), 'utf8') : '');
const lines = (name) => text(name).split('\n').filter((l) => l);
async function listens(name) {
    await until(`${name} listens`, () => text(name).endsWith('\n'));
    return text(name).trim();
}
async function sends(role, address, count, ...args) {
    const child = peer(role, '--connect', address, '--count', String(count), '--interval-ms', '1', ...args);
    assert.equal(await child.done, 0, `${role}: ${child.errors}`);
}
async function check(name, run) {
    try {
        await run();
    } catch (e) {
        e.message = `${name}: ${e.message}`;
        throw e;
    }
    passed++;
}

function materials() {
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-keyout', file('key'),
        '-out', file('cert'), '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'], { stdio: 'ignore' });
    fs.writeFileSync(file('token'), 'a-token-of-this-test\n', { mode: 0o600 });
    fs.chmodSync(file('key'), 0o600);
}
const SERVER = ['--cert', file('cert'), '--key', file('key'), '--token-file', file('token')];
const CLIENT = ['--ca', file('cert'), '--token-file', file('token')];
const KNOWN = ['--kinds', 'alert,asset'];

async function pair(receiver, sender, count, receives = [], gives = []) {
    const name = `pair-${passed}`;
    const end = peer(receiver, '--listen', '127.0.0.1:0', '--port-file', file(`${name}.port`), '--store', file(name), ...receives);
    await sends(sender, `127.0.0.1:${await listens(`${name}.port`)}`, count, ...gives);
    await until(`${count} in ${name}`, () => lines(name).length >= count);
    assert.equal(new Set(lines(name).map((l) => JSON.parse(l).msg_id)).size, count);
    end.kill();
    await end.done;
    return name;
}

function call(port, headers, body, at = '/interconn/v1/data/alert', method = 'POST') {
    return new Promise((done, fail) => {
        const r = http.request({ host: '127.0.0.1', port, path: at, method, headers }, (a) => {
            let got = '';
            a.on('data', (d) => { got += d; });
            a.on('end', () => done({ status: a.statusCode, body: got ? JSON.parse(got) : null }));
        });
        r.on('error', fail);
        r.end(body);
    });
}

async function refusals() {
    const end = peer('http_server', '--listen', '127.0.0.1:0', '--port-file', file('h.port'), '--store', file('h'), '--token-file', file('token'));
    const port = await listens('h.port');
    const { Source } = await import('./record.mjs');
    const e = new Source(['alert']).envelope(2);
    const headers = { 'Content-Type': 'application/json', Authorization: 'Bearer a-token-of-this-test', 'Idempotency-Key': e.id };
    const value = JSON.parse(e.text);
    delete value.digest;
    const changed = (f) => { const v = structuredClone(value); v.msg_id = crypto.randomUUID(); f(v); return { h: { ...headers, 'Idempotency-Key': v.msg_id }, b: JSON.stringify(v) }; };
    const rows = [
        ['accepted', headers, e.text, 202], ['repeat', headers, e.text, 202],
        ['other bytes', headers, e.text.replace('0.1.0', '0.1.1'), 409, 3006],
        ['no token', { ...headers, Authorization: '' }, e.text, 401, 2001],
        ['wrong token', { ...headers, Authorization: 'Bearer x' }, e.text, 401, 2001],
        ['text', { ...headers, 'Content-Type': 'text/plain' }, e.text, 415, 1001],
        ['cut', headers, e.text.slice(0, -9), 400, 1001],
        ['duplicate name', headers, e.text.replace('{', '{"msg_id":"1",'), 400, 1001],
        ['lone surrogate', headers, e.text.replace('示例', '\\ud800'), 400, 1001],
    ];
    for (const [what, f, code] of [
        ['no schema', (v) => { delete v.schema; }, 1003], ['no items', (v) => { v.items = []; }, 1004],
        ['unknown', (v) => { v.more = 1; }, 1002], ['bad time', (v) => { v.sent_time = '2026-02-30T00:00:00Z'; }, 1004],
        ['kind of the path', (v) => { v.info_type = 'asset'; }, 1004],
        ['all items', (v) => { for (const i of v.items) i.general.alert_level = 'severe'; }, 1004]]) {
        const c = changed(f);
        rows.push([what, c.h, c.b, 400, code]);
    }
    for (const [what, h, b, status, code] of rows) {
        const a = await call(port, h, b);
        assert.equal(a.status, status, `${what}: ${JSON.stringify(a.body)}`);
        if (code) assert.equal(a.body.code, code, what);
    }
    const part = changed((v) => { v.items[1].general.alert_level = 'severe'; });
    const a = await call(port, part.h, part.b);
    assert.deepEqual([a.status, a.body.results], [207, [202, 400]]);
    const q = await call(port, { Authorization: headers.Authorization }, null, '/interconn/v1/data/alert?limit=1', 'GET');
    assert.deepEqual([q.status, q.body.items.length, q.body.next_cursor], [200, 1, '1']);
    assert.equal(lines('h').length, 2);
    end.kill();
    await end.done;
}

async function commands() {
    const end = peer('function_server', '--listen', '127.0.0.1:0', '--port-file', file('f.port'), '--store', file('f'), ...SERVER);
    await sends('function_client', `127.0.0.1:${await listens('f.port')}`, 8, ...CLIENT);
    const done = lines('f').map((l) => JSON.parse(l).operation);
    assert.deepEqual(done, ['block', 'blacklist_set', 'unblock']); // not the dry run
    end.kill();
    await end.done;
}

async function published() {
    const end = peer('zmq_pub', '--listen', '127.0.0.1:0', '--port-file', file('pub.port'), '--interval-ms', '5');
    const sub = peer('zmq_sub', '--connect', `127.0.0.1:${await listens('pub.port')}`, '--store', file('sub'));
    await until('20 published', () => lines('sub').length >= 20);
    assert.equal(sub.errors, '');
    for (const c of [end, sub]) c.kill();
}

async function hutong() {
    const program = path.join(bin, 'hutong');
    const zmq = start(program, ['receive', '--quiet', '--zmq', 'tcp://127.0.0.1:0', '--port-file', file('hz.port'), '--store', file('hz')]);
    await sends('zmq_dealer', `127.0.0.1:${await listens('hz.port')}`, 10, ...KNOWN);
    const https = start(program, ['receive', '--quiet', '--https', '127.0.0.1:0', '--port-file', file('hh.port'), '--store', file('hh'), ...SERVER]);
    await sends('http_client', `127.0.0.1:${await listens('hh.port')}`, 10, ...CLIENT, ...KNOWN);
    for (const c of [zmq, https]) { c.kill(); await c.done; }
    for (const name of ['hz', 'hh']) assert.equal(lines(name).length, 20, name);
    execFileSync(program, ['validate', file('hz'), file('hh')], { stdio: 'ignore' });
}

async function kafka() {
    const cluster = start(broker, [file('kafka')]);
    const at = await listens('kafka');
    cluster.stdin.write('produce 6 3\n'); // NOT_LEADER_FOR_PARTITION
    await sends('kafka_producer', at, 12);
    const consumer = peer('kafka_consumer', '--connect', at, '--store', file('kc'));
    await until('12 consumed', () => lines('kc').length >= 12);
    assert.equal(new Set(lines('kc').map((l) => JSON.parse(l).msg_id)).size, 12);
    consumer.kill();
    await consumer.done;
    cluster.stdin.end();
}

try {
    materials();
    await check('http', () => pair('http_server', 'http_client', 12, SERVER, CLIENT));
    await check('records are valid', async () => {
        const name = await pair('http_server', 'http_client', 28, KNOWN, KNOWN);
        execFileSync(path.join(bin, 'hutong'), ['validate', file(name)], { stdio: 'ignore' });
    });
    await check('refusals', refusals);
    await check('commands', commands);
    await check('published', published);
    for (const t of ['udp', 'tcp', 'tls'])
        await check(`syslog ${t}`, () => pair('syslog_receiver', 'syslog_sender', 10, ['--transport', t, ...SERVER], ['--transport', t, ...CLIENT]));
    await check('hutong', hutong);
    if (fs.existsSync(broker ?? '') && process.env.NODE_MODULES) await check('kafka', kafka);
    else console.log('SKIP kafka peers: no broker program or no kafkajs');
    console.log(`peers of family B: ${passed} passed`);
} finally {
    for (const child of running) child.kill();
    fs.rmSync(dir, { recursive: true, force: true });
}
process.exit(0);
