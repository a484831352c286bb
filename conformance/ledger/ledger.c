/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to a loaded catalogue. */
#include "conformance/ledger/index.h"
#include "conformance/ledger/load.h"

const char *const ledger_own_rules[] = {
    "text#utf8",     "text#bom",        "text#grammar",    "text#duplicate",
    "text#number",   "text#surrogate",  "text#limit",      "set#alert_id",
    "set#threat_id", "set#behavior_id", "set#asset_id",    "set#msg_id",
    "set#parent_id", "envelope#digest", "envelope#schema", NULL};

const char *const ledger_ops[] = {"documents.expect_readable",
                                  "records.expect_some",
                                  "records.expect_varied",
                                  "place.expect_seen",
                                  "rules.expect_clean",
                                  "undeclared.expect_none",
                                  NULL};

const struct requirement *
ledger_requirement(const struct ledger *l, struct bytes rid)
{
    size_t i = index_find(l, INDEX_REQUIREMENT, rid);

    return i != SIZE_MAX ? &l->requirement[i] : NULL;
}

const struct ledger_test *
ledger_test(const struct ledger *l, struct bytes id)
{
    size_t i = index_find(l, INDEX_TEST, id);

    return i != SIZE_MAX ? &l->test[i] : NULL;
}

const struct ledger_list *
ledger_list(const struct ledger *l, struct bytes id)
{
    size_t i = index_find(l, INDEX_LIST, id);

    return i != SIZE_MAX ? &l->list[i] : NULL;
}

const struct corpus_base *
ledger_base(const struct ledger *l, struct bytes id)
{
    size_t i = index_find(l, INDEX_BASE, id);

    return i != SIZE_MAX ? &l->base[i] : NULL;
}

const struct corpus_case *
ledger_case(const struct ledger *l, struct bytes id)
{
    size_t i = index_find(l, INDEX_CASE, id);

    return i != SIZE_MAX ? &l->item[i] : NULL;
}

/* The key "x" is taken by the pattern "x", by "y.*" where y. begins it, and so
 * is "x[]" by "x.*": an element lies below its array. */
static bool
key_covers(struct bytes pattern, struct bytes key)
{
    if (bytes_eq(pattern, key))
        return true;
    if (pattern.len < 2 ||
        !bytes_eq(bytes_from(pattern, pattern.len - 2), BYTES(".*")))
        return false;
    pattern.len -= 2;
    return bytes_starts(key, pattern) && key.len > pattern.len &&
           (key.data[pattern.len] == '.' || key.data[pattern.len] == '[');
}

unsigned
ledger_covers(const char *pattern, struct bytes rule)
{
    struct bytes p = bytes_str(pattern);
    size_t pn = bytes_find(p, '#'), rn = bytes_find(rule, '#');
    struct bytes name = bytes_from(p, pn + 1);
    bool any = bytes_is(name, "*");

    if (pn == 0 || pn == p.len || rn == rule.len ||
        !key_covers(bytes_upto(p, pn), bytes_upto(rule, rn)) ||
        (!any && !bytes_eq(name, bytes_from(rule, rn + 1))))
        return 0;
    /* A longer key is closer; at one key an exact place before what is below
     * it, a named rule before all of them. */
    return (unsigned)(4 * pn + (p.data[pn - 1] == '*' ? 0 : 6) + (any ? 1 : 2));
}

const struct requirement *
ledger_owner(const struct ledger *l, struct bytes rule)
{
    size_t i = index_owner(l, rule);

    return i != SIZE_MAX ? &l->requirement[i] : NULL;
}

/* One term of a condition: "!name" or "name" into ${name}; false when empty or
 * with other characters than names have. */
static bool
term_of(struct bytes text, struct bytes *name, bool *negated)
{
    text = bytes_trim(text);
    *negated = text.len > 0 && text.data[0] == '!';
    *name = bytes_from(text, *negated ? 1 : 0);
    for (size_t i = 0; i < name->len; i++) {
        char c = name->data[i];

        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '.' &&
            c != '_')
            return false;
    }
    return name->len > 0;
}

/* The text before the next "&&" of *rest, which moves behind it. */
static struct bytes
next_term(struct bytes *rest)
{
    struct bytes all = *rest;

    for (size_t i = 0; i + 1 < all.len; i++) {
        if (all.data[i] == '&' && all.data[i + 1] == '&') {
            *rest = bytes_from(all, i + 2);
            return bytes_upto(all, i);
        }
    }
    *rest = bytes_from(all, all.len);
    return all;
}

bool
ledger_condition(const char *text, bool (*holds)(struct bytes, void *),
                 void *ctx)
{
    struct bytes rest = bytes_str(text), name;
    bool negated;

    while (rest.len > 0) {
        if (!term_of(next_term(&rest), &name, &negated) ||
            holds(name, ctx) == negated)
            return false;
    }
    return true;
}

bool
ledger_condition_valid(const char *text)
{
    struct bytes rest = bytes_str(text), name;
    bool negated;

    while (rest.len > 0) {
        if (!term_of(next_term(&rest), &name, &negated))
            return false;
    }
    return true;
}

const char *
ledger_authority_name(enum ledger_authority a)
{
    return load_authorities[a];
}

const char *
ledger_level_name(enum ledger_level v, bool zh)
{
    static const char *const en[] = {"shall", "should", "may"};

    return zh ? load_levels[v] : en[v];
}

const char *
ledger_status_name(enum ledger_status s)
{
    return load_statuses[s];
}

const char *
ledger_kind_name(enum ledger_kind k)
{
    static const char *const names[] = {"required", "recommended", "observe"};

    return names[k];
}

const char *
ledger_maturity_name(enum ledger_maturity m)
{
    return m == MATURITY_STABLE ? "stable" : "watch";
}
