// SPDX-License-Identifier: Apache-2.0
// What a careful receiver refuses: the tables of the information kinds, written
// down once more by hand, so that a slip in the tester's definitions shows as a
// disagreement between the two.
import net from 'node:net';

// A check is (value, pointer) -> null or {code, pointer, message}.
const bad = (code, pointer, message) => ({ code, pointer, message });
const WRONG_TYPE = 1002, MISSING = 1003, BAD_VALUE = 1004;
const length = (s) => [...s].length;

const S = (min = 0, max = 65536, pattern = null) => (v, p) => {
    if (typeof v !== 'string') return bad(WRONG_TYPE, p, 'a text is wanted');
    if (length(v) < min || length(v) > max) return bad(BAD_VALUE, p, `${min} to ${max} characters`);
    return pattern && !pattern.test(v) ? bad(BAD_VALUE, p, 'not of the form that is wanted') : null;
};
const I = (min, max = Number.MAX_SAFE_INTEGER) => (v, p) => {
    if (typeof v !== 'number' || !Number.isInteger(v)) return bad(WRONG_TYPE, p, 'an integer is wanted');
    return v < min || v > max ? bad(BAD_VALUE, p, `${min} to ${max}`) : null;
};
const N = (min = -Infinity, max = Infinity) => (v, p) => {
    if (typeof v !== 'number') return bad(WRONG_TYPE, p, 'a number is wanted');
    return v < min || v > max ? bad(BAD_VALUE, p, `${min} to ${max}`) : null;
};
const B = (v, p) => (typeof v === 'boolean' ? null : bad(WRONG_TYPE, p, 'true or false is wanted'));
const E = (...words) => (v, p) => {
    if (typeof v !== 'string') return bad(WRONG_TYPE, p, 'a text is wanted');
    return words.includes(v) ? null : bad(BAD_VALUE, p, `one of ${words.join(', ')}`);
};
const ANY = () => null;
const IP = (v, p) => S(1, 64)(v, p) ?? (net.isIP(v) ? null : bad(BAD_VALUE, p, 'an IP address'));
const NET = (v, p) => {
    const [ip, prefix] = typeof v === 'string' ? v.split('/') : [];
    const wide = prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (ip.includes(':') ? 128 : 32));
    return S(1, 64)(v, p) ?? (net.isIP(ip) && wide ? null : bad(BAD_VALUE, p, 'an IP address, maybe with a prefix'));
};
const MAC = S(1, 17, /^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$/);
const MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const T = (v, p) => {
    if (typeof v !== 'string') return bad(WRONG_TYPE, p, 'a time is a text');
    const m = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$/.exec(v);
    if (!m) return bad(BAD_VALUE, p, 'RFC 3339 with an offset');
    const [year, month, day, hour, minute, second] = m.slice(1, 7).map(Number);
    const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
    const days = month === 2 && !leap ? 28 : MONTH[month - 1];
    const ok = month >= 1 && month <= 12 && day >= 1 && day <= days && hour < 24 && minute < 60 && second <= 60;
    return ok ? null : bad(BAD_VALUE, p, 'no such time');
};
const A = (inner, min = 0, max = 4096) => (v, p) => {
    if (!Array.isArray(v)) return bad(WRONG_TYPE, p, 'a list is wanted');
    if (v.length < min || v.length > max) return bad(BAD_VALUE, p, `${min} to ${max} elements`);
    for (let i = 0; i < v.length; i++) {
        const e = inner(v[i], `${p}/${i}`);
        if (e) return e;
    }
    return null;
};
const isMap = (v) => typeof v === 'object' && v !== null && !Array.isArray(v);
// O({'name!': check, name: check}, more): "!" marks what has to be there.
const O = (shape, more = null) => {
    const rows = Object.entries(shape).map(([k, check]) => ({ name: k.replace('!', ''), must: k.endsWith('!'), check }));
    const known = new Map(rows.map((r) => [r.name, r.check]));
    return (v, p) => {
        if (!isMap(v)) return bad(WRONG_TYPE, p, 'an object is wanted');
        for (const r of rows)
            if (r.must && !Object.hasOwn(v, r.name)) return bad(MISSING, `${p}/${r.name}`, 'is missing');
        for (const [name, value] of Object.entries(v)) {
            if (name.startsWith('x_')) continue;
            const check = known.get(name);
            const e = check ? check(value, `${p}/${name}`) : bad(WRONG_TYPE, `${p}/${name}`, 'is unknown');
            if (e) return e;
        }
        return more ? more(v, p) : null;
    };
};
const some = (v, p) => (Object.keys(v).length > 0 ? null : bad(BAD_VALUE, p, 'at least one member'));
const ordered = (first, last) => (v, p) =>
    (v[first] !== undefined && v[last] !== undefined && Date.parse(v[first]) > Date.parse(v[last])
        ? bad(BAD_VALUE, `${p}/${last}`, `before ${first}`) : null);

// P({name: check}, more): these members where they are there; others are not looked at.
const P = (shape, more = null) => (v, p) => {
    if (!isMap(v)) return bad(WRONG_TYPE, p, 'an object is wanted');
    for (const [name, check] of Object.entries(shape)) {
        const e = Object.hasOwn(v, name) ? check(v[name], `${p}/${name}`) : null;
        if (e) return e;
    }
    return more ? more(v, p) : null;
};
const ID = S(1, 64, /^[A-Za-z0-9._:-]+$/);
const HEX = (n) => S(n, n, /^[0-9A-Fa-f]*$/);
const HASHES = { md5: HEX(32), sha1: HEX(40), sha256: HEX(64), sm3: HEX(64) };
const LABEL = '[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const HOST = S(1, 253, new RegExp(`^${LABEL}(\\.${LABEL})*$`));
// RFC 3986, or an absolute path.
const URI = S(1, 2048, /^(\/|[A-Za-z][A-Za-z0-9+.-]*:)([A-Za-z0-9._~:\/?#[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*$/);
const BASE64 = S(1, 65536, /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/);
// The catalogue of special security products.
const SORT = E('数据备份与恢复产品', '防火墙', '入侵检测系统(IDS)', '入侵防御系统(IPS)', '网络和终端隔离产品', '反垃圾邮件产品',
    '网络安全审计产品', '网络脆弱性扫描产品', '安全数据库系统', '网站数据恢复产品', '虚拟专用网产品', '防病毒网关', '统一威胁管理产品(UTM)',
    '病毒防治产品', '安全操作系统', '安全网络存储', '公钥基础设施', '网络安全态势感知产品', '信息系统安全管理平台', '网络型流量控制产品',
    '负载均衡产品', '信息过滤产品', '抗拒绝服务攻击产品', '终端接入控制产品', 'USB移动存储介质管理系统', '文件加密产品', '数据泄露防护产品',
    '数据销毁软件产品', '安全配置检查产品', '运维安全管理产品', '日志分析产品', '身份鉴别产品', '终端安全监测产品', '电子文档安全管理产品');

const text = S(0, 4096), name = S(1, 256), port = I(0, 65535);
const ENDPOINT = O({ ip: IP, port, mac: MAC, hostname: text, domain: text, url: text, zone: text, nat_ip: IP,
    nat_port: port, user: text, asset_id: ID, region_code: S(6, 6, /^\d{6}$/) }, some);
const PRODUCT = { product_id: name, product_type: SORT, product_code: text, model: text, version: text, ip: IP, org: text };
const LEVEL = E('critical', 'high', 'medium', 'low', 'info');
const SUBS = [10, 21, 12, 8, 5, 9, 3, 3, 5, 0];
const CODE = (v, p) => S(5, 5, /^(0[1-9]|10)\d{3}$/)(v, p) ??
    (Number(v.slice(2)) <= SUBS[Number(v.slice(0, 2)) - 1] ? null : bad(BAD_VALUE, p, 'no such category'));

const ALERT_EXT = ['malware', 'attack', 'data', 'content', 'fault', 'violation', 'hazard', 'abnormal', 'force_majeure', 'other'];
const one = (pick) => (v, p) => {
    const names = Object.keys(v);
    if (names.length !== 1) return bad(BAD_VALUE, p, 'exactly one member');
    return pick(names[0], p);
};
// An extension, where there is one, is the one of its record.
const part = (v, p, want) => (v.extension === undefined ? null
    : one((n, at) => (n === want ? null : bad(BAD_VALUE, `${at}/${n}`, 'belongs to another type')))(v.extension, `${p}/extension`));
const ALERT_GENERAL = O({ 'alert_id!': S(1, 64), 'alert_name!': name, 'alert_type!': CODE, 'alert_level!': LEVEL,
    'alert_time!': T, 'detector!': O({ ...PRODUCT, 'product_name!': name, 'vendor!': name, rule_id: text, rule_name: text, rule_version: text }),
    incident_grade: text, first_time: T, last_time: T, count: I(1), description: text, confidence: I(0, 100),
    attack_stage: text, techniques: A(S(5, 9, /^T\d{4}(\.\d{3})?$/), 0, 64), attack_result: E('success', 'failure', 'attempt', 'unknown'),
    source: ENDPOINT, target: ENDPOINT, protocol: text,
    action: E('none', 'alert', 'block', 'quarantine', 'delete', 'reset', 'allow'),
    disposal_status: E('pending', 'assigned', 'confirmed', 'handled', 'closed', 'ignored', 'false_positive'),
    advice: S(0, 2048), asset_ids: A(ID, 0, 256), threat_ids: A(text), raw: S(0, 65536) }, ordered('first_time', 'last_time'));
const object = (v, p) => (isMap(v) ? null : bad(WRONG_TYPE, p, 'an object is wanted'));
const ALERT_PARTS = Object.fromEntries(ALERT_EXT.map((n) => [n, object]));
ALERT_PARTS.attack = (v, p) => P({ payload: BASE64 })(v, p) ?? (Object.hasOwn(v, 'attack_method') ? null : bad(MISSING, `${p}/attack_method`, 'is missing'));
ALERT_PARTS.malware = (v, p) => P({ file: P(HASHES), c2: P({ ip: IP, port }, some) })(v, p) ?? (Object.hasOwn(v, 'malware_name') ? null : bad(MISSING, `${p}/malware_name`, 'is missing'));
const alert = O({ 'info_type!': E('alert'), 'general!': ALERT_GENERAL, extension: O(ALERT_PARTS) },
    (v, p) => part(v, p, ALERT_EXT[Number(v.general.alert_type.slice(0, 2)) - 1]));

const ASSETS = ['device', 'operating_system', 'database', 'middleware', 'application', 'business_system', 'other'];
const BASIC = O({ 'asset_id!': S(1, 64, /^[A-Za-z0-9._:-]+$/), 'asset_name!': S(1, 128), 'asset_type!': E(...ASSETS),
    'running_status!': E('running', 'stopped', 'fault', 'maintenance', 'unknown'), 'last_seen!': T, asset_subtype: text,
    product_code: text, vendor: S(0, 128), model: S(0, 128), version: S(0, 64), serial_number: S(0, 64),
    importance: E('core', 'important', 'normal'), protection_level: I(1, 5), owner_org: S(0, 128), owner_person: text,
    owner_contact: text, first_seen: T, discovery_method: E('agent', 'active_scan', 'passive', 'import', 'manual'),
    parent_id: text, tags: A(text, 0, 32), description: S(0, 1024) }, ordered('first_seen', 'last_seen'));
const INTERFACE = O({ name: text, mac: MAC, ipv4: A(NET), ipv6: A(NET), gateway: IP, vlan_id: I(1, 4094) },
    (v, p) => (v.mac ?? v.ipv4 ?? v.ipv6 ? null : bad(BAD_VALUE, p, 'an address at least')));
const ASSET_GENERAL = O({ 'basic!': BASIC,
    location: O({ country: S(2, 2, /^[A-Z]{2}$/), region_code: S(6, 6, /^\d{6}$/), address: text, site: text, rack: text,
        rack_unit: I(1, 60), longitude: N(-180, 180), latitude: N(-90, 90) }, some),
    network: O({ interfaces: A(INTERFACE, 1, 256), zone: text, hostname: HOST, domains: A(text), urls: A(URI, 0, 256),
        ports: A(O({ 'port!': port, protocol: E('tcp', 'udp', 'sctp'), service: text, state: text })) }),
    vulnerabilities: A(O({ vuln_id: text, name: text, grade: E('critical', 'high', 'medium', 'low'), status: text })) });
const asset = O({ 'info_type!': E('asset'), 'general!': ASSET_GENERAL,
    extension: O(Object.fromEntries(ASSETS.map((n) => [n, object]))) }, (v, p) => part(v, p, v.general.basic.asset_type));

const COMPONENTS = ['observable', 'indicator', 'incident', 'campaign', 'threat_actor', 'target', 'ttp', 'course_of_action'];
const DOMAINS = ['event', 'event', 'event', 'event', 'object', 'object', 'method', 'method'];
const RELATION = E('related_to', 'indicates', 'uses', 'targets', 'attributed_to', 'mitigates', 'part_of', 'derived_from', 'duplicate_of');
const threat = O({ 'info_type!': E('threat'), 'general!': O({ 'threat_id!': S(1, 64), 'threat_name!': name,
    'component!': E(...COMPONENTS), domain: E('object', 'method', 'event'), 'create_time!': T, update_time: T, valid_from: T,
    valid_until: T, confidence: I(0, 100), severity: LEVEL, tlp: E('clear', 'green', 'amber', 'amber+strict', 'red'),
    source: ANY, description: text, references: A(text), kill_chain: A(text), related: A(O({ 'relation!': RELATION, 'threat_id!': S(1, 64) }), 0, 256) },
(v, p) => ordered('valid_from', 'valid_until')(v, p) ?? ordered('create_time', 'update_time')(v, p) ??
    (v.domain === undefined || v.domain === DOMAINS[COMPONENTS.indexOf(v.component)] ? null
        : bad(BAD_VALUE, `${p}/domain`, 'not the domain of the component'))),
extension: O({ ...Object.fromEntries(COMPONENTS.map((n) => [n, object])), observable: P({ hashes: P(HASHES, some) }) }) },
(v, p) => part(v, p, v.general.component));
const BEHAVIORS = ['network', 'host', 'file', 'process', 'account', 'data', 'application', 'management'];
const behavior = O({ 'info_type!': E('behavior'), 'general!': O({ 'behavior_id!': S(1, 64), behavior_name: text,
    'behavior_type!': E(...BEHAVIORS), 'occur_time!': T, duration_ms: I(0), 'result!': E('success', 'failure', 'unknown'),
    'subject!': object, 'object!': object, 'action!': S(1, 256), environment: object, risk: P({ score: I(0, 100) }), count: I(1), collector: object,
    raw: S(0, 65536) }), extension: O(Object.fromEntries(BEHAVIORS.map((n) => [n, object]))) },
(v, p) => part(v, p, v.general.behavior_type));

// What one member asks of another.
const MORE = {
    asset: (g) => (g.basic.asset_subtype === 'security_product' && g.basic.product_code === undefined ? '/general/basic/product_code' : null),
    threat: (g) => (g.component === 'indicator' && g.valid_from === undefined ? '/general/valid_from' : null),
};
const KINDS = { alert, asset, threat, behavior };
const UUID = /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/;
const HEAD = O({ 'schema!': S(1, 128, /^[a-z][a-z0-9_-]*\/[a-z][a-z0-9_-]*$/), 'schema_version!': S(1, 32, /^\d+\.\d+\.\d+([-+].*)?$/),
    'msg_id!': S(36, 36, UUID), 'info_type!': E(...Object.keys(KINDS)), 'sent_time!': T,
    'source_product!': O({ ...PRODUCT, 'product_id!': name, 'product_name!': name, 'vendor!': name }),
    'items!': A(object, 1, 1000),
    digest: O({ 'alg!': E('sm3', 'sha256'), 'value!': S(64, 64, /^[0-9a-fA-F]{64}$/) }),
    signature: O({ 'alg!': E('sm2-sm3'), 'key_id!': name, 'value!': S(1, 1024) }) });

export function envelopeHead(v) {
    return HEAD(v, '') ?? (v.schema.split('/')[1] === v.info_type ? null : bad(BAD_VALUE, '/schema', 'of another kind than info_type'));
}
export function record(v, pointer, kind) {
    const check = KINDS[kind ?? v?.info_type];
    if (!check) return bad(BAD_VALUE, `${pointer}/info_type`, 'no such kind');
    const found = check(v, pointer), lacks = found ? null : MORE[v.info_type]?.(v.general);
    return found ?? (lacks ? bad(MISSING, pointer + lacks, 'is missing') : null);
}
