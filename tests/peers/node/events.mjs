// SPDX-License-Identifier: Apache-2.0
// What an agent reads, as alerts of the standard: Suricata's EVE and CEF.
import { stamp } from './record.mjs';

const utf8 = new TextDecoder('utf-8', { fatal: true });
const EVE_LEVEL = { 1: 'high', 2: 'medium', 3: 'low' };
// ArcSight's severities: 0 to 3 low, 4 to 6 medium, 7 and 8 high, 9 and 10 very high.
const CEF_LEVEL = (n) => (n === 0 ? 'info' : n <= 3 ? 'low' : n <= 6 ? 'medium' : n <= 8 ? 'high' : 'critical');

function eve(text) {
    const v = JSON.parse(text.slice(text.indexOf('{')));
    if (v.event_type !== 'alert') return null;
    return { name: v.alert.signature, level: EVE_LEVEL[v.alert.severity], time: v.timestamp.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'),
        source: { ip: v.src_ip, port: v.src_port }, target: { ip: v.dest_ip, port: v.dest_port }, blocked: v.alert.action === 'blocked',
        protocol: v.app_proto, detector: { product_name: 'Suricata', vendor: 'OISF', rule_id: String(v.alert.signature_id) } };
}

function cef(text) {
    const fields = text.slice(text.indexOf('CEF:')).split(/(?<!\\)\|/);
    const [, vendor, product, , rule, name, severity] = fields.map((f) => f.replace(/\\([\\|])/g, '$1'));
    const extension = Object.fromEntries(fields.slice(7).join('|').split(/ (?=[A-Za-z0-9]+=)/).map((p) => p.split(/=(.*)/s)));
    if (!/^(?:\d|10)$/.test(severity ?? '')) return null;
    return { name, level: CEF_LEVEL(Number(severity)), time: stamp(Number(extension.rt)),
        source: { ip: extension.src ?? extension.c6a2, port: Number(extension.spt) },
        target: { ip: extension.dst ?? extension.c6a3, port: Number(extension.dpt) }, blocked: extension.act === 'blocked',
        protocol: extension.app, detector: { product_name: product, vendor, rule_id: rule } };
}

// The alert of a line under ${id}; null: the line is none.
export function alertOf(line, format, id) {
    let e = null;
    try {
        const text = utf8.decode(line);
        e = format === 'cef' ? cef(text) : eve(text);
    } catch { /* it is none */ }
    if (!e?.name || !e.level || !e.source.ip || !e.target.ip) return null;
    const { name, level, time, blocked, protocol, ...rest } = e;
    return { info_type: 'alert', general: { alert_id: id, alert_name: name, alert_type: '10000', alert_level: level, alert_time: time,
        ...rest, action: blocked ? 'block' : 'alert', ...(protocol ? { protocol } : {}) } };
}
