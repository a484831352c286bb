// SPDX-License-Identifier: Apache-2.0
// Roles kafka_producer and kafka_consumer on kafkajs, which speaks the protocol
// in JavaScript and shares nothing with librdkafka.
import { createRequire } from 'node:module';

import { address, sleep } from './args.mjs';
import { digestHolds } from './digest.mjs';
import * as json from './json.mjs';
import { PRODUCT, Source } from './record.mjs';
import * as rules from './rules.mjs';
import { Store } from './store.mjs';

// Where `npm install` put it; NODE_MODULES names another folder.
function library() {
    return createRequire(process.env.NODE_MODULES ? `${process.env.NODE_MODULES}/x.js` : import.meta.url)('kafkajs');
}

function client(args) {
    const { Kafka, logLevel } = library();
    const at = address(args.connect);
    return new Kafka({ clientId: 'peer-node', brokers: [`${at.host}:${at.port}`], logLevel: logLevel.NOTHING,
        retry: { initialRetryTime: 100, maxRetryTime: 2000, retries: 1000 }, connectionTimeout: 2000, requestTimeout: 5000 });
}

const topicOf = (args, kind) => `${args['topic-prefix']}.${kind}.v1`;
const keyOf = (e) => (e.items.length > 1 ? e.id : e.items[0].general.alert_id ?? e.items[0].general.basic?.asset_id ?? e.id);

async function produce(args) {
    const { Partitioners } = library();
    const producer = client(args).producer({ createPartitioner: Partitioners.DefaultPartitioner, maxInFlightRequests: 1 });
    await producer.connect();
    const source = new Source(args.kinds);
    for (let n = 0; args.count === 0 || n < args.count; n++) {
        const e = source.envelope(1);
        const headers = { schema: `interconn/${e.kind}`, schema_version: '0.1.0', source: PRODUCT.product_id };
        for (;;) {
            try {
                await producer.send({ topic: topicOf(args, e.kind), acks: -1, messages: [{ key: keyOf(e), value: e.text, headers }] });
                break;
            } catch {
                await sleep(300);
            }
        }
        await sleep(args['interval-ms']);
    }
    await producer.disconnect();
}

function take(message, kind) {
    if (message.value === null) return { why: 'no value' };
    try {
        const v = json.parse(message.value);
        const fault = rules.envelopeHead(v) ?? (v.info_type === kind ? null : { pointer: '/info_type', message: 'not that of the topic' }) ??
            v.items.map((i, n) => rules.record(i, `/items/${n}`, kind)).find((f) => f);
        if (fault) return { why: `${fault.pointer} ${fault.message}` };
        if (!digestHolds(message.value.toString('utf8'), v)) return { why: '/digest/value is not the digest of items' };
        return { id: v.msg_id, line: message.value.toString('utf8').replace(/\s*\n\s*/g, ' ') };
    } catch (e) {
        if (!(e instanceof json.JsonError)) throw e;
        return { why: e.message };
    }
}

async function consume(args) {
    const store = new Store(args.store);
    const consumer = client(args).consumer({ groupId: 'peer-node', sessionTimeout: 6000, heartbeatInterval: 1000, maxWaitTimeInMs: 200 });
    const kinds = new Map(args.kinds.map((k) => [topicOf(args, k), k]));
    await consumer.connect();
    await consumer.subscribe({ topics: [...kinds.keys()], fromBeginning: true });
    process.on('SIGTERM', () => consumer.disconnect().finally(() => process.exit(0)));
    await consumer.run({ autoCommit: false, eachMessage: async ({ topic, partition, message }) => {
        const got = take(message, kinds.get(topic));
        if (got.why) process.stderr.write(`refused: ${got.why}\n`);
        else if (store.check(got.id, got.line) === 'new') store.add(got.id, got.line);
        // The place is given back only when the record is on the disk.
        await consumer.commitOffsets([{ topic, partition, offset: (BigInt(message.offset) + 1n).toString() }]);
    } });
    await new Promise(() => {});
}

export const run = (args) => (args.role === 'kafka_producer' ? produce(args) : consume(args));
