// SPDX-License-Identifier: Apache-2.0
// Records of every kind and envelopes around them, each with identifiers and
// times of its own.
import crypto from 'node:crypto';

export const PRODUCT = { product_id: 'peer-node-1', product_name: '示例探针', product_type: '入侵检测系统(IDS)',
    vendor: '示例公司', model: 'N-1', version: '1.4.0', ip: '192.0.2.9' };
const DETECTOR = { product_id: PRODUCT.product_id, product_name: PRODUCT.product_name, vendor: PRODUCT.vendor, rule_id: '2010935' };

// RFC 3339 with the offset of China, as such products write it.
export function stamp(ms = Date.now()) {
    return new Date(ms + 8 * 3600000).toISOString().replace('Z', '+08:00');
}

const ALERTS = [
    ['02001', 'attack', 'medium', { attack_method: '端口扫描' }],
    ['02003', 'attack', 'critical', { attack_method: '漏洞利用', vuln_id: 'CVE-2021-44228', http: { method: 'GET', host: 'www.example.cn', uri: '/?x=${jndi}', status: 404 } }],
    ['02006', 'attack', 'high', { attack_method: '口令猜测', credential: { account: 'root', attempts: 31 } }],
    ['02008', 'attack', 'high', { attack_method: 'SYN 泛洪', dos: { type: 'syn', peak_pps: 90000, duration_s: 30 } }],
    ['01007', 'malware', 'critical', { malware_name: 'Ransom.Example', file: { name: 'a.exe', size: 4096, md5: '9e107d9d372bb6826bd81d3542a419d6' } }],
    ['01008', 'malware', 'high', { malware_name: 'Miner.Example', mining: { pool: 'pool.example.net', coin: 'XMR' } }],
    ['03003', 'data', 'high', { data_type: '个人信息', data_level: 'important', personal_info: true }],
    ['04002', 'content', 'low', { content_type: '谣言', platform: '论坛' }],
    ['05001', 'fault', 'medium', { fault_type: '磁盘故障', metric: { name: 'temperature', value: 71.5, threshold: 60, unit: 'C' } }],
    ['06001', 'violation', 'medium', { violation_type: '越权访问', user: 'lisi', operation: '读取' }],
    ['07001', 'hazard', 'high', { hazard_type: 'vulnerability', vuln: { id: 'CVE-2024-3094', name: '示例漏洞', grade: 'critical' } }],
    ['08002', 'abnormal', 'info', { abnormal_type: 'traffic', observed: '90 Mbps', window_s: 300 }],
    ['09001', 'force_majeure', 'info', { disaster_type: '水灾', affected_scope: '机房一层' }],
    ['10000', 'other', 'low', { note: '其他' }],
];

function alert(n, id) {
    const [type, part, level, body] = ALERTS[n % ALERTS.length];
    const at = Date.now();
    const general = { alert_id: id, alert_name: `示例告警 ${n}`, alert_type: type, alert_level: level, alert_time: stamp(at),
        first_time: stamp(at - 5000), last_time: stamp(at), count: 1 + (n % 5), description: '由参考产品生成', detector: DETECTOR,
        confidence: 40 + (n % 60) };
    if (part === 'attack' || part === 'malware' || part === 'abnormal') {
        general.source = { ip: `198.51.100.${1 + (n % 250)}`, port: 1024 + (n % 60000) };
        general.target = n % 3 === 0 ? { ip: `2001:db8::${(n % 65535).toString(16)}`, port: 443 } : { ip: '192.0.2.20', port: 80 };
        general.protocol = 'http';
        general.action = n % 2 ? 'block' : 'alert';
    }
    return { info_type: 'alert', general, extension: { [part]: body } };
}

const ASSETS = [
    ['device', { device_class: '服务器', cpu: { model: '示例处理器', arch: 'x86_64', cores: 8 }, memory_mb: 16384 }],
    ['operating_system', { os_family: 'linux', os_name: 'Debian', os_version: '12', kernel_version: '6.1.0' }],
    ['database', { db_type: 'postgresql', db_version: '15.4', port: 5432 }],
    ['middleware', { mw_type: 'nginx', mw_version: '1.22', port: 80 }],
    ['application', { app_name: '示例应用', app_version: '2.0' }],
    ['business_system', { system_name: '示例业务', system_url: 'https://biz.example.cn/', protection_level: 3 }],
    ['other', { note: '自定义' }],
];

function asset(n, id) {
    const [type, body] = ASSETS[n % ASSETS.length];
    const general = { basic: { asset_id: id, asset_name: `示例资产 ${n}`, asset_type: type, running_status: 'running',
        first_seen: stamp(Date.now() - 86400000), last_seen: stamp(), discovery_method: 'agent', importance: 'normal' } };
    if (type === 'device' || type === 'operating_system') {
        const host = 1 + (n % 250);
        general.network = { hostname: `host-${n}.example.cn`, interfaces: [{ name: 'eth0',
            mac: `00:16:3e:00:00:${host.toString(16).padStart(2, '0')}`, ipv4: [`192.0.2.${host}/24`], ipv6: [`2001:db8::${host.toString(16)}/64`] }],
        ports: [{ port: 443, protocol: 'tcp', service: 'https', state: 'open' }] };
    }
    return { info_type: 'asset', general, extension: { [type]: body } };
}

function threat(n, id) {
    const at = Date.now();
    return { info_type: 'threat', general: { threat_id: id, threat_name: `示例情报 ${n}`, component: 'indicator', domain: 'event',
        create_time: stamp(at), valid_from: stamp(at), valid_until: stamp(at + 30 * 86400000), confidence: 50 + (n % 50), severity: 'high', tlp: 'green' },
    extension: { indicator: { ioc_type: 'domain', ioc_value: `c2-${n}.example.net`, threat_type: 'c2', action: 'block' } } };
}

function behavior(n, id) {
    return { info_type: 'behavior', general: { behavior_id: id, behavior_name: `登录 ${n}`, behavior_type: 'account', occur_time: stamp(),
        result: n % 2 ? 'failure' : 'success', subject: { kind: 'user', user: `user${n % 9}`, ip: '192.0.2.30' },
        object: { kind: 'host', name: 'srv-1', ip: '192.0.2.40' }, action: '登录' },
    extension: { account: { operation: 'login', method: 'ssh', src_ip: '192.0.2.30' } } };
}

const MAKERS = { alert, asset, threat, behavior };

export class Source {
    constructor(kinds) {
        this.kinds = kinds;
        this.n = 0;
        this.run = crypto.randomBytes(4).toString('hex');
    }

    record(kind) {
        const n = this.n++;
        return MAKERS[kind](n, `${kind}-${this.run}-${n}`);
    }

    // {kind, id, key, items, text}: the next envelope, kinds in turn.
    envelope(count = 2, kind = this.kinds[this.n % this.kinds.length]) {
        const items = Array.from({ length: count }, () => this.record(kind));
        return wrap(kind, items);
    }
}

export function wrap(kind, items, id = crypto.randomUUID()) {
    const body = `[${items.map((i) => JSON.stringify(i)).join(',')}]`;
    const head = { schema: `interconn/${kind}`, schema_version: '0.1.0', msg_id: id, info_type: kind, sent_time: stamp(), source_product: PRODUCT };
    const digest = { alg: 'sha256', value: crypto.createHash('sha256').update(body).digest('hex') };
    const text = `${JSON.stringify(head).slice(0, -1)},"items":${body},"digest":${JSON.stringify(digest)}}`;
    return { kind, id, items, text };
}
