# SPDX-License-Identifier: Apache-2.0
"""Changes of what a sender sends: (op, where, value). Where is a JSON pointer in
the envelope (/items/0/... for a record). Tree operations come first, then the
items' text is fixed and the digest made over it, so that a fault in a record
breaks that record alone."""
import json


def _walk(tree, parts):
    for part in parts:
        if isinstance(tree, list):
            if not part.isdigit() or int(part) >= len(tree):
                return None
            tree = tree[int(part)]
        elif isinstance(tree, dict) and part in tree:
            tree = tree[part]
        else:
            return None
    return tree


class Change:
    """op: del, set, add, rename (value: new name), swap (value: other pointer),
    grow (value: count; a text or an array becomes that long), text (value:
    (old, new) in the text at the end), bytes (value: function of bytes),
    repeat (record 0 again at the end)."""

    def __init__(self, op, pointer="", value=None, kind=None):
        self.op, self.value, self.kind = op, value, kind
        self.pointer = pointer
        parts = pointer.split("/")[1:]
        self.in_record = parts[:2] == ["items", "0"] and len(parts) > 2
        self.parts = parts[2:] if self.in_record else parts
        if op in ("text", "bytes"):
            self.in_record = False

    def fits(self, record):
        """The record has the place (or the object that it is to be put in)."""
        if not self.in_record:
            return True
        tree = _walk(record, self.parts[:-1])
        if tree is None:
            return False
        return self.op == "add" or isinstance(tree, list) or self.parts[-1] in tree

    def fits_head(self, tree):
        """The envelope has the place (or the object to put it in)."""
        holder = _walk(tree, self.parts[:-1])
        return isinstance(holder, dict) and (self.op == "add" or self.parts[-1] in holder)

    def tree(self, root):
        """Change ${root}: a record when in_record, else the envelope's head."""
        holder = _walk(root, self.parts[:-1])
        last = self.parts[-1]
        key = int(last) if isinstance(holder, list) else last
        if self.op == "del":
            del holder[key]
        elif self.op in ("set", "add"):
            holder[key] = self.value
        elif self.op == "rename":
            for old in list(holder):                # the order stays
                value = holder.pop(old)
                holder[self.value if old == key else old] = value
        elif self.op == "swap":
            other = self.value
            holder[key], holder[other] = holder[other], holder[key]
        elif self.op == "grow":
            old = holder[key]
            holder[key] = (old * (self.value // len(old) + 1))[:self.value]

    def twice(self, text):
        """For op "twice": the member in ${text} again, behind itself."""
        name = json.dumps(self.parts[-1])
        at = text.index(name + ":")
        value, end = json.JSONDecoder().raw_decode(text, at + len(name) + 1)
        del value
        return text[:end] + "," + text[at:end] + text[end:]
