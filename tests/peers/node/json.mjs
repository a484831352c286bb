// SPDX-License-Identifier: Apache-2.0
// A strict JSON reader: RFC 8259 with I-JSON's unique names (RFC 7493), and a
// limit on depth. JSON.parse lets duplicate names and unpaired surrogates pass.
export class JsonError extends Error {
    constructor(message, offset) {
        super(message);
        this.offset = offset;
    }
}

const DEPTH = 32;
const NUMBER = /-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SPACE = /[ \t\n\r]*/y;

export function decode(bytes) {
    let text;
    try {
        text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
        throw new JsonError('not UTF-8', 0);
    }
    return text;
}

export function parse(bytes) {
    const text = decode(bytes);
    let at = 0;
    const fail = (what) => { throw new JsonError(what, at); };
    const take = (pattern) => {
        pattern.lastIndex = at;
        const m = pattern.exec(text);
        if (!m) return null;
        at += m[0].length;
        return m[0];
    };
    const string = () => {
        const raw = take(STRING) ?? fail('a string was expected');
        const value = JSON.parse(raw);
        if (/(?:[\ud800-\udbff](?![\udc00-\udfff]))|(?:(?<![\ud800-\udbff])[\udc00-\udfff])/.test(value))
            fail('a surrogate without its other half');
        return value;
    };
    const members = (depth) => {
        const out = {};
        for (;;) {
            take(SPACE);
            const name = string();
            if (Object.hasOwn(out, name)) fail(`duplicate name ${name}`);
            take(SPACE);
            if (text[at] !== ':') fail('":" was expected');
            at++;
            Object.defineProperty(out, name, { value: value(depth), enumerable: true });
            take(SPACE);
            if (text[at] === '}') { at++; return out; }
            if (text[at] !== ',') fail('"," or "}" was expected');
            at++;
        }
    };
    const elements = (depth) => {
        const out = [];
        for (;;) {
            out.push(value(depth));
            take(SPACE);
            if (text[at] === ']') { at++; return out; }
            if (text[at] !== ',') fail('"," or "]" was expected');
            at++;
        }
    };
    const container = (open, close, depth, read, empty) => {
        if (depth >= DEPTH) fail('nested too deeply');
        at++;
        take(SPACE);
        if (text[at] === close) { at++; return empty; }
        return read(depth + 1);
    };
    function value(depth) {
        take(SPACE);
        const c = text[at];
        if (c === '{') return container('{', '}', depth, members, {});
        if (c === '[') return container('[', ']', depth, elements, []);
        if (c === '"') return string();
        for (const [word, v] of [['true', true], ['false', false], ['null', null]])
            if (text.startsWith(word, at)) { at += word.length; return v; }
        const raw = take(NUMBER) ?? fail('a value was expected');
        const n = Number(raw);
        if (!Number.isFinite(n)) fail('a number out of range');
        if (/^-?\d+$/.test(raw) && !Number.isSafeInteger(n)) fail('an integer beyond 2^53-1');
        return n;
    }
    const out = value(0);
    take(SPACE);
    if (at !== text.length) fail('something behind the document');
    return out;
}
