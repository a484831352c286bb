// SPDX-License-Identifier: Apache-2.0
// The digest of an envelope, for all that receive one.
import crypto from 'node:crypto';

// The digest is over the bytes of items as they came.
export function digestHolds(text, value) {
    if (!value.digest) return true;
    const from = text.indexOf('"items"');
    const start = text.indexOf('[', from);
    let depth = 0, quoted = false, end = start;
    for (; end < text.length; end++) {
        const c = text[end];
        if (quoted) {
            if (c === '\\') end++;
            else if (c === '"') quoted = false;
        } else if (c === '"') {
            quoted = true;
        } else if (c === '[' || c === '{') {
            depth++;
        } else if ((c === ']' || c === '}') && --depth === 0) {
            break;
        }
    }
    const got = crypto.createHash(value.digest.alg).update(text.slice(start, end + 1)).digest('hex');
    return got === value.digest.value.toLowerCase();
}
