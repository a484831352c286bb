// SPDX-License-Identifier: Apache-2.0
// The command line that all peers share (tests/peers/README.md).
import fs from 'node:fs';
import path from 'node:path';

const FLAGS = new Set(['mtls', 'faults', 'signature', 'help']);
const VALUES = new Set(['role', 'listen', 'connect', 'ca', 'cert', 'key', 'token-file', 'limited-token-file', 'store',
    'records', 'count', 'interval-ms', 'fault', 'dumb', 'port-file', 'transport', 'kinds',
    'topic-prefix', 'mode', 'input', 'input-port', 'format', 'state']);

export class Usage extends Error {}

export function parse(argv) {
    const args = { count: 0, 'interval-ms': 20, kinds: 'alert,asset,threat,behavior',
        transport: 'tcp', 'topic-prefix': 'interconn', mode: 'connect', format: 'eve' };
    for (let i = 0; i < argv.length; i++) {
        const name = argv[i].replace(/^--/, '');
        if (FLAGS.has(name)) {
            args[name] = true;
        } else if (VALUES.has(name) && i + 1 < argv.length) {
            args[name] = argv[++i];
        } else {
            throw new Usage(`unknown option or missing value: ${argv[i]}`);
        }
    }
    args.count = Number(args.count);
    args['interval-ms'] = Number(args['interval-ms']);
    args.kinds = args.kinds.split(',');
    // An empty text stands for "none": templates fill in what they have.
    for (const name of Object.keys(args)) if (args[name] === '') delete args[name];
    return args;
}

export function address(text) {
    const m = /^\[?([^\]]*)\]?:(\d+)$/.exec(text ?? '');
    if (!m) throw new Usage(`not an address: ${text}`);
    return { host: m[1], port: Number(m[2]) };
}

export function token(args, name = 'token-file') {
    return args[name] ? fs.readFileSync(args[name], 'utf8').trim() : null;
}

export function tls(args) {
    const read = (name) => (args[name] ? fs.readFileSync(args[name]) : undefined);
    return args.cert || args.ca ? { ca: read('ca'), cert: read('cert'), key: read('key'),
        minVersion: 'TLSv1.3' } : null;
}

// A file that says where we listen appears whole or not at all.
export function listening(args, port) {
    if (!args['port-file']) return;
    const partial = path.join(path.dirname(args['port-file']), `.port-${process.pid}`);
    fs.writeFileSync(partial, `${port}\n`);
    fs.renameSync(partial, args['port-file']);
}

export const sleep = (ms) => new Promise((done) => { setTimeout(done, ms); });
