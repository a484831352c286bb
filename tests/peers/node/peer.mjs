#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Reference products, family B: Node.js, its standard library and kafkajs; a
// ZMTP of its own. No code of the product, of the tester or of family A.
import { parse, Usage } from './args.mjs';

const ROLES = {
    http_server: './data-server.mjs', http_client: './data-client.mjs',
    function_server: './command-server.mjs', function_client: './command-client.mjs',
    zmq_dealer: './zmq-out.mjs', zmq_push: './zmq-out.mjs', zmq_pub: './zmq-out.mjs', zmq_sub: './zmq-in.mjs',
    syslog_sender: './syslog-out.mjs', syslog_receiver: './syslog-in.mjs',
    kafka_producer: './kafka.mjs', kafka_consumer: './kafka.mjs', agent: './agent.mjs',
};

try {
    const args = parse(process.argv.slice(2));
    if (args.faults) process.exit(0); // this family is the reference only
    if (!ROLES[args.role]) throw new Usage(`--role ${Object.keys(ROLES).join('|')}`);
    const { run } = await import(ROLES[args.role]);
    process.on('SIGTERM', () => setTimeout(() => process.exit(0), 300).unref());
    await run(args);
    process.exit(0);
} catch (e) {
    process.stderr.write(`peer.mjs: ${e instanceof Usage ? e.message : e.stack}\n`);
    process.exit(e instanceof Usage ? 2 : 1);
}
