// SPDX-License-Identifier: Apache-2.0
// What a receiving peer accepted: appended, one JSON text a line, on the disk
// before anybody is told so.
import fs from 'node:fs';

export class Store {
    constructor(file) {
        this.fd = file ? fs.openSync(file, 'a+', 0o600) : -1;
        this.seen = new Map(); // identifier -> digest of what it named
        this.lines = [];
        if (file) this.reload(file);
    }

    // A restart knows what it accepted before.
    reload(file) {
        for (const line of fs.readFileSync(file, 'utf8').split('\n')) {
            if (line === '') continue;
            const value = JSON.parse(line);
            this.lines.push(line);
            if (value.msg_id) this.seen.set(value.msg_id, line);
        }
    }

    // 'new', 'same' (these bytes are here) or 'other' (the name is taken).
    check(id, line) {
        const before = id === null ? undefined : this.seen.get(id);
        if (before === undefined) return 'new';
        return before === line ? 'same' : 'other';
    }

    add(id, line) {
        if (id !== null) this.seen.set(id, line);
        this.lines.push(line);
        if (this.fd < 0) return;
        fs.writeSync(this.fd, `${line}\n`);
        fs.fdatasyncSync(this.fd);
    }
}
